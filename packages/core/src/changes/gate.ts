import type { GateReport } from '../api/inputs.ts';

/**
 * The names of the gates in the order in which the supervisor runs them. The proof of a change is made of these, so the
 * core asks for them by name before it calls a test verified.
 */
export const gateNames = {
  /** The whole suite on the base: what was true before. */
  suite: 'suite',
  /** The new tests on the base, twice: must fail by assertion. */
  red: ['red-1', 'red-2'],
  /** The new tests and the whole suite on the candidate, twice: must pass. */
  green: ['green-1', 'green-2'],
  /** Where existing test files grew: the tests as they were on the base, on the fixed source. */
  existing: 'existing-tests',
  typecheck: 'typecheck',
  lint: 'lint',
  rollback: 'rollback-suite',
} as const;

/** The first gate that the proof still lacks, or `null`: RED twice on the base, GREEN twice on the candidate. */
export function missingProof(gates: readonly GateReport[]): string | null {
  const passed = (name: string, on: GateReport['on']) => gates.some((g) => g.name === name && g.on === on && g.passed);
  for (const name of gateNames.red) if (!passed(name, 'base')) return name;
  for (const name of gateNames.green) if (!passed(name, 'candidate')) return name;
  return null;
}

/** The first gate that failed on the candidate. A gate may fail on the base: that is the old state, and recorded. */
export const failedGate = (gates: readonly GateReport[]): string | null =>
  gates.find((g) => g.on === 'candidate' && !g.passed)?.name ?? null;

/** What an approval binds of the gates: every outcome, without the logs and times, which say nothing about the change. */
export function fingerprintOfGates(gates: readonly GateReport[]): string {
  return gates.map((g) => [g.name, g.on, g.exitCode, g.passed, g.testsPassed ?? '-', g.testsFailed ?? '-'].join(':')).join(' ');
}
