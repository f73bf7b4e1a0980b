import { describe, expect, it } from 'vitest';
import { defaultLeaseTimes, isSuspect, isSuspectedOrphan, lookAtLeases, type Standstill, standstillAtStart } from './orphan-detector.ts';

const times = defaultLeaseTimes;
const every = times.everyMs;
/** Looks at these moments, one after the other; answers what the last one saw. */
function looks(from: Standstill, ...at: number[]) {
  let standstill = from;
  let last = lookAtLeases(standstill, at[0] as number, times);
  for (const now of at) {
    last = lookAtLeases(standstill, now, times);
    standstill = last.next;
  }
  return { ...last.look, standstill };
}
const punctual = (from: number, to: number): number[] => Array.from({ length: (to - from) / every + 1 }, (_, i) => from + i * every);
/** Long after a start, with nothing owed any more. */
const settled = looks(standstillAtStart(0, times), ...punctual(2_000, 60_000)).standstill;

describe('I-ORPH-3: the time in which the supervisor stood still', () => {
  it('is nothing while looks come in time, or a busy moment later', () => {
    expect(looks(settled, 62_000, 65_900)).toMatchObject({ lateMs: 1_900, extendedByMs: 0, judges: true });
  });
  it('extends every lease by as much, and nobody is judged before they could be heard again', () => {
    const late = looks(settled, 82_000);
    expect(late).toMatchObject({ lateMs: 20_000, extendedByMs: 20_000, judges: false });
    expect(looks(late.standstill, ...punctual(84_000, 96_000))).toMatchObject({ extendedByMs: 20_000, judges: false });
    expect(looks(late.standstill, ...punctual(84_000, 98_000))).toMatchObject({ extendedByMs: 20_000, judges: true });
    expect(looks(late.standstill, ...punctual(84_000, 112_000))).toMatchObject({ extendedByMs: 0, judges: true });
  });
  it('adds up when it stands still again before the first time is made good', () => {
    const first = looks(settled, 82_000);
    expect(looks(first.standstill, ...punctual(84_000, 96_000), 118_000)).toMatchObject({ extendedByMs: 40_000, judges: false });
  });
  it('counts from the start on: a standstill before the first look is one as well', () => {
    expect(looks(standstillAtStart(0, times), 42_000)).toMatchObject({ lateMs: 40_000, judges: false });
    expect(looks(standstillAtStart(0, times), 42_000).extendedByMs).toBeGreaterThanOrEqual(40_000);
  });
  it('after a start everybody has a whole lease to report, however long their old one is over', () => {
    const start = standstillAtStart(1_000_000, times);
    expect(looks(start, ...punctual(1_002_000, 1_014_000)).judges).toBe(false);
    expect(looks(start, ...punctual(1_002_000, 1_016_000))).toMatchObject({ judges: true, extendedByMs: 30_000 });
    expect(looks(start, ...punctual(1_002_000, 1_030_000)).extendedByMs).toBe(0);
  });
});

describe('suspicion', () => {
  it('I-ORPH-2: falls on those whose lease is over, and not on those that are lost, stopped or ended already', () => {
    const over = { expiresAtMs: 100 };
    const seen = (['starting', 'running', 'paused', 'lost', 'stopping', 'unconfirmed', 'failed'] as const).map((state) =>
      isSuspect({ state }, over, 100, 0),
    );
    expect(seen).toEqual([true, true, true, false, false, false, false]);
    expect([isSuspect({ state: 'running' }, over, 99, 0), isSuspect({ state: 'running' }, over, 100, 1)]).toEqual([false, false]);
  });
  it('I-ORPH-1: an orphan lives, was not judged yet, and its parent has ended or is lost', () => {
    const child = { state: 'running', orphanHandled: false } as const;
    const of = (state: 'running' | 'lost' | 'stopping' | 'unconfirmed' | 'completed' | 'killed') => isSuspectedOrphan(child, { state });
    expect((['running', 'stopping', 'unconfirmed', 'lost', 'completed', 'killed'] as const).map(of)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    const parent = { state: 'failed' } as const;
    expect(isSuspectedOrphan({ ...child, orphanHandled: true }, parent)).toBe(false);
    expect(isSuspectedOrphan({ ...child, state: 'stopping' }, parent)).toBe(false);
    expect(isSuspectedOrphan({ ...child, state: 'completed' }, parent)).toBe(false);
  });
});
