import type { Agent } from '../../agents/agent.ts';
import { isLiveAgent } from '../../kernel/transitions.ts';
import { belongsTo, evolveStop, evolveStopMember, type Stop, type StopMember } from '../../stop/stop.ts';
import { deadlineOfWave } from '../../stop/stop-plan.ts';
import { decideTakeBack } from '../../tasks/task.ts';
import type { Whose } from '../ports.ts';
import { actorName, applyToAgent, applyToTask, system, type Work } from '../work.ts';
import { leaveAll } from './coordination.ts';
import { act } from './stop-orders.ts';

const controller = system('stop-controller');

/**
 * What must die with the acceptance, for these agents: claims and starts that wait (I-STOP-8), locks
 * held, waits (I-SYNC-8). Answers what was taken from whom.
 */
export async function takeAtAcceptance(work: Work, whose: Whose): Promise<Stop['takenAtAcceptance']> {
  const taken: Stop['takenAtAcceptance'] = {};
  const note = (id: string, what: keyof Taken, count: number) => {
    const t = taken[id] ?? { ordersCancelled: 0, locksFreed: 0, claimsReleased: 0 };
    taken[id] = { ...t, [what]: t[what] + count };
  };
  for (const [id, count] of await work.tx.orders.cancelOf(whose, ['launch'])) note(id, 'ordersCancelled', count);
  for (const [id, count] of await leaveAll(work, whose, 'stopped')) note(id, 'locksFreed', count);
  for (const task of await work.tx.tasks.heldBy(whose)) {
    const back = decideTakeBack(task, 'holder-stopped');
    if (!back.ok) continue;
    note(task.agentId ?? '', 'claimsReleased', 1);
    applyToTask(work, task, back.value, controller);
  }
  return taken;
}
type Taken = Stop['takenAtAcceptance'][string];

/**
 * The next members of a stop, the deepest first, so that no parent is asked before all below it stand here: each fenced by
 * itself, with its wave and its deadline. Answers the stop, and whether more are left.
 */
export async function enlist(work: Work, stop: Stop, limit: number, when: 'accepting' | 'later'): Promise<Stop> {
  const { tx } = work;
  const found = await tx.agents.unenlisted(stop, limit + 1);
  const agents = found.slice(0, limit);
  const ids = agents.map((a) => a.id);
  const above = new Map((await tx.agents.withAncestors(ids)).map((a) => [a.id, a]));
  const parentOf = (agent: Agent): string | null =>
    agent.path.findLast((id) => {
      const up = id === agent.id ? undefined : above.get(id);
      return up !== undefined && belongsTo(stop, up);
    }) ?? null;
  const spent = new Map((await tx.rollups.many(ids)).map((r) => [r.id, r.ownNanoUsd]));
  // of a large stop: what was spent between its acceptance and now
  const since = when === 'later' ? await tx.ledger.recordedSince(ids, stop.acceptedAtMs) : new Map<string, bigint>();
  const waveBelow = await tx.stopMembers.wavesBelow(stop.id, ids);
  for (const agent of agents) {
    const parentId = parentOf(agent);
    const below = waveBelow.get(agent.id);
    const wave = below === undefined ? 0 : below + 1;
    if (parentId !== null) waveBelow.set(parentId, Math.max(waveBelow.get(parentId) ?? 0, wave));
    const taken = stop.takenAtAcceptance[agent.id];
    const member: StopMember = {
      id: `${stop.id}/${agent.id}`,
      projectId: tx.projectId,
      stopId: stop.id,
      agentId: agent.id,
      parentId,
      name: agent.name,
      wave,
      deadlineMs: deadlineOfWave(wave, stop),
      askedAtMs: null,
      killedAtMs: null,
      endedAtMs: null,
      outcome: null,
      evidence: null,
      claimsReleased: taken?.claimsReleased ?? 0,
      ordersCancelled: taken?.ordersCancelled ?? 0,
      locksFreed: taken?.locksFreed ?? 0,
      costAtAcceptanceNanoUsd: (spent.get(agent.id) ?? 0n) - (since.get(agent.id) ?? 0n),
    };
    tx.stopMembers.put(member);
    if (stop.propagation === 'background') await ask(work, stop, member);
    const fenced = { type: 'agent.stopping', subjectId: agent.id, data: { stopId: stop.id, reason: stop.reason } } as const;
    if (isLiveAgent(agent.state) && agent.state !== 'stopping') applyToAgent(work, agent, [fenced], controller);
  }
  const event = { type: 'stop.enlisted', subjectId: stop.id, data: { members: agents.length, more: found.length > limit } } as const;
  tx.append(event, actorName(controller));
  const next = evolveStop(stop, event, tx.nowMs);
  tx.stops.put(next);
  return next;
}

/** In the background a member is asked as it is enlisted, whatever is below it; its end waits for that all the same (I-STOP-4). */
async function ask(work: Work, stop: Stop, member: StopMember): Promise<void> {
  const event = { type: 'stop.asked', subjectId: stop.id, data: { agentId: member.agentId, wave: member.wave } } as const;
  work.tx.append(event, actorName(controller));
  work.tx.stopMembers.put(evolveStopMember(member, event, work.tx.nowMs));
  await act(work, stop, { kind: 'ask', agentId: member.agentId, killAtMs: member.deadlineMs });
}
