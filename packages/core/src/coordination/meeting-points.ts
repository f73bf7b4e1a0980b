import type { Result } from '../kernel/result.ts';
import type { OnPartyDeath } from './facts.ts';

/** What both kinds of locks and barriers have in common: those of one process, and those of the project with leases. */
export type AcquireOptions = {
  /** Who asks; with leases an agent's id. Deadlocks are found among those who say who they are. */
  owner: string;
  /** How long to wait for a permit; 0, the default, not at all. */
  waitMs?: number;
  /** From −10 to 10; 0 unless told. */
  priority?: number;
  /** With leases 30 s unless told; without, for ever. */
  leaseMs?: number;
  /** Ends the wait: the promise rejects with its reason, and the permit goes to who is next. */
  signal?: AbortSignalLike;
};
/** A permit in the caller's hand, with what it can do with it. */
export interface Grant {
  /** Decimal; higher with every grant of this lock. */
  readonly token: string;
  /** Gives the permit back; false where it was no longer held. */
  release(): Promise<boolean>;
  /** A lease from now on; refused with `stale_token` when the last one has ended. */
  renew(leaseMs: number): Promise<Result<null>>;
}
/** A lock with a number of permits. Expected failures are values: `timed_out`, `deadlock`, `fenced`, `invalid_input`. */
export interface Permits {
  acquire(o: AcquireOptions): Promise<Result<Grant>>;
}
export type ArriveOptions = {
  owner: string;
  /** How long to wait for the others; 60 s unless told. */
  waitMs?: number;
  signal?: AbortSignalLike;
};
/** A barrier: all parties go on together, or none. */
export interface MeetingPoint {
  /** Resolves for all when the last party has come; `broken_barrier` for all when one has left. */
  wait(o: ArriveOptions): Promise<Result<{ generation: number; index: number }>>;
}
export type MeetingOptions = { onPartyDeath?: OnPartyDeath; partyIds?: readonly string[] };

/** Who waits asks again with the same request, when woken or when `deadlineMs` has come. */
export type Waiting = { state: 'waiting'; requestId: string; deadlineMs: number };
/** What one ask of a lock is answered with: wait, or the permit. */
export type LockAnswer = Waiting | { state: 'granted'; requestId: string; token: string; expiresAt: string };
/** What one ask at a barrier is answered with: wait, or go on; `index` is the place in the order of arrival, from 0. */
export type BarrierAnswer = Waiting | { state: 'released'; requestId: string; generation: number; index: number };
/** What one ask for an end is answered with: wait, or the state in which it has ended. */
export type EndAnswer = Waiting | { state: 'ended'; requestId: string; endState: string };

/** Time as a plug: nothing in the core waits by itself. */
export interface Timers {
  nowMs(): number;
  /** Runs `then` once after `ms`; the answer calls it off. */
  after(ms: number, then: () => void): () => void;
}
/** As much of an `AbortSignal` as is needed; the core has no types of a platform. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
  throwIfAborted(): void;
}
