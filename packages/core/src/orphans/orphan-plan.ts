import { type Agent, fenceOf } from '../agents/agent.ts';
import type { OnParentExit } from '../api/inputs.ts';
import { isLiveAgent } from '../kernel/transitions.ts';
import { mustHalt, type OrphanAction, orphanCause, type ParentExit, type PolicySource, policyFor } from './orphan-policy.ts';

/** An orphan as it was read: with all above it, root first, and whether a stop that runs has it already. */
export type OrphanFacts = { child: Agent; ancestors: readonly Agent[]; held: boolean };
/** What is done with one orphan, by whose policy, and why it is not always what the policy wants. */
export type OrphanVerdict = {
  child: Agent;
  parent: Agent;
  cause: ParentExit;
  wanted: OrphanAction;
  from: PolicySource;
  action: OrphanAction;
  /** Where a reparented one goes, root first; empty: to the top. */
  home: readonly Agent[];
  held: boolean;
  /** An orphan above it that is stopped in the same sweep, and it with that one. */
  stoppedWith: string | null;
  because: string;
};
/** A whole sweep before it is done: `halts`, it would change too many and so changes none (I-ORPH-7). */
export type OrphanPlan = { verdicts: readonly OrphanVerdict[]; changing: number; live: number; halts: boolean };

/** Below its nearest ancestor that lives, or at the top where none does. */
const homeOf = (ancestors: readonly Agent[]): readonly Agent[] =>
  ancestors.slice(0, ancestors.findLastIndex((a) => isLiveAgent(a.state) && a.state !== 'lost') + 1);

/**
 * What becomes of one orphan; undefined: it is none. `asked`: an operator's word, which counts for more than a policy.
 *
 * Use it inside the transaction that acts, and in a dry run: both then say the same.
 *
 * @example
 * const parent = agentOf({ id: 'a', projectId: 'p', state: 'failed' });
 * const child = agentOf({ id: 'b', projectId: 'p', parentId: 'a', state: 'running', orphanHandled: false, orphanIgnoredUntilMs: null });
 * verdictOn({ child, ancestors: [parent], held: false }, { failed: 'stop' }, 0)?.action; // → 'reparent'
 * verdictOn({ child, ancestors: [parent], held: false }, null, 0)?.from; // → 'agent'
 * verdictOn({ child, ancestors: [parent], held: false }, null, 0, 'stop')?.action; // → 'stop'
 * verdictOn({ child, ancestors: [{ ...parent, stopId: 'stp_1' }], held: false }, null, 0)?.action; // → 'stop'
 */
export function verdictOn(
  facts: OrphanFacts,
  project: OnParentExit | null,
  nowMs: number,
  asked?: Exclude<OrphanAction, 'ignore'>,
): OrphanVerdict | undefined {
  const parent = facts.ancestors.at(-1);
  const cause = orphanCause(facts.child, parent);
  return parent && cause ? verdictFor(facts, parent, cause, project, nowMs, asked) : undefined;
}

/**
 * The same for a parent that is about to be over, so that its state does not tell yet: a restart begins its next epoch.
 *
 * Use it where the end of the parent's epoch is known otherwise; else `verdictOn`.
 *
 * @example
 * const parent = agentOf({ id: 'a', projectId: 'p', state: 'running' });
 * const child = agentOf({ id: 'b', projectId: 'p', parentId: 'a', onParentExit: null, orphanIgnoredUntilMs: null });
 * verdictFor({ child, ancestors: [parent], held: false }, parent, 'stopped', null, 0).action; // → 'stop'
 */
export function verdictFor(
  { child, ancestors, held }: OrphanFacts,
  parent: Agent,
  cause: ParentExit,
  project: OnParentExit | null,
  nowMs: number,
  asked?: Exclude<OrphanAction, 'ignore'>,
): OrphanVerdict {
  const policy = policyFor(child, cause, project, nowMs);
  const wanted = asked ?? policy.action;
  // who stands under a fence is not moved out of it; a budget goes along (I-ORPH-6)
  const escapes = wanted === 'reparent' && fenceOf(ancestors) !== undefined;
  const action = held ? 'ignore' : escapes ? 'stop' : wanted;
  const because = held
    ? 'a stop under way has it already'
    : escapes
      ? `its parent is ${cause}, and elsewhere it would escape a stop`
      : `its parent is ${cause}`;
  return {
    child,
    parent,
    cause,
    wanted,
    from: asked ? 'operator' : policy.from,
    action,
    home: homeOf(ancestors),
    held,
    stoppedWith: null,
    because,
  };
}

/**
 * A whole sweep: every orphan with what becomes of it, the upper ones first, and whether there are too many.
 *
 * Use it for the sweep and for its dry run; what it reads must come from one transaction.
 *
 * @example
 * const parent = agentOf({ id: 'a', projectId: 'p', state: 'failed' });
 * const orphan = { parentId: 'a', state: 'running', orphanHandled: false, orphanIgnoredUntilMs: null, onParentExit: null };
 * const facts = ['b', 'c'].map((id) => ({ child: agentOf({ id, projectId: 'p', ...orphan }), ancestors: [parent], held: id === 'c' }));
 * const plan = planOrphans(facts, null, 20, 0);
 * plan.verdicts.map((v) => v.action); // → ['stop', 'ignore']
 * [plan.changing, plan.halts]; // → [1, false]
 */
export function planOrphans(facts: readonly OrphanFacts[], project: OnParentExit | null, live: number, nowMs: number): OrphanPlan {
  const found = facts.flatMap((f) => verdictOn(f, project, nowMs) ?? []);
  found.sort((a, b) => a.child.path.length - b.child.path.length || (a.child.id < b.child.id ? -1 : 1));
  const stopped = new Set<string>();
  const verdicts = found.map((v) => {
    const stoppedWith = v.child.path.find((id) => stopped.has(id)) ?? null;
    if (v.action === 'stop' && stoppedWith === null) stopped.add(v.child.id);
    return stoppedWith === null || v.action === 'ignore' ? v : { ...v, stoppedWith };
  });
  const changing = verdicts.filter((v) => v.action !== 'ignore').length;
  return { verdicts, changing, live, halts: mustHalt(changing, live) };
}
