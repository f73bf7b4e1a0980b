'use client';
import { useState } from 'react';
import { Dialog } from '@/ui/dialog';
import { Checkbox } from '@/ui/field';
import { KeyHint } from '@/ui/key-hint';
import { setSingleKeys, singleKeysOn } from '@/ui/keys';
import { pages } from '@/vocabulary/pages';

const groups: { title: string; keys: [keys: string, what: string][] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['mod+K', 'Menu: go anywhere, find an agent, give an order'],
      ['?', 'This sheet'],
      ['mod+.', 'Stop preview of the focused agent'],
      ['mod+Enter', 'Confirm what a dialog asks'],
      ['Esc', 'Close the dialog or the inspector'],
    ],
  },
  {
    title: 'Agents',
    keys: [
      ['/', 'Filter'],
      ['v', 'Tree or outline'],
      ['Up', 'Previous, next: up and down'],
      ['Right', 'Into the children, or unfold'],
      ['Left', 'To the parent, or fold'],
      ['Enter', 'Open the inspector'],
    ],
  },
  { title: 'Pages', keys: pages.map((p) => [`g ${p.key}`, p.label]) },
  {
    title: 'Lists',
    keys: [
      ['j', 'Next'],
      ['k', 'Previous'],
    ],
  },
];

export function KeySheet({ open, onOpenChange }: { open: boolean; onOpenChange(open: boolean): void }) {
  const [single, setSingle] = useState(singleKeysOn);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys" className="sm:w-[min(720px,calc(100vw-32px))]">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {groups.map((g) => (
          <section key={g.title}>
            <h3 className="pb-1.5 font-medium text-ink-3 text-xs">{g.title}</h3>
            <dl className="flex flex-col gap-1">
              {g.keys.map(([keys, what]) => (
                <div key={keys} className="flex min-h-6 items-center justify-between gap-4">
                  <dt className="text-sm">{what}</dt>
                  <dd>
                    <KeyHint keys={keys} className="inline-flex" />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="mt-5 border-line border-t pt-3">
        <Checkbox
          label="Single-letter keys (turn them off if you dictate or use a screen reader)"
          checked={single}
          onChange={(e) => {
            setSingleKeys(e.target.checked);
            setSingle(e.target.checked);
          }}
        />
      </div>
    </Dialog>
  );
}
