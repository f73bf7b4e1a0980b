import { type Agent, checkEpoch, decideRegister, fenceOf } from '../../agents/agent.ts';
import { defaultLeaseMs } from '../../agents/lease.ts';
import { decideSpawn, type Limits, spawnWindowMs, tightest } from '../../agents/limits.ts';
import { SpawnTally } from '../../agents/spawn-tally.ts';
import { metadataBelow, rehearsalOf } from '../../checkpoints/rehearsal.ts';
import { nanoUsdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type LaunchSpec, launchPayload } from '../../restarts/launch-spec.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, agentFor, applyToAgent, covers, each, fenceOver, reasonOf, requestKey, settingsOf, type Work } from '../work.ts';
import { roomFor } from './budgets.ts';

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
