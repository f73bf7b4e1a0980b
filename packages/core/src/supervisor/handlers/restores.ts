import { type Agent, checkEpoch, decideRegister, fenceOf } from '../../agents/agent.ts';
import type { Lease } from '../../agents/lease.ts';
import type { EffectInDoubt, EventAfter, RelaunchBy, Resumed } from '../../api/views.ts';
import { bodyOf, type Checkpoint, eventsAfterLimit } from '../../checkpoints/checkpoint.ts';
import { markRestored, stillPinned } from '../../checkpoints/checkpoint-mark.ts';
import { type Effect, effectId } from '../../checkpoints/effect.ts';
import { decideRestore } from '../../checkpoints/restore.ts';
import { isoOf } from '../../kernel/clock.ts';
import type { DomainError } from '../../kernel/errors.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { usdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { type LaunchSpec, launchPayload } from '../../restarts/launch-spec.ts';
import { decideTakeBack, type Task } from '../../tasks/task.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, agentFor, applyToAgent, applyToTask, covers, each, reasonOf, settingsOf, type Work } from '../work.ts';
import { storeCheckpoint } from './checkpoints.ts';
import { leaveAll } from './coordination.ts';
import { firstEpoch, register, tallyUnder } from './registration.ts';
import { orderEndOfEpoch } from './stop-orders.ts';

type Input = CommandOf<'checkpoints.restore'>['input'];
type Out = CommandOutput<'checkpoints.restore'>;
export type Saved = { checkpoint: Checkpoint; body: string; source: Agent };

/**
 * `restore`: a new epoch of the same agent; the old one is fenced in this very transaction, before the new one's token
 * is handed out (I-CKPT-7). `fork`: a new agent, and the source goes on as it was.
 */
export const restoreCheckpoints = each(async (work, { input, actor }: CommandOf<'checkpoints.restore'>): Promise<Result<Out>> => {
  const saved = await savedFor(work, actor, input.id);
  if (!saved.ok) return saved;
  return input.mode === 'fork' ? fork(work, saved.value, input, actor) : restoreOnce(work, saved.value, actor, input);
});
/** For the process that a runner started with `REEVE_RESTORE`: what it goes on from. Asking again changes nothing. */
export const resumeCheckpoints = each(
  async (work, { input, actor }: CommandOf<'checkpoints.resume'>): Promise<Result<CommandOutput<'checkpoints.resume'>>> => {
    const saved = await savedFor(work, actor, input.id);
    if (!saved.ok) return saved;
    const open = (await work.tx.effects.ofAgent(saved.value.source.id)).filter((e) => e.acknowledgedAtMs === null);
    return ok(await resumedFrom(work, saved.value, saved.value.source, open));
  },
);

/** The checkpoint with its text, if it is whole and the actor may touch its agent. */
export async function savedFor(work: Work, actor: Actor, id: string): Promise<Result<Saved>> {
  const { tx, ports } = work;
  const checkpoint = await tx.checkpoints.get(id);
  if (!checkpoint) return absent('checkpoint', id);
  const source = await agentFor(work, actor, checkpoint.agentId);
  if (!source.ok) return absent('checkpoint', id);
  const body = await tx.checkpoints.bodyOf(checkpoint.id);
  if (body === undefined || ports.secrets.digest(body) !== checkpoint.digest)
    return err({ code: 'corrupt', kind: 'checkpoint', id: checkpoint.id });
  return ok({ checkpoint, body, source: source.value });
}

