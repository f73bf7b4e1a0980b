'use client';
import type { StopMode } from '@reeve/core/vocabulary';
import { cn } from '@/ui/cn';
import { Field, Input, Select } from '@/ui/field';
import { graces, modes } from './stop-words';

type Props = {
  mode: StopMode;
  onMode(mode: StopMode): void;
  graceMs: number;
  onGraceMs(ms: number): void;
  reason: string;
  onReason(text: string): void;
};

export function StopForm({ mode, onMode, graceMs, onGraceMs, reason, onReason }: Props) {
  return (
    <div className="flex flex-col gap-3 border-line border-t pt-4">
      <fieldset>
        <legend className="pb-1 font-medium text-ink-2 text-xs">How</legend>
        <div className="grid gap-2 sm:grid-cols-3">
          {modes.map((m) => (
            <label
              key={m.value}
              className={cn(
                'flex cursor-pointer flex-col gap-0.5 rounded-md border border-line-strong px-3 py-2 hover:border-ink-3 has-focus-visible:outline-2 has-focus-visible:outline-accent',
                mode === m.value && 'border-accent bg-accent-soft hover:border-accent',
              )}
            >
              <input
                type="radio"
                name="stop-mode"
                value={m.value}
                className="sr-only"
                checked={mode === m.value}
                onChange={() => onMode(m.value)}
              />
              <span className="font-medium text-sm">{m.word}</span>
              <span className="text-ink-2 text-xs">{m.meaning}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="flex flex-col gap-3 sm:flex-row">
        <Field label="Grace" className="sm:w-32" hint={mode === 'force' ? 'none with force' : undefined}>
          <Select value={graceMs} disabled={mode === 'force'} onChange={(e) => onGraceMs(Number(e.target.value))}>
            {graces.map((g) => (
              <option key={g.ms} value={g.ms}>
                {g.word}
              </option>
            ))}
          </Select>
        </Field>
        <Field label="Reason" className="flex-1">
          <Input
            value={reason}
            onChange={(e) => onReason(e.target.value)}
            maxLength={2000}
            placeholder="Stands in the receipt and in every agent's log"
          />
        </Field>
      </div>
    </div>
  );
}
