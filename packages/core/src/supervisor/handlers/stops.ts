import { type Agent, checkEpoch, evolveAgent } from '../../agents/agent.ts';
import { closeRanks } from '../../agents/agent-tree.ts';
import type { StopMode } from '../../api/inputs.ts';
import type { StopPreview } from '../../api/views.ts';
import { isoOf } from '../../kernel/clock.ts';
import { usdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent, isLiveAgent } from '../../kernel/transitions.ts';
import { evolveStop, evolveStopMember, isHeld, type Stop, type StopMember, stepStop, strengthens, stronger } from '../../stop/stop.ts';
import { planStop, stopDeadlineMs } from '../../stop/stop-plan.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { actorName, agentFor, applyToAgent, each, system, type Work } from '../work.ts';
import { settleReservedBy } from './ends.ts';
import { enlist, takeAtAcceptance } from './stop-members.ts';
import { act } from './stop-orders.ts';

const controller = system('stop-controller');

type StopInput = CommandOf<'agents.stop'>['input'];
export const stopAgents = each(async (work, { input, actor }: CommandOf<'agents.stop'>): Promise<Result<CommandOutput<'agents.stop'>>> => {
  const found = await agentFor(work, actor, input.id);
  if (!found.ok) return found;
  const agent = found.value;
  const epoch = checkEpoch(agent, input.expectEpoch);
  if (!epoch.ok) return epoch;
  const known = await stopOver(work, agent);
  if (known && !input.dryRun && (known.state === 'stopping' || isFinalAgent(agent.state)))
    return ok(await repeatStop(work, known, agent.id, input, actor));
  // what lives on below an agent that ended by itself can be stopped all the same
  if (isFinalAgent(agent.state) && (await work.tx.agents.liveSubtree(agent.id)).length === 0)
    return err({ code: 'illegal_transition', kind: 'agent', id: agent.id, from: agent.state, to: 'stopping' });
  return ok(input.dryRun ? await preview(work, agent.id, input) : await acceptStop(work, agent.id, input, actor));
});

/**
 * The stop that this request would repeat: the one under way over this agent, its own before that of an ancestor; else
 * the stop that once fenced it. An agent that a stop had to leave `unconfirmed` can be stopped again, but once at a time.
 */
async function stopOver({ tx }: Work, agent: Agent): Promise<Stop | undefined> {
  const fencedBy = agent.stopId ? await tx.stops.get(agent.stopId) : undefined;
  if (fencedBy?.state === 'stopping') return fencedBy;
  const open = await tx.stops.open();
  const own = open.find((s) => s.agentId === agent.id);
  if (own) return own;
  if (!isFinalAgent(agent.state)) for (const s of open) if (await tx.stopMembers.get(`${s.id}/${agent.id}`)) return s;
  return fencedBy;
}

const burnWindowMs = 300_000;
/** What the stop would do, by the same planner; writes nothing. */
async function preview({ tx }: Work, rootId: string, input: StopInput): Promise<CommandOutput<'agents.stop'>> {
  const members = await tx.agents.liveSubtree(rootId);
  const plan = planStop(closeRanks(members), {
    nowMs: tx.nowMs,
    graceMs: input.graceMs,
    mode: input.mode,
    propagation: input.propagation,
  });
  const byId = new Map(members.map((m) => [m.id, m]));
  const waves: StopPreview['waves'] = Array.from({ length: plan.waves }, (_, wave) => ({ wave, agents: [] }));
  let fencedOnly = 0;
  for (const { id, wave } of plan.members) {
    const m = byId.get(id) as Agent;
    const onlyFenced = m.process === 'none';
    if (onlyFenced) fencedOnly += 1;
    waves[wave]?.agents.push({ id, name: m.name, state: m.state, containment: m.containment, fencedOnly: onlyFenced });
  }
  const ids = members.map((m) => m.id);
  const spent = await tx.ledger.spentSince(rootId, tx.nowMs - burnWindowMs);
  return {
    stopId: null,
    members: members.length,
    waves: plan.waves,
    deadline: null,
    preview: {
      waves,
      claims: (await tx.tasks.heldBy(ids)).map((t) => ({ taskId: t.id, title: t.title, agentId: t.agentId ?? '' })),
      locks: (await tx.locks.involving(ids)).flatMap((l) =>
        l.holders.flatMap((h) => (byId.has(h.agentId) ? [{ name: l.name, agentId: h.agentId }] : [])),
      ),
      openChanges: (await tx.changes.openOf(ids)).map((c) => ({ changeId: c.id, title: c.title, agentId: c.agentId })),
      burnUsdPerHour: usdOf((spent * 3_600_000n) / BigInt(burnWindowMs)),
      fencedOnly,
    },
  };
}

/**
 * Fences the live subtree of the root, or for null everything that lives, and plans its end, all in the accepting
 * transaction. Up to `stopAtOnceUpTo` agents become members in it and the first wave is asked; of more, the fence at the root
 * holds for all below it (every check walks up), and the stop loop enlists them in parts: so that fencing ten thousand takes
 * as long as counting them.
 */
