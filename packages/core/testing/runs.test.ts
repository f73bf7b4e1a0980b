import { afterEach, expect, it, vi } from 'vitest';
import { runsOf, sometimes } from './runs.ts';

afterEach(() => vi.unstubAllEnvs());

it('runs as often as the environment says, else as usual', () => {
  vi.stubEnv('REEVE_PROPERTY_RUNS', '');
  expect(runsOf('property', 2000)).toBe(2000);
  vi.stubEnv('REEVE_PROPERTY_RUNS', '7');
  expect(runsOf('property', 2000)).toBe(7);
  vi.stubEnv('REEVE_SIM_RUNS', '1000000');
  expect(runsOf('sim', 20_000)).toBe(1_000_000);
});
it.each(['0', '-1', '1e3', 'many'])('refuses %s as a number of runs: a property that never ran proves nothing', (told) => {
  vi.stubEnv('REEVE_HISTORY_RUNS', told);
  expect(() => runsOf('history', 2000)).toThrow(`REEVE_HISTORY_RUNS is ${told}`);
});
it('what must be seen grows with the runs; of few runs nothing is asked', () => {
  expect([sometimes(500, 500, 500), sometimes(500, 1000, 500), sometimes(20, 10, 500)]).toEqual([500, 1000, 0]);
});
