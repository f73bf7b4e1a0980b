import type { GateReport } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { countsOf, proofOf } from './gate-proof';

const gate = (name: string, on: 'base' | 'candidate', exitCode: number, more: Partial<GateReport> = {}): GateReport => ({
  name,
  on,
  exitCode,
  ms: 10,
  passed: true,
  excerpt: '',
  ...more,
});

describe('the red to green proof', () => {
  it('pairs the run that fails on the base with the one that passes on the candidate', () => {
    const proof = proofOf([
      gate('all tests', 'base', 0),
      gate('new test', 'base', 1),
      gate('new test', 'candidate', 0),
      gate('lint', 'candidate', 0),
    ]);
    expect([proof.red?.name, proof.green?.exitCode]).toEqual(['new test', 0]);
    expect(proof.rows.map((r) => [r.name, !!r.base, !!r.candidate])).toEqual([
      ['all tests', true, false],
      ['new test', true, true],
      ['lint', false, true],
    ]);
  });
  it('shows the last run of a gate that ran again on a new base', () => {
    expect(proofOf([gate('t', 'base', 1, { ms: 1 }), gate('t', 'base', 1, { ms: 2 })]).red?.ms).toBe(2);
  });
  it('claims no proof without a red run', () => {
    expect(proofOf([gate('t', 'candidate', 0)])).toMatchObject({ red: null, green: null });
    expect(countsOf(gate('t', 'base', 1, { testsFailed: 1, testsPassed: 12 }))).toBe('1 failed, 12 passed');
  });
});
