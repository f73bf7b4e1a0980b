import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { OnPartyDeath, WaitEndedBecause } from './facts.ts';

/** One that has come and waits for the others, until `deadlineMs`; `callId` is the call that asked last for it. */
export type BarrierParty = {
  agentId: string;
  requestId: string;
  callId: string | null;
  blocking: boolean;
  sinceMs: number;
  deadlineMs: number;
};
/**
 * A meeting point: who comes waits until `expected` parties are there, then all go on at once. A generation is one such
 * meeting; it ends by a release or a break, and whoever comes after belongs to the next one.
 */
export type Barrier = {
  id: string;
  projectId: string;
  name: string;
  generation: number;
  /** As the first party of this generation declared it. */
  parties: number;
  /** The same less those that a shrinking barrier has lost. */
  expected: number;
  onPartyDeath: OnPartyDeath;
  /** Who the parties are, where the first one said so; empty: nobody knows before they come. */
  partyIds: string[];
  /** In order of arrival. */
  arrived: BarrierParty[];
  /** Who is there or is waited for by name. */
  agentIds: string[];
  waiting: number;
  dueAtMs: number | null;
  createdAtMs: number;
  updatedAtMs: number;
};
/** What a party brings: who it is, how long it waits, and the meeting it believes in, which must be the one that is open. */
export type BarrierAsk = Omit<BarrierParty, 'sinceMs' | 'deadlineMs'> & {
  parties: number;
  waitMs: number;
  onPartyDeath: OnPartyDeath;
  /** Empty: as declared by who came first, or unknown. */
  partyIds: readonly string[];
};
/** A party that leaves, and why; of a deadlock with the circle. */
export type PartyLeft = { agentId: string; why: WaitEndedBecause; cycle?: string[] | undefined };

/**
 * A barrier to which nobody has come yet, at generation 0; the first party says for how many it is.
 *
 * Use it for a name that the store does not know.
 *
 * @example
 * newBarrier({ id: 'bar_1', projectId: 'p', name: 'release' }, 0).expected; // → 0
 */
