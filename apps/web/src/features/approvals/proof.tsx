'use client';
import type { GateReport } from '@reeve/core/vocabulary';
import { ArrowRight, ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import { cn } from '@/ui/cn';
import { StateMark } from '@/ui/state-mark';
import { formatDuration } from '@/vocabulary/format';
import { gateMarks, type Mark, toneSoft, toneText } from '@/vocabulary/state-marks';
import { GateLog } from './gate-log';
import { countsOf, isAsItMust, proofOf, type Step, stepsOf } from './gate-proof';

const verdicts = {
  red: {
    none: 'They have not run yet.',
    good: 'They fail by assertion, as they must: the bug is real.',
    bad: 'They did not fail as they must. Nothing is proved.',
  },
  green: {
    none: 'They have not run yet.',
    good: 'They pass, and so does everything that passed before.',
    bad: 'They do not pass: the change does not do what it says.',
  },
} as const;

/** Red on the base, green on the candidate: side by side on a desk, one above the other on a phone. */
export function Proof({ gates }: { gates: readonly GateReport[] }) {
  const steps = useMemo(() => stepsOf(gates), [gates]);
  const { red, green } = proofOf(steps);
  if (!steps.length)
    return <p className="text-ink-3 text-sm">No gate has run yet. The supervisor runs them itself; the agent’s word is no evidence.</p>;
  return (
    <div className="flex flex-col gap-4">
      <div className="relative grid gap-3 md:grid-cols-2">
        <Side kind="red" title="Before: the new tests on the base" step={red} />
        <ArrowRight
          aria-hidden
          className="absolute top-1/2 left-1/2 hidden size-7 -translate-x-1/2 -translate-y-1/2 rounded-full border border-line-strong bg-raised p-1 text-ink-3 md:block"
        />
        <Side kind="green" title="After: the same tests and the whole suite on the candidate" step={green} />
      </div>
      <div>
        <h3 className="mb-1.5 font-semibold text-sm">Every gate</h3>
        <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {steps.map((step) => (
            <StepLine key={step.key} step={step} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function Side({ kind, title, step }: { kind: 'red' | 'green'; title: string; step: Step | null }) {
  const gate = step?.runs[0];
  const good = step ? isAsItMust(step) : false;
  const tone = kind === 'green' && good ? 'success' : 'danger';
  return (
    <section
      aria-label={title}
      className={cn(
        'flex min-w-0 flex-col overflow-hidden rounded-lg border bg-surface',
        gate ? 'border-line-strong' : 'border-line border-dashed',
      )}
    >
      <header className={cn('px-3 py-2', gate && toneSoft[tone])}>
        <h3 className={cn('font-semibold text-sm', gate && toneText[tone])}>{title}</h3>
        <p className="text-ink-2 text-xs">{verdicts[kind][!step ? 'none' : good ? 'good' : 'bad']}</p>
        {gate && (
          <p className="mt-0.5 font-mono text-2xs text-ink-2">
            {factsOf(gate)}
            {step.runs.length > 1 && `, run ${step.runs.length} times`}
          </p>
        )}
      </header>
      {gate && <GateLog gate={gate} />}
    </section>
  );
}
const factsOf = (gate: GateReport): string =>
  [`exit ${gate.exitCode ?? 'unknown'}`, countsOf(gate), formatDuration(gate.ms)].filter(Boolean).join(' · ');

const redAsItMust: Mark = { ...gateMarks.passed, word: 'Fails, as it must', meaning: 'It has to fail here: that is the proof of the bug.' };
const wasBroken: Mark = {
  tone: 'attention',
  glyph: 'triangle',
  word: 'Failed before',
  meaning: 'The old state, recorded. It does not count against the change.',
};

function markOf(step: Step): Mark {
  if (isAsItMust(step)) return step.kind === 'red' ? redAsItMust : gateMarks.passed;
  return step.on === 'base' && step.kind === 'other' ? wasBroken : gateMarks.failed;
}

function StepLine({ step }: { step: Step }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 w-full flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1.5 text-left hover:bg-hover"
      >
        <ChevronRight size={14} aria-hidden className={cn('text-ink-3 transition-transform', open && 'rotate-90')} />
        <span className="min-w-28 flex-1 text-sm">{step.title}</span>
        <span className="text-ink-3 text-xs max-sm:w-full max-sm:pl-7">
          {step.runs.length > 1 ? `${step.runs.length} runs` : step.runs[0] && factsOf(step.runs[0])}
        </span>
        <StateMark mark={markOf(step)} className="sm:w-36" />
      </button>
      {open &&
        step.runs.map((gate) => (
          <div key={gate.name} className="border-line border-t bg-sunken">
            <p className="px-3 pt-2 text-ink-3 text-xs">
              <span className="font-mono text-ink-2">{gate.name}</span> · {factsOf(gate)}
            </p>
            <GateLog gate={gate} tall />
          </div>
        ))}
    </li>
  );
}