export async function acceptStop(
  work: Work,
  rootId: string | null,
  input: Pick<StopInput, 'mode' | 'graceMs' | 'killConfirmMs' | 'reason' | 'propagation'>,
  actor: Actor,
): Promise<CommandOutput<'agents.stop'>> {
  const { tx, ports } = work;
  const most = work.tuning.stopAtOnceUpTo;
  const tree = await tx.agents.liveTree(rootId, most + 1);
  const atOnce = tree.length <= most;
  const propagation = input.propagation ?? 'foreground';
  const at = { nowMs: tx.nowMs, graceMs: input.graceMs, mode: input.mode, propagation };
  // of a large one nothing is read but its size: who belongs to it is everybody below its root
  const { agents, waves } = atOnce ? { agents: tree.length, waves: planStop(tree, at).waves } : await tx.agents.liveShape(rootId);
  const deadlineMs = stopDeadlineMs(at);
  const whose = atOnce ? [...new Set([...(rootId ? [rootId] : []), ...tree.map((n) => n.id)])] : { under: rootId };
  const id = ports.ids.next('stop');
  tx.append(
    {
      type: 'stop.accepted',
      subjectId: id,
      data: {
        agentId: rootId,
        mode: input.mode,
        reason: input.reason,
        graceMs: input.graceMs,
        members: agents,
        waves,
        propagation,
      },
    },
    actorName(actor),
  );
  const stop: Stop = {
    id,
    projectId: tx.projectId,
    agentId: rootId,
    mode: input.mode,
    propagation,
    reason: input.reason,
    actor: actorName(actor),
    state: 'stopping',
    acceptedAtMs: tx.nowMs,
    graceMs: input.graceMs,
    killConfirmMs: input.killConfirmMs,
    deadlineMs,
    waves,
    members: 0,
    open: 0,
    unconfirmed: 0,
    enlisting: true,
    // of the root also where it had ended before, and so is no member
    takenAtAcceptance: await takeAtAcceptance(work, whose),
    endedAtMs: null,
  };
  tx.stops.put(stop);
  // also a root that had ended before: it is no member, and nothing may begin it again all the same (I-STOP-1)
  if (rootId !== null && !(atOnce && tree.some((n) => n.id === rootId))) await fenceRoot(work, rootId, stop, actor);
  if (atOnce) await step(work, await enlist(work, stop, tree.length, 'accepting'));
  return { stopId: id, members: agents, waves, deadline: isoOf(deadlineMs), preview: null };
}
async function fenceRoot(work: Work, rootId: string, stop: Stop, actor: Actor): Promise<void> {
  const root = (await work.tx.agents.get(rootId)) as Agent;
  if (root.stopId !== null) return; // an earlier stop fences it, and all below it, for good
  const type = isLiveAgent(root.state) && root.state !== 'stopping' ? 'agent.stopping' : 'agent.fenced';
  applyToAgent(work, root, [{ type, subjectId: rootId, data: { stopId: stop.id, reason: stop.reason } }], actor);
}

/** The same stop asked again, for its whole (null) or for the part below an agent: it can only get stronger (I-STOP-2). */
export async function repeatStop(
  work: Work,
  stop: Stop,
  partId: string | null,
  input: Pick<StopInput, 'mode' | 'graceMs'>,
  actor: Actor,
): Promise<CommandOutput<'agents.stop'>> {
  const { tx } = work;
  const graceMs = input.mode === 'force' ? 0 : input.graceMs;
  const deadlineMs = Math.min(stop.deadlineMs, tx.nowMs + graceMs);
  if (stop.state === 'stopping' && strengthens(stop, input.mode, deadlineMs)) {
    const members = await tx.stopMembers.ofStop(stop.id);
    // asked for a part of the stop: only that part is hurried
    const whole = partId === stop.agentId;
    const inside = new Set((await tx.agents.liveTree(partId)).map((n) => n.id));
    // of the whole also those that have ended already and wait for what is below them: no deadline outlasts its stop
    const open = members.filter((m) => !m.outcome && (whole || inside.has(m.agentId)));
    const top = Math.max(1, ...open.map((m) => m.wave + 1));
    const share = (m: StopMember) => (stop.propagation === 'background' ? 1 : (m.wave + 1) / top);
    const nearer = (m: StopMember) => tx.nowMs + Math.floor((deadlineMs - tx.nowMs) * share(m));
    const hurried = open.filter((m) => nearer(m) < m.deadlineMs);
    for (const m of hurried) tx.stopMembers.put({ ...m, deadlineMs: nearer(m) });
    if (whole || hurried.length) {
      const mode: StopMode = whole ? stronger(stop.mode, input.mode) : stop.mode;
      const event = { type: 'stop.strengthened', subjectId: stop.id, data: { mode, deadlineMs } } as const;
      tx.append(event, actorName(actor));
      const next = whole ? evolveStop(stop, event, tx.nowMs) : stop;
      tx.stops.put(next);
      await reask(work, next, inside);
      await step(work, next);
    }
  }
  return { stopId: stop.id, members: stop.members, waves: stop.waves, deadline: isoOf(deadlineMs), preview: null };
}
/** Tells runners of the nearer deadline of members that were asked before. */
async function reask(work: Work, stop: Stop, inside: ReadonlySet<string>): Promise<void> {
  for (const m of await work.tx.stopMembers.ofStop(stop.id))
    if (m.askedAtMs !== null && !m.outcome && inside.has(m.agentId))
      await act(work, stop, { kind: 'ask', agentId: m.agentId, killAtMs: m.deadlineMs });
}

