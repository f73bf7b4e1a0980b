import type { Barrier } from '../../coordination/barrier.ts';
import { decideLeaveBarrier, evolveBarrier, settleBarrier } from '../../coordination/barrier.ts';
import { decideLeaveEndWatch, type EndWatch, endKindOf, endStateOf, evolveEndWatch, settleEndWatch } from '../../coordination/end-watch.ts';
import { decideDeadlocked, decideLeaveLock, evolveLock, type Lock, settleLock } from '../../coordination/lock.ts';
import { findDeadlock, type Wait } from '../../coordination/wait-graph.ts';
import { waitsAtBarrier, waitsAtEnd, waitsAtLock, workersOn } from '../../coordination/waits.ts';
import type { NewEvent } from '../../kernel/events.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import { ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { Task } from '../../tasks/task.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import type { Whose } from '../ports.ts';
import { each, type Work } from '../work.ts';

/** Facts that follow from time, from ends and from what others did. */
export const coordinator = 'system:coordination';

/** How a wait ended is kept under its request, so that who asks again hears it (a lost reply, or a call that was asleep). */
export const lockScope = (agentId: string): string => `lock:${agentId}`;
export const barrierScope = (agentId: string): string => `barrier:${agentId}`;
export const endScope = (agentId: string, watchedId: string): string => `end:${watchedId}:${agentId}`;

/** Records facts about one lock, its new state, and how waits ended. */
export function applyToLock({ tx }: Work, lock: Lock, events: readonly NewEvent[], actor: string): Lock {
  let next = lock;
  for (const e of events) {
    // given back or taken away: a late copy of the acquire must not hold it once more
    if (e.type === 'lock.freed' && (e.data.why === 'released' || e.data.why === 'operator')) {
      const held = next.holders.find((h) => h.token === e.data.token);
      if (held) tx.requests.put(lockScope(held.agentId), held.requestId, ['freed']);
    }
    next = evolveLock(next, e, tx.nowMs);
    tx.append(e, actor);
    if (e.type !== 'lock.wait-ended') continue;
    const { agentId, requestId, why, waitedMs, cycle } = e.data;
    // who withdrew may ask again; who was stopped or has ended is refused before anything is looked up
    if (why === 'timed-out') tx.requests.put(lockScope(agentId), requestId, ['timed-out', String(waitedMs)]);
    if (why === 'deadlock') tx.requests.put(lockScope(agentId), requestId, ['deadlock', ...(cycle ?? [])]);
  }
  if (next !== lock) tx.locks.put(next);
  return next;
}
/** The same of a barrier: everybody who was released or broken is told so. */
export function applyToBarrier({ tx }: Work, barrier: Barrier, events: readonly NewEvent[], actor: string): Barrier {
  let next = barrier;
  for (const e of events) {
    next = evolveBarrier(next, e, tx.nowMs);
    tx.append(e, actor);
    const tell = (p: { agentId: string; requestId: string }, answer: string[]) =>
      tx.requests.put(barrierScope(p.agentId), p.requestId, answer);
    if (e.type === 'barrier.released') {
      const { parties, generation } = e.data;
      for (const [index, p] of parties.entries()) tell(p, ['released', String(generation), String(index)]);
    } else if (e.type === 'barrier.broken') {
      for (const p of e.data.parties) tell(p, ['broken', String(e.data.generation), e.data.agentId, e.data.why]);
    } else if (e.type === 'barrier.left' && e.data.requestId) {
      const { agentId, requestId, why, waitedMs, cycle } = e.data;
      if (why === 'timed-out') tell({ agentId, requestId }, ['timed-out', String(waitedMs)]);
      if (why === 'deadlock') tell({ agentId, requestId }, ['deadlock', ...(cycle ?? [])]);
    }
  }
  if (next !== barrier) tx.barriers.put(next);
  return next;
}
/** The same of the waits for one end. */
export function applyToEndWatch({ tx }: Work, watch: EndWatch, events: readonly NewEvent[], actor: string): EndWatch {
  let next = watch;
  for (const e of events) {
    next = evolveEndWatch(next, e, tx.nowMs);
    tx.append(e, actor);
    if (e.type !== 'agent.wait-ended') continue;
    const { agentId, requestId, why, waitedMs, cycle, state } = e.data;
    const scope = endScope(agentId, watch.id);
    if (why === 'served') tx.requests.put(scope, requestId, ['served', state ?? '']);
    if (why === 'timed-out') tx.requests.put(scope, requestId, ['timed-out', String(waitedMs)]);
    if (why === 'deadlock') tx.requests.put(scope, requestId, ['deadlock', ...(cycle ?? [])]);
  }
  if (next !== watch) tx.endWatches.put(next);
  return next;
}

