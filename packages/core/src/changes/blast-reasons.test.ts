import { describe, expect, it } from 'vitest';
import { blastRadiusOf, levelOfScore } from './blast-radius.ts';

describe('I-SELF-2: the reasons of a blast radius, the heaviest first', () => {
  const of = (over: Partial<Parameters<typeof blastRadiusOf>[0]>) =>
    blastRadiusOf({
      files: [{ path: 'src/a.ts', status: 'modified', added: 1, removed: 0, layer: 4 }],
      dependents: [],
      totalFiles: 10,
      apiChanged: 'none',
      weakened: [],
      coverage: 1,
      ...over,
    });
  it('in words, with their points', () => {
    expect(of({})).toEqual({
      level: 'low',
      score: 5.1,
      reasons: [
        'layer 4, tools (4.0)',
        '1 changed line in 1 file (1.1)',
        'nothing imports the changed files (0.0)',
        'no exported API changes (0.0)',
        '100% of the changed lines are run by tests (0.0)',
      ],
      files: [{ path: 'src/a.ts', layer: 4, added: 1, removed: 0 }],
      dependents: [],
      measured: { totalFiles: 10, apiChanged: 'none', coverage: 1 },
    });
    const hints = Array.from({ length: 21 }, (_, i) => `${i}`.padEnd(501, 'x'));
    expect(of({ hints }).hints).toEqual(hints.slice(0, 20).map((hint) => hint.slice(0, 500)));
    expect(of({ hints: [] }).hints).toBeUndefined();
    const wide = of({
      files: [
        { path: 'src/a.ts', status: 'modified', added: 300, removed: 300, layer: 2 },
        { path: 'src/b.ts', status: 'modified', added: 1, removed: 1, layer: 3 },
        { path: 'test/b.test.ts', status: 'added', added: 900, removed: 0, layer: 1 },
      ],
      dependents: ['z', 'y', 'x'],
      apiChanged: 'added',
      coverage: null,
    });
    expect(wide.reasons).toEqual([
      'test/b.test.ts is layer 1, core reasoning, which no agent changes',
      'layer 2, orchestration (28.0)',
      '3 files depend on it, 30% of the sources (20.0)',
      '602 changed lines in 2 files (10.0)',
      'coverage of the changed lines not measured, counted as half (7.5)',
      'new exports (4.5)',
    ]);
    expect(wide).toMatchObject({ level: 'critical', score: 100, dependents: ['x', 'y', 'z'] });
  });
  it('one dependent is singular; a change of the API, a layer nobody knows and half a coverage say so', () => {
    const reasons = of({
      files: [{ path: 'src/a.ts', status: 'modified', added: 1, removed: 0, layer: 9 }],
      dependents: ['x'],
      totalFiles: 0,
      apiChanged: 'changed',
      coverage: 0.5,
    }).reasons;
    expect(reasons).toEqual([
      'layer 4, tools (28.0)',
      'an exported API changes or goes (15.0)',
      '50% of the changed lines are run by tests (7.5)',
      '1 changed line in 1 file (1.1)',
      '1 file depends on it, 0% of the sources (0.0)',
    ]);
  });
  it('of many of a kind it names the first', () => {
    const files = (n: number, layer: number | null) =>
      Array.from({ length: n }, (_, i) => ({ path: `f${i}`, status: 'modified' as const, added: 0, removed: 0, layer }));
    const reasons = (input: Parameters<typeof of>[0], like: RegExp) => of(input).reasons.filter((r) => like.test(r)).length;
    expect(reasons({ files: files(12, 1) }, /core reasoning, which/)).toBe(10);
    expect(reasons({ files: files(12, null) }, /is in no layer, so it counts as High$/)).toBe(10);
    expect(reasons({ weakened: Array(25).fill('a rule') }, /^a rule: at least High$/)).toBe(20);
    expect(of({ files: files(2, null) }).reasons).toContain('a file outside every layer (28.0)');
    const long = of({ weakened: ['x'.repeat(600)] });
    expect([long.level, long.reasons[0]?.length]).toEqual(['high', 500]);
    expect(of({ files: files(5001, 4), dependents: Array(5001).fill('d') })).toMatchObject({
      files: { length: 5000 },
      dependents: { length: 5000 },
    });
  });
  it('tests are judged where a change is nothing else', () => {
    expect(of({ files: [{ path: 'test/a.ts', status: 'modified', added: 3, removed: 0, layer: 3 }] }).reasons[0]).toBe(
      'layer 3, agents (16.0)',
    );
    expect(of({ files: [] }).reasons).toContain('layer 4, tools (0.0)');
  });
  it('levels begin at 25 and 50', () => {
    expect([0, 24.9, 25, 49.9, 50, 100].map(levelOfScore)).toEqual(['low', 'low', 'medium', 'medium', 'high', 'high']);
  });
});
