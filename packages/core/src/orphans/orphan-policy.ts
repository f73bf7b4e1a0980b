import type { Agent } from '../agents/agent.ts';
import type { OnParentExit } from '../api/inputs.ts';
import { isFinalAgent, isLiveAgent } from '../kernel/transitions.ts';

/** How a parent left its children: the key under which a policy says what becomes of them. */
export type ParentExit = 'completed' | 'failed' | 'lost' | 'stopped';
/** What is done with an orphan: it is stopped, goes to its grandparent, or is left where it is. */
export type OrphanAction = 'stop' | 'reparent' | 'ignore';
/** Whose word it is: an operator's, the agent's own, the project's, or nobody's. */
export type PolicySource = 'operator' | 'agent' | 'project' | 'default';

/**
 * A sweep that would orphan more of the live agents than this share halts and alerts instead (I-ORPH-7).
 *
 * Use it, with `haltFloor`, through `mustHalt`.
 *
 * @example
 * haltShare; // → 0.2
 */
export const haltShare = 0.2;

/**
 * Below this many live agents a share says nothing: one of three is a third.
 *
 * Use it, with `haltShare`, through `mustHalt`.
 *
 * @example
 * haltFloor; // → 10
 */
export const haltFloor = 10;

/**
 * Why `child` is an orphan of `parent` now, if it is (I-ORPH-1): the parent's epoch is final, or it is lost. An agent
 * that is being stopped is no orphan: the stop has it already.
 *
 * Use it inside the transaction that acts, on records it has read itself.
 *
 * @example
 * const parent = agentOf({ id: 'a', projectId: 'p', state: 'killed' });
 * const child = agentOf({ id: 'b', projectId: 'p', state: 'running', orphanHandled: false });
 * orphanCause(child, parent); // → 'stopped'
 * orphanCause(child, { ...parent, state: 'running' }); // → undefined
 * orphanCause({ ...child, orphanHandled: true }, parent); // → undefined
 */
export function orphanCause(child: Agent, parent: Agent | undefined): ParentExit | undefined {
  if (!parent || !isLiveAgent(child.state) || child.state === 'stopping' || child.orphanHandled) return undefined;
  if (parent.state === 'lost') return 'lost';
  if (!isFinalAgent(parent.state)) return undefined;
  return parent.state === 'completed' || parent.state === 'failed' ? parent.state : 'stopped';
}

/**
 * What the child's policy says, else the project's; where neither does, an orphan of an ended parent is stopped, and one
 * of a lost parent waits.
 *
 * Use it after `orphanCause`.
 *
 * @example
 * const child = agentOf({ id: 'b', projectId: 'p', onParentExit: { failed: 'reparent' } });
 * orphanAction(child, 'failed'); // → 'reparent'
 * orphanAction(child, 'lost'); // → 'ignore'
 * orphanAction(child, 'completed', { completed: 'ignore' }); // → 'ignore'
 * orphanAction(child, 'completed'); // → 'stop'
 */
export const orphanAction = (child: Agent, cause: ParentExit, project: OnParentExit | null = null): OrphanAction =>
  writtenPolicy(child, cause, project).action;

type Policy = { action: OrphanAction; from: PolicySource };
function writtenPolicy(child: Agent, cause: ParentExit, project: OnParentExit | null): Policy {
  const own = child.onParentExit?.[cause];
  if (own) return { action: own, from: 'agent' };
  const general = project?.[cause];
  if (general) return { action: general, from: 'project' };
  return { action: cause === 'lost' ? 'ignore' : 'stop', from: 'default' };
}

/**
 * What holds for an orphan at `nowMs`, and whose word it is: an operator who leaves it as it is for a while comes before
 * every policy.
 *
 * Use it after `orphanCause`, wherever something is done or told about an orphan.
 *
 * @example
 * const child = agentOf({ id: 'b', projectId: 'p', onParentExit: { failed: 'reparent' }, orphanIgnoredUntilMs: 1_000 });
 * policyFor(child, 'failed', null, 999); // → { action: 'ignore', from: 'operator' }
 * policyFor(child, 'failed', null, 1_000); // → { action: 'reparent', from: 'agent' }
 * policyFor(child, 'stopped', { stopped: 'ignore' }, 1_000); // → { action: 'ignore', from: 'project' }
 * policyFor(child, 'stopped', null, 1_000); // → { action: 'stop', from: 'default' }
 */
export const policyFor = (child: Agent, cause: ParentExit, project: OnParentExit | null, nowMs: number): Policy =>
  (child.orphanIgnoredUntilMs ?? 0) > nowMs ? { action: 'ignore', from: 'operator' } : writtenPolicy(child, cause, project);

/**
 * Whether a sweep of `orphans` among `live` agents must halt: more than `haltFloor` of them, and more than `haltShare`
 * of all.
 *
 * Use it before a sweep acts, with both counted inside its transaction.
 *
 * @example
 * mustHalt(21, 100); // → true
 * mustHalt(20, 100); // → false
 * mustHalt(3, 3); // → false
 */
export const mustHalt = (orphans: number, live: number): boolean => orphans > haltFloor && orphans > live * haltShare;
