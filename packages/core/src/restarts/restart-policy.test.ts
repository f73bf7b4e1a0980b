import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restartStrategies, restartTypes } from '../api/inputs.ts';
import { countRestart, restartGroup, wantsRestart } from './restart-policy.ts';

describe('the restart policy', () => {
  it('permanent always, transient after a failure, temporary never', () => {
    const ends = ['completed', 'failed', 'stopped'] as const;
    expect(Object.fromEntries(restartTypes.map((t) => [t, ends.filter((e) => wantsRestart(t, e))]))).toEqual({
      permanent: ['completed', 'failed', 'stopped'],
      transient: ['failed'],
      temporary: [],
    });
  });
  it('the strategy says who else: nobody, all, or those that started later; itself first, the rest by age', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id, i) => ({ id, createdAtMs: i < 2 ? 0 : i })) as [never, never, never, never];
    const names = (s: (typeof restartStrategies)[number]) =>
      restartGroup(s, b as { id: string; createdAtMs: number }, [d, c, b, a]).map((x) => x.id);
    expect(restartStrategies.map(names)).toEqual([['b'], ['b', 'a', 'c', 'd'], ['b', 'c', 'd']]);
  });
  it('gives up exactly when more than `intensity` restarts fall within any `periodMs`', () => {
    const gaps = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(gaps, fc.nat(5), fc.integer({ min: 1, max: 5_000 }), (all, intensity, periodMs) => {
        const supervision = { strategy: 'one-for-one', intensity, periodMs } as const;
        const times: number[] = [];
        let kept: number[] = [];
        let nowMs = 10_000;
        for (const gap of all) {
          nowMs += gap;
          times.push(nowMs);
          const counted = countRestart(supervision, kept, nowMs);
          kept = counted.atMs;
          const within = times.filter((t) => t > nowMs - periodMs).length;
          expect(counted.exhausted).toBe(within > intensity);
          expect(kept.length).toBe(within);
        }
      }),
    );
  });
});
