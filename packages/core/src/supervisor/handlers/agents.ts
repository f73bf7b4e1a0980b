import {
  type Agent,
  checkEpoch,
  decideFinish,
  decideHeartbeat,
  decideInterrupt,
  decideLost,
  decidePause,
  decideRegister,
  decideResume,
  fenceOf,
  isHeldPaused,
} from '../../agents/agent.ts';
import { defaultLeaseMs, isExpired, type Lease } from '../../agents/lease.ts';
import { decideSpawn, type Limits, spawnWindowMs, tightest } from '../../agents/limits.ts';
import { SpawnTally } from '../../agents/spawn-tally.ts';
import { checkpointWanted } from '../../checkpoints/checkpoint-mark.ts';
import { metadataBelow, rehearsalOf } from '../../checkpoints/rehearsal.ts';
import { isoOf } from '../../kernel/clock.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { nanoUsdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent, isLiveAgent } from '../../kernel/transitions.ts';
import { type LaunchSpec, launchPayload } from '../../restarts/launch-spec.ts';
import type { Actor, CommandOf, CommandOutput, DirectiveReply } from '../commands.ts';
import { absent, agentFor, applyToAgent, covers, each, fenceOver, reasonOf, requestKey, settingsOf, unfenced, type Work } from '../work.ts';
import { roomFor } from './budgets.ts';
import { spokenEpoch } from './checkpoints.ts';
import { leaveAll } from './coordination.ts';
import { endsOf } from './ends.ts';
import { orderLinger } from './stop-orders.ts';
import { settleStopsOf } from './stops.ts';

type Registration = {
  name: string;
  parentId?: string | null | undefined;
  kind?: string | undefined;
  model?: string | undefined;
  role?: string | undefined;
  budgetUsd?: string | number | undefined;
  onParentExit?: Agent['onParentExit'] | undefined;
  metadata?: Record<string, unknown> | undefined;
  limits?: Partial<Limits> | undefined;
  requestId?: string | undefined;
  runnerId?: string | undefined;
};

/**
 * Puts a new agent into the tree: the check of its ancestors and the insert are one step under the project's lock. A
 * request that was seen before is answered with its agent, which then is not `fresh`.
 */
export async function register(
  work: Work,
  actor: Actor,
  r: Registration,
  process: Agent['process'],
  tally: SpawnTally,
): Promise<Result<{ agent: Agent; fresh: boolean }>> {
  const { tx, ports } = work;
  const parentId = r.parentId ?? (actor.kind === 'agent' ? actor.id : null);
  const requestId = r.requestId ? requestKey(actor, r.requestId, parentId ?? '') : null;
  if (requestId) {
    const before = await tx.agents.byRequest(requestId);
    if (before) return covers(actor, before) ? ok({ agent: before, fresh: false }) : absent('agent', before.id);
  }
  let ancestors: Agent[] = [];
  if (parentId) {
    const byId = new Map((await tx.agents.withAncestors([parentId])).map((a) => [a.id, a]));
    const parent = byId.get(parentId);
    if (!parent || !covers(actor, parent)) return absent('agent', parentId);
    ancestors = parent.path.map((id) => byId.get(id)).filter((a) => a !== undefined);
  }
  const fence = fenceOf(ancestors);
  const allowed = decideRegister(ancestors, fence ? await reasonOf(tx, fence.stopId) : '');
  if (!allowed.ok) return allowed;
  const settings = await settingsOf(work);
  // a project that was stopped as a whole starts nothing until it is reopened
  const halted = await fenceOver(work, []);
  if (halted) return halted;
  const bounds = tightest(settings.limits, (ancestors[0] ?? { limits: r.limits ?? null }).limits);
  const room = decideSpawn(ancestors.length + 1, tally.of(parentId, ancestors[0]?.id ?? null), bounds);
  if (!room.ok) return room;
  if (r.runnerId) {
    const runner = await tx.runners.get(r.runnerId);
    const scope = runner?.scope?.at(-1);
    const mine = actor.kind !== 'agent' || scope === undefined || ancestors.some((a) => a.id === scope);
    if (!runner || !mine) return absent('runner', r.runnerId);
  }
  const budgetNanoUsd = r.budgetUsd === undefined ? null : (nanoUsdOf(r.budgetUsd) ?? null);
  const affordable = await roomFor(work, ancestors, budgetNanoUsd);
  if (!affordable.ok) return affordable;
  const id = ports.ids.next('agent');
  const agent: Agent = {
    id,
    projectId: tx.projectId,
    parentId,
    path: [...ancestors.map((a) => a.id), id],
    // what its parent's costs count against, its own do too
    chargedTo: ancestors.at(-1)?.chargedTo ?? [],
    sessionId: ancestors[0]?.id ?? id,
    name: r.name,
    kind: r.kind ?? 'agent',
    role: r.role ?? null,
    model: r.model ?? null,
    state: 'starting',
    epoch: firstEpoch,
    version: 1,
    budgetNanoUsd,
    onParentExit: r.onParentExit ?? null,
    metadata: metadataBelow(ancestors.at(-1), r.metadata ?? {}),
    runnerId: r.runnerId ?? null,
    containment: null,
    pid: null,
    pidStartTime: null,
    process,
    processEvidence: null,
    pausedBy: null,
    interruptReason: null,
    stopId: null,
    acknowledged: false,
    orphanHandled: false,
    orphanIgnoredUntilMs: null,
    limits: parentId === null ? (r.limits ?? null) : null,
    leaseMs: ports.agentLeaseMs ?? defaultLeaseMs,
    createdAtMs: tx.nowMs,
    endedAtMs: null,
    result: null,
    error: null,
    requestId,
  };
  tx.agents.put(agent);
  tally.registered(parentId, agent.sessionId);
  // a process has to be started first: twice the lease until the first heartbeat
  const graceMs = process === 'none' ? agent.leaseMs : 2 * agent.leaseMs;
  tx.leases.put({
    id,
    projectId: tx.projectId,
    lastHeartbeatMs: null,
    expiresAtMs: tx.nowMs + graceMs,
    activity: null,
    progress: null,
    toolsExecuted: 0,
    parkedAtMs: null,
    checkpoint: null,
  });
  applyToAgent(work, agent, [{ type: 'agent.registered', subjectId: id, data: { name: r.name, parentId, role: agent.role } }], actor);
  return ok({ agent, fresh: true });
}

