import type { Agent } from '../agents/agent.ts';
import { isExpired, type Lease } from '../agents/lease.ts';
import type { StopMode, StopPropagation } from '../api/inputs.ts';
import type { StopEvidence, StopMemberOutcome } from '../api/views.ts';
import type { NewEvent } from '../kernel/events.ts';
import { isFinalAgent, type StopState } from '../kernel/transitions.ts';

/** A stop of one subtree; absolute deadlines, so that a restarted supervisor goes on with the same ones (I-STOP-7). */
export type Stop = {
  id: string;
  projectId: string;
  /** The root of what is stopped; null: everything of the project. */
  agentId: string | null;
  mode: StopMode;
  /** Whether members are asked leaves first or all at once; each ends only after all below it either way (I-STOP-4). */
  propagation: StopPropagation;
  reason: string;
  actor: string;
  state: StopState;
  acceptedAtMs: number;
  graceMs: number;
  killConfirmMs: number;
  deadlineMs: number;
  waves: number;
  members: number;
  /** Members without an outcome, and those whose outcome is that nothing proves their end. */
  open: number;
  unconfirmed: number;
  /** A large stop fences its root at once and enlists its members after it, deepest first: whether some are left. */
  enlisting: boolean;
  /** What the accepting transaction took from members that were not enlisted yet, by agent. */
  takenAtAcceptance: Record<string, { claimsReleased: number; locksFreed: number; ordersCancelled: number }>;
  endedAtMs: number | null;
};

/**
 * One agent of a stop: when it was asked, and by what evidence it ended. Members outlive their agents as the record of
 * the stop.
 */
export type StopMember = {
  /** `<stopId>/<agentId>` */
  id: string;
  projectId: string;
  stopId: string;
  agentId: string;
  parentId: string | null;
  name: string;
  wave: number;
  /** KILL at the latest. */
  deadlineMs: number;
  askedAtMs: number | null;
  killedAtMs: number | null;
  endedAtMs: number | null;
  outcome: StopMemberOutcome | null;
  evidence: StopEvidence | null;
  claimsReleased: number;
  ordersCancelled: number;
  locksFreed: number;
  costAtAcceptanceNanoUsd: bigint;
};

const strength: Record<StopMode, number> = { drain: 0, graceful: 1, force: 2 };

/**
 * Whether a repeated request asks for more than `stop` does already; it never weakens (I-STOP-2).
 *
 * Use it when a stop is asked of a subtree that stands under one: what is no stronger is answered with the stop there
 * is.
 *
 * @example
 * const stop = stopOf({ id: 'stp_1', projectId: 'p', mode: 'graceful', deadlineMs: 30_000 });
 * strengthens(stop, 'force', 30_000); // → true
 * strengthens(stop, 'drain', 60_000); // → false
 */
export const strengthens = (stop: Stop, mode: StopMode, deadlineMs: number): boolean =>
  strength[mode] > strength[stop.mode] || deadlineMs < stop.deadlineMs;

/**
 * The stronger of two modes: `force` before `graceful` before `drain`.
 *
 * Use it where two requests meet in one stop, so that neither weakens the other (I-STOP-2).
 *
 * @example
 * stronger('drain', 'graceful'); // → 'graceful'
 * stronger('force', 'graceful'); // → 'force'
 */
export const stronger = (a: StopMode, b: StopMode): StopMode => (strength[a] >= strength[b] ? a : b);

/** What a runner or an agent must do next, beside the facts. */
export type StopAction = { kind: 'ask' | 'kill'; agentId: string; killAtMs: number };

/** All that a step of a stop looks at: the stop, its members, and their agents and leases by agent id as they are now. */
export type StopWorld = {
  stop: Stop;
  members: readonly StopMember[];
  agents: ReadonlyMap<string, Agent>;
  leases: ReadonlyMap<string, Lease>;
};

