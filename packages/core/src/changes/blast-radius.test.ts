import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlastRadiusInput, blastRadiusOf } from './blast-radius.ts';

const tool = (over: Partial<BlastRadiusInput> = {}): BlastRadiusInput => ({
  files: [
    { path: 'src/tools/csv.ts', status: 'modified', added: 2, removed: 1, layer: 4 },
    { path: 'test/csv.test.ts', status: 'added', added: 40, removed: 0, layer: null },
  ],
  dependents: [],
  totalFiles: 100,
  apiChanged: 'none',
  weakened: [],
  coverage: null,
  ...over,
});
const sourceIn = (layer: number | null) => tool({ files: [{ path: 'src/x.ts', status: 'modified', added: 1, removed: 1, layer }] });

test('a small fix of a tool is Low, by the formula', () => {
  const radius = blastRadiusOf(tool());
  // 40·0.1 + 20·0 + 15·0 + 10·log2(4)/9 + 15·0.5
  expect(radius.score).toBeCloseTo(4 + 20 / 9 + 7.5, 1);
  expect(radius.level).toBe('low');
  expect(radius.reasons.join('\n')).toContain('layer 4, tools');
});

test('layers, dependents and API raise it', () => {
  expect(blastRadiusOf(sourceIn(3)).level).toBe('medium');
  const wide = blastRadiusOf({ ...sourceIn(2), dependents: Array.from({ length: 30 }, (_, i) => `src/d${i}.ts`) });
  expect(wide.level).toBe('high');
  expect(wide.reasons.join('\n')).toContain('30 files depend on it, 30% of the sources');
  expect(blastRadiusOf(tool({ apiChanged: 'changed' })).score - blastRadiusOf(tool()).score).toBeCloseTo(15, 1);
  expect(blastRadiusOf(tool({ apiChanged: 'added' })).score - blastRadiusOf(tool()).score).toBeCloseTo(4.5, 1);
});

test('layer 1 is Critical whatever else holds', () => {
  expect(blastRadiusOf(sourceIn(1))).toMatchObject({ level: 'critical', score: 100 });
});

test('a source in no layer, and a weakened check, are High at least', () => {
  expect(blastRadiusOf(sourceIn(null)).level).toBe('high');
  const weakened = blastRadiusOf(tool({ weakened: ['a test lost an assertion'] }));
  expect(weakened.level).toBe('high');
  expect(weakened.reasons[0]).toContain('a test lost an assertion');
});

test('a new test in no layer does not raise the level', () => {
  expect(blastRadiusOf(tool()).level).toBe('low');
});

test('more of anything never lowers the score', () => {
  const input = fc.record({
    layer: fc.constantFrom(2, 3, 4),
    lines: fc.nat(5000),
    dependents: fc.nat(80),
    api: fc.constantFrom<BlastRadiusInput['apiChanged']>('none', 'added', 'changed'),
  });
  const radius = (i: { layer: number; lines: number; dependents: number; api: BlastRadiusInput['apiChanged'] }) =>
    blastRadiusOf({
      files: [{ path: 'src/x.ts', status: 'modified', added: i.lines, removed: 0, layer: i.layer }],
      dependents: Array.from({ length: i.dependents }, (_, n) => `d${n}`),
      totalFiles: 100,
      apiChanged: i.api,
      weakened: [],
      coverage: null,
    });
  fc.assert(
    fc.property(input, fc.nat(1000), fc.nat(50), (i, lines, dependents) => {
      const before = radius(i);
      expect(before.score).toBeGreaterThan(0);
      expect(before.score).toBeLessThanOrEqual(100);
      expect(radius({ ...i, lines: i.lines + lines }).score).toBeGreaterThanOrEqual(before.score);
      expect(radius({ ...i, dependents: i.dependents + dependents }).score).toBeGreaterThanOrEqual(before.score);
      expect(radius({ ...i, layer: 2 }).score).toBeGreaterThanOrEqual(before.score);
      expect(radius({ ...i, api: 'changed' }).score).toBeGreaterThanOrEqual(before.score);
    }),
  );
});
