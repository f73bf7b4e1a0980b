'use client';
import type { BlastRadius } from '@reeve/core/vocabulary';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { again } from '@/ui/again';
import { Button } from '@/ui/button';
import { Skeleton } from '@/ui/skeleton';
import { Badge, StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { blastMarks } from '@/vocabulary/state-marks';
import { layerName } from './layers';
import { coverageNote, coverageSentence } from './line-coverage';

const few = 12;
const AffectedGraphView = dynamic(() => again(() => import('./affected-graph').then((m) => m.AffectedGraphView)), {
  ssr: false,
  loading: () => <Skeleton className="h-40 w-full" />,
});

export function BlastRadiusView({ radius }: { radius: BlastRadius | null }) {
  if (!radius) return <p className="text-ink-3 text-sm">Not measured yet. It is computed from the actual diff, and again at the merge.</p>;
  const mark = blastMarks[radius.level];
  const layers = [...new Set(radius.files.map((f) => f.layer))].sort((a, b) => (a ?? 9) - (b ?? 9));
  return (
    <div className="flex flex-col gap-4">
      <div>
        <p className="flex flex-wrap items-center gap-2">
          <StateMark mark={mark} soft />
          <span className="text-ink-2 text-sm">{mark.meaning}</span>
          <span className="ml-auto text-ink-3 text-xs">score {Math.round(radius.score)} of 100</span>
        </p>
        {radius.reasons.length > 0 && (
          <ul className="mt-2 list-disc pl-5 text-ink-2 text-sm marker:text-ink-3">
            {radius.reasons.map((r) => (
              <li key={r}>{r}</li>
            ))}
          </ul>
        )}
        {radius.lineCoverage && <p className="mt-2 text-ink-2 text-sm">{coverageSentence(radius.lineCoverage)}</p>}
        {radius.hints?.map((hint) => (
          <p key={hint} className="mt-2 rounded-md bg-attention-soft px-3 py-2 text-attention text-sm">
            {hint}
          </p>
        ))}
      </div>
      {radius.graph?.nodes.some((n) => n.steps > 0) && <AffectedGraphView graph={radius.graph} />}
      <div className="grid gap-4 md:grid-cols-2">
        <section aria-label="Files by layer">
          <h3 className="mb-1 font-semibold text-sm">What it touches</h3>
          {layers.map((layer) => {
            const files = radius.files.filter((f) => f.layer === layer);
            return (
              <div key={String(layer)} className="mb-2">
                <Badge tone={layer === 1 ? 'danger' : 'neutral'}>{layerName(layer)}</Badge>
                <Short
                  items={files.map((f) => ({
                    key: f.path,
                    text: f.path,
                    note: `+${f.added} −${f.removed}${coverageNote(radius.lineCoverage, f.path)}`,
                  }))}
                  what={plural(files.length, 'file')}
                />
              </div>
            );
          })}
        </section>
        <section aria-label="Dependents">
          <h3 className="mb-1 font-semibold text-sm">What depends on it</h3>
          {radius.dependents.length ? (
            <Short items={radius.dependents.map((d) => ({ key: d, text: d }))} what={plural(radius.dependents.length, 'dependent')} />
          ) : (
            <p className="text-ink-3 text-sm">Nothing else imports these files.</p>
          )}
        </section>
      </div>
    </div>
  );
}

function Short({ items, what }: { items: { key: string; text: string; note?: string }[]; what: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? items : items.slice(0, few);
  return (
    <>
      <ul className="mt-1 font-mono text-xs">
        {shown.map((i) => (
          <li key={i.key} className="flex gap-3 py-0.5">
            <bdi className="min-w-0 break-all text-ink-2">{i.text}</bdi>
            {i.note && <span className="ml-auto whitespace-nowrap text-ink-3">{i.note}</span>}
          </li>
        ))}
      </ul>
      {items.length > few && (
        <Button variant="link" size="sm" onClick={() => setAll(!all)}>
          {all ? 'Show fewer' : `Show all: ${what}`}
        </Button>
      )}
    </>
  );
}
