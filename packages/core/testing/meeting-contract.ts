import { beforeEach, describe, expect, it } from 'vitest';
import type { AcquireOptions, Grant, MeetingOptions, MeetingPoint, Permits } from '../src/coordination/meeting-points.ts';
import type { Result } from '../src/kernel/result.ts';
import { turns } from './fake-timers.ts';

export type MeetingsUnderTest = {
  mutex(name: string): Permits;
  semaphore(name: string, permits: number): Permits;
  barrier(name: string, parties: number, o?: MeetingOptions): MeetingPoint;
  /** Somebody who can own. */
  owner(): Promise<string>;
  /** The owner has ended. */
  end(owner: string): Promise<void>;
  /** Time passes, with what follows from it. */
  pass(ms: number): Promise<void>;
};
/** An `AbortController`, of which the core has no type. */
export type Aborter = { signal: NonNullable<AcquireOptions['signal']>; abort(reason?: unknown): void };
const { AbortController } = globalThis as unknown as { AbortController: new () => Aborter };

/** What a caller sees of an answer that may not have come yet. */
function watch<T>(promise: Promise<T>): { value: T | 'pending' | { thrown: unknown } } {
  const seen: { value: T | 'pending' | { thrown: unknown } } = { value: 'pending' };
  promise.then(
    (v) => {
      seen.value = v;
    },
    (thrown) => {
      seen.value = { thrown };
    },
  );
  return seen;
}