/** Whether a new epoch may begin from it, with what the old one gives back; a preview asks the same. */
export async function mayRestore(
  work: Work,
  { checkpoint, source }: Saved,
  launched?: true,
): Promise<Result<{ held: Task[]; open: Effect[]; events: NewEvent[] }>> {
  const { tx } = work;
  const byId = new Map((await tx.agents.withAncestors([source.id])).map((a) => [a.id, a]));
  const path = source.path.map((id) => byId.get(id)).filter((a) => a !== undefined);
  const fence = fenceOf(path);
  if (fence) return err({ code: 'fenced', stopId: fence.stopId, reason: await reasonOf(tx, fence.stopId) });
  const { haltedBy } = await settingsOf(work);
  // in a project that was stopped as a whole nothing starts; what had ended before has no fence of its own
  if (haltedBy) return err({ code: 'fenced', stopId: haltedBy, reason: await reasonOf(tx, haltedBy) });
  // a new epoch is a new start below its parent: what may not register there may not be restored there
  const allowed = decideRegister(path.slice(0, -1), '');
  if (!allowed.ok) return allowed;
  const held = await tx.tasks.heldBy([source.id]);
  const effects = await tx.effects.ofAgent(source.id);
  const open = effects.filter((e) => e.acknowledgedAtMs === null);
  const found = { claimsReleased: held.length, inDoubt: open.length, ...(launched && { launched }) };
  const decided = decideRestore(source, checkpoint, found);
  return decided.ok ? ok({ held, open, events: decided.value }) : decided;
}

/** Who can start the command of an agent again. */
export async function relaunchOf(
  { tx }: Work,
  agent: Agent,
): Promise<{ by: 'runner'; runnerId: string; spec: LaunchSpec } | { by: Exclude<RelaunchBy, 'runner'> }> {
  const runner = agent.runnerId ? await tx.runners.get(agent.runnerId) : undefined;
  if (!runner) return { by: 'no-runner' };
  const spec = await tx.launches.get(agent.id);
  if (!spec) return { by: 'no-command' };
  return runner.leaseExpiresAtMs > tx.nowMs ? { by: 'runner', runnerId: runner.id, spec } : { by: 'runner-away' };
}
export const whyNotLaunched: Record<Exclude<RelaunchBy, 'runner'>, DomainError> = {
  'no-runner': { code: 'forbidden', rule: 'no runner of Reeve holds this agent: start its program yourself with the token of the restore' },
  'no-command': {
    code: 'forbidden',
    rule: 'its runner was not told its command by Reeve: start it yourself with the token of the restore',
  },
  'runner-away': { code: 'unavailable', what: 'The runner of this agent' },
};

/** The same request again, whose reply was lost, is answered with the epoch that it began, as long as that is the present one. */
async function restoreOnce(work: Work, saved: Saved, actor: Actor, { requestId, relaunch }: Input): Promise<Result<Out>> {
  const { tx } = work;
  if (!requestId) return restore(work, saved, actor, relaunch);
  const scope = `restore/${saved.source.id}`;
  const began = await tx.requests.get(scope, requestId);
  if (began) {
    const same = checkEpoch(saved.source, Number(began[0]));
    if (!same.ok) return same;
    const open = (await tx.effects.ofAgent(saved.source.id)).filter((e) => e.acknowledgedAtMs === null);
    return ok(await (relaunch ? launchedFrom(work, saved, saved.source, open) : handOut(work, saved, saved.source, open)));
  }
  const done = await restore(work, saved, actor, relaunch);
  if (done.ok) tx.requests.put(scope, requestId, [String(done.value.epoch)]);
  return done;
}

