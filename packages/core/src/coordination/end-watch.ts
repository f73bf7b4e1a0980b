import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type AgentState, isFinalAgent, type TaskState } from '../kernel/transitions.ts';
import { isDead } from '../tasks/dependencies.ts';
import type { WaitEndedBecause } from './facts.ts';

/** What can be waited for until it ends. */
export type EndKind = 'agent' | 'task';
/** One that waits until `deadlineMs`; `callId` is the call that asked last for it. */
export type EndWaiter = {
  agentId: string;
  requestId: string;
  callId: string | null;
  blocking: boolean;
  sinceMs: number;
  deadlineMs: number;
};
/**
 * Everybody who waits for the end of one agent or one task. Its id is that of the agent or task, its name tells the kind
 * too: `agent:agt_1`, `task:tsk_1`.
 */
export type EndWatch = {
  id: string;
  projectId: string;
  name: string;
  /** In order of arrival. */
  waiters: EndWaiter[];
  /** Who waits. */
  agentIds: string[];
  waiting: number;
  dueAtMs: number | null;
  createdAtMs: number;
  updatedAtMs: number;
};
/** What a wait brings with it. */
export type EndAsk = Omit<EndWaiter, 'sinceMs' | 'deadlineMs'> & { waitMs: number };

/**
 * The watch over an agent or a task for whose end nobody waits yet.
 *
 * Use it for an id that the store has no watch of.
 *
 * @example
 * newEndWatch('task', { id: 'tsk_1', projectId: 'p' }, 0).name; // → 'task:tsk_1'
 */
export const newEndWatch = (kind: EndKind, of: Pick<EndWatch, 'id' | 'projectId'>, nowMs: number): EndWatch => ({
  ...of,
  name: `${kind}:${of.id}`,
  waiters: [],
  agentIds: [],
  waiting: 0,
  dueAtMs: null,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});
/**
 * Whether the watched one is an agent or a task.
 *
 * Use it to know where its state is to be read.
 *
 * @example
 * endKindOf(endWatchOf({ id: 'tsk_1', projectId: 'p' })); // → 'task'
 */
export const endKindOf = (watch: EndWatch): EndKind => (watch.name.startsWith('agent:') ? 'agent' : 'task');

/**
 * The state in which a task is over for those who wait for it: done, or dead until somebody takes it up again.
 *
 * Use it with `isFinalAgent` for agents.
 *
 * @example
 * isEndedTask('dead-letter'); // → true
 * isEndedTask('claimed'); // → false
 */
export const isEndedTask = (s: TaskState): boolean => s === 'done' || isDead(s);
/**
 * The state in which the watched one has ended, or undefined while it has not. One that is not there counts as not ended.
 *
 * Use it on what the transaction reads of the agent or the task.
 *
 * @example
 * endStateOf('agent', { state: 'killed' }); // → 'killed'
 * endStateOf('task', { state: 'ready' }); // → undefined
 */
export function endStateOf(kind: EndKind, watched: { state: AgentState | TaskState } | undefined): string | undefined {
  if (!watched) return undefined;
  const over = kind === 'agent' ? isFinalAgent(watched.state as AgentState) : isEndedTask(watched.state as TaskState);
  return over ? watched.state : undefined;
}

/**
 * One agent waits for the end, or asks again for the same request, which is then the wait of that call. Refuses with
 * `timed_out` who has no time to wait.
 *
 * Use it for what has not ended; for what has there is nothing to record.
 *
 * @example
 * const watch = newEndWatch('agent', { id: 'agt_1', projectId: 'p' }, 0);
 * const ask = { agentId: 'agt_2', requestId: 'r', callId: null, blocking: true, waitMs: 5_000 };
 * const asked = decideAwaitEnd(watch, ask, 0);
 * asked.ok && asked.value.map((e) => e.type); // → ['agent.waiting']
 * decideAwaitEnd(watch, { ...ask, waitMs: 0 }, 0); // → err({ code: 'timed_out', waitedMs: 0 })
 */
