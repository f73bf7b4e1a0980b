import type { Agent } from '../agents/agent.ts';
import { defaultLeaseMs, isExpired, type Lease } from '../agents/lease.ts';
import { isFinalAgent, isLiveAgent } from '../kernel/transitions.ts';

/**
 * What the supervisor owes the fleet for the time it stood still itself (I-ORPH-3): until `untilMs` every lease counts
 * as longer by `owedMs`, and before `hearUntilMs` none is judged at all, since nobody could be heard for a while.
 * `dueMs` is when the next look at the leases should come.
 */
export type Standstill = { readonly dueMs: number; readonly owedMs: number; readonly untilMs: number; readonly hearUntilMs: number };

/** A tick that is later than this was not a busy moment but a pause of the whole process. */
export const stallMs = 2_000;
/** Whoever could not be heard meanwhile gets a lease to be heard again. */
const hearingMs = defaultLeaseMs;
/** After a start nothing is known about the time before it: twice the default lease. */
const startMs = 2 * defaultLeaseMs;

/** A second standstill before the first is made good comes on top of it. */
const owe = (s: Standstill, nowMs: number, ms: number): Standstill => {
  // what was owed when it began to stand still, for nothing was made good meanwhile
  const owedMs = (s.untilMs > s.dueMs ? s.owedMs : 0) + ms;
  return { ...s, owedMs, untilMs: nowMs + Math.max(owedMs, startMs), hearUntilMs: nowMs + hearingMs };
};
/** A supervisor that starts: whoever was silent while none ran gets a whole lease to report again. */
export const standstillAtStart = (nowMs: number, everyMs: number): Standstill =>
  owe({ dueMs: nowMs + everyMs, owedMs: 0, untilMs: 0, hearUntilMs: 0 }, nowMs, startMs);

export type LeaseLook = { lateMs: number; extendedByMs: number; judges: boolean };
/** The look at the leases that comes at `nowMs`, the next one due after `everyMs`: how late it is, and what is owed now. */
export function lookAtLeases(s: Standstill, nowMs: number, everyMs: number): { next: Standstill; look: LeaseLook } {
  const lateMs = Math.max(0, nowMs - s.dueMs);
  const now = lateMs > stallMs ? owe(s, nowMs, lateMs) : s;
  return {
    next: { ...now, dueMs: nowMs + everyMs },
    look: { lateMs, extendedByMs: nowMs < now.untilMs ? now.owedMs : 0, judges: nowMs >= now.hearUntilMs },
  };
}

/** States that a lease can still end: suspicion falls on these alone. */
export const leasedStates = ['starting', 'running', 'paused'] as const;
/** Whether the lease loop should hand this agent to `agents.expire`, which reads it again. */
export const isSuspect = (agent: Pick<Agent, 'state'>, lease: Pick<Lease, 'expiresAtMs'>, nowMs: number, extendedByMs: number): boolean =>
  (leasedStates as readonly string[]).includes(agent.state) && isExpired(lease, nowMs, extendedByMs);

/** Whether the sweep should hand this child to `agents.adopt-orphans`, which reads both again (I-ORPH-1). */
export const isSuspectedOrphan = (child: Pick<Agent, 'state' | 'orphanHandled'>, parent: Pick<Agent, 'state'>): boolean =>
  isLiveAgent(child.state) && child.state !== 'stopping' && !child.orphanHandled && (isFinalAgent(parent.state) || parent.state === 'lost');