async function restore(work: Work, saved: Saved, actor: Actor, relaunch: boolean): Promise<Result<Out>> {
  const { checkpoint, source } = saved;
  const starter = relaunch ? await relaunchOf(work, source) : undefined;
  const may = await mayRestore(work, saved, starter?.by === 'runner' ? true : undefined);
  if (!may.ok) return may;
  if (starter && starter.by !== 'runner') return err(whyNotLaunched[starter.by]);
  const { open } = may.value;
  const agent = await beginEpoch(work, saved, may.value, actor);
  if (!starter) return ok(await handOut(work, saved, agent, open));
  orderLaunch(work, agent, starter, checkpoint.id);
  return ok(await launchedFrom(work, saved, agent, open));
}
/** The new epoch, after the old one was fenced and has given back what it held; `startsWithin` leases it may be silent. */
export async function beginEpoch(
  work: Work,
  { checkpoint, source }: Pick<Saved, 'checkpoint' | 'source'>,
  { held, events }: { held: readonly Task[]; events: readonly NewEvent[] },
  actor: Actor,
  startsWithin = 2,
): Promise<Agent> {
  const { tx } = work;
  await fenceOldEpoch(work, source, checkpoint.id);
  for (const task of held) {
    const back = decideTakeBack(task, 'holder-stopped');
    if (back.ok) applyToTask(work, task, back.value, actor);
  }
  await leaveAll(work, [source.id], 'ended');
  const agent = applyToAgent(work, source, events, actor);
  // the policy for orphans is applied once per parent epoch (I-ORPH-5), and this is another one
  for (const child of await tx.agents.liveSubtree(source.id))
    if (child.parentId === source.id && child.orphanHandled) tx.agents.put({ ...child, orphanHandled: false });
  const nanoUsd = (await tx.rollups.get(source.id))?.ownNanoUsd ?? 0n;
  const lease = (await tx.leases.get(agent.id)) as Lease;
  tx.leases.put({
    ...lease,
    lastHeartbeatMs: null,
    expiresAtMs: tx.nowMs + startsWithin * agent.leaseMs,
    activity: null,
    progress: null,
    toolsExecuted: 0,
    parkedAtMs: null,
    checkpoint: stillPinned(lease.checkpoint, markRestored(nanoUsd, tx.nowMs, checkpoint.id)),
  });
  return agent;
}
export function orderLaunch(
  { tx, ports }: Work,
  agent: Agent,
  { runnerId, spec }: { runnerId: string; spec: LaunchSpec },
  from: string,
): void {
  const id = ports.ids.next('order');
  const payload = launchPayload(id, agent, spec, from);
  tx.orders.put({ id, projectId: tx.projectId, runnerId, agentId: agent.id, kind: 'launch', createdAtMs: tx.nowMs, payload });
}
/** The token of a process that a runner starts goes to that process alone. */
const launchedFrom = async (work: Work, saved: Saved, agent: Agent, open: readonly Effect[]): Promise<Out> => ({
  ...(await resumedFrom(work, saved, agent, open)),
  token: '',
  leaseMs: agent.leaseMs,
  launched: true,
});

/** From here on the old epoch can do nothing: its tokens are gone, its launch is off, and its process is asked to end. */
async function fenceOldEpoch(work: Work, agent: Agent, because: string): Promise<void> {
  await work.tx.tokens.revokeOf([agent.id]);
  await work.tx.orders.cancelOf([agent.id], ['launch']);
  orderEndOfEpoch(work, agent, because);
}

async function fork(work: Work, saved: Saved, input: Input, actor: Actor): Promise<Result<Out>> {
  const { tx } = work;
  const { checkpoint, source } = saved;
  const starter = input.relaunch ? await relaunchOf(work, source) : undefined;
  if (starter && starter.by !== 'runner') return err(whyNotLaunched[starter.by]);
  const parentId = input.parentId === undefined ? await siblingHome(work, source, actor) : input.parentId;
  const registration = {
    name: input.name ?? `${source.name} (fork)`.slice(0, 200),
    parentId,
    kind: source.kind,
    model: source.model ?? undefined,
    role: source.role ?? undefined,
    budgetUsd: source.budgetNanoUsd === null ? undefined : usdOf(source.budgetNanoUsd),
    onParentExit: source.onParentExit ?? undefined,
    metadata: { ...source.metadata, forkedFrom: checkpoint.id },
    requestId: input.requestId,
    ...(starter && { runnerId: starter.runnerId }),
  };
  const under = parentId ?? (actor.kind === 'agent' ? actor.id : null);
  const made = await register(
    work,
    actor,
    registration,
    starter ? 'launching' : 'none',
    await tallyUnder(work, under === null ? [] : [under]),
  );
  if (!made.ok) return made;
  const { agent, fresh } = made.value;
  const effects = await tx.effects.ofAgent(fresh ? source.id : agent.id);
  if (fresh) {
    applyToAgent(
      work,
      agent,
      [{ type: 'agent.forked', subjectId: agent.id, data: { checkpointId: checkpoint.id, fromAgentId: source.id } }],
      actor,
    );
    // what the source has done, or may have done, its fork must not do once more without a word
    for (const e of effects) tx.effects.put({ ...e, id: effectId(agent.id, e.key), agentId: agent.id, epoch: 0 });
    if (starter) {
      const spec = { ...starter.spec, id: agent.id, restartsAtMs: [] };
      tx.launches.put(spec);
      orderLaunch(work, agent, { ...starter, spec }, await ownStart(work, saved, agent, actor));
    }
  }
  // a late copy of the request gets no token of a later epoch, and leaves the one that the fork may speak with by now
  const same = checkEpoch(agent, firstEpoch);
  if (!same.ok) return same;
  const open = effects.filter((e) => e.acknowledgedAtMs === null);
  return ok(await (starter ? launchedFrom(work, saved, agent, open) : handOut(work, saved, agent, open)));
}
/**
 * The checkpoint and the events behind it as the fork's own, of an epoch before its first: its process reads what it
 * goes on from without a word about its source, and so does whoever starts it again before it has saved.
 */