/**
 * Who of these can hold and wait no more. An agent that is lost can: its heartbeats are late, and what it holds has a
 * lease of its own, which alone ends it.
 */
async function gone({ tx }: Work, agentIds: readonly string[]): Promise<(id: string) => boolean> {
  if (agentIds.length === 0) return () => false;
  const agents = new Map((await tx.agents.many(agentIds)).map((a) => [a.id, a]));
  return (id) => {
    const agent = agents.get(id);
    return !agent || agent.stopId !== null || isFinalAgent(agent.state);
  };
}
export async function settleOne(work: Work, lock: Lock): Promise<Lock> {
  const events = settleLock(
    lock,
    work.tx.nowMs,
    await gone(
      work,
      lock.waiters.map((w) => w.agentId),
    ),
  );
  return applyToLock(work, lock, events, coordinator);
}
export async function settleOneBarrier(work: Work, barrier: Barrier): Promise<Barrier> {
  const events = settleBarrier(barrier, work.tx.nowMs, await gone(work, barrier.arrived.length ? barrier.agentIds : []));
  return applyToBarrier(work, barrier, events, coordinator);
}
export async function settleOneEndWatch(work: Work, watch: EndWatch): Promise<EndWatch> {
  const { tx } = work;
  const kind = endKindOf(watch);
  const ended = endStateOf(kind, kind === 'agent' ? await tx.agents.get(watch.id) : await tx.tasks.get(watch.id));
  return applyToEndWatch(work, watch, settleEndWatch(watch, tx.nowMs, ended, await gone(work, watch.agentIds)), coordinator);
}

/**
 * Everything that these agents hold, wait for or are waited for at: permits go to who is next, waits end, barriers break or
 * shrink, all in the transaction that stops or ends them (I-SYNC-5, I-SYNC-6, I-SYNC-8). Answers the permits freed of each.
 */
export async function leaveAll(work: Work, whose: Whose, how: 'stopped' | 'ended'): Promise<Map<string, number>> {
  const { tx } = work;
  const freed = new Map<string, number>();
  if ('length' in whose && whose.length === 0) return freed;
  const locks = await tx.locks.involving(whose);
  const barriers = await tx.barriers.involving(whose);
  const watches = await tx.endWatches.involving(whose);
  const leaving = await whoOf(
    work,
    whose,
    [...locks, ...barriers, ...watches].flatMap((m) => m.agentIds),
  );
  for (const lock of locks) {
    const events = decideLeaveLock(lock, leaving, how, tx.nowMs);
    for (const e of events) if (e.type === 'lock.freed') freed.set(e.data.agentId, (freed.get(e.data.agentId) ?? 0) + 1);
    await settleOne(work, applyToLock(work, lock, events, coordinator));
  }
  for (const barrier of barriers) {
    // whose time was over before is gone before: a late sweep lets nobody be released after it (I-SYNC-3)
    const now = await settleOneBarrier(work, barrier);
    applyToBarrier(work, now, decideLeaveBarrier(now, leaving, how, tx.nowMs), coordinator);
  }
  for (const watch of watches) {
    const events = decideLeaveEndWatch(watch, (w) => leaving.has(w.agentId), how, tx.nowMs);
    applyToEndWatch(work, watch, events, coordinator);
  }
  return freed;
}

/** Which of these agents are meant. */
async function whoOf({ tx }: Work, whose: Whose, agentIds: readonly string[]): Promise<Set<string>> {
  if (!('under' in whose)) return new Set(whose);
  const { under } = whose;
  return new Set((await tx.agents.many(agentIds)).flatMap((a) => (under === null || a.path.includes(under) ? a.id : [])));
}