/**
 * One step of one stop with everything that follows from it, until nothing more does, or `stopInOneTurn` members were looked at.
 * Answers whether more could be done at once.
 */
async function step(work: Work, start: Stop): Promise<boolean> {
  const { tx } = work;
  let stop = start;
  let left = Math.max(work.tuning.stopInOneTurn, work.tuning.stopAtOnceUpTo);
  while (stop.state === 'stopping' && left > 0) {
    const members = await tx.stopMembers.actionable(stop, tx.nowMs, left);
    left -= members.length;
    const ids = members.map((m) => m.agentId);
    const agents = new Map((await tx.agents.many(ids)).map((a) => [a.id, a]));
    const leases = new Map((await tx.leases.many(ids)).map((l) => [l.id, l]));
    const { events, actions } = stepStop({ stop, members, agents, leases }, tx.nowMs);
    if (events.length === 0) break;
    const memberOf = new Map(members.map((m) => [m.agentId, m]));
    for (const e of events) {
      tx.append(e, actorName(controller));
      if (e.type === 'agent.ended' || e.type === 'agent.unconfirmed') {
        const agent = await tx.agents.get(e.subjectId);
        if (agent) tx.agents.put(evolveAgent(agent, e, tx.nowMs));
        continue;
      }
      stop = evolveStop(stop, e, tx.nowMs);
      const agentId = 'agentId' in e.data ? (e.data.agentId as string) : undefined;
      const m = agentId ? memberOf.get(agentId) : undefined;
      if (m) memberOf.set(m.agentId, evolveStopMember(m, e, tx.nowMs));
    }
    for (const m of members) {
      const next = memberOf.get(m.agentId) as StopMember;
      if (next !== m) tx.stopMembers.put(next);
    }
    await settleReservedBy(
      work,
      events.flatMap((e) => (e.type === 'agent.ended' ? e.subjectId : [])),
    );
    for (const action of actions) await act(work, stop, action);
  }
  if (stop !== start) tx.stops.put(stop);
  return stop.state === 'stopping' && left <= 0;
}

/** After evidence about one agent came in: goes on with the stops that wait for it, and mends a receipt that could not be sure. */
export async function settleStopsOf(work: Work, agent: Agent): Promise<void> {
  const { tx } = work;
  if (agent.state === 'unconfirmed') await confirmLate(work, agent);
  for (const stop of await tx.stops.open()) {
    if (stop.members > work.tuning.stopAtOnceUpTo) continue;
    if (await tx.stopMembers.get(`${stop.id}/${agent.id}`)) await step(work, stop);
  }
}
/** Only evidence moves `unconfirmed` on; the receipt of every stop that had to leave it so then says what was found. */
async function confirmLate(work: Work, agent: Agent): Promise<void> {
  const { tx } = work;
  const process = agent.processEvidence;
  if (process ? process.survivors > 0 : !agent.acknowledged || isHeld(agent)) return;
  const outcome = process?.killed ? 'killed' : 'stopped';
  const detail = process ? 'confirmed later: its process is gone' : 'confirmed later: the agent reported its end';
  applyToAgent(work, agent, [{ type: 'agent.ended', subjectId: agent.id, data: { state: outcome, detail } }], controller);
  await settleReservedBy(work, [agent.id]);
  for (const member of await tx.stopMembers.unconfirmedOf(agent.id)) {
    if (!member.evidence) continue;
    const event = {
      type: 'stop.member-ended',
      subjectId: member.stopId,
      data: {
        agentId: agent.id,
        outcome,
        corrects: true,
        evidence: { ...member.evidence, how: process ? 'process-ended' : 'acknowledged', detail, ...(process && { process }) },
      },
    } as const;
    tx.append(event, actorName(controller));
    tx.stopMembers.put(evolveStopMember(member, event, tx.nowMs));
    const stop = await tx.stops.get(member.stopId);
    if (stop) tx.stops.put(evolveStop(stop, event, tx.nowMs));
  }
}

/** One turn of every open stop: who is left is enlisted, then what can be done is done. `more`: at once again. */
export const tickStops = each(async (work): Promise<Result<CommandOutput<'stops.tick'>>> => {
  let more = false;
  for (const open of await work.tx.stops.open()) {
    const stop = open.enlisting ? await enlist(work, open, work.tuning.stopInOneTurn, 'later') : open;
    more = (await step(work, stop)) || stop.enlisting || more;
  }
  return ok({ open: (await work.tx.stops.open()).length, more });
});
