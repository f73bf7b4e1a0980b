import type { Agent } from '../../agents/agent.ts';
import type { CutPreview, RelaunchBy } from '../../api/views.ts';
import type { Checkpoint } from '../../checkpoints/checkpoint.ts';
import type { Cut, CutRestore } from '../../checkpoints/cut.ts';
import { type CutPlan, cutRestoreView, planCutRestore, stepCutRestore } from '../../checkpoints/cut-restore.ts';
import { type DomainError, sentenceOf } from '../../kernel/errors.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, each, system, type Work } from '../work.ts';
import { costOfRestore } from './restore-preview.ts';
import { beginEpoch, mayRestore, orderLaunch, relaunchOf, type Saved, savedFor } from './restores.ts';
import { acceptStop } from './stops.ts';

type Out = CommandOutput<'cuts.restore'>;
const keeper = system('cuts');
const starterWords: Record<Exclude<RelaunchBy, 'runner'>, string> = {
  'no-runner': 'no runner holds it',
  'no-command': 'its runner does not know its command',
  'runner-away': 'its runner is away',
};

/** By the same plan that restores; nothing is written. */
export const previewCuts = each(async (work, { input, actor }: CommandOf<'cuts.preview'>): Promise<Result<CutPreview>> => {
  const found = await planned(work, actor, input.id);
  if (!found.ok) return found;
  const { plan, members, refusal } = found.value;
  const told: CutPreview['members'] = [];
  for (const saved of members) told.push({ name: saved.source.name, ...(await costOfRestore(work, saved)) });
  return ok({
    cutId: input.id,
    refusal: refusal && sentenceOf(refusal),
    needsPartial: plan.leftOut.length > 0,
    members: told,
    leftOut: plan.leftOut,
  });
});

/**
 * Every member begins a new epoch in this one transaction, so the whole subtree is fenced before any new process starts
 * (I-CKPT-7). Who is left out and lives is stopped. The processes are then ordered from the root down, by `tickCuts`.
 */
export const restoreCuts = each(async (work, { input, actor }: CommandOf<'cuts.restore'>): Promise<Result<Out>> => {
  const { tx } = work;
  const found = await planned(work, actor, input.id);
  if (!found.ok) return found;
  const { cut, plan, members, refusal } = found.value;
  const scope = `cut/${cut.id}`;
  const before = input.requestId ? await tx.requests.get(scope, input.requestId) : undefined;
  if (before) {
    const [expected, actual] = [Number(before[0]), cut.restore?.number ?? 0];
    if (!cut.restore || expected !== actual) return err({ code: 'version_conflict', kind: 'cut', id: cut.id, expected, actual });
    return ok({ cutId: cut.id, restore: cutRestoreView(cut.restore, await namesOf(work, cut.restore)) });
  }
  if (refusal) return err(refusal);
  if (plan.leftOut.length > 0 && !input.partial) return err(partly(cut, plan));

  const starts: CutRestore['starts'] = [];
  for (const { checkpoint, source: planned } of members) {
    const source = (await tx.agents.get(planned.id)) as Agent;
    const may = await mayRestore(work, { checkpoint, source, body: '' }, true);
    // the plan has asked all that could refuse it; what is written already must not stand alone
    if (!may.ok) throw new InvariantError(`${source.id} of cut ${cut.id} was planned and is refused: ${may.error.code}`);
    // one level after the other starts, so the deeper ones are silent for longer
    const depth = source.path.length - source.path.indexOf(cut.rootId);
    const agent = await beginEpoch(work, { checkpoint, source }, may.value, actor, 2 * depth);
    starts.push({ agentId: agent.id, checkpointId: checkpoint.id, epoch: agent.epoch, state: 'waiting', why: null });
  }
  const restored = new Set(starts.map((s) => s.agentId));
  for (const { agentId, stopped } of plan.leftOut) {
    const parentId = stopped ? (await tx.agents.get(agentId))?.parentId : undefined;
    // those below it end with it
    if (!parentId || !restored.has(parentId)) continue;
    const reason = 'its tree went back to a cut that it is not part of';
    await acceptStop(work, agentId, { mode: 'graceful', graceMs: 10_000, killConfirmMs: 5_000, reason }, actor);
  }
  const number = (cut.restore?.number ?? 0) + 1;
  const restore = { number, by: actorName(actor), startedAtMs: tx.nowMs, doneAtMs: null, starts, leftOut: plan.leftOut };
  const data = { cutId: cut.id, number, members: starts.length, leftOut: plan.leftOut.length };
  tx.append({ type: 'checkpoint.cut-restoring', subjectId: cut.rootId, data }, actorName(actor));
  if (input.requestId) tx.requests.put(scope, input.requestId, [String(number)]);
  const restoring: Cut = { ...cut, restore, restoring: true };
  tx.cuts.put(restoring);
  const next = await step(work, restoring);
  return ok({ cutId: cut.id, restore: cutRestoreView(next, await namesOf(work, next)) });
});

