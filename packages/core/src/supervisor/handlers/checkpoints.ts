import { type Agent, checkEpoch } from '../../agents/agent.ts';
import type { Lease } from '../../agents/lease.ts';
import { utf8Bytes } from '../../checkpoints/canonical-json.ts';
import {
  bodyText,
  type Checkpoint,
  checkpointLimitBytes,
  decideSave,
  defaultRetention,
  mostCheckpoints,
} from '../../checkpoints/checkpoint.ts';
import { type CheckpointMark, markAsked, markSaved, stillPinned } from '../../checkpoints/checkpoint-mark.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { agentFor, applyToAgent, each, settingsOf, unfenced, type Work } from '../work.ts';
import { beginCut, joinCuts } from './cut-forming.ts';

/** The epoch that a caller speaks for: what it says, else the one of its own token, else the current one. */
export const spokenEpoch = (agent: Agent, actor: Actor, told: number | undefined): number =>
  told ?? (actor.kind === 'agent' && actor.id === agent.id ? actor.epoch : agent.epoch);

/**
 * Stores a checkpoint: compared, hashed, written and read back in one transaction, so that it counts whole or not at
 * all (I-CKPT-1, I-CKPT-2). An agent may save while it stops: what it knew is worth keeping.
 */
export const saveCheckpoints = each(
  async (work, { input, actor }: CommandOf<'checkpoints.save'>): Promise<Result<CommandOutput<'checkpoints.save'>>> => {
    const { tx, ports } = work;
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    const agent = found.value;
    const text = bodyText({ state: input.state, messages: input.messages ?? null, context: input.context ?? null });
    const sizeBytes = utf8Bytes(text);
    if (sizeBytes > checkpointLimitBytes) return err({ code: 'too_large', limitBytes: checkpointLimitBytes });
    const head = await tx.checkpoints.latestOf(agent.id);
    const checkpoint: Checkpoint = {
      id: ports.ids.next('checkpoint'),
      projectId: tx.projectId,
      agentId: agent.id,
      epoch: spokenEpoch(agent, actor, input.epoch),
      sequence: input.sequence,
      digest: ports.secrets.digest(text),
      sizeBytes,
      trigger: input.trigger,
      eventSequence: input.eventSequence,
      createdAtMs: tx.nowMs,
    };
    const { events, outcome } = decideSave(head, agent, checkpoint);
    applyToAgent(work, agent, events, actor);
    if (!outcome.ok) return outcome;
    if (outcome.value === 'same') return ok({ checkpointId: head?.id ?? checkpoint.id, digest: checkpoint.digest });
    await storeCheckpoint(work, checkpoint, text);
    const lease = (await tx.leases.get(agent.id)) as Lease;
    const nanoUsd = (await tx.rollups.get(agent.id))?.ownNanoUsd ?? 0n;
    const joined = await joinCuts(work, checkpoint, lease.checkpoint?.cuts ?? []);
    const from = lease.checkpoint?.from;
    const saved = markSaved({ tools: lease.toolsExecuted, nanoUsd }, tx.nowMs);
    const mark = stillPinned(lease.checkpoint, from === undefined ? saved : { ...saved, from }, joined ? checkpoint.id : undefined);
    await prune(work, agent.id, mark);
    tx.leases.put({ ...lease, checkpoint: mark });
    return ok({ checkpointId: checkpoint.id, digest: checkpoint.digest });
  },
);

/** Written and read back: the transaction must not commit a checkpoint that cannot be read (I-CKPT-1). Thrown, not refused. */
export async function storeCheckpoint({ tx, ports }: Work, checkpoint: Checkpoint, text: string): Promise<void> {
  await tx.checkpoints.put(checkpoint, text);
  const stored = await tx.checkpoints.bodyOf(checkpoint.id);
  if (stored === undefined || ports.secrets.digest(stored) !== checkpoint.digest)
    throw new InvariantError(`checkpoint ${checkpoint.id} of ${checkpoint.agentId} was not read back as it was written`);
}
/** Lets go of what the project does not keep; never of what the process of this epoch may still read, or of what a
 * cut is restored from, or may be. */
async function prune(work: Work, agentId: string, mark: CheckpointMark): Promise<void> {
  const { tx } = work;
  const { keep, keepForMs } = (await settingsOf(work)).checkpoints ?? defaultRetention;
  const restoring = (await tx.cuts.restoring()).flatMap((cut) => cut.restore?.starts ?? []);
  const ofCuts = restoring.filter((start) => start.agentId === agentId).map((start) => start.checkpointId);
  const needed = [...(mark.from === undefined ? [] : [mark.from]), ...(mark.pinned ?? []), ...ofCuts];
  await tx.checkpoints.prune(agentId, keep, { sinceMs: tx.nowMs - keepForMs + 1, most: mostCheckpoints, needed });
}

export const askForCheckpoints = each(
  async (work, { input, actor }: CommandOf<'agents.checkpoint'>): Promise<Result<CommandOutput<'agents.checkpoint'>>> => {
    const found = await agentFor(work, actor, input.id);
    if (!found.ok) return found;
    const may = await unfenced(work, found.value);
    if (!may.ok) return may;
    const members = input.subtree ? await work.tx.agents.liveSubtree(input.id) : [found.value];
    const asked = members.filter((a) => !isFinalAgent(a.state) && a.stopId === null);
    const leases = new Map((await work.tx.leases.many(asked.map((a) => a.id))).map((l) => [l.id, l]));
    const cutId = input.subtree ? beginCut(work, found.value, asked, input.reason, actor) : null;
    let agents = 0;
    for (const agent of asked) if (ask(work, agent, leases.get(agent.id), { reason: input.reason, cutId }, actor)) agents += 1;
    return ok({ agents, cutId });
  },
);
type Asking = { reason: string; cutId: string | null };
function ask(work: Work, agent: Agent, lease: Lease | undefined, { reason, cutId }: Asking, actor: Actor): boolean {
  if (!lease) return false;
  const already = (lease.checkpoint?.askedBecause ?? null) !== null;
  // what it was asked before answers a cut as well
  if (!already || cutId !== null) work.tx.leases.put({ ...lease, checkpoint: markAsked(lease.checkpoint, reason, cutId ?? undefined) });
  if (already) return false;
  applyToAgent(work, agent, [{ type: 'checkpoint.asked', subjectId: agent.id, data: { reason } }], actor);
  return true;
}

/** Refuses the word of an epoch that is over for what changes anything; a token of it may still be on its way in. */
export const currentEpoch = (agent: Agent, actor: Actor, told: number | undefined): Result<null> =>
  checkEpoch(agent, spokenEpoch(agent, actor, told));