/**
 * One level-triggered step of a stop: twice at the same time equals once. A member is asked when all its children
 * have ended, whatever its cousins do (I-STOP-5). `members` may be a part of the stop's, as long as the open children
 * of each stand in it too, or it has none. An end needs an acknowledgement, a process seen gone, or a lease
 * that ran out; the rest is `unconfirmed` after the deadline and the time to confirm.
 *
 * Use it at every look at an open stop; there is nothing to remember between two steps, so a missed one is made up by
 * the next.
 *
 * @example
 * const stop = stopOf({ id: 's', projectId: 'p', members: 1, open: 1, unconfirmed: 0, enlisting: false });
 * const none = { askedAtMs: null, killedAtMs: null, endedAtMs: null, outcome: null, evidence: null };
 * const member = memberOf({ id: 's/a', projectId: 'p', stopId: 's', agentId: 'a', deadlineMs: 9_000, ...none });
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'stopping', acknowledged: false });
 * const world = { stop, members: [member], agents: new Map([['a', agent]]), leases: new Map() };
 * stepStop(world, 1_000).actions; // → [{ kind: 'ask', agentId: 'a', killAtMs: 9_000 }]
 * stepStop({ ...world, members: [{ ...member, askedAtMs: 1_000 }] }, 9_000).actions; // → [{ kind: 'kill', agentId: 'a', killAtMs: 9_000 }]
 * const seenGone = new Map([['a', { ...agent, process: 'ended', processEvidence: gone() }]]);
 * stepStop({ ...world, agents: seenGone }, 1_000).events.at(-1)?.type; // → 'stop.done'
 */
export function stepStop(world: StopWorld, nowMs: number): { events: NewEvent[]; actions: StopAction[] } {
  const { stop } = world;
  const events: NewEvent[] = [];
  const actions: StopAction[] = [];
  let { open, unconfirmed } = stop;
  const openChildren = new Map<string, number>();
  for (const m of world.members) if (m.parentId && !m.outcome) openChildren.set(m.parentId, (openChildren.get(m.parentId) ?? 0) + 1);

  const inOrder = [...world.members].filter((m) => !m.outcome).sort((a, b) => a.wave - b.wave);
  for (const m of inOrder) {
    const agent = world.agents.get(m.agentId);
    if (!agent || openChildren.get(m.agentId)) continue;
    if (m.askedAtMs === null) {
      events.push({ type: 'stop.asked', subjectId: stop.id, data: { agentId: m.agentId, wave: m.wave } });
      actions.push({ kind: 'ask', agentId: m.agentId, killAtMs: m.deadlineMs });
    }
    const end = endOf(m, agent, world.leases.get(m.agentId), stop, nowMs);
    if (end) {
      open -= 1;
      unconfirmed += end.outcome === 'unconfirmed' ? 1 : 0;
      if (m.parentId) openChildren.set(m.parentId, (openChildren.get(m.parentId) ?? 1) - 1);
      events.push({
        type: 'stop.member-ended',
        subjectId: stop.id,
        data: { agentId: m.agentId, outcome: end.outcome, evidence: end.evidence },
      });
      if (end.outcome === 'unconfirmed')
        events.push({ type: 'agent.unconfirmed', subjectId: m.agentId, data: { detail: end.evidence.detail } });
      else if (!isFinalAgent(agent.state))
        events.push({
          type: 'agent.ended',
          subjectId: m.agentId,
          data: { state: end.outcome === 'killed' ? 'killed' : 'stopped', detail: end.evidence.detail },
        });
    } else if (m.killedAtMs === null && nowMs >= m.deadlineMs) {
      events.push({ type: 'stop.escalated', subjectId: stop.id, data: { agentId: m.agentId } });
      actions.push({ kind: 'kill', agentId: m.agentId, killAtMs: nowMs });
    }
  }
  if (stop.state === 'stopping' && open === 0 && !stop.enlisting)
    events.push({ type: 'stop.done', subjectId: stop.id, data: { members: stop.members, unconfirmed } });
  return { events, actions };
}

/**
 * A process that a runner holds, and that still beats, gets so much longer, in ms, to be seen gone.
 *
 * Use it on top of the deadline and `killConfirmMs`, never instead of them.
 *
 * @example
 * heldConfirmMs; // → 30_000
 */
export const heldConfirmMs = 30_000;

