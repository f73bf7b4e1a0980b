import type { GateReport } from '../api/inputs.ts';

/**
 * The names of the gates in the order in which the supervisor runs them. The proof of a change is made of these, so the
 * core asks for them by name before it calls a test verified.
 *
 * Use it where a gate is run or looked for; a report under another name proves nothing.
 *
 * @example
 * gateNames.red; // → ['red-1', 'red-2']
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
  /** The candidate with every declaration that the base has put back to what it was: the new tests must be red again. */
  revertExisting: 'revert-existing',
  /** The candidate's source printed anew, with the same meaning: the new tests must still pass. */
  rePrint: 're-print',
  /** The candidate with its new tests the other way round, in front of those that were there: none may need another. */
  otherOrder: 'other-order',
  /** Tests that must fail, beside the changed modules: they tell whether assertions still bite. */
  canary: 'canary',
  typecheck: 'typecheck',
  lint: 'lint',
  rollback: 'rollback-suite',
  /** The health check of the repository, on the merged commit. */
  health: 'health',
} as const;

/**
 * The first gate that the proof still lacks, or `null`: RED twice on the base, GREEN twice on the candidate.
 *
 * Use it before a test counts as verified; whether other gates failed is `failedGate`.
 *
 * @example
 * const passed = (name: string, on: 'base' | 'candidate') => ({ name, on, exitCode: 0, ms: 5, passed: true, excerpt: '' });
 * const red = [passed('red-1', 'base'), passed('red-2', 'base')];
 * missingProof(red); // → 'green-1'
 * missingProof([...red, passed('green-1', 'candidate'), passed('green-2', 'candidate')]); // → null
 */
export function missingProof(gates: readonly GateReport[]): string | null {
  const passed = (name: string, on: GateReport['on']) => gates.some((g) => g.name === name && g.on === on && g.passed);
  for (const name of gateNames.red) if (!passed(name, 'base')) return name;
  for (const name of gateNames.green) if (!passed(name, 'candidate')) return name;
  return null;
}

/**
 * The first gate that failed on the candidate, or `null`. A gate may fail on the base: that is the old state, and recorded.
 *
 * Use it before a change counts as validated; gates that never ran are `missingProof`'s.
 *
 * @example
 * const lint = { name: 'lint', exitCode: 1, ms: 5, passed: false, excerpt: '' };
 * failedGate([{ ...lint, on: 'candidate' }]); // → 'lint'
 * failedGate([{ ...lint, on: 'base' }]); // → null
 */
export const failedGate = (gates: readonly GateReport[]): string | null =>
  gates.find((g) => g.on === 'candidate' && !g.passed)?.name ?? null;

/**
 * What an approval binds of the gates: every outcome, without the logs and times, which say nothing about the change.
 *
 * Use it to compare, as `isBound` does; nobody reads a meaning out of it.
 *
 * @example
 * const gate = { name: 'suite', on: 'base', exitCode: 0, ms: 5, passed: true, excerpt: '' } as const;
 * fingerprintOfGates([gate]) === fingerprintOfGates([{ ...gate, ms: 7 }]); // → true
 * fingerprintOfGates([gate]) === fingerprintOfGates([{ ...gate, exitCode: 1 }]); // → false
 */
export function fingerprintOfGates(gates: readonly GateReport[]): string {
  return gates.map((g) => [g.name, g.on, g.exitCode, g.passed, g.testsPassed ?? '-', g.testsFailed ?? '-'].join(':')).join(' ');
}
