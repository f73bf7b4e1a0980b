import {
  type Agent,
  checkEpoch,
  decideFinish,
  decideHeartbeat,
  decideInterrupt,
  decideLost,
  decidePause,
  decideResume,
  isHeldPaused,
} from '../../agents/agent.ts';
import { isExpired, type Lease } from '../../agents/lease.ts';
import { checkpointWanted } from '../../checkpoints/checkpoint-mark.ts';
import { isoOf } from '../../kernel/clock.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent, isLiveAgent } from '../../kernel/transitions.ts';
import type { Actor, CommandOf, CommandOutput, DirectiveReply } from '../commands.ts';
import { agentFor, applyToAgent, each, unfenced, type Work } from '../work.ts';
import { spokenEpoch } from './checkpoints.ts';
import { leaveAll } from './coordination.ts';
import { endsOf } from './ends.ts';
import { orderLinger } from './stop-orders.ts';
import { settleStopsOf } from './stops.ts';

/** What the heartbeat reply asks, from the agent's state and its place in a stop. */
async function directiveOf(work: Work, agent: Agent, lease: Lease, spentNanoUsd: bigint): Promise<DirectiveReply> {
  const { tx } = work;
  if (agent.stopId) {
    const stop = await tx.stops.get(agent.stopId);
    const member = await tx.stopMembers.get(`${agent.stopId}/${agent.id}`);
    if (stop) {
      const told = { stopId: stop.id, mode: stop.mode, reason: stop.reason, deadline: isoOf(member?.deadlineMs ?? stop.deadlineMs) };
      // children first: until they have ended the parent only waits (I-STOP-4)
      return { directive: !member || member.askedAtMs !== null ? 'stop' : 'pause', stop: told };
    }
  }
  if (!isLiveAgent(agent.state) || agent.state === 'stopping') return { directive: 'stop' };
  const reply: DirectiveReply = { directive: isHeldPaused(agent) ? 'pause' : 'run' };
  if (agent.interruptReason) reply.interrupt = { reason: agent.interruptReason };
  const wanted = lease.checkpoint && checkpointWanted(lease.checkpoint, { tools: lease.toolsExecuted, nanoUsd: spentNanoUsd }, tx.nowMs);
  if (wanted !== null) {
    reply.checkpoint = { reason: wanted };
    if (reply.directive === 'run') reply.directive = 'checkpoint';
  }
  return reply;
}

export async function heartbeats(
  work: Work,
  commands: readonly CommandOf<'agents.heartbeat'>[],
): Promise<Result<CommandOutput<'agents.heartbeat'>>[]> {
  const { tx } = work;
  const ids = commands.map((c) => c.input.id);
  await tx.agents.many(ids);
  // what they have cost matters for those alone that save checkpoints
  const saving = (await tx.leases.many(ids)).filter((l) => l.checkpoint !== null).map((l) => l.id);
  const spent = new Map(saving.length ? (await tx.rollups.many(saving)).map((r) => [r.id, r.ownNanoUsd]) : []);
  const out: Result<CommandOutput<'agents.heartbeat'>>[] = [];
  for (const { input, actor } of commands) out.push(await heartbeat(work, input, actor, spent.get(input.id) ?? 0n));
  return out;
}
async function heartbeat(
  work: Work,
  input: CommandOf<'agents.heartbeat'>['input'],
  actor: Actor,
  spentNanoUsd: bigint,
): Promise<Result<CommandOutput<'agents.heartbeat'>>> {
  const { tx } = work;
  const found = await agentFor(work, actor, input.id);
  if (!found.ok) return found;
  const epoch = checkEpoch(found.value, input.epoch);
  if (!epoch.ok) return epoch;
  // a runner holds still whom it was asked to, which is evidence of their rest, and no pause that they made by themselves
  const evidence = actor.kind === 'runner' && input.state === 'paused';
  const decided = decideHeartbeat(found.value, evidence ? {} : input);
  if (!decided.ok) return decided;
  let agent = found.value;
  const lease = (await tx.leases.get(agent.id)) as Lease;
  const events: NewEvent[] = [...decided.value];
  const activity = input.activity?.trim() || null;
  if (activity && activity !== lease.activity) events.push({ type: 'agent.activity', subjectId: agent.id, data: { activity } });
  agent = applyToAgent(work, agent, events, actor);
  const told = { ...lease, toolsExecuted: Math.max(lease.toolsExecuted, input.metrics?.toolsExecuted ?? 0) };
  const reply = await directiveOf(work, agent, told, spentNanoUsd);
  // told once, to the agent itself: its runner beats for it too, and would use the word up
  if (actor.kind === 'runner') delete reply.interrupt;
  else if (agent.interruptReason) tx.agents.put({ ...agent, interruptReason: null });
  tx.leases.put({
    ...told,
    lastHeartbeatMs: tx.nowMs,
    expiresAtMs: tx.nowMs + agent.leaseMs,
    activity: activity ?? lease.activity,
    progress: input.progress ?? lease.progress,
    parkedAtMs: input.state === 'paused' ? tx.nowMs : null,
  });
  return ok({ ...reply, leaseMs: agent.leaseMs });
}

