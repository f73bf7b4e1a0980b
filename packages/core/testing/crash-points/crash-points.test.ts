import { describe, expect, it } from 'vitest';
import { CrashingFleet, type CrashPoint } from './crashing-fleet.ts';
import { scenarios } from './scenarios.ts';
import { brokenInvariants, settledState } from './settled-state.ts';

describe.each(Object.entries(scenarios))('%s', (_, script) => {
  const play = async (points: CrashPoint[]): Promise<CrashingFleet> => {
    const fleet = new CrashingFleet(points);
    await script(fleet);
    expect(brokenInvariants(fleet), JSON.stringify(points)).toEqual([]);
    return fleet;
  };

  it('I-STOP-7, I-TASK-3, I-COST-1, I-COST-5, I-SELF-7, I-SYNC-2, I-CKPT-1: a crash at any commit, and another in the recovery, loses nothing and doubles nothing', async () => {
    const whole = await play([]);
    const expected = settledState(whole);
    expect(whole.commits).toBeGreaterThan(15);
    let points = 0;
    for (let commit = 1; commit <= whole.commits; commit++) {
      for (const at of ['before', 'after'] as const) {
        for (const again of ['not', 'before', 'after'] as const) {
          const crashes: CrashPoint[] = [{ commit, at }];
          if (again !== 'not') crashes.push({ commit: commit + 1, at: again });
          const fleet = await play(crashes);
          expect(settledState(fleet), JSON.stringify(crashes)).toEqual(expected);
          expect(fleet.crashes).toBeGreaterThan(0);
          points += 1;
        }
      }
    }
    expect(points).toBe(6 * whole.commits);
  });
});