export const tickCuts = each(async (work, _: CommandOf<'cuts.tick'>): Promise<Result<CommandOutput<'cuts.tick'>>> => {
  let open = 0;
  for (const cut of await work.tx.cuts.restoring()) if ((await step(work, cut)).doneAtMs === null) open += 1;
  return ok({ open });
});

/** Orders whoever may start now, and keeps how far it has come. */
async function step(work: Work, cut: Cut): Promise<CutRestore> {
  const { tx } = work;
  if (!cut.restore) throw new InvariantError(`cut ${cut.id} is restored without a restore`);
  const agents = new Map((await tx.agents.many(cut.restore.starts.map((s) => s.agentId))).map((a) => [a.id, a]));
  const now = new Map<string, Agent & { notStartable: string | null }>();
  for (const { agentId, state } of cut.restore.starts) {
    const agent = agents.get(agentId);
    const by = agent && state === 'waiting' ? (await relaunchOf(work, agent)).by : 'runner';
    if (agent) now.set(agentId, { ...agent, notStartable: by === 'runner' ? null : starterWords[by] });
  }
  const { restore, order } = stepCutRestore(cut.restore, now, tx.nowMs);
  for (const agentId of order) {
    const agent = agents.get(agentId) as Agent;
    const starter = await relaunchOf(work, agent);
    const start = restore.starts.find((s) => s.agentId === agentId);
    if (starter.by === 'runner' && start) orderLaunch(work, agent, starter, start.checkpointId);
  }
  if (restore === cut.restore) return restore;
  tx.cuts.put({ ...cut, restore, restoring: restore.doneAtMs === null });
  if (restore.doneAtMs !== null) {
    const started = restore.starts.filter((s) => s.state === 'started').length;
    const data = { cutId: cut.id, number: restore.number, started, failed: restore.starts.length - started };
    tx.append({ type: 'checkpoint.cut-restored', subjectId: cut.rootId, data }, actorName(keeper));
  }
  return restore;
}

type Planned = { cut: Cut; plan: CutPlan; members: Saved[]; refusal: DomainError | null };
/** The cut with what would be done about it now; refused where the actor may not touch its root. */
async function planned(work: Work, actor: Actor, id: string): Promise<Result<Planned>> {
  const { tx } = work;
  const cut = await tx.cuts.get(id);
  if (!cut) return absent('cut', id);
  const root = await agentFor(work, actor, cut.rootId);
  if (!root.ok) return absent('cut', id);
  const known = await tx.agents.many(cut.members.map((m) => m.agentId));
  const agents = new Map([...known, ...(await tx.agents.liveSubtree(cut.rootId))].map((a) => [a.id, a]));
  const kept = new Map<string, Checkpoint>();
  for (const { checkpointId } of cut.members) {
    const checkpoint = checkpointId === null ? undefined : await tx.checkpoints.get(checkpointId);
    if (checkpoint) kept.set(checkpoint.id, checkpoint);
  }
  const whyNot = new Map<string, string>();
  for (const agent of agents.values()) {
    const { by } = await relaunchOf(work, agent);
    if (by !== 'runner') whyNot.set(agent.id, starterWords[by]);
  }
  const plan = planCutRestore(cut, {
    agents: [...agents.values()],
    isKept: (checkpointId) => kept.has(checkpointId),
    notStartable: (agentId) => whyNot.get(agentId) ?? null,
  });
  const members: Saved[] = [];
  let refusal: DomainError | null = null;
  for (const { checkpointId } of plan.restore) {
    const saved = await savedFor(work, actor, checkpointId);
    if (saved.ok) members.push(saved.value);
    else refusal ??= saved.error;
  }
  const top = members.find((s) => s.source.id === cut.rootId);
  const may = top && (await mayRestore(work, top, true));
  if (may && !may.ok) refusal = may.error;
  else if (!top) refusal ??= await withoutRoot(work, cut.id, root.value, plan);
  return ok({ cut, plan, members, refusal });
}
/** Nobody goes on where the root does not; a fence says so in its own words. */
async function withoutRoot(work: Work, cutId: string, root: Agent, plan: CutPlan): Promise<DomainError> {
  const why = plan.leftOut.find((l) => l.agentId === root.id)?.why ?? 'it is not part of the cut';
  if (root.stopId) return { code: 'fenced', stopId: root.stopId, reason: (await work.tx.stops.get(root.stopId))?.reason ?? '' };
  return { code: 'illegal_transition', kind: 'cut', id: cutId, from: `without its root (${why})`, to: 'restored' };
}
const partly = ({ id }: Cut, { leftOut }: CutPlan): DomainError => {
  const more = leftOut.length > 1 ? `, and ${leftOut.length - 1} more` : '';
  return {
    code: 'illegal_transition',
    kind: 'cut',
    id,
    from: `partial (${leftOut[0]?.name}: ${leftOut[0]?.why}${more})`,
    to: 'restored as a whole',
  };
};

const namesOf = async ({ tx }: Work, restore: CutRestore): Promise<ReadonlyMap<string, string>> =>
  new Map((await tx.agents.many(restore.starts.map((s) => s.agentId))).map((a) => [a.id, a.name]));