export async function ownStart(
  work: Work,
  { checkpoint, body, source }: Saved,
  agent: Agent,
  actor: Actor,
  withEvents = true,
): Promise<string> {
  const { tx, ports } = work;
  const own = { ...checkpoint, id: ports.ids.next('checkpoint'), agentId: agent.id, epoch: 0, trigger: 'fork', createdAtMs: tx.nowMs };
  await storeCheckpoint(work, own, body);
  const place = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  const behind = withEvents ? await tx.agentEvents.after(source.id, place, eventsAfterLimit + 1) : [];
  // one order over all epochs of the source
  const copies = behind.map((e, i) => ({ ...e, agentId: agent.id, epoch: 0, sequence: own.eventSequence + 1 + i }));
  if (copies.length > 0) await tx.agentEvents.append(copies);
  const { id: checkpointId, epoch, sequence, digest, sizeBytes, trigger } = own;
  const data = { checkpointId, epoch, sequence, digest, sizeBytes, trigger };
  applyToAgent(work, agent, [{ type: 'checkpoint.saved', subjectId: agent.id, data }], actor);
  return own.id;
}
/** Beside its source, as far as the caller reaches there; else below the caller. */
async function siblingHome({ tx }: Work, source: Agent, actor: Actor): Promise<string | null> {
  const parent = source.parentId ? await tx.agents.get(source.parentId) : undefined;
  if (actor.kind === 'agent' && !(parent && covers(actor, parent))) return actor.id;
  return source.parentId;
}

/** What the new epoch, or the fork, begins with; tokens of an older epoch are gone by now. */
async function handOut(work: Work, saved: Saved, agent: Agent, open: readonly Effect[]): Promise<Out> {
  const { tx, ports } = work;
  const { token, hash } = ports.secrets.issue();
  tx.tokens.put({ hash, projectId: tx.projectId, kind: 'agent', subjectId: agent.id, epoch: agent.epoch, createdAtMs: tx.nowMs });
  return { ...(await resumedFrom(work, saved, agent, open)), token, leaseMs: agent.leaseMs, launched: false };
}
async function resumedFrom({ tx }: Work, { checkpoint, body, source }: Saved, agent: Agent, open: readonly Effect[]): Promise<Resumed> {
  const place = { epoch: checkpoint.epoch, sequence: checkpoint.eventSequence };
  const behind = await tx.agentEvents.after(source.id, place, eventsAfterLimit + 1);
  return {
    agentId: agent.id,
    epoch: agent.epoch,
    sessionId: agent.sessionId,
    checkpointId: checkpoint.id,
    sequence: checkpoint.sequence,
    ...bodyOf(body),
    inDoubt: open.map(inDoubt),
    eventsAfter: behind.slice(0, eventsAfterLimit).map(({ atMs, ...e }): EventAfter => ({ ...e, at: isoOf(atMs) })),
    eventsAfterTruncated: behind.length > eventsAfterLimit,
  };
}
export const inDoubt = (e: Effect): EffectInDoubt => ({
  key: e.key,
  description: e.description,
  epoch: e.epoch,
  attempts: e.attempts,
  beganAt: isoOf(e.beganAtMs),
});
