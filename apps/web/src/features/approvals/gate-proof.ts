import type { GateReport } from '@reeve/core/vocabulary';

/**
 * The gates in the order in which a person reads them: what was true before, the red, the green, the rest. The
 * supervisor runs the decisive ones twice (`red-1`, `red-2`); both runs stand in one step.
 */
const known: readonly { match: RegExp; title: string; on: GateReport['on'] | null; kind: Step['kind'] }[] = [
  { match: /^suite$/, title: 'Whole suite, before', on: 'base', kind: 'other' },
  { match: /^red-\d$/, title: 'New tests on the base', on: 'base', kind: 'red' },
  { match: /^green-\d$/, title: 'New tests and whole suite on the candidate', on: 'candidate', kind: 'green' },
  { match: /^existing-tests$/, title: 'Old tests on the new source', on: 'candidate', kind: 'other' },
  { match: /^revert-existing$/, title: 'New tests with the repair alone taken out', on: 'candidate', kind: 'other' },
  { match: /^re-print$/, title: 'New tests on the source printed anew', on: 'candidate', kind: 'other' },
  { match: /^other-order$/, title: 'New tests in another order', on: 'candidate', kind: 'other' },
  { match: /^canary$/, title: 'Tests that must fail, beside the new source', on: 'candidate', kind: 'other' },
  { match: /^typecheck$/, title: 'Type check', on: null, kind: 'other' },
  { match: /^lint$/, title: 'Lint', on: null, kind: 'other' },
  { match: /^health$/, title: 'Health check on the merged commit', on: 'candidate', kind: 'other' },
  { match: /^rollback-suite$/, title: 'Whole suite after rolling back', on: 'candidate', kind: 'other' },
  { match: /^rollback-typecheck$/, title: 'Type check after rolling back', on: 'candidate', kind: 'other' },
  { match: /^rollback-lint$/, title: 'Lint after rolling back', on: 'candidate', kind: 'other' },
];

export type Step = { key: string; title: string; on: GateReport['on']; kind: 'red' | 'green' | 'other'; runs: GateReport[] };

/** The reports as steps. A gate that ran again on a new base replaces its older report. */
export function stepsOf(gates: readonly GateReport[]): Step[] {
  const latest = new Map<string, GateReport>();
  for (const gate of gates) latest.set(`${gate.on} ${gate.name}`, gate);
  const steps = new Map<string, Step & { rank: number }>();
  for (const gate of latest.values()) {
    const at = known.findIndex((k) => k.match.test(gate.name) && (k.on === null || k.on === gate.on));
    const kind = known[at];
    const key = kind && kind.on !== null ? kind.title : `${gate.name} ${gate.on}`;
    const title = kind ? (kind.on === null ? `${kind.title} on the ${gate.on}` : kind.title) : `${gate.name} on the ${gate.on}`;
    const step = steps.get(key) ?? { key, title, on: gate.on, kind: kind?.kind ?? 'other', runs: [], rank: at < 0 ? known.length : at };
    step.runs.push(gate);
    steps.set(key, step);
  }
  return [...steps.values()].sort((a, b) => a.rank - b.rank).map(({ rank: _, ...step }) => step);
}

/** What proves the bug and what proves the repair. */
export function proofOf(steps: readonly Step[]): { red: Step | null; green: Step | null } {
  return { red: steps.find((s) => s.kind === 'red') ?? null, green: steps.find((s) => s.kind === 'green') ?? null };
}

/** Whether every run of a step did what it must: a red one fails by assertion, the others pass. */
export const isAsItMust = (step: Step): boolean => step.runs.every((g) => g.passed);

export function countsOf(gate: GateReport): string {
  const parts = [];
  if (gate.testsFailed !== undefined) parts.push(`${gate.testsFailed} failed`);
  if (gate.testsPassed !== undefined) parts.push(`${gate.testsPassed} passed`);
  return parts.join(', ');
}
