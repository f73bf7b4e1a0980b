import type { Agent } from '../agents/agent.ts';
import { defaultLeaseMs, isExpired, type Lease } from '../agents/lease.ts';
import { isFinalAgent, isLiveAgent } from '../kernel/transitions.ts';

/**
 * What the supervisor owes the fleet for the time it stood still itself (I-ORPH-3): until `untilMs` every lease counts
 * as longer by `owedMs`, and before `hearUntilMs` none is judged at all, since nobody could be heard for a while.
 * `dueMs` is when the next look at the leases should come.
 */
export type Standstill = { readonly dueMs: number; readonly owedMs: number; readonly untilMs: number; readonly hearUntilMs: number };

/**
 * A look that is later than this, in ms, was not a busy moment but a pause of the whole process.
 *
 * Use it to tell a slow loop from a machine that slept.
 *
 * @example
 * stallMs; // → 2_000
 */
export const stallMs = 2_000;
/** How often leases are looked at, and how long they are. */
export type LeaseTimes = { everyMs: number; leaseMs: number };
/**
 * Leases as they are unless a server says otherwise, in ms.
 *
 * Use it where nothing else was configured.
 *
 * @example
 * defaultLeaseTimes; // → { everyMs: 2_000, leaseMs: 15_000 }
 */
export const defaultLeaseTimes: LeaseTimes = { everyMs: 2_000, leaseMs: defaultLeaseMs };
/** After a start nothing is known about the time before it: twice the lease. */
const startMs = ({ leaseMs }: LeaseTimes): number => 2 * leaseMs;

/** A second standstill before the first is made good comes on top of it. */
const owe = (s: Standstill, nowMs: number, ms: number, times: LeaseTimes): Standstill => {
  // what was owed when it began to stand still, for nothing was made good meanwhile
  const owedMs = (s.untilMs > s.dueMs ? s.owedMs : 0) + ms;
  // whoever could not be heard meanwhile gets a lease to be heard again
  return { ...s, owedMs, untilMs: nowMs + Math.max(owedMs, startMs(times)), hearUntilMs: nowMs + times.leaseMs };
};

/**
 * A supervisor that starts: whoever was silent while none ran gets a whole lease to report again.
 *
 * Use it once, when the loop over the leases begins; then `lookAtLeases` carries it on.
 *
 * @example
 * const start = standstillAtStart(0, { everyMs: 2_000, leaseMs: 15_000 });
 * start.owedMs; // → 30_000
 * start.hearUntilMs; // → 15_000
 */
export const standstillAtStart = (nowMs: number, times: LeaseTimes): Standstill =>
  owe({ dueMs: nowMs + times.everyMs, owedMs: 0, untilMs: 0, hearUntilMs: 0 }, nowMs, startMs(times), times);

/**
 * What one look at the leases goes by: how late it came, by how much leases count as longer, and whether it may judge
 * at all.
 */
export type LeaseLook = { lateMs: number; extendedByMs: number; judges: boolean };

/**
 * The look at the leases that comes at `nowMs`: how late it is, and what is owed now. `next` holds once the look has had
 * its answers: until then nobody could be heard, and the next look is as late as this one and more.
 *
 * Use it at every look, also the early ones: it is how the supervisor learns that it stood still.
 *
 * @example
 * const times = { everyMs: 2_000, leaseMs: 15_000 };
 * const { next, look } = lookAtLeases({ dueMs: 10_000, owedMs: 0, untilMs: 0, hearUntilMs: 0 }, 10_000, times);
 * look; // → { lateMs: 0, extendedByMs: 0, judges: true }
 * lookAtLeases(next, 72_000, times).look; // → { lateMs: 60_000, extendedByMs: 60_000, judges: false }
 */
export function lookAtLeases(s: Standstill, nowMs: number, times: LeaseTimes): { next: Standstill; look: LeaseLook } {
  const lateMs = Math.max(0, nowMs - s.dueMs);
  const now = lateMs > stallMs ? owe(s, nowMs, lateMs, times) : s;
  return {
    next: { ...now, dueMs: nowMs + times.everyMs },
    look: { lateMs, extendedByMs: nowMs < now.untilMs ? now.owedMs : 0, judges: nowMs >= now.hearUntilMs },
  };
}

/**
 * States that a lease can still end: suspicion falls on these alone.
 *
 * Use it to choose in a query whom the lease loop looks at.
 *
 * @example
 * leasedStates.includes('running'); // → true
 * leasedStates.includes('lost'); // → false
 */
export const leasedStates = ['starting', 'running', 'paused'] as const;

/**
 * Whether the lease loop should hand this agent to `agents.expire`, which reads it again.
 *
 * Use it on reads outside a transaction: it accuses, and the command decides.
 *
 * @example
 * isSuspect({ state: 'running' }, { expiresAtMs: 1_000 }, 1_000, 0); // → true
 * isSuspect({ state: 'running' }, { expiresAtMs: 1_000 }, 1_000, 500); // → false
 * isSuspect({ state: 'lost' }, { expiresAtMs: 1_000 }, 1_000, 0); // → false
 */
export const isSuspect = (agent: Pick<Agent, 'state'>, lease: Pick<Lease, 'expiresAtMs'>, nowMs: number, extendedByMs: number): boolean =>
  (leasedStates as readonly string[]).includes(agent.state) && isExpired(lease, nowMs, extendedByMs);

/**
 * Whether the sweep should hand this child to `agents.adopt-orphans`, which reads both again (I-ORPH-1).
 *
 * Use it on reads outside a transaction; why it is an orphan, `orphanCause` says inside.
 *
 * @example
 * isSuspectedOrphan({ state: 'running', orphanHandled: false }, { state: 'failed' }); // → true
 * isSuspectedOrphan({ state: 'running', orphanHandled: false }, { state: 'paused' }); // → false
 */
export const isSuspectedOrphan = (child: Pick<Agent, 'state' | 'orphanHandled'>, parent: Pick<Agent, 'state'>): boolean =>
  isLiveAgent(child.state) && child.state !== 'stopping' && !child.orphanHandled && (isFinalAgent(parent.state) || parent.state === 'lost');
