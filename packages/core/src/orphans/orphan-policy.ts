import type { Agent } from '../agents/agent.ts';
import type { OnParentExit } from '../api/inputs.ts';
import { isFinalAgent, isLiveAgent } from '../kernel/transitions.ts';

export type ParentExit = 'completed' | 'failed' | 'lost' | 'stopped';
export type OrphanAction = 'stop' | 'reparent' | 'ignore';

/** A sweep that would orphan more of the live agents than this share halts and alerts instead (I-ORPH-7). */
export const haltShare = 0.2;
/** Below this many live agents a share says nothing: one of three is a third. */
export const haltFloor = 10;

/**
 * Why `child` is an orphan of `parent` now, if it is (I-ORPH-1): the parent's epoch is final, or it is lost. An agent
 * that is being stopped is no orphan: the stop has it already.
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
 */
export function orphanAction(child: Agent, cause: ParentExit, project: OnParentExit | null = null): OrphanAction {
  return child.onParentExit?.[cause] ?? project?.[cause] ?? (cause === 'lost' ? 'ignore' : 'stop');
}

/** Whether a sweep of `orphans` among `live` agents must halt. */
export const mustHalt = (orphans: number, live: number): boolean => orphans > haltFloor && orphans > live * haltShare;