/** Locks and barriers as their users meet them; the same tests for those of a process and those with leases. */
export function describeMeetings(name: string, open: () => Promise<MeetingsUnderTest>): void {
  describe(`the contract of locks and barriers: ${name}`, () => {
    let on: MeetingsUnderTest;
    let a: string;
    let b: string;
    let c: string;
    beforeEach(async () => {
      on = await open();
      a = await on.owner();
      b = await on.owner();
      c = await on.owner();
    });
    const held = async (p: Promise<Result<Grant>>): Promise<Grant> => {
      const r = await p;
      if (!r.ok) throw new Error(JSON.stringify(r.error));
      return r.value;
    };
    const waitMs = 30_000;

    it('I-SYNC-1: a mutex is one permit, a semaphore as many as it has; the next is served on a release', async () => {
      const lock = on.mutex('m');
      const first = await held(lock.acquire({ owner: a }));
      expect(await lock.acquire({ owner: b })).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 0 } });
      const second = watch(lock.acquire({ owner: b, waitMs }));
      await turns(200);
      expect(second.value).toBe('pending');
      expect(await first.release()).toBe(true);
      await turns(200);
      expect(second.value).toMatchObject({ ok: true, value: { token: '2' } });
      const pool = on.semaphore('p', 2);
      await held(pool.acquire({ owner: a }));
      await held(pool.acquire({ owner: b }));
      expect((await pool.acquire({ owner: c })).ok).toBe(false);
      expect(await on.semaphore('p', 3).acquire({ owner: c })).toMatchObject({ ok: false, error: { code: 'invalid_input' } });
    });
    it('I-SYNC-2: tokens grow; a second release does nothing, whoever holds it by then', async () => {
      const lock = on.mutex('m');
      const first = await held(lock.acquire({ owner: a }));
      await first.release();
      const second = await held(lock.acquire({ owner: b }));
      expect(BigInt(second.token)).toBeGreaterThan(BigInt(first.token));
      expect(await first.release()).toBe(false);
      expect((await lock.acquire({ owner: c })).ok).toBe(false);
    });
    it('I-SYNC-3: who timed out, was aborted or has ended is passed over, and hears so', async () => {
      const lock = on.mutex('m');
      const first = await held(lock.acquire({ owner: a }));
      const aborter = new AbortController();
      const d = await on.owner();
      const late = watch(lock.acquire({ owner: b, waitMs: 1_000 }));
      const aborted = watch(lock.acquire({ owner: c, waitMs, signal: aborter.signal }));
      const ended = watch(lock.acquire({ owner: d, waitMs }));
      await turns(200);
      await on.pass(1_000);
      aborter.abort('enough');
      await turns(200);
      expect([late.value, aborted.value]).toEqual([{ ok: false, error: { code: 'timed_out', waitedMs: 1_000 } }, { thrown: 'enough' }]);
      await on.end(d);
      await first.release();
      await turns(200);
      expect(ended.value).toMatchObject({ ok: false });
      expect(await held(lock.acquire({ owner: a }))).toMatchObject({ token: '2' });
    });
    it('I-SYNC-3: a signal that was aborted before waits for nothing and takes nothing', async () => {
      const aborter = new AbortController();
      aborter.abort('before');
      await expect(on.mutex('m').acquire({ owner: a, signal: aborter.signal })).rejects.toBe('before');
      await expect(on.barrier('b', 1).wait({ owner: a, signal: aborter.signal })).rejects.toBe('before');
      expect(await held(on.mutex('m').acquire({ owner: b }))).toMatchObject({ token: '1' });
    });
    it('I-SYNC-4: first come, first served, a higher priority before, and ageing', async () => {
      const lock = on.mutex('m');
      const order: string[] = [];
      const first = await held(lock.acquire({ owner: a, leaseMs: 600_000 }));
      const queue = async (as: string, priority: number) => {
        const owner = await on.owner();
        void held(lock.acquire({ owner, waitMs: 200_000, priority })).then(async (grant) => {
          order.push(as);
          await grant.release();
        });
        await turns(200);
      };
      await queue('aged', -2);
      await on.pass(10_000);
      await queue('first', 0);
      await queue('second', 0);
      await queue('urgent', 5);
      await first.release();
      await turns(2_000);
      expect(order).toEqual(['urgent', 'aged', 'first', 'second']);
    });
    it('I-SYNC-5: the end of an owner frees, and so does a lease that is over; who comes late with an old grant is told', async () => {
      const lock = on.mutex('m');
      const first = await held(lock.acquire({ owner: a, leaseMs: 5_000 }));
      const second = watch(lock.acquire({ owner: b, waitMs }));
      await on.pass(4_000);
      expect(await first.renew(5_000)).toEqual({ ok: true, value: null });
      await on.pass(4_999);
      expect(second.value).toBe('pending');
      await on.pass(1_000);
      expect(second.value).toMatchObject({ ok: true, value: { token: '2' } });
      expect(await first.renew(5_000)).toMatchObject({ ok: false, error: { code: 'stale_token' } });
      expect(await first.release()).toBe(false);
      const third = watch(lock.acquire({ owner: c, waitMs }));
      await turns(200);
      await on.end(b);
      await turns(200);
      expect(third.value).toMatchObject({ ok: true, value: { token: '3' } });
    });
    it('I-SYNC-6: a barrier lets all go with the last; who comes after waits for the next generation', async () => {
      const barrier = on.barrier('b', 3);
      const early = [a, b].map((owner) => watch(barrier.wait({ owner })));
      await turns(200);
      expect(early.map((w) => w.value)).toEqual(['pending', 'pending']);
      expect(await barrier.wait({ owner: c })).toEqual({ ok: true, value: { generation: 0, index: 2 } });
      await turns(200);
      expect(early.map((w) => w.value)).toEqual([0, 1].map((index) => ({ ok: true, value: { generation: 0, index } })));
      const next = watch(barrier.wait({ owner: a, waitMs: 1_000 }));
      await turns(200);
      expect(next.value).toBe('pending');
    });
    it.each(['timed-out', 'withdrawn', 'ended'])('I-SYNC-6: a party that has %s breaks it for all', async (why) => {
      const barrier = on.barrier('b', 3);
      const aborter = new AbortController();
      const leaver = watch(barrier.wait({ owner: a, waitMs: why === 'timed-out' ? 1_000 : waitMs, signal: aborter.signal }));
      const other = watch(barrier.wait({ owner: b, waitMs }));
      await turns(200);
      if (why === 'timed-out') await on.pass(1_000);
      else if (why === 'withdrawn') aborter.abort('away');
      else await on.end(a);
      await on.pass(1_000);
      const broken = { ok: false, error: { code: 'broken_barrier', name: 'b', generation: 0, agentId: a, why } };
      expect(other.value).toEqual(broken);
      if (why === 'timed-out') expect(leaver.value).toEqual(broken);
      else if (why === 'withdrawn') expect(leaver.value).toEqual({ thrown: 'away' });
      else expect(leaver.value).toMatchObject({ ok: false });
    });
    it('I-SYNC-6: or shrinks it, where that is declared', async () => {
      const barrier = on.barrier('b', 3, { onPartyDeath: 'shrink' });
      const leaver = watch(barrier.wait({ owner: a, waitMs: 1_000 }));
      const other = watch(barrier.wait({ owner: b, waitMs }));
      await on.pass(1_500);
      expect([leaver.value, other.value]).toEqual([{ ok: false, error: { code: 'timed_out', waitedMs: 1_000 } }, 'pending']);
      expect(await barrier.wait({ owner: c })).toMatchObject({ ok: true, value: { index: 1 } });
      await turns(200);
      expect(other.value).toMatchObject({ ok: true, value: { index: 0 } });
    });
    it('I-SYNC-7: a circle of waits is found when it closes; its victim is told, and what it lets go serves the other', async () => {
      const [x, y] = [on.mutex('x'), on.mutex('y')];
      await held(x.acquire({ owner: a }));
      const mine = await held(y.acquire({ owner: b }));
      const older = watch(y.acquire({ owner: a, waitMs }));
      await on.pass(10);
      expect(await x.acquire({ owner: b, waitMs })).toEqual({
        ok: false,
        error: { code: 'deadlock', cycle: [b, 'lock:x', a, 'lock:y', b] },
      });
      expect(older.value).toBe('pending');
      await mine.release();
      await turns(200);
      expect(older.value).toMatchObject({ ok: true });
    });
    it('I-SYNC-7: through a barrier whose parties are named, and not through one whose parties nobody knows', async () => {
      const lock = on.mutex('x');
      await held(lock.acquire({ owner: a }));
      const unknown = watch(on.barrier('unknown', 2).wait({ owner: a }));
      const waits = watch(lock.acquire({ owner: b, waitMs }));
      await on.pass(10);
      expect([unknown.value, waits.value]).toEqual(['pending', 'pending']);
      await on.end(b);
      await on.barrier('unknown', 2).wait({ owner: c });
      const party = watch(on.barrier('named', 2, { partyIds: [a, c] }).wait({ owner: a }));
      await on.pass(10);
      expect(await lock.acquire({ owner: c, waitMs })).toMatchObject({ ok: false, error: { code: 'deadlock' } });
      expect(party.value).toBe('pending');
    });
  });
}