/** The waits for these ends, with those who alone can bring them about. */
async function waitsAtEnds({ tx }: Work, watches: readonly EndWatch[]): Promise<Wait[]> {
  const waits: Wait[] = [];
  for (const watch of watches) {
    if (endKindOf(watch) === 'agent') {
      waits.push(...waitsAtEnd(watch, [watch.id]));
      continue;
    }
    const tasks = new Map<string, Task>();
    let on = workersOn(watch.id, (id) => tasks.get(id));
    while (on.missing.length) {
      const found = await tx.tasks.many(on.missing);
      for (const t of found) tasks.set(t.id, t);
      on = workersOn(watch.id, (id) => tasks.get(id));
      // a dependency that is gone names nobody
      if (found.length === 0) break;
    }
    waits.push(...waitsAtEnd(watch, on.agentIds));
  }
  return waits;
}
/** The waits that can be reached from these agents, by what they wait for. */
async function waitsFrom(work: Work, agentIds: readonly string[]): Promise<Wait[]> {
  const { tx } = work;
  const waits = new Map<string, Wait[]>();
  for (let ask = [...new Set(agentIds)]; ask.length; ) {
    const asked = new Set(ask);
    const found = [
      ...(await tx.locks.involving(ask)).flatMap(waitsAtLock),
      ...(await tx.barriers.involving(ask)).flatMap(waitsAtBarrier),
      ...(await waitsAtEnds(work, await tx.endWatches.involving(ask))),
    ];
    for (const id of ask) waits.set(id, []);
    for (const w of found) if (asked.has(w.agentId)) waits.get(w.agentId)?.push(w);
    ask = [...new Set(ask.flatMap((id) => waits.get(id) ?? []).flatMap((w) => w.on))].filter((id) => !waits.has(id));
  }
  return [...waits.values()].flat();
}

/**
 * Ends waits until everybody who waits can go on one day: one victim a circle, by the rule of the wait graph (I-SYNC-7).
 * With `agentIds` only what they can reach is looked at, which is all that a new wait of theirs can have closed.
 */
export async function breakDeadlocks(work: Work, agentIds?: readonly string[]): Promise<number> {
  const { tx } = work;
  for (let broken = 0; ; broken++) {
    const waits = agentIds
      ? await waitsFrom(work, agentIds)
      : [
          ...(await tx.locks.contended()).flatMap(waitsAtLock),
          ...(await tx.barriers.contended()).flatMap(waitsAtBarrier),
          ...(await waitsAtEnds(work, await tx.endWatches.contended())),
        ];
    const deadlock = findDeadlock(waits);
    if (!deadlock) return broken;
    const { victim, cycle } = deadlock;
    if (!(await yieldOf(work, victim, cycle))) throw new InvariantError(`the victim ${victim.agentId} does not wait at ${victim.at}`);
  }
}
async function yieldOf(work: Work, victim: Wait, cycle: string[]): Promise<boolean> {
  const { tx } = work;
  for (const lock of await tx.locks.involving([victim.agentId])) {
    if (`lock:${lock.name}` !== victim.at) continue;
    const events = decideDeadlocked(lock, victim.agentId, victim.requestId, cycle, tx.nowMs);
    applyToLock(work, lock, events, coordinator);
    if (events.length) return true;
  }
  for (const barrier of await tx.barriers.involving([victim.agentId])) {
    if (`barrier:${barrier.name}` !== victim.at) continue;
    const events = decideLeaveBarrier(barrier, new Set([victim.agentId]), 'deadlock', tx.nowMs, cycle);
    applyToBarrier(work, barrier, events, coordinator);
    if (events.length) return true;
  }
  for (const watch of await tx.endWatches.involving([victim.agentId])) {
    if (watch.name !== victim.at) continue;
    const isVictim = (w: { agentId: string; requestId: string }) => w.agentId === victim.agentId && w.requestId === victim.requestId;
    const events = decideLeaveEndWatch(watch, isVictim, 'deadlock', tx.nowMs, cycle);
    applyToEndWatch(work, watch, events, coordinator);
    if (events.length) return true;
  }
  return false;
}

/** Level-triggered: twice at the same time equals once. */
export const sweepCoordination = each(
  async (work, _: CommandOf<'coordination.sweep'>): Promise<Result<CommandOutput<'coordination.sweep'>>> => {
    const { tx } = work;
    let settled = 0;
    const locks = new Map([...(await tx.locks.due(tx.nowMs)), ...(await tx.locks.contended())].map((l) => [l.id, l]));
    for (const lock of locks.values()) if ((await settleOne(work, lock)) !== lock) settled += 1;
    const barriers = new Map([...(await tx.barriers.due(tx.nowMs)), ...(await tx.barriers.contended())].map((b) => [b.id, b]));
    for (const barrier of barriers.values()) if ((await settleOneBarrier(work, barrier)) !== barrier) settled += 1;
    for (const watch of await tx.endWatches.contended()) if ((await settleOneEndWatch(work, watch)) !== watch) settled += 1;
    return ok({ settled, deadlocks: await breakDeadlocks(work) });
  },
);