export function decideAwaitEnd(watch: EndWatch, { waitMs, ...ask }: EndAsk, nowMs: number): Result<NewEvent[]> {
  const about = { agentId: ask.agentId, at: watch.name, requestId: ask.requestId, callId: ask.callId };
  const known = watch.waiters.find((w) => isWaitOf(w, ask));
  if (known) return ok(known.callId === ask.callId ? [] : [{ type: 'agent.wait-resumed', subjectId: ask.agentId, data: about }]);
  if (waitMs === 0) return err({ code: 'timed_out', waitedMs: 0 });
  const data = { ...about, blocking: ask.blocking, deadlineMs: nowMs + waitMs };
  return ok([{ type: 'agent.waiting', subjectId: ask.agentId, data }]);
}
const isWaitOf = (w: { agentId: string; requestId: string }, of: { agentId: string; requestId: string }): boolean =>
  w.agentId === of.agentId && w.requestId === of.requestId;

/**
 * What has changed at a watch: everybody is served where the watched one has ended (`ended`: its state); else those leave
 * who are gone or whose time is over. Twice equals once.
 *
 * Use it before anything is decided about a watch, and whenever something ended.
 *
 * @example
 * const watch = endWatchOf({ id: 'tsk_1', projectId: 'p' });
 * settleEndWatch(watch, 0, undefined, () => false); // → []
 * settleEndWatch(watch, 0, 'done', () => false)[0].data.why; // → 'served'
 * settleEndWatch(watch, 0, undefined, () => true)[0].data.why; // → 'ended'
 */
export function settleEndWatch(
  watch: EndWatch,
  nowMs: number,
  ended: string | undefined,
  isGone: (agentId: string) => boolean,
): NewEvent[] {
  return watch.waiters.flatMap((w) => {
    if (isGone(w.agentId)) return [waitEnded(watch, w, 'ended', nowMs)];
    if (ended !== undefined) return [waitEnded(watch, w, 'served', nowMs, { state: ended })];
    return w.deadlineMs <= nowMs ? [waitEnded(watch, w, 'timed-out', nowMs)] : [];
  });
}
/**
 * Ends those waits that `which` says, for a reason that is not the end they wait for.
 *
 * Use it for a caller that has gone, a stop, an end of the waiter, and a deadlock with its circle.
 *
 * @example
 * const watch = endWatchOf({ id: 'tsk_1', projectId: 'p' });
 * decideLeaveEndWatch(watch, (w) => w.agentId === 'agt_1', 'stopped', 0)[0].data.why; // → 'stopped'
 * decideLeaveEndWatch(watch, () => false, 'withdrawn', 0); // → []
 */
export const decideLeaveEndWatch = (
  watch: EndWatch,
  which: (w: EndWaiter) => boolean,
  why: Exclude<WaitEndedBecause, 'timed-out'>,
  nowMs: number,
  cycle?: string[],
): NewEvent[] => watch.waiters.filter(which).map((w) => waitEnded(watch, w, why, nowMs, cycle && { cycle }));

const waitEnded = (
  watch: EndWatch,
  w: EndWaiter,
  why: WaitEndedBecause | 'served',
  nowMs: number,
  more?: { state?: string; cycle?: string[] },
): NewEvent => ({
  type: 'agent.wait-ended',
  subjectId: w.agentId,
  data: { agentId: w.agentId, at: watch.name, requestId: w.requestId, why, waitedMs: nowMs - w.sinceMs, ...more },
});

/**
 * Applies one fact about a wait at this watch, at `atMs`.
 *
 * Use it to fold facts into the record that the same transaction stores.
 *
 * @example
 * const watch = endWatchOf({ id: 'tsk_1', projectId: 'p' });
 * const [left] = decideLeaveEndWatch(watch, () => true, 'withdrawn', 0);
 * evolveEndWatch(watch, left, 0).waiting; // → 0
 */
export function evolveEndWatch(watch: EndWatch, event: NewEvent, atMs: number): EndWatch {
  const withWaiters = (waiters: EndWaiter[]): EndWatch => ({
    ...watch,
    waiters,
    agentIds: [...new Set(waiters.map((w) => w.agentId))].sort(),
    waiting: waiters.length,
    dueAtMs: waiters.length ? Math.min(...waiters.map((w) => w.deadlineMs)) : null,
    updatedAtMs: atMs,
  });
  switch (event.type) {
    case 'agent.waiting': {
      const { at: _, ...waiter } = event.data;
      return withWaiters([...watch.waiters, { ...waiter, sinceMs: atMs }]);
    }
    case 'agent.wait-resumed': {
      const { callId } = event.data;
      return withWaiters(watch.waiters.map((w) => (isWaitOf(w, event.data) ? { ...w, callId } : w)));
    }
    case 'agent.wait-ended':
      return withWaiters(watch.waiters.filter((w) => !isWaitOf(w, event.data)));
    default:
      return watch;
  }
}