/** What the limits bound, as it is counted now for more agents under these parents. */
export async function tallyUnder({ tx }: Work, parentIds: readonly string[]): Promise<SpawnTally> {
  const parents = new Set(parentIds);
  const known = (await tx.agents.withAncestors([...parents])).filter((a) => parents.has(a.id));
  const counted = await tx.agents.spawnCounts({
    parentIds: known.map((a) => a.id),
    sessionIds: [...new Set(known.map((a) => a.sessionId))],
    sinceMs: tx.nowMs - spawnWindowMs,
  });
  return new SpawnTally(counted);
}

/** Registrations of one batch share one count of what the limits bound. */
const counted =
  <C extends { actor: Actor }, O>(
    parentOf: (command: C) => string | null | undefined,
    one: (work: Work, command: C, tally: SpawnTally) => Promise<Result<O>>,
  ) =>
  async (work: Work, commands: readonly C[]): Promise<Result<O>[]> => {
    const named = commands.flatMap((c) => parentOf(c) ?? (c.actor.kind === 'agent' ? c.actor.id : []));
    const tally = await tallyUnder(work, named);
    return each<C, O>((w, c) => one(w, c, tally))(work, commands);
  };

export const firstEpoch = 1;

export const registerAgents = counted<CommandOf<'agents.register'>, CommandOutput<'agents.register'>>(
  (c) => c.input.parentId,
  async (work, { input, actor }, tally) => {
    if (actor.kind === 'runner') return err({ code: 'forbidden', rule: 'a runner registers agents with the token it was started with' });
    const r = await register(work, actor, input, 'none', tally);
    if (!r.ok) return r;
    const { id: agentId, epoch, leaseMs, sessionId } = r.value.agent;
    // a late copy of the request that began an earlier epoch gets no token of this one (I-CKPT-7)
    const same = checkEpoch(r.value.agent, firstEpoch);
    if (!same.ok) return same;
    const { token, hash } = work.ports.secrets.issue();
    const { tx } = work;
    // beside the one of an earlier answer: a late copy of the request may come when the agent speaks with that one
    tx.tokens.put({ hash, projectId: tx.projectId, kind: 'agent', subjectId: agentId, epoch, createdAtMs: tx.nowMs });
    return ok({ agentId, token, epoch, leaseMs, sessionId });
  },
);

type Launch = Omit<CommandOf<'agents.spawn'>['input'], 'id'>;
async function launch(work: Work, actor: Actor, input: Launch, parentId: string | null, runnerId: string, tally: SpawnTally) {
  const { tx, ports } = work;
  const r = await register(work, actor, { ...input, parentId, runnerId }, 'launching', tally);
  if (!r.ok) return r;
  const { agent, fresh } = r.value;
  if (fresh) {
    const spec: LaunchSpec = {
      id: agent.id,
      projectId: tx.projectId,
      command: input.command,
      args: input.args,
      cwd: input.cwd ?? null,
      env: rehearsalOf(agent) === undefined ? (input.env ?? {}) : { ...input.env, REEVE_REHEARSAL: '1' },
      restart: input.restart ?? 'temporary',
      supervision: input.supervision ?? null,
      restartsAtMs: [],
    };
    // a restore may need it, whatever the restart policy says
    tx.launches.put(spec);
    const id = ports.ids.next('order');
    tx.orders.put({
      id,
      projectId: tx.projectId,
      runnerId,
      agentId: agent.id,
      kind: 'launch',
      createdAtMs: tx.nowMs,
      payload: launchPayload(id, agent, spec),
    });
  }
  return ok({ agentId: agent.id, epoch: agent.epoch, sessionId: agent.sessionId });
}
export const spawnAgents = counted<CommandOf<'agents.spawn'>, CommandOutput<'agents.spawn'>>(
  (c) => c.input.id,
  async (work, { input, actor }, tally) => {
    const { id, ...rest } = input;
    const parent = await agentFor(work, actor, id);
    if (!parent.ok) return parent;
    const { runnerId } = parent.value;
    if (!runnerId)
      return err({
        code: 'forbidden',
        rule: 'only children of an agent that a runner started are started by that runner; start this one yourself',
      });
    return launch(work, actor, rest, id, runnerId, tally);
  },
);
export const launchAgents = counted<CommandOf<'agents.launch'>, CommandOutput<'agents.launch'>>(
  () => null,
  (work, { input, actor }, tally) => launch(work, actor, input, null, input.runnerId, tally),
);

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
