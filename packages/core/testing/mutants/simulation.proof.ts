import { expect, it } from 'vitest';
import { runsOf } from '../runs.ts';
import { runMany, told } from '../sim/many.ts';

/**
 * What naive bugs are tried against: it ends at the first schedule that shows one, and says how many that took. No test by its name,
 * since `testing/sim` plays the same world without any bug.
 */
it('the simulated world keeps every promise', { timeout: 600_000 }, async () => {
  const { runs, failures } = await runMany(1, runsOf('sim', 1_000), 1);
  const [first] = failures;
  if (first) throw new Error(`failed after ${runs} runs: ${told(first)}`);
  expect(runs).toBeGreaterThan(0);
});
