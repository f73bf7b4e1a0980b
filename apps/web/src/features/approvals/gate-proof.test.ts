import type { GateReport } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { countsOf, isAsItMust, proofOf, stepsOf } from './gate-proof';

const gate = (name: string, on: 'base' | 'candidate', exitCode: number, more: Partial<GateReport> = {}): GateReport => ({
  name,
  on,
  exitCode,
  ms: 10,
  passed: true,
  excerpt: '',
  ...more,
});
const all = [
  gate('suite', 'base', 0),
  gate('red-1', 'base', 1),
  gate('red-2', 'base', 1),
  gate('green-1', 'candidate', 0),
  gate('green-2', 'candidate', 0),
  gate('lint', 'candidate', 0),
  gate('size-limit', 'candidate', 0),
];

describe('the red to green proof', () => {
  it('reads as before, red, green, the rest, with both runs of the decisive ones in one step', () => {
    expect(stepsOf([...all].reverse()).map((s) => [s.title, s.runs.length])).toEqual([
      ['Whole suite, before', 1],
      ['New tests on the base', 2],
      ['New tests and whole suite on the candidate', 2],
      ['Lint on the candidate', 1],
      ['size-limit on the candidate', 1],
    ]);
  });
  it('finds the two sides of the proof', () => {
    const { red, green } = proofOf(stepsOf(all));
    expect([red?.runs[0]?.name, green?.runs[0]?.name]).toEqual(['red-1', 'green-1']);
    expect(red && isAsItMust(red)).toBe(true);
  });
  it('shows the last run of a gate that ran again on a new base', () => {
    const [step] = stepsOf([gate('red-1', 'base', 1, { ms: 1 }), gate('red-1', 'base', 0, { ms: 2, passed: false })]);
    expect(step?.runs.map((r) => r.ms)).toEqual([2]);
    expect(step && isAsItMust(step)).toBe(false);
  });
  it('claims no proof without runs', () => {
    expect(proofOf([])).toEqual({ red: null, green: null });
    expect(countsOf(gate('t', 'base', 1, { testsFailed: 1, testsPassed: 12 }))).toBe('1 failed, 12 passed');
  });
});
