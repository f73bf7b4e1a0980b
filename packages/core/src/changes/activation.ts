import type { Agent } from '../agents/agent.ts';
import type { Lease } from '../agents/lease.ts';
import { isFinalAgent } from '../kernel/transitions.ts';
import type { Activation } from './activation-record.ts';
import type { Change, ChangeEvent } from './change-record.ts';

/**
 * How long the steps around the quiescence may take, in milliseconds: the wait for the lease; the merge, and how long
 * before its end the runner may still begin to move the branch; what a health check needs besides its own limit; and a
 * rollback with its gates. After them the agents go on, whatever is still to come.
 *
 * Use it for deadlines; a step that is over them still counts when it is told.
 *
 * @example
 * activationLimits.mergeMs; // → 300_000
 */
export const activationLimits = {
  leaseWaitMs: 1_800_000,
  mergeMs: 300_000,
  landMarginMs: 60_000,
  checkMarginMs: 120_000,
  rollbackMs: 1_800_000,
} as const;

/**
 * The lease that a change holds while its repository's code is swapped. Agents that write there may take it too.
 *
 * Use it as the name of the lock.
 *
 * @example
 * repositoryLease('rep_1'); // → 'repository:rep_1'
 */
export const repositoryLease = (repositoryId: string): string => `repository:${repositoryId}`;

/**
 * Whether an agent is at rest since `sinceMs`: it has ended, or is paused and has said so itself after it was asked. What
 * is lost, stopping or has only been asked may still run the code.
 *
 * Use it before a merge that swaps the code under it.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'paused' });
 * isAtRest(agent, leaseOf({ id: 'a', projectId: 'p', parkedAtMs: 2_000 }), 1_000); // → true
 * isAtRest(agent, leaseOf({ id: 'a', projectId: 'p', parkedAtMs: null }), 1_000); // → false
 * isAtRest({ ...agent, state: 'completed' }, undefined, 1_000); // → true
 */
export function isAtRest(agent: Pick<Agent, 'state'>, lease: Pick<Lease, 'parkedAtMs'> | undefined, sinceMs: number): boolean {
  if (isFinalAgent(agent.state)) return true;
  return agent.state === 'paused' && lease?.parkedAtMs != null && lease.parkedAtMs > sinceMs;
}

/**
 * Whether the change is on its way and may hold agents and its lease; a repository that it has frozen holds nobody.
 *
 * Use it to know whom the loop still has to look after.
 *
 * @example
 * isHolding(null); // → false
 */
export const isHolding = (activation: Activation | null): boolean => activation?.open === true && activation.state !== 'rollback-failed';

/**
 * Whether the branch holds code of this change that failed its health check and could not be taken back.
 *
 * Use it before another change is merged on top.
 *
 * @example
 * isFrozenBy({ state: 'merged', activation: null }); // → false
 */
export const isFrozenBy = (change: Pick<Change, 'activation' | 'state'>): boolean =>
  change.state === 'merged' && change.activation?.state === 'rollback-failed' && change.activation.open;

const over: Pick<Activation, 'dueAtMs' | 'open' | 'heldIds' | 'lease'> = { dueAtMs: null, open: false, heldIds: [], lease: null };

/**
 * The activation after an event of its change; `null` where there is none. An end of the change other than a merge calls
 * it off, so no event, also a future one, leaves agents held by a change that is gone.
 *
 * Use it in `evolveChange` alone.
 *
 * @example
 * const rules = activationRules.parse({ healthCheck: 'npm run smoke' });
 * const begun = evolveActivation(null, { type: 'change.activating', data: { rules, dueAtMs: 60_000 } }, 'merging', 0);
 * begun?.state; // → 'waiting'
 * evolveActivation(begun, { type: 'change.base-moved', data: { baseSha: 'b', expiresAtMs: 1 } }, 'proposed', 1)?.state; // → 'called-off'
 */
export function evolveActivation(
  activation: Activation | null,
  event: ChangeEvent,
  state: Change['state'],
  atMs: number,
): Activation | null {
  const next = step(activation, event, atMs);
  if (!next || next === activation) return closed(next, state, atMs);
  return closed(next.state === activation?.state ? next : { ...next, sinceMs: atMs }, state, atMs);
}
const closed = (a: Activation | null, state: Change['state'], atMs: number): Activation | null =>
  a?.open && state !== 'merging' && state !== 'merged' ? { ...a, ...over, state: 'called-off', sinceMs: atMs } : a;

function step(a: Activation | null, event: ChangeEvent, atMs: number): Activation | null {
  if (event.type === 'change.activating')
    return {
      state: 'waiting',
      rules: event.data.rules,
      sinceMs: atMs,
      dueAtMs: event.data.dueAtMs,
      heldIds: [],
      lease: null,
      open: true,
      detail: null,
    };
  if (!a) return null;
  switch (event.type) {
    case 'change.held':
      return { ...a, heldIds: [...a.heldIds, ...event.data.agentIds] };
    case 'change.leased':
      return { ...a, state: 'quiescing', lease: event.data.lease, dueAtMs: event.data.dueAtMs };
    case 'change.quiet':
      return { ...a, state: 'merging', dueAtMs: event.data.dueAtMs };
    case 'change.merge-failed':
      return { ...a, ...over, state: 'called-off', detail: event.data.error };
    case 'change.merged':
      return { ...a, state: 'checking', dueAtMs: a.open ? atMs + a.rules.healthCheckMs + activationLimits.checkMarginMs : null };
    case 'change.healthy':
      return { ...a, ...over, state: 'healthy' };
    case 'change.unhealthy':
      return { ...a, state: 'rolling-back', detail: event.data.detail, dueAtMs: a.open ? atMs + activationLimits.rollbackMs : null };
    case 'change.overdue':
      return { ...a, ...over };
    case 'change.rolled-back':
      return a.state === 'healthy' ? a : { ...a, ...over, state: 'rolled-back' };
    case 'change.rollback-failed':
      // open: it freezes the repository until somebody has mended the branch
      return a.state === 'rolling-back' ? { ...a, ...over, state: 'rollback-failed', open: true } : a;
    case 'change.thawed':
      return { ...a, open: false };
    default:
      return a;
  }
}
