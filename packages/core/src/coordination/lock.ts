import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { LockFreedBecause, WaitEndedBecause } from './facts.ts';

/** One permit in somebody's hand, until `expiresAtMs`. Whether its agent still beats does not matter: only this lease ends it. */
export type LockHolder = {
  agentId: string;
  /** Decimal; JSON has no integers of that size. */
  token: string;
  requestId: string;
  /** The call that asked last for it: only that one may give up the wait or an answer nobody heard. */
  callId: string | null;
  sinceMs: number;
  expiresAtMs: number;
};
/** One that waits for a permit, until `deadlineMs`; its lease of `leaseMs` begins when it is served. */
export type LockWaiter = {
  agentId: string;
  requestId: string;
  callId: string | null;
  priority: number;
  /** Whether the agent does nothing else meanwhile: the wait-for graph believes it. */
  blocking: boolean;
  sinceMs: number;
  deadlineMs: number;
  leaseMs: number;
};
/**
 * A named lock with `permits` permits: one makes a mutex, more a semaphore. `token` grows with every grant and never goes
 * back, also while nobody holds it (I-SYNC-2), so the record outlives its holders.
 */
export type Lock = {
  id: string;
  projectId: string;
  name: string;
  permits: number;
  token: bigint;
  holders: LockHolder[];
  /** In order of arrival. */
  waiters: LockWaiter[];
  /** Who holds or waits; kept so that a store can find the locks of an agent. */
  agentIds: string[];
  waiting: number;
  /** When the first lease or wait is over. */
  dueAtMs: number | null;
  createdAtMs: number;
  updatedAtMs: number;
};
/** What is asked of a lock: by whom, with how many permits it believes the lock to be, and for how long it waits. */
export type LockAsk = Omit<LockWaiter, 'sinceMs' | 'deadlineMs'> & { permits: number; waitMs: number };

/**
 * A waiter gains one step of priority for each of these that it has waited.
 *
 * Use it to tell a person when a waiter will be served; the order itself is `inOrder`.
 *
 * @example
 * effectivePriority({ priority: 0, sinceMs: 0 }, 3 * ageingMs); // → 3
 */
export const ageingMs = 2_000;

/**
 * Who is served first: the higher `priority + floor(waited / 2 s)`, then who came first. Within a priority that is first
 * come, first served; the lowest priority (−10) stands before a newcomer of the highest (10) after 40 s (I-SYNC-4).
 *
 * Use it to show why one is served before another; the queue itself is `inOrder`.
 *
 * @example
 * effectivePriority({ priority: 10, sinceMs: 40_000 }, 40_000); // → 10
 * effectivePriority({ priority: -10, sinceMs: 0 }, 40_000); // → 10
 */
export const effectivePriority = (w: Pick<LockWaiter, 'priority' | 'sinceMs'>, nowMs: number): number =>
  w.priority + Math.floor(Math.max(0, nowMs - w.sinceMs) / ageingMs);

/**
 * The queue as it would be served now; those of the same effective priority stay in the order in which they came.
 *
 * Use it wherever waiters are shown or served: the record keeps them in order of arrival.
 *
 * @example
 * const queue = [{ id: 'first', priority: 0, sinceMs: 0 }, { id: 'urgent', priority: 5, sinceMs: 1_000 }];
 * inOrder(queue, 1_000).map((w) => w.id); // → ['urgent', 'first']
 */
export const inOrder = <W extends Pick<LockWaiter, 'priority' | 'sinceMs'>>(waiters: readonly W[], nowMs: number): W[] =>
  [...waiters].sort((a, b) => effectivePriority(b, nowMs) - effectivePriority(a, nowMs));

/**
 * A lock that nobody has asked for yet; the first ask says how many permits it has.
 *
 * Use it for a name that the store does not know.
 *
 * @example
 * newLock({ id: 'lck_1', projectId: 'p', name: 'deploy' }, 0).token; // → 0n
 */
