import { type Agent, fenceOf } from '../../agents/agent.ts';
import type { OnParentExit } from '../../api/inputs.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { isLiveAgent } from '../../kernel/transitions.ts';
import { mustHalt, type OrphanAction, orphanAction, orphanCause, type ParentExit } from '../../orphans/orphan-policy.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { applyToAgent, each, settingsOf, type Work } from '../work.ts';
import { acceptStop } from './stops.ts';

const sweeper: Actor = { kind: 'system', id: 'orphan-sweeper' };

/**
 * The acting half of the sweep: suspects come from outside, each is read again here, the policy is applied once per
 * child, and a sweep that would orphan too many changes nothing (I-ORPH-1, I-ORPH-5, I-ORPH-7).
 */
export const adoptOrphans = each(
  async (work, { input }: CommandOf<'agents.adopt-orphans'>): Promise<Result<CommandOutput<'agents.adopt-orphans'>>> => {
    const { tx } = work;
    const { onParentExit: policy } = await settingsOf(work);
    const suspects = await tx.agents.many(input.agentIds);
    const parents = new Map((await tx.agents.many(suspects.flatMap((a) => a.parentId ?? []))).map((p) => [p.id, p]));
    const found = suspects
      .map((child) => ({ child, cause: orphanCause(child, parents.get(child.parentId ?? '')) }))
      .filter((o) => o.cause !== undefined && orphanAction(o.child, o.cause, policy) !== 'ignore');
    const taken = await underRunningStops(work, found);
    const orphans = found.filter((o) => !taken.has(o.child.id));
    const live = await tx.agents.liveCount();
    if (mustHalt(orphans.length, live)) {
      if (orphans.length !== input.haltTold)
        tx.append({ type: 'orphans.halted', subjectId: tx.projectId, data: { wouldStop: orphans.length, live } }, 'system:orphan-sweeper');
      return ok({ stopped: 0, reparented: 0, halted: orphans.length });
    }
    let stopped = 0;
    let reparented = 0;
    const stoppedHere = new Set<string>();
    for (const { child, cause } of orphans) {
      const now = (await tx.agents.get(child.id)) ?? child;
      if (!cause || orphanCause(now, parents.get(now.parentId ?? '')) === undefined) continue;
      if (now.path.some((id) => stoppedHere.has(id))) continue;
      const action = await handleOrphan(work, now, cause, policy);
      if (action === 'stop') {
        stopped += 1;
        stoppedHere.add(now.id);
      } else reparented += 1;
    }
    return ok({ stopped, reparented, halted: 0 });
  },
);

/** Whom a stop that has not ended has already, though a large one has perhaps not enlisted it yet (docs/adr/0010). */
async function underRunningStops(work: Work, found: readonly { child: Agent }[]): Promise<Set<string>> {
  const { tx } = work;
  const taken = new Set<string>();
  if (found.length === 0) return taken;
  const byId = new Map((await tx.agents.withAncestors(found.map((o) => o.child.id))).map((a) => [a.id, a]));
  const running = new Map<string, boolean>();
  const runs = async (stopId: string): Promise<boolean> => {
    const known = running.get(stopId) ?? (await tx.stops.get(stopId))?.state === 'stopping';
    running.set(stopId, known);
    return known;
  };
  const { haltedBy } = await settingsOf(work);
  for (const { child } of found) {
    const fences = [...child.path.map((id) => byId.get(id)?.stopId), haltedBy];
    for (const stopId of new Set(fences)) if (stopId && (await runs(stopId))) taken.add(child.id);
  }
  return taken;
}

/** Applies the policy to one child whose parent's epoch is over; answers what was done. */
export async function handleOrphan(work: Work, child: Agent, cause: ParentExit, policy: OnParentExit | null): Promise<OrphanAction> {
  const wanted = orphanAction(child, cause, policy);
  if (wanted === 'ignore') return wanted;
  const home = await newHome(work, child);
  // who stands under a fence is not moved out of it; a budget goes along (I-ORPH-6)
  const action = wanted === 'reparent' && home.fenced ? 'stop' : wanted;
  const because = wanted === action ? `its parent is ${cause}` : `its parent is ${cause}, and elsewhere it would escape a stop`;
  const handled: NewEvent = {
    type: 'agent.orphan-handled',
    subjectId: child.id,
    data: { parentId: child.parentId ?? '', action, because },
  };
  const next = applyToAgent(work, child, [handled], sweeper);
  if (action === 'stop') {
    const request = { mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, reason: `orphaned: ${because}` } as const;
    await acceptStop(work, next.id, request, sweeper);
  } else await reparent(work, next, home.path);
  return action;
}

/** Where an orphan goes: below its nearest ancestor that lives, or to the top where none does. */
async function newHome({ tx }: Work, child: Agent): Promise<{ path: Agent[]; fenced: boolean }> {
  const byId = new Map((await tx.agents.withAncestors([child.id])).map((a) => [a.id, a]));
  const above = child.path.slice(0, -1).flatMap((id) => byId.get(id) ?? []);
  const nearest = above.findLastIndex((a) => isLiveAgent(a.state) && a.state !== 'lost');
  return { path: above.slice(0, nearest + 1), fenced: fenceOf(above) !== undefined };
}

/** Moves an agent with everything live below it. An ancestor is never below its child, so no cycle can come of it. */
async function reparent(work: Work, child: Agent, home: readonly Agent[]): Promise<void> {
  const to = home.at(-1)?.id ?? null;
  const above = home.map((a) => a.id);
  const sessionId = above[0] ?? child.id;
  const left = await leftBudgets(work, child, above);
  for (const member of await work.tx.agents.liveSubtree(child.id)) {
    const below = member.path.slice(member.path.indexOf(child.id));
    const chargedTo = [...new Set([...left, ...member.chargedTo])];
    const parent = member.id === child.id ? to : member.parentId;
    const data = { from: member.parentId, to: parent, path: [...above, ...below], sessionId, chargedTo };
    applyToAgent(work, member, [{ type: 'agent.reparented', subjectId: member.id, data }], sweeper);
  }
}

/** Budgets above the agent that its new place is not below: they go on to count what it spends (I-ORPH-6). */
async function leftBudgets({ tx }: Work, child: Agent, above: readonly string[]): Promise<string[]> {
  const gone = child.path.slice(0, -1).filter((id) => !above.includes(id));
  return (await tx.agents.many(gone)).filter((a) => a.budgetNanoUsd !== null).map((a) => a.id);
}
