/** What callers send about locks, barriers and waits. */
import { z } from 'zod';
import { partyDeaths } from '../../coordination/facts.ts';
import { id, leaseMs, longWaitMs, name, page, requestId, token } from './fields.ts';

const blocking = z.boolean().default(true);

/**
 * Acquires one permit; `permits` is how many the lock has (1, a mutex, unless told). It does not wait unless `waitMs` is
 * told, four minutes at most.
 *
 * Use it with a `requestId` where the call may be lost; a plain way to wait longer is `Leased`.
 *
 * @example
 * const ask = acquireLockInput.parse({ name: 'deploy', agentId: 'agt_1' });
 * [ask.permits, ask.leaseMs, ask.waitMs, ask.blocking]; // → [1, 30_000, 0, true]
 */
export const acquireLockInput = z.object({
  name,
  agentId: id,
  permits: z.number().int().min(1).max(1000).default(1),
  leaseMs: leaseMs.default(30_000),
  waitMs: longWaitMs.default(0),
  priority: z.number().int().min(-10).max(10).default(0),
  /** false: the agent goes on with something else while it waits, so the wait is no ground for a deadlock. */
  blocking,
  /** The same request again, while it waits or holds, is answered with the same. */
  requestId: requestId.optional(),
});

/**
 * Gives a permit back, by its token.
 *
 * Use it as soon as the work is done; else its lease ends it.
 *
 * @example
 * releaseLockInput.safeParse({ name: 'deploy', agentId: 'agt_1', token: '7' }).success; // → true
 */
export const releaseLockInput = z.object({ name, agentId: id, token });

/**
 * A new lease on a permit, from now on: 30 s unless told.
 *
 * Use it while the work takes longer than the lease.
 *
 * @example
 * renewLockInput.parse({ name: 'deploy', agentId: 'agt_1', token: '7' }).leaseMs; // → 30_000
 */
export const renewLockInput = z.object({ name, agentId: id, token, leaseMs: leaseMs.default(30_000) });

/**
 * A person takes permits away, those of one agent or all; a reason is needed.
 *
 * Use it when a holder hangs and its lease is too long to wait for.
 *
 * @example
 * forceReleaseLockInput.safeParse({ name: 'deploy', reason: 'it hangs' }).success; // → true
 * forceReleaseLockInput.safeParse({ name: 'deploy', reason: ' ' }).success; // → false
 */
export const forceReleaseLockInput = z.object({ name, agentId: id.optional(), reason: z.string().trim().min(1).max(2000) });

/**
 * Comes to a barrier for `parties` and waits for the others: a minute unless told, four at most.
 *
 * Use it with `partyIds` where they are known: then the end of one that has not come counts too, and so do deadlocks.
 *
 * @example
 * const ask = waitBarrierInput.parse({ name: 'release', agentId: 'agt_1', parties: 3 });
 * [ask.waitMs, ask.onPartyDeath]; // → [60_000, 'break']
 */
export const waitBarrierInput = z.object({
  name,
  agentId: id,
  parties: z.number().int().min(1).max(1000),
  waitMs: longWaitMs.default(60_000),
  onPartyDeath: z.enum(partyDeaths).default('break'),
  /** Who the parties are, where that is known: then the end of one that has not come counts too, and so do deadlocks. */
  partyIds: z.array(id).max(1000).default([]),
  blocking,
  requestId: requestId.optional(),
});

/**
 * An agent waits until another agent, or a task, has ended: a minute unless told, four at most. `id` is what it waits for,
 * `agentId` who waits.
 *
 * Use it instead of asking for the state again and again; then a circle of such waits is found, and told.
 *
 * @example
 * awaitEndInput.parse({ id: 'tsk_1', agentId: 'agt_1' }).waitMs; // → 60_000
 * awaitEndInput.safeParse({ id: 'tsk_1', agentId: 'agt_1', waitMs: -1 }).success; // → false
 */
export const awaitEndInput = z.object({
  id,
  agentId: id,
  waitMs: longWaitMs.default(60_000),
  /** false: the agent goes on with something else while it waits, so the wait is no ground for a deadlock. */
  blocking,
  /** The same request again is the same wait, and hears how that ended. */
  requestId: requestId.optional(),
});

/**
 * Locks by page, all of them or those that somebody holds.
 *
 * Use it to see who waits for whom.
 *
 * @example
 * listLocksInput.parse({ held: 'true' }).held; // → true
 */
export const listLocksInput = z.object({ held: z.union([z.boolean(), z.stringbool()]).default(false), ...page });
