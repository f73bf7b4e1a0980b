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
export type LockAsk = Omit<LockWaiter, 'sinceMs' | 'deadlineMs'> & { permits: number; waitMs: number };

/** A waiter gains one step of priority for each of these that it has waited. */
export const ageingMs = 2_000;
/**
 * Who is served first: the higher `priority + floor(waited / 2 s)`, then who came first. Within a priority that is first
 * come, first served; the lowest priority (−10) stands before a newcomer of the highest (10) after 40 s (I-SYNC-4).
 */
export const effectivePriority = (w: Pick<LockWaiter, 'priority' | 'sinceMs'>, nowMs: number): number =>
  w.priority + Math.floor(Math.max(0, nowMs - w.sinceMs) / ageingMs);
/** The queue as it would be served now. */
export const inOrder = <W extends Pick<LockWaiter, 'priority' | 'sinceMs'>>(waiters: readonly W[], nowMs: number): W[] =>
  [...waiters].sort((a, b) => effectivePriority(b, nowMs) - effectivePriority(a, nowMs));

/** A lock that nobody has asked for yet; the first ask says how many permits it has. */
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

/** The waiter or holder of a request, if it still is one: the same request again is answered with the same. */
export const requestOf = (lock: Lock, agentId: string, requestId: string): { holder?: LockHolder; waiter?: LockWaiter } => {
  const same = (x: { agentId: string; requestId: string }) => x.agentId === agentId && x.requestId === requestId;
  const holder = lock.holders.find(same);
  const waiter = lock.waiters.find(same);
  return { ...(holder && { holder }), ...(waiter && { waiter }) };
};

/**
 * Asks a settled lock for one permit: granted, or waiting, or `timed_out` where it may not wait. The number of permits
 * belongs to the lock: another number is refused while anyone holds or waits, and makes it anew when nobody does.
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
 * never given out is refused (I-SYNC-2).
 */
export function decideReleaseLock(lock: Lock, agentId: string, token: string): Result<NewEvent[]> {
  const holder = ofToken(lock, token);
  if (holder && holder.agentId !== agentId) return err({ code: 'forbidden', rule: 'the token is that of another agent' });
  if (holder) return ok([freed(lock, holder, 'released')]);
  return BigInt(token) > lock.token || BigInt(token) === 0n ? err(stale(lock)) : ok([]);
}
/** A lease from now on. Of a settled lock: one that has ended is not brought back. */
export function decideRenewLock(lock: Lock, agentId: string, token: string, leaseMs: number, nowMs: number): Result<NewEvent[]> {
  const holder = ofToken(lock, token);
  if (!holder || holder.agentId !== agentId) return err(stale(lock));
  const data = { agentId, token: holder.token, expiresAtMs: nowMs + leaseMs };
  return ok([{ type: 'lock.renewed', subjectId: lock.id, data }]);
}
/**
 * The caller has gone: its wait ends, and a permit whose answer it never heard goes back (I-SYNC-3). A call that was
 * replaced by another one for the same request takes nothing away.
 */
export function decideWithdraw(lock: Lock, agentId: string, requestId: string, callId: string | null, nowMs: number): NewEvent[] {
  const { holder, waiter } = requestOf(lock, agentId, requestId);
  if (waiter && waiter.callId === callId) return [waitEnded(lock, waiter, 'withdrawn', nowMs)];
  if (holder && holder.callId === callId) return [freed(lock, holder, 'withdrawn')];
  return [];
}
/** Nothing of these agents stays: neither permits nor waits. */
export function decideLeaveLock(lock: Lock, agentIds: ReadonlySet<string>, how: 'stopped' | 'ended', nowMs: number): NewEvent[] {
  const gone = (x: { agentId: string }) => agentIds.has(x.agentId);
  return [
    ...lock.holders.filter(gone).map((h) => freed(lock, h, `holder-${how}`)),
    ...lock.waiters.filter(gone).map((w) => waitEnded(lock, w, how, nowMs)),
  ];
}
/** An operator takes the permits away: those of one agent, or all. */
export const decideForceRelease = (lock: Lock, agentId: string | undefined, reason: string): NewEvent[] =>
  lock.holders.filter((h) => agentId === undefined || h.agentId === agentId).map((h) => freed(lock, h, 'operator', reason));
/** The victim of a deadlock is told the circle (I-SYNC-7). */
export function decideDeadlocked(lock: Lock, agentId: string, requestId: string, cycle: string[], nowMs: number): NewEvent[] {
  const { waiter } = requestOf(lock, agentId, requestId);
  return waiter ? [waitEnded(lock, waiter, 'deadlock', nowMs, cycle)] : [];
}

/** Applies one fact. Throws `InvariantError` where it would hand out more permits than there are. */
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
