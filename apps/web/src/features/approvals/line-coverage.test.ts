import type { LineCoverage } from '@reeve/core/vocabulary';
import { expect, test } from 'vitest';
import { coverageNote, coverageSentence, idleLines } from './line-coverage';

const coverage = (covered: number, lines = 15, state: LineCoverage['state'] = 'measured'): LineCoverage => ({
  state,
  files: [
    { path: 'src/a.ts', lines: lines - 1, covered: covered - 1, uncovered: covered === lines ? [] : [7] },
    { path: 'src/b.ts', lines: 1, covered: 1, uncovered: [] },
  ],
});

test('the lines to mark are those that no test ran, of files that have some', () => {
  expect([...idleLines(coverage(14))]).toEqual([['src/a.ts', new Set([7])]]);
  expect(idleLines(coverage(15)).size).toBe(0);
  expect(idleLines(undefined).size).toBe(0);
});

test('the sentence counts, and says whose word it is', () => {
  expect(coverageSentence(coverage(14))).toMatch(
    /^14 of 15 changed lines that can run were run by the tests\. The processes of the tests say so/,
  );
  expect(coverageSentence(coverage(15))).toMatch(/^All 15 changed lines that can run were run/);
  expect(coverageSentence({ state: 'measured', files: [{ path: 'a', lines: 1, covered: 0, uncovered: [1] }] })).toMatch(
    /^The one changed line that can run was not run by the tests\./,
  );
  expect(coverageSentence(coverage(1, 15, 'silent'))).toContain('none of 15 changed lines');
  for (const state of ['unreadable', 'unknown', 'nothing-to-run'] as const)
    expect(coverageSentence({ state, files: [] })).toMatch(/half of (them|the changed ones) count as run/);
});

test('a file of the list has its own count', () => {
  expect(coverageNote(coverage(14), 'src/a.ts')).toBe(' · 13 of 14 run');
  expect(coverageNote(coverage(14), 'test/a.test.ts')).toBe('');
  expect(coverageNote(undefined, 'src/a.ts')).toBe('');
});