export const newLock = (of: Pick<Lock, 'id' | 'projectId' | 'name'>, nowMs: number): Lock => ({
  ...of,
  permits: 0,
  token: 0n,
  holders: [],
  waiters: [],
  agentIds: [],
  waiting: 0,
  dueAtMs: null,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

const freed = (lock: Lock, h: LockHolder, why: LockFreedBecause, reason?: string): NewEvent => ({
  type: 'lock.freed',
  subjectId: lock.id,
  data: { name: lock.name, agentId: h.agentId, token: h.token, why, ...(reason === undefined ? {} : { reason }) },
});
const waitEnded = (lock: Lock, w: LockWaiter, why: WaitEndedBecause, nowMs: number, cycle?: string[]): NewEvent => ({
  type: 'lock.wait-ended',
  subjectId: lock.id,
  data: { name: lock.name, agentId: w.agentId, requestId: w.requestId, why, waitedMs: nowMs - w.sinceMs, ...(cycle && { cycle }) },
});
function granted(lock: Lock, w: Omit<LockWaiter, 'deadlineMs'>, token: bigint, nowMs: number): NewEvent {
  const { agentId, requestId, callId, leaseMs, sinceMs } = w;
  const data = { name: lock.name, agentId, requestId, callId, token: token.toString(), expiresAtMs: nowMs + leaseMs };
  return { type: 'lock.granted', subjectId: lock.id, data: { ...data, waitedMs: nowMs - sinceMs } };
}

/**
 * What time alone has changed: leases that are over, waits that are over, and the permits that go on to who is next.
 * Twice at the same time equals once. Every command settles the lock first, so a late sweep neither grants a permit twice
 * nor keeps one from anybody (I-SYNC-1); who has timed out or is gone is dropped before anyone is served (I-SYNC-3).
 *
 * Use it before any other decision on a lock, and when `dueAtMs` has come.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * settleLock(lock, lock.createdAtMs).map((e) => e.type); // → ['lock.granted']
 * settleLock(lock, lock.createdAtMs + 30_000).map((e) => e.type); // → ['lock.freed', 'lock.wait-ended']
 */
export function settleLock(lock: Lock, nowMs: number, isGone: (agentId: string) => boolean = () => false): NewEvent[] {
  const held = lock.holders.filter((h) => h.expiresAtMs > nowMs);
  const events = lock.holders.filter((h) => h.expiresAtMs <= nowMs).map((h) => freed(lock, h, 'lease-expired'));
  const here: LockWaiter[] = [];
  for (const w of lock.waiters) {
    const why = isGone(w.agentId) ? 'ended' : w.deadlineMs <= nowMs ? 'timed-out' : undefined;
    if (why) events.push(waitEnded(lock, w, why, nowMs));
    else here.push(w);
  }
  const next = inOrder(here, nowMs).slice(0, Math.max(0, lock.permits - held.length));
  return [...events, ...next.map((w, i) => granted(lock, w, lock.token + BigInt(i + 1), nowMs))];
}

/**
 * The waiter or holder of a request, if it still is one: the same request again is answered with the same.
 *
 * Use it to answer a request that is told again, and to find what a caller that has gone leaves behind.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * requestOf(lock, 'agt_2', 'r').waiter?.priority; // → -3
 * requestOf(lock, 'agt_2', 'another'); // → {}
 */
export const requestOf = (lock: Lock, agentId: string, requestId: string): { holder?: LockHolder; waiter?: LockWaiter } => {
  const same = (x: { agentId: string; requestId: string }) => x.agentId === agentId && x.requestId === requestId;
  const holder = lock.holders.find(same);
  const waiter = lock.waiters.find(same);
  return { ...(holder && { holder }), ...(waiter && { waiter }) };
};

/**
 * Asks a settled lock for one permit: granted, or waiting, or `timed_out` where it may not wait. The same request again is
 * the same wait or grant. The number of permits belongs to the lock: another number is refused with `invalid_input` while
 * anyone holds or waits, and makes it anew when nobody does.
 *
 * Use it for each ask, the repeated ones too.
 *
 * @example
 * const lock = newLock({ id: 'lck_1', projectId: 'p', name: 'deploy' }, 0);
 * const ask = { agentId: 'a', requestId: 'r', callId: null, permits: 1, waitMs: 0, priority: 0, blocking: true, leaseMs: 30_000 };
 * const asked = decideAcquire(lock, ask, 0);
 * asked.ok && asked.value.map((e) => e.type); // → ['lock.defined', 'lock.granted']
 * const held = asked.ok ? asked.value.reduce((l, e) => evolveLock(l, e, 0), lock) : lock;
 * decideAcquire(held, { ...ask, agentId: 'b' }, 0); // → err({ code: 'timed_out', waitedMs: 0 })
 */
export function decideAcquire(lock: Lock, ask: LockAsk, nowMs: number): Result<NewEvent[]> {
  const known = requestOf(lock, ask.agentId, ask.requestId);
  const before = known.holder ?? known.waiter;
  if (before) return ok(before.callId === ask.callId ? [] : [resumed(lock, ask)]);
  const events: NewEvent[] = [];
  if (lock.permits !== ask.permits) {
    if (lock.agentIds.length) return err(otherPermits(lock, ask.permits));
    events.push({ type: 'lock.defined', subjectId: lock.id, data: { name: lock.name, permits: ask.permits } });
  }
  const { permits, waitMs, ...waiter } = ask;
  if (lock.waiters.length === 0 && lock.holders.length < permits)
    return ok([...events, granted(lock, { ...waiter, sinceMs: nowMs }, lock.token + 1n, nowMs)]);
  if (waitMs === 0) return err({ code: 'timed_out', waitedMs: 0 });
  return ok([...events, { type: 'lock.waiting', subjectId: lock.id, data: { name: lock.name, ...waiter, deadlineMs: nowMs + waitMs } }]);
}
const resumed = (lock: Lock, { agentId, requestId, callId }: LockAsk): NewEvent => ({
  type: 'lock.resumed',
  subjectId: lock.id,
  data: { agentId, requestId, callId },
});
const otherPermits = (lock: Lock, asked: number): DomainError => ({
  code: 'invalid_input',
  issues: [{ path: 'permits', message: `${lock.name} has ${lock.permits} as long as someone holds or waits for it, not ${asked}` }],
});

const stale = (lock: Lock): DomainError => ({ code: 'stale_token', kind: 'lock', id: lock.name });
const ofToken = (lock: Lock, token: string) => lock.holders.find((h) => h.token === BigInt(token).toString());

/**
 * Gives a permit back. Doing it again, or after the lease has ended, changes nothing and is no error; a token that was
 * never given out is refused with `stale_token` (I-SYNC-2), that of another agent with `forbidden`.
 *
 * Use it for the holder's own word; an operator's is `decideForceRelease`, a holder's end `decideLeaveLock`.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * const released = decideReleaseLock(lock, 'agt_1', '9000000000000000001');
 * released.ok && released.value.map((e) => e.type); // → ['lock.freed']
 * decideReleaseLock(lock, 'agt_1', '5'); // → ok([])
 * decideReleaseLock(lock, 'agt_1', '9000000000000000002'); // → err({ code: 'stale_token', kind: 'lock', id: 'lck_1' })
 */
export function decideReleaseLock(lock: Lock, agentId: string, token: string): Result<NewEvent[]> {
  const holder = ofToken(lock, token);
  if (holder && holder.agentId !== agentId) return err({ code: 'forbidden', rule: 'the token is that of another agent' });
  if (holder) return ok([freed(lock, holder, 'released')]);
  return BigInt(token) > lock.token || BigInt(token) === 0n ? err(stale(lock)) : ok([]);
}

/**
 * A lease of `leaseMs` from now on. Of a settled lock: one that has ended is not brought back, but refused with
 * `stale_token`.
 *
 * Use it while the work takes longer than the lease; whoever is refused must take for granted that another one holds it.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * const renewed = decideRenewLock(lock, 'agt_1', '9000000000000000001', 5_000, 1_000);
 * renewed.ok && renewed.value[0].data.expiresAtMs; // → 6_000
 * decideRenewLock(lock, 'agt_1', '5', 5_000, 1_000); // → err({ code: 'stale_token', kind: 'lock', id: 'lck_1' })
 */
export function decideRenewLock(lock: Lock, agentId: string, token: string, leaseMs: number, nowMs: number): Result<NewEvent[]> {
  const holder = ofToken(lock, token);
  if (!holder || holder.agentId !== agentId) return err(stale(lock));
  const data = { agentId, token: holder.token, expiresAtMs: nowMs + leaseMs };
  return ok([{ type: 'lock.renewed', subjectId: lock.id, data }]);
}

/**
 * The caller has gone: its wait ends, and a permit whose answer it never heard goes back (I-SYNC-3). A call that was
 * replaced by another one for the same request takes nothing away.
 *
 * Use it when the connection of a call has gone; an agent that has ended leaves by `decideLeaveLock`.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * decideWithdraw(lock, 'agt_2', 'r', null, 0).map((e) => e.type); // → ['lock.wait-ended']
 * decideWithdraw(lock, 'agt_2', 'r', 'an older call', 0); // → []
 */
export function decideWithdraw(lock: Lock, agentId: string, requestId: string, callId: string | null, nowMs: number): NewEvent[] {
  const { holder, waiter } = requestOf(lock, agentId, requestId);
  if (waiter && waiter.callId === callId) return [waitEnded(lock, waiter, 'withdrawn', nowMs)];
  if (holder && holder.callId === callId) return [freed(lock, holder, 'withdrawn')];
  return [];
}

/**
 * Nothing of these agents stays: neither permits nor waits.
 *
 * Use it when agents are stopped or have ended, in the transaction that says so.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * decideLeaveLock(lock, new Set(['agt_1']), 'stopped', 0)[0].data.why; // → 'holder-stopped'
 * decideLeaveLock(lock, new Set(['agt_9']), 'stopped', 0); // → []
 */
export function decideLeaveLock(lock: Lock, agentIds: ReadonlySet<string>, how: 'stopped' | 'ended', nowMs: number): NewEvent[] {
  const gone = (x: { agentId: string }) => agentIds.has(x.agentId);
  return [
    ...lock.holders.filter(gone).map((h) => freed(lock, h, `holder-${how}`)),
    ...lock.waiters.filter(gone).map((w) => waitEnded(lock, w, how, nowMs)),
  ];
}

/**
 * An operator takes the permits away: those of one agent, or all.
 *
 * Use it for an operator's word alone: the holder may still believe that it holds, and only its token shows that it does not.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * decideForceRelease(lock, undefined, 'it hangs').length; // → 1
 * decideForceRelease(lock, 'agt_2', 'it hangs'); // → []
 */
export const decideForceRelease = (lock: Lock, agentId: string | undefined, reason: string): NewEvent[] =>
  lock.holders.filter((h) => agentId === undefined || h.agentId === agentId).map((h) => freed(lock, h, 'operator', reason));

/**
 * The victim of a deadlock is told the circle (I-SYNC-7). Its wait ends; what it holds it keeps, to let go by itself.
 *
 * Use it with what `findDeadlock` says.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p' });
 * const cycle = ['agt_2', 'lock:lck_1', 'agt_1', 'lock:other', 'agt_2'];
 * decideDeadlocked(lock, 'agt_2', 'r', cycle, 0)[0].data.why; // → 'deadlock'
 * decideDeadlocked(lock, 'agt_1', 'r', cycle, 0); // → []
 */
export function decideDeadlocked(lock: Lock, agentId: string, requestId: string, cycle: string[], nowMs: number): NewEvent[] {
  const { waiter } = requestOf(lock, agentId, requestId);
  return waiter ? [waitEnded(lock, waiter, 'deadlock', nowMs, cycle)] : [];
}

/**
 * Applies one fact, at `atMs`. Throws `InvariantError` where it would hand out more permits than there are, or a token
 * that is not higher than all before.
 *
 * Use it to fold facts into the record that the same transaction stores.
 *
 * @example
 * const lock = lockOf({ id: 'lck_1', projectId: 'p', permits: 1 });
 * const free = evolveLock(lock, decideForceRelease(lock, 'agt_1', '')[0], 0);
 * free.holders; // → []
 * const granted = settleLock(free, lock.createdAtMs)[0];
 * evolveLock(free, granted, 0).token; // → 9_000_000_000_000_000_002n
 * evolveLock(lock, granted, 0); // → throws
 */
export function evolveLock(lock: Lock, event: NewEvent, atMs: number): Lock {
  const next = (more: Partial<Lock>): Lock => {
    const { holders, waiters } = { ...lock, ...more };
    const times = [...holders.map((h) => h.expiresAtMs), ...waiters.map((w) => w.deadlineMs)];
    return {
      ...lock,
      ...more,
      agentIds: [...new Set([...holders, ...waiters].map((x) => x.agentId))].sort(),
      waiting: waiters.length,
      dueAtMs: times.length ? Math.min(...times) : null,
      updatedAtMs: atMs,
    };
  };
  switch (event.type) {
    case 'lock.defined':
      return next({ permits: event.data.permits });
    case 'lock.waiting': {
      const { name: _, ...waiter } = event.data;
      return next({ waiters: [...lock.waiters, { ...waiter, sinceMs: atMs }] });
    }
    case 'lock.resumed': {
      const { agentId, requestId, callId } = event.data;
      const again = <X extends { agentId: string; requestId: string }>(x: X): X =>
        x.agentId === agentId && x.requestId === requestId ? { ...x, callId } : x;
      return next({ holders: lock.holders.map(again), waiters: lock.waiters.map(again) });
    }
    case 'lock.granted': {
      const { agentId, requestId, callId, token, expiresAtMs } = event.data;
      if (lock.holders.length >= lock.permits || BigInt(token) <= lock.token)
        throw new InvariantError(`lock ${lock.name}: ${lock.holders.length} of ${lock.permits} held, token ${token} after ${lock.token}`);
      return next({
        token: BigInt(token),
        holders: [...lock.holders, { agentId, token, requestId, callId, sinceMs: atMs, expiresAtMs }],
        waiters: lock.waiters.filter((w) => w.agentId !== agentId || w.requestId !== requestId),
      });
    }
    case 'lock.renewed': {
      const { token, expiresAtMs } = event.data;
      return next({ holders: lock.holders.map((h) => (h.token === token ? { ...h, expiresAtMs } : h)) });
    }
    case 'lock.freed':
      return next({ holders: lock.holders.filter((h) => h.token !== event.data.token) });
    case 'lock.wait-ended': {
      const { agentId, requestId } = event.data;
      return next({ waiters: lock.waiters.filter((w) => w.agentId !== agentId || w.requestId !== requestId) });
    }
    default:
      return lock;
  }
}