/**
 * Whether a runner holds a process for it: then its own word does not end it, only that process seen gone.
 *
 * Use it before an agent's word is taken for its end.
 *
 * @example
 * const agent = agentOf({ id: 'a', projectId: 'p', process: 'running' });
 * isHeld(agent); // → true
 * isHeld({ ...agent, process: 'ended' }); // → false
 */
export const isHeld = (agent: Agent): boolean => agent.process === 'running' || agent.process === 'launching';

type End = { outcome: StopMemberOutcome; evidence: StopEvidence };

/**
 * Whether the evidence at hand ends this member, and how: a process seen gone with nothing left of it, an
 * acknowledgement of an agent whose process nobody holds, or, after the deadline and the time to confirm,
 * `unconfirmed`.
 *
 * Use it inside a step of a stop; it decides for one member whose children have ended.
 *
 * @example
 * const member = memberOf({ id: 's/a', projectId: 'p', stopId: 's', agentId: 'a' });
 * const stop = stopOf({ id: 's', projectId: 'p', deadlineMs: 9_000 });
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'stopping', process: 'ended', processEvidence: gone({ killed: true }) });
 * endOf(member, agent, undefined, stop, 1_000)?.outcome; // → 'killed'
 * endOf(member, { ...agent, process: 'none', acknowledged: true }, undefined, stop, 1_000)?.evidence.how; // → 'acknowledged'
 * endOf(member, { ...agent, process: 'running' }, undefined, stop, 1_000); // → undefined
 */
export function endOf(m: StopMember, agent: Agent, lease: Lease | undefined, stop: Stop, nowMs: number): End | undefined {
  const kept = { claimsReleased: m.claimsReleased, ordersCancelled: m.ordersCancelled, locksFreed: m.locksFreed };
  const process = agent.processEvidence ?? undefined;
  const held = isHeld(agent);
  const confirmAtMs = Math.max(m.deadlineMs, m.killedAtMs ?? m.askedAtMs ?? m.deadlineMs) + stop.killConfirmMs;
  if (isFinalAgent(agent.state))
    return {
      outcome: agent.state as StopMemberOutcome,
      evidence: { how: 'already-ended', detail: `it was ${agent.state} already`, ...kept, ...(process && { process }) },
    };
  if (agent.process === 'ended' && process) {
    if (process.survivors > 0)
      return {
        outcome: 'unconfirmed',
        evidence: {
          how: 'process-ended',
          detail: `${process.survivors} processes of its ${process.containment} are still there`,
          process,
          ...kept,
        },
      };
    const what = process.signal ? `ended by ${process.signal}` : `exit code ${process.exitCode ?? 'unknown'}`;
    return {
      outcome: process.killed ? 'killed' : 'stopped',
      evidence: { how: 'process-ended', detail: `${what}; nothing left in its ${process.containment}`, process, ...kept },
    };
  }
  if (agent.acknowledged && !held)
    return { outcome: 'stopped', evidence: { how: 'acknowledged', detail: 'the agent reported its end', ...kept } };
  // a runner that cannot be reached, or an agent that nobody launched: only its lease can tell
  const silent = !lease || isExpired(lease, nowMs);
  if (m.askedAtMs !== null && nowMs >= confirmAtMs && (silent || !held || nowMs >= confirmAtMs + heldConfirmMs))
    return {
      outcome: 'unconfirmed',
      evidence: {
        how: 'lease-expired',
        detail: held
          ? 'its runner did not report the end in time; it is fenced'
          : silent
            ? 'its lease expired and no accepted call came since; it is fenced'
            : 'it still sends heartbeats after the deadline; it is fenced',
        ...kept,
      },
    };
  return undefined;
}

/**
 * Whether a step could do something about this member now: ask it, end it by what is known of it, or go on to the next
 * harsher step. `openChildren`: whether a member below it has no outcome yet. Stores find such members by the same rule.
 *
 * Use it, in a store, to find whom a step must read; what to do about each, `stepStop` decides.
 *
 * @example
 * const stop = stopOf({ id: 's', projectId: 'p' });
 * const member = memberOf({ id: 's/a', projectId: 'p', stopId: 's', agentId: 'a', askedAtMs: null, outcome: null });
 * const agent = agentOf({ id: 'a', projectId: 'p', state: 'stopping' });
 * isActionable(member, agent, undefined, stop, 1_000, false); // → true
 * isActionable(member, agent, undefined, stop, 1_000, true); // → false
 */
