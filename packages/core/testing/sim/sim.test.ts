import { describe, expect, it } from 'vitest';
import { runsOf } from '../runs.ts';
import { invariants } from './invariants/index.ts';
import { runMany, told } from './many.ts';
import { runSchedule } from './run.ts';
import { neverHit } from './sometimes.ts';

/** `npm test` sets 20,000; a run by hand is over in seconds. */
const runs = runsOf('sim', 2_000);
/** From here on everything that should happen sometimes must have happened. */
const whole = 20_000;

describe('the simulated world', () => {
  it(`keeps every numbered promise in ${runs} schedules, and meets everything it should have met`, { timeout: 3_600_000 }, async () => {
    const totals = await runMany(1, runs);
    expect(totals.failures.map(told)).toEqual([]);
    expect(totals.runs).toBe(runs);
    // a workload that never does what a promise is about would pass against any bug
    if (runs >= whole) expect(neverHit(totals.counts)).toEqual([]);
  });
  it('plays the same seed the same way, to the last step, and another seed another way', async () => {
    const hashes = new Map<string, number>();
    for (let seed = 1; seed <= 60; seed++) {
      const lines: string[] = [];
      const silent = await runSchedule(seed);
      const spoken = await runSchedule(seed, { line: (text) => lines.push(text) });
      expect([spoken.hash, spoken.steps, spoken.counts]).toEqual([silent.hash, silent.steps, silent.counts]);
      expect(lines.length).toBeGreaterThan(silent.steps / 4);
      hashes.set(silent.hash, seed);
    }
    expect(hashes.size).toBe(60);
  });
  it('watches promises by number, each once', () => {
    const ids = invariants.map((i) => i.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const i of invariants)
      expect([i.id, Boolean(i.fact || i.check || i.answer || i.settled), Boolean(i.fact) === Boolean(i.on)]).toEqual([i.id, true, true]);
  });
});