export async function finishAgents(
  work: Work,
  commands: readonly CommandOf<'agents.finish'>[],
): Promise<Result<CommandOutput<'agents.finish'>>[]> {
  const ids = commands.map((c) => c.input.id);
  await work.tx.agents.many(ids);
  const ends = await endsOf(work, ids);
  return each(async (_, { input, actor }: CommandOf<'agents.finish'>): Promise<Result<CommandOutput<'agents.finish'>>> => {
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    const epoch = checkEpoch(found.value, input.epoch);
    if (!epoch.ok) return epoch;
    const decided = decideFinish(found.value, input);
    if (!decided.ok) return decided;
    let agent = applyToAgent(work, found.value, decided.value.events, actor);
    if (isFinalAgent(agent.state)) await ends.settle(agent.id);
    if (decided.value.events.length && isFinalAgent(agent.state)) {
      await leaveAll(work, [agent.id], 'ended');
      orderLinger(work, agent);
    }
    if (decided.value.acknowledged) {
      if (!agent.acknowledged) {
        agent = { ...agent, acknowledged: true, result: input.result ?? agent.result, error: input.error ?? agent.error };
        work.tx.agents.put(agent);
        if (agent.stopId)
          work.tx.append({ type: 'stop.acknowledged', subjectId: agent.stopId, data: { agentId: agent.id } }, `agent:${agent.id}`);
      }
      await settleStopsOf(work, agent);
      agent = (await work.tx.agents.get(agent.id)) ?? agent;
    }
    return ok({ state: agent.state });
  })(work, commands);
}

/** Events of all calls in a batch: one read of their agents, one append. */
export async function agentEvents(
  work: Work,
  commands: readonly CommandOf<'agents.events'>[],
): Promise<Result<CommandOutput<'agents.events'>>[]> {
  await work.tx.agents.many(commands.map((c) => c.input.id));
  const found = await Promise.all(commands.map((c) => agentFor(work, c.actor, c.input.id)));
  const rowsOf = commands.map(({ input, actor }, i) => {
    const agent = found[i];
    if (!agent?.ok) return [];
    const epoch = spokenEpoch(agent.value, actor, input.epoch);
    return input.events.map((e) => ({
      agentId: input.id,
      eventId: e.eventId,
      type: e.type,
      atMs: e.at ? Date.parse(e.at) : work.tx.nowMs,
      data: e.data ?? null,
      epoch,
      sequence: e.sequence ?? null,
      late: epoch !== agent.value.epoch,
    }));
  });
  const isNew = await work.tx.agentEvents.append(rowsOf.flat());
  let at = 0;
  const out: Result<CommandOutput<'agents.events'>>[] = [];
  for (const [i, { input, actor }] of commands.entries()) {
    const agent = found[i] as Result<Agent>;
    const rows = rowsOf[i] ?? [];
    const accepted = rows.filter((_, k) => isNew[at + k]).length;
    at += rows.length;
    if (!agent.ok) {
      out.push(agent);
      continue;
    }
    const types = [...new Set(rows.map((e) => e.type))].slice(0, 10);
    const reported = { type: 'agent.reported', subjectId: input.id, data: { count: accepted, types } } as const;
    if (accepted > 0) applyToAgent(work, (await work.tx.agents.get(input.id)) ?? agent.value, [reported], actor);
    out.push(ok({ accepted, duplicates: rows.length - accepted }));
  }
  return out;
}
/** Lines of all calls in a batch: one read of their agents. */
export async function agentLogs(work: Work, commands: readonly CommandOf<'agents.log'>[]): Promise<Result<CommandOutput<'agents.log'>>[]> {
  await work.tx.agents.many(commands.map((c) => c.input.id));
  return each(async (_, { input, actor }: CommandOf<'agents.log'>): Promise<Result<CommandOutput<'agents.log'>>> => {
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    work.tx.logs.append(
      input.id,
      input.lines.map((l) => ({ stream: l.stream, atMs: l.at, text: l.text })),
    );
    return ok({ accepted: input.lines.length });
  })(work, commands);
}

type Ask = CommandOf<'agents.pause'>['input'];
/** A verb for an agent or its subtree. The agent asked for must be able to; members that cannot are passed over. */
function asking(decide: (a: Agent, reason: string) => Result<NewEvent[]>) {
  return async (work: Work, { input, actor }: { input: Ask; actor: Actor }): Promise<Result<{ agents: number }>> => {
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    const first = decide(found.value, input.reason);
    if (!first.ok) {
      const fence = await unfenced(work, found.value);
      return fence.ok ? first : fence;
    }
    const members = input.subtree ? await work.tx.agents.liveSubtree(input.id) : [found.value];
    let agents = 0;
    for (const a of members) {
      const r = decide(a, input.reason);
      if (!r.ok || r.value.length === 0) continue;
      applyToAgent(work, a, r.value, actor);
      agents += 1;
    }
    return ok({ agents });
  };
}
export const pauseAgents = each(asking(decidePause));
export const resumeAgents = each(asking(decideResume));
export const interruptAgents = each(asking(decideInterrupt));

export const expireAgents = each(
  async (work, { input, actor }: CommandOf<'agents.expire'>): Promise<Result<CommandOutput<'agents.expire'>>> => {
    const { tx } = work;
    const agents = await tx.agents.many(input.agentIds);
    const leases = new Map((await tx.leases.many(input.agentIds)).map((l) => [l.id, l]));
    let lost = 0;
    for (const a of agents) {
      const lease = leases.get(a.id);
      if (!lease || !isExpired(lease, tx.nowMs, input.extendedByMs)) continue;
      const events = decideLost(a, lease.expiresAtMs);
      if (events.length) {
        applyToAgent(work, a, events, actor);
        lost += 1;
      }
    }
    return ok({ lost });
  },
);