export function isActionable(
  m: StopMember,
  agent: Agent,
  lease: Lease | undefined,
  stop: Stop,
  nowMs: number,
  openChildren: boolean,
): boolean {
  if (m.outcome) return false;
  if (openChildren) return false;
  return m.askedAtMs === null || (m.killedAtMs === null && nowMs >= m.deadlineMs) || endOf(m, agent, lease, stop, nowMs) !== undefined;
}

/**
 * Whether an agent is a member of a stop over it: it lived when the stop was accepted. What ended in that very
 * millisecond did not.
 *
 * Use it while a large stop enlists: what came after the acceptance is fenced, and no member.
 *
 * @example
 * const agent = agentOf({ id: 'b', projectId: 'p', path: ['a', 'b'], state: 'running', createdAtMs: 1_000 });
 * belongsTo({ agentId: 'a', acceptedAtMs: 1_000 }, agent); // → true
 * belongsTo({ agentId: 'a', acceptedAtMs: 999 }, agent); // → false
 * belongsTo({ agentId: 'x', acceptedAtMs: 1_000 }, agent); // → false
 */
export const belongsTo = (stop: Pick<Stop, 'agentId' | 'acceptedAtMs'>, agent: Agent): boolean =>
  (stop.agentId === null || agent.path.includes(stop.agentId)) &&
  agent.createdAtMs <= stop.acceptedAtMs &&
  (!isFinalAgent(agent.state) || (agent.endedAtMs ?? 0) > stop.acceptedAtMs);

/**
 * Applies one fact to the stop, at `atMs`; a fact of something else leaves it as it is.
 *
 * Use it to fold what `stepStop` answers into the record that the same transaction stores.
 *
 * @example
 * const stop = stopOf({ id: 's', projectId: 'p' });
 * const done = evolveStop(stop, { type: 'stop.done', subjectId: 's', data: { members: 1, unconfirmed: 0 } }, 5_000);
 * [done.state, done.endedAtMs]; // → ['done', 5_000]
 */
export function evolveStop(stop: Stop, event: NewEvent, atMs: number): Stop {
  switch (event.type) {
    case 'stop.enlisted':
      return {
        ...stop,
        members: stop.members + event.data.members,
        open: stop.open + event.data.members,
        enlisting: event.data.more,
        takenAtAcceptance: event.data.more ? stop.takenAtAcceptance : {},
      };
    case 'stop.member-ended': {
      // what could only be fenced and was confirmed later has been counted before
      const { outcome, corrects } = event.data;
      if (corrects) return { ...stop, unconfirmed: stop.unconfirmed - 1 };
      return { ...stop, open: stop.open - 1, unconfirmed: stop.unconfirmed + (outcome === 'unconfirmed' ? 1 : 0) };
    }
    case 'stop.strengthened':
      return { ...stop, mode: event.data.mode, deadlineMs: event.data.deadlineMs };
    case 'stop.done':
      return { ...stop, state: 'done', endedAtMs: atMs };
    default:
      return stop;
  }
}

/**
 * Applies one fact to the member it is about, at `atMs`. Whose fact it is the caller has looked up.
 *
 * Use it next to `evolveStop`, for facts whose data name the member's agent.
 *
 * @example
 * const member = memberOf({ id: 's/a', projectId: 'p', stopId: 's', agentId: 'a', killedAtMs: null });
 * evolveStopMember(member, { type: 'stop.escalated', subjectId: 's', data: { agentId: 'a' } }, 5_000).killedAtMs; // → 5_000
 */
export function evolveStopMember(m: StopMember, event: NewEvent, atMs: number): StopMember {
  switch (event.type) {
    case 'stop.asked':
      return { ...m, askedAtMs: atMs };
    case 'stop.escalated':
      return { ...m, killedAtMs: atMs };
    case 'stop.member-ended':
      return { ...m, outcome: event.data.outcome, evidence: event.data.evidence, endedAtMs: atMs };
    default:
      return m;
  }
}
