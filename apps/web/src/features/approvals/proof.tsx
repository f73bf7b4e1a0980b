'use client';
import type { GateReport } from '@reeve/core/vocabulary';
import { ArrowDown, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { cn } from '@/ui/cn';
import { StateMark } from '@/ui/state-mark';
import { formatDuration } from '@/vocabulary/format';
import { gateMarks, toneSoft, toneText } from '@/vocabulary/state-marks';
import { GateLog } from './gate-log';
import { countsOf, failedAsRun, type GateRow, proofOf } from './gate-proof';

/** Red on the base, green on the candidate: side by side on a desk, one above the other on a phone. */
export function Proof({ gates }: { gates: readonly GateReport[] }) {
  const proof = proofOf(gates);
  if (!gates.length)
    return <p className="text-ink-3 text-sm">No gate has run yet. The supervisor runs them itself; the agent’s word is no evidence.</p>;
  return (
    <div className="flex flex-col gap-4">
      <div className="relative grid gap-3 md:grid-cols-2">
        <Side
          tone="danger"
          title="Before: the new test on the base"
          verdict={proof.red ? 'It fails, as it must: the bug is real.' : 'No run of the new test on the base has failed yet.'}
          gate={proof.red}
        />
        <ArrowDown
          aria-hidden
          size={18}
          className="-translate-x-1/2 -translate-y-1/2 absolute top-1/2 left-1/2 hidden size-7 rounded-full border border-line-strong bg-raised p-1 text-ink-3 md:block md:-rotate-90"
        />
        <Side
          tone="success"
          title="After: the same test on the candidate"
          verdict={
            !proof.green
              ? 'It has not run on the candidate yet.'
              : failedAsRun(proof.green)
                ? 'It still fails: the change does not do what it says.'
                : 'It passes: the change repairs it.'
          }
          gate={proof.green}
        />
      </div>
      <div>
        <h3 className="mb-1.5 font-semibold text-sm">Every gate</h3>
        <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line">
          {proof.rows.map((row) => (
            <GateLine key={row.name} row={row} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function Side({ tone, title, verdict, gate }: { tone: 'danger' | 'success'; title: string; verdict: string; gate: GateReport | null }) {
  const shown = gate && tone === 'success' && failedAsRun(gate) ? 'danger' : tone;
  return (
    <section
      aria-label={title}
      className={cn('flex min-w-0 flex-col overflow-hidden rounded-lg border', gate ? 'border-line-strong' : 'border-line border-dashed')}
    >
      <header className={cn('px-3 py-2', gate && toneSoft[shown])}>
        <h3 className={cn('font-semibold text-sm', gate && toneText[shown])}>{title}</h3>
        <p className="text-ink-2 text-xs">{verdict}</p>
        {gate && (
          <p className="mt-0.5 font-mono text-2xs text-ink-2">
            {[`exit ${gate.exitCode ?? 'unknown'}`, countsOf(gate), formatDuration(gate.ms)].filter(Boolean).join(' · ')}
          </p>
        )}
      </header>
      {gate && <GateLog gate={gate} />}
    </section>
  );
}

function GateLine({ row }: { row: GateRow }) {
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
        <span className="min-w-28 flex-1 font-medium text-sm">{row.name}</span>
        <GateMark label="base" gate={row.base} />
        <GateMark label="candidate" gate={row.candidate} />
      </button>
      {open && (
        <div className="grid gap-px border-line border-t bg-line md:grid-cols-2">
          {[row.base, row.candidate].map((gate, i) => (
            <div key={i === 0 ? 'base' : 'candidate'} className="min-w-0 bg-surface">
              <p className="px-3 pt-2 font-medium text-ink-3 text-xs">on the {i === 0 ? 'base' : 'candidate'}</p>
              {gate ? <GateLog gate={gate} tall /> : <p className="px-3 py-2 text-ink-3 text-xs">It did not run there.</p>}
            </div>
          ))}
        </div>
      )}
    </li>
  );
}

function GateMark({ label, gate }: { label: string; gate: GateReport | null }) {
  if (!gate) return <span className="w-36 text-ink-3 text-xs max-sm:hidden">{label}: –</span>;
  const expectedRed = gate.passed && failedAsRun(gate);
  const mark = !gate.passed
    ? gateMarks.failed
    : expectedRed
      ? { ...gateMarks.passed, word: 'Fails, as it must', meaning: 'It has to fail here: that is the proof of the bug.' }
      : gateMarks.passed;
  return (
    <span className="inline-flex items-center gap-1.5 text-ink-3 text-xs sm:w-36">
      {label} <StateMark mark={mark} />
    </span>
  );
}