export const newBarrier = (of: Pick<Barrier, 'id' | 'projectId' | 'name'>, nowMs: number): Barrier => ({
  ...of,
  generation: 0,
  parties: 0,
  expected: 0,
  onPartyDeath: 'break',
  partyIds: [],
  arrived: [],
  agentIds: [],
  waiting: 0,
  dueAtMs: null,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

const told = (parties: readonly BarrierParty[]) => parties.map(({ agentId, requestId }) => ({ agentId, requestId }));

/**
 * Parties leave: the generation breaks for all of them, or goes on without those where it shrinks (I-SYNC-6). Nobody is
 * released in a generation that breaks, and nobody is left behind in one that is released.
 */
function leave(b: Barrier, left: readonly PartyLeft[], nowMs: number): NewEvent[] {
  const [first] = left;
  if (!first) return [];
  const about = { type: 'barrier.broken', subjectId: b.id } as const;
  const broken = (parties: readonly BarrierParty[]): NewEvent => ({
    ...about,
    data: { name: b.name, generation: b.generation, agentId: first.agentId, why: first.why, parties: told(parties) },
  });
  const leavers: NewEvent[] = left.map((l) => {
    const party = b.arrived.find((p) => p.agentId === l.agentId);
    const { cycle, ...rest } = l;
    const data = { name: b.name, generation: b.generation, ...rest, requestId: party?.requestId ?? null };
    return {
      type: 'barrier.left',
      subjectId: b.id,
      data: { ...data, waitedMs: party ? nowMs - party.sinceMs : 0, ...(cycle && { cycle }) },
    };
  });
  const gone = new Set(left.map((l) => l.agentId));
  const stay = b.arrived.filter((p) => !gone.has(p.agentId));
  if (b.onPartyDeath === 'break') {
    // who timed out is told that it is broken, as the others are; a victim of a deadlock is told the circle instead
    const deadlocked = left.filter((l) => l.why === 'deadlock').map((l) => l.agentId);
    return [...leavers.filter((e) => 'cycle' in e.data), broken(b.arrived.filter((p) => !deadlocked.includes(p.agentId)))];
  }
  if (stay.length === 0) return [...leavers, broken([])];
  return stay.length >= b.expected - left.length ? [...leavers, released(b, stay)] : leavers;
}
const released = (b: Barrier, parties: readonly BarrierParty[]): NewEvent => ({
  type: 'barrier.released',
  subjectId: b.id,
  data: { name: b.name, generation: b.generation, parties: told(parties) },
});

/**
 * What time and ends alone have changed: a party that waited too long, or that is gone, also one that is waited for by
 * name and never came. Judged before every command, so a late sweep lets nobody meet somebody who has left.
 *
 * Use it before any other decision on a barrier, and when `dueAtMs` has come; what it gives is applied before the next one is asked.
 *
 * @example
 * const b = barrierOf({ id: 'bar_1', projectId: 'p' });
 * settleBarrier(b, b.createdAtMs); // → []
 * settleBarrier(b, b.createdAtMs, (id) => id === 'agt_2').map((e) => e.type); // → ['barrier.left', 'barrier.released']
 */
export function settleBarrier(b: Barrier, nowMs: number, isGone: (agentId: string) => boolean = () => false): NewEvent[] {
  const left: PartyLeft[] = [];
  for (const p of b.arrived) {
    if (isGone(p.agentId)) left.push({ agentId: p.agentId, why: 'ended' });
    else if (p.deadlineMs <= nowMs) left.push({ agentId: p.agentId, why: 'timed-out' });
  }
  const here = new Set(b.arrived.map((p) => p.agentId));
  for (const id of b.partyIds) if (!here.has(id) && isGone(id)) left.push({ agentId: id, why: 'ended' });
  return leave(b, left, nowMs);
}

const invalid = (path: string, message: string): Result<never> => err<DomainError>({ code: 'invalid_input', issues: [{ path, message }] });

/**
 * Comes to a settled barrier: waits, or as the last one lets everybody go. The same request again is the same arrival.
 * Refuses with `invalid_input` what does not fit the meeting that is open, and with `timed_out` who may not wait and is
 * not the last.
 *
 * Use it for each ask of a party, the repeated ones too.
 *
 * @example
 * const ask = { requestId: 'r', callId: null, blocking: true, parties: 2, waitMs: 1_000, onPartyDeath: 'break', partyIds: [] };
 * const empty = newBarrier({ id: 'bar_1', projectId: 'p', name: 'release' }, 0);
 * const first = decideArrive(empty, { ...ask, agentId: 'a' }, 0);
 * const open = first.ok ? first.value.reduce((b, e) => evolveBarrier(b, e, 0), empty) : empty;
 * const last = decideArrive(open, { ...ask, agentId: 'b' }, 0);
 * last.ok && last.value.map((e) => e.type); // → ['barrier.arrived', 'barrier.released']
 * decideArrive(open, { ...ask, agentId: 'b', parties: 3 }, 0).ok; // → false
 */
export function decideArrive(b: Barrier, ask: BarrierAsk, nowMs: number): Result<NewEvent[]> {
  const { parties, waitMs, onPartyDeath, partyIds: named, ...who } = ask;
  const known = b.arrived.find((p) => p.agentId === ask.agentId);
  if (known && known.requestId !== ask.requestId) return invalid('agentId', 'this agent waits here already');
  if (known)
    return ok(
      known.callId === ask.callId
        ? []
        : [{ type: 'barrier.resumed', subjectId: b.id, data: { agentId: ask.agentId, requestId: ask.requestId, callId: ask.callId } }],
    );
  const events: NewEvent[] = [];
  let { expected, partyIds } = b;
  const wanted = [...new Set(named)].sort();
  if (wanted.length && wanted.length !== parties) return invalid('partyIds', `names ${wanted.length} of ${parties} parties`);
  if (b.arrived.length === 0) {
    expected = parties;
    partyIds = wanted;
    const data = { name: b.name, generation: b.generation, parties, onPartyDeath, partyIds };
    events.push({ type: 'barrier.opened', subjectId: b.id, data });
  } else {
    if (parties !== b.parties) return invalid('parties', `${b.name} is for ${b.parties} as long as someone waits, not ${parties}`);
    if (onPartyDeath !== b.onPartyDeath) return invalid('onPartyDeath', `${b.name} is set to ${b.onPartyDeath} as long as someone waits`);
    // one that shrank has lost some of the names
    if (wanted.length && partyIds.some((id) => !wanted.includes(id))) return invalid('partyIds', `${b.name} waits for other parties`);
  }
  if (partyIds.length && !partyIds.includes(ask.agentId)) return invalid('agentId', `${b.name} does not wait for this agent`);
  const last = b.arrived.length + 1 >= expected;
  if (!last && waitMs === 0) return err({ code: 'timed_out', waitedMs: 0 });
  const party: BarrierParty = { ...who, sinceMs: nowMs, deadlineMs: nowMs + waitMs };
  const data = { name: b.name, generation: b.generation, index: b.arrived.length, ...who, deadlineMs: party.deadlineMs };
  events.push({ type: 'barrier.arrived', subjectId: b.id, data });
  if (last) events.push(released(b, [...b.arrived, party]));
  return ok(events);
}

/**
 * The caller has gone; a call that was replaced by another one for the same request takes nothing away.
 *
 * Use it when the connection of a waiting call has gone; an agent that has ended leaves by `decideLeaveBarrier`.
 *
 * @example
 * const b = barrierOf({ id: 'bar_1', projectId: 'p' });
 * const { agentId, requestId } = b.arrived[0];
 * decideWithdrawParty(b, agentId, requestId, null, 0).map((e) => e.type); // → ['barrier.left', 'barrier.broken']
 * decideWithdrawParty(b, agentId, requestId, 'an older call', 0); // → []
 */
export function decideWithdrawParty(b: Barrier, agentId: string, requestId: string, callId: string | null, nowMs: number): NewEvent[] {
  const party = b.arrived.find((p) => p.agentId === agentId && p.requestId === requestId && p.callId === callId);
  return party ? leave(b, [{ agentId, why: 'withdrawn' }], nowMs) : [];
}

/**
 * The agents leave, whether they have come yet or are only waited for by name. Where nobody waits it changes nothing.
 *
 * Use it when agents stop or end, and for the victim of a deadlock, which is told `cycle`.
 *
 * @example
 * const b = barrierOf({ id: 'bar_1', projectId: 'p' });
 * decideLeaveBarrier(b, new Set(['agt_2']), 'stopped', 0).map((e) => e.type); // → ['barrier.left', 'barrier.released']
 * decideLeaveBarrier(b, new Set(['agt_9']), 'stopped', 0); // → []
 */
export function decideLeaveBarrier(
  b: Barrier,
  agentIds: ReadonlySet<string>,
  why: WaitEndedBecause,
  nowMs: number,
  cycle?: string[],
): NewEvent[] {
  const parties = [...new Set([...b.arrived.map((p) => p.agentId), ...b.partyIds])];
  const left = parties.filter((id) => agentIds.has(id)).map((agentId) => ({ agentId, why, cycle }));
  return b.arrived.length ? leave(b, left, nowMs) : [];
}

/**
 * Applies one fact, at `atMs`. Throws `InvariantError` where a release would leave somebody behind.
 *
 * Use it to fold facts into the record that the same transaction stores.
 *
 * @example
 * const b = barrierOf({ id: 'bar_1', projectId: 'p', generation: 7 });
 * const data = { name: b.name, generation: 7, agentId: 'agt_1', why: 'ended', parties: [] };
 * evolveBarrier(b, { type: 'barrier.broken', subjectId: b.id, data }, 0).generation; // → 8
 * evolveBarrier(b, { type: 'barrier.released', subjectId: b.id, data }, 0); // → throws
 */
export function evolveBarrier(b: Barrier, event: NewEvent, atMs: number): Barrier {
  const next = (more: Partial<Barrier>): Barrier => {
    const { arrived, partyIds } = { ...b, ...more };
    return {
      ...b,
      ...more,
      agentIds: [...new Set([...arrived.map((p) => p.agentId), ...partyIds])].sort(),
      waiting: arrived.length,
      dueAtMs: arrived.length ? Math.min(...arrived.map((p) => p.deadlineMs)) : null,
      updatedAtMs: atMs,
    };
  };
  const over = { arrived: [], partyIds: [], expected: 0, generation: b.generation + 1 };
  switch (event.type) {
    case 'barrier.opened': {
      const { parties, onPartyDeath, partyIds } = event.data;
      return next({ parties, expected: parties, onPartyDeath, partyIds });
    }
    case 'barrier.arrived': {
      const { agentId, requestId, callId, blocking, deadlineMs } = event.data;
      return next({ arrived: [...b.arrived, { agentId, requestId, callId, blocking, sinceMs: atMs, deadlineMs }] });
    }
    case 'barrier.resumed': {
      const { agentId, requestId, callId } = event.data;
      return next({ arrived: b.arrived.map((p) => (p.agentId === agentId && p.requestId === requestId ? { ...p, callId } : p)) });
    }
    case 'barrier.left': {
      const { agentId } = event.data;
      return next({
        arrived: b.arrived.filter((p) => p.agentId !== agentId),
        partyIds: b.partyIds.filter((id) => id !== agentId),
        expected: Math.max(0, b.expected - 1),
      });
    }
    case 'barrier.released':
      if (event.data.parties.length !== b.arrived.length || b.arrived.length < b.expected)
        throw new InvariantError(
          `barrier ${b.name}: ${event.data.parties.length} of ${b.arrived.length} arrived and ${b.expected} expected`,
        );
      return next(over);
    case 'barrier.broken':
      return next(over);
    default:
      return b;
  }
}
