import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sabotagesOf, samples } from './testing-corpus.ts';
import { Bench, ruleOf } from './testing-repository.ts';

/** How many of the ten samples; `REEVE_CORPUS=10` takes the whole set, some two hundred variants. */
const size = Number(process.env.REEVE_CORPUS ?? 2);
const state = (name: string) => `/tmp/reeve-corpus-${process.pid}-${name}`;

test('ten kinds of bug, at least twelve sabotages of each', () => {
  expect(samples.length).toBeGreaterThanOrEqual(10);
  for (const sample of samples) expect(sabotagesOf(sample, '/x').length).toBeGreaterThanOrEqual(12);
});

describe.each(samples.slice(0, size))('$bug', (sample) => {
  test('goes from proposal to merge and back (I-SELF-4, I-SELF-9)', { timeout: 120_000 }, async () => {
    const b = new Bench(sample.base);
    try {
      const base = b.git('rev-parse', 'main^{tree}');
      const merge = await b.verified(sample.test, sample.fix);
      expect((await b.run(merge)).at(-1)?.kind).toBe('change-merged');
      expect(b.git('status', '--porcelain')).toBe('');
      expect((await b.run(b.rollbackOrder(merge))).at(-1)?.kind).toBe('change-rolled-back');
      expect(b.git('rev-parse', 'main^{tree}')).toBe(base);
      expect(b.git('status', '--porcelain')).toBe('');
    } finally {
      b.close();
    }
  });
  test.each(sabotagesOf(sample, state(sample.module)))('$name is refused by its rule', { timeout: 60_000 }, async (sabotage) => {
    const b = new Bench(sample.base);
    try {
      const before = b.snapshot(/^$/);
      expect(ruleOf(await b.verify(sabotage.test, sabotage.fix))).toMatch(sabotage.rule);
      expect(b.snapshot(/^$/)).toEqual(before);
    } finally {
      b.close();
      rmSync(state(sample.module), { force: true });
    }
  });
});
