import type { Agent } from '../../agents/agent.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { type OrphanFacts, type OrphanPlan, planOrphans, verdictFor, verdictOn } from '../../orphans/orphan-plan.ts';
import type { OrphanAction, ParentExit } from '../../orphans/orphan-policy.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { actorName, applyToAgent, each, settingsOf, type Work } from '../work.ts';
import { acceptStop } from './stops.ts';

const sweeper: Actor = { kind: 'system', id: 'orphan-sweeper' };

/**
 * The acting half of the sweep: suspects come from outside, each is read again here, the policy is applied once per
 * child, and a sweep that would orphan too many changes nothing (I-ORPH-1, I-ORPH-5, I-ORPH-7).
 */
export const adoptOrphans = each(
  async (work, { input }: CommandOf<'agents.adopt-orphans'>): Promise<Result<CommandOutput<'agents.adopt-orphans'>>> => {
    const { tx } = work;
    const plan = await planOf(work, input.agentIds);
    if (plan.halts) {
      if (plan.changing !== input.haltTold)
        tx.append(
          { type: 'orphans.halted', subjectId: tx.projectId, data: { wouldStop: plan.changing, live: plan.live } },
          actorName(sweeper),
        );
      return ok({ stopped: 0, reparented: 0, halted: plan.changing });
    }
    const { stopped, reparented } = await carryOut(work, plan);
    return ok({ stopped, reparented, halted: 0 });
  },
);

/** The sweep that would come of these suspects now, by what this transaction reads of them. */
export async function planOf(work: Work, suspectIds: readonly string[]): Promise<OrphanPlan> {
  const { tx } = work;
  const { onParentExit } = await settingsOf(work);
  return planOrphans(await factsOf(work, await tx.agents.many(suspectIds)), onParentExit, await tx.agents.liveCount(), tx.nowMs);
}
export async function factsOf(work: Work, suspects: readonly Agent[]): Promise<OrphanFacts[]> {
  const byId = new Map((await work.tx.agents.withAncestors(suspects.map((a) => a.id))).map((a) => [a.id, a]));
  const taken = await underRunningStops(work, suspects, byId);
  return suspects.map((child) => ({
    child,
    ancestors: child.path.slice(0, -1).flatMap((id) => byId.get(id) ?? []),
    held: taken.has(child.id),
  }));
}
/** Does what a plan says, upper orphans first: whoever stands below one that is stopped goes with it. */
async function carryOut(work: Work, plan: OrphanPlan): Promise<{ stopped: number; reparented: number }> {
  let [stopped, reparented] = [0, 0];
  for (const v of plan.verdicts) {
    if (v.action === 'ignore' || v.stoppedWith !== null) continue;
    const action = await handleOrphan(work, v.child.id);
    if (action === 'stop') stopped += 1;
    else if (action === 'reparent') reparented += 1;
  }
  return { stopped, reparented };
}

/** Whom a stop that has not ended has already, though a large one has perhaps not enlisted it yet (docs/adr/0010). */
async function underRunningStops(work: Work, found: readonly Agent[], byId: ReadonlyMap<string, Agent>): Promise<Set<string>> {
  const { tx } = work;
  const taken = new Set<string>();
  if (found.length === 0) return taken;
  const running = new Map<string, boolean>();
  const runs = async (stopId: string): Promise<boolean> => {
    const known = running.get(stopId) ?? (await tx.stops.get(stopId))?.state === 'stopping';
    running.set(stopId, known);
    return known;
  };
  const { haltedBy } = await settingsOf(work);
  for (const child of found) {
    const fences = [...child.path.map((id) => byId.get(id)?.stopId), haltedBy];
    for (const stopId of new Set(fences)) if (stopId && (await runs(stopId))) taken.add(child.id);
  }
  return taken;
}

/**
 * Applies the policy, or what an operator `asked`, to one agent whose parent's epoch is over; answers what was done. Read
 * again, since what happened to an orphan above it a moment ago may have moved it.
 */
export async function handleOrphan(
  work: Work,
  childId: string,
  {
    cause,
    asked,
    reason = '',
    actor = sweeper,
  }: { cause?: ParentExit; asked?: 'stop' | 'reparent' | undefined; reason?: string; actor?: Actor } = {},
): Promise<OrphanAction | undefined> {
  const { onParentExit } = await settingsOf(work);
  const [facts] = await factsOf(work, await work.tx.agents.many([childId]));
  const parent = facts?.ancestors.at(-1);
  if (!facts || !parent) return undefined;
  const { nowMs } = work.tx;
  const verdict = cause ? verdictFor(facts, parent, cause, onParentExit, nowMs) : verdictOn(facts, onParentExit, nowMs, asked);
  if (!verdict || verdict.action === 'ignore') return verdict?.action;
  const { child, action, home } = verdict;
  const because = reason ? `${verdict.because}; ${reason}` : verdict.because;
  const handled: NewEvent = {
    type: 'agent.orphan-handled',
    subjectId: child.id,
    data: { parentId: child.parentId ?? '', action, because },
  };
  const next = applyToAgent(work, child, [handled], actor);
  if (action === 'stop') {
    const request = { mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, reason: `orphaned: ${because}` } as const;
    await acceptStop(work, next.id, request, actor);
  } else await reparent(work, next, home, actor);
  return action;
}

/** Moves an agent with everything live below it. An ancestor is never below its child, so no cycle can come of it. */
async function reparent(work: Work, child: Agent, home: readonly Agent[], actor: Actor): Promise<void> {
  const to = home.at(-1)?.id ?? null;
  const above = home.map((a) => a.id);
  const sessionId = above[0] ?? child.id;
  const left = await leftBudgets(work, child, above);
  for (const member of await work.tx.agents.liveSubtree(child.id)) {
    const below = member.path.slice(member.path.indexOf(child.id));
    const chargedTo = [...new Set([...left, ...member.chargedTo])];
    const parent = member.id === child.id ? to : member.parentId;
    const data = { from: member.parentId, to: parent, path: [...above, ...below], sessionId, chargedTo };
    applyToAgent(work, member, [{ type: 'agent.reparented', subjectId: member.id, data }], actor);
  }
}

/** Budgets above the agent that its new place is not below: they go on to count what it spends (I-ORPH-6). */
async function leftBudgets(work: Work, child: Agent, above: readonly string[]): Promise<string[]> {
  const gone = child.path.slice(0, -1).filter((id) => !above.includes(id));
  const { budgets } = await settingsOf(work);
  return (await work.tx.agents.many(gone))
    .filter((a) => a.budgetNanoUsd !== null || budgets.some((b) => b.agentId === a.id))
    .map((a) => a.id);
}
