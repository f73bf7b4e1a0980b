import { decideAwaitEnd, decideLeaveEndWatch, type EndKind, endStateOf, newEndWatch } from '../../coordination/end-watch.ts';
import type { EndAnswer } from '../../coordination/meeting-points.ts';
import type { LoggedEvent } from '../../kernel/events.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, each, unfenced, type Work } from '../work.ts';
import { applyToEndWatch, breakDeadlocks, endScope, settleOneEndWatch } from './coordination.ts';

/** Any agent of the project may be waited for, as any may be named at a barrier: a child waits for its parent too. */
export const awaitAgents = each((work, command: CommandOf<'agents.wait'>) => awaitEnd(work, 'agent', command));
export const awaitTasks = each((work, command: CommandOf<'tasks.wait'>) => awaitEnd(work, 'task', command));

async function awaitEnd(work: Work, kind: EndKind, { input, actor }: CommandOf<'agents.wait' | 'tasks.wait'>): Promise<Result<EndAnswer>> {
  const { tx, ports } = work;
  const { id, agentId, waitMs, blocking } = input;
  const agent = await agentFor(work, actor, agentId);
  if (!agent.ok) return agent;
  const free = await unfenced(work, agent.value);
  if (!free.ok) return free;
  const watched = kind === 'agent' ? await tx.agents.get(id) : await tx.tasks.get(id);
  if (!watched) return absent(kind, id);
  const requestId = input.requestId ?? ports.ids.next('request');
  const known = await tx.endWatches.get(id);
  const watch = known ? await settleOneEndWatch(work, known) : newEndWatch(kind, { id, projectId: tx.projectId }, tx.nowMs);
  const over = await tx.requests.get(endScope(agentId, id), requestId);
  if (over) return answerOf(requestId, over);
  const endState = endStateOf(kind, watched);
  if (endState !== undefined) return ok({ state: 'ended', requestId, endState });
  const decided = decideAwaitEnd(watch, { agentId, requestId, callId: input.callId ?? null, blocking, waitMs }, tx.nowMs);
  if (!decided.ok) return decided;
  const next = applyToEndWatch(work, watch, decided.value, actorName(actor));
  if (decided.value.some((e) => e.type === 'agent.waiting') && (await breakDeadlocks(work, [agentId]))) {
    const victim = await tx.requests.get(endScope(agentId, id), requestId);
    if (victim) return answerOf(requestId, victim);
  }
  const deadlineMs = next.waiters.find((w) => w.agentId === agentId && w.requestId === requestId)?.deadlineMs ?? tx.nowMs;
  return ok({ state: 'waiting', requestId, deadlineMs });
}
/** How a wait ended that is over. */
function answerOf(requestId: string, [how, ...rest]: readonly string[]): Result<EndAnswer> {
  if (how === 'served') return ok({ state: 'ended', requestId, endState: rest[0] ?? '' });
  return err(how === 'deadlock' ? { code: 'deadlock', cycle: rest } : { code: 'timed_out', waitedMs: Number(rest[0]) });
}

export const withdrawEndWaits = each(
  async (work, { input, actor }: CommandOf<'waits.withdraw'>): Promise<Result<CommandOutput<'waits.withdraw'>>> => {
    const agent = await agentFor(work, actor, input.agentId);
    if (!agent.ok) return agent;
    const watch = await work.tx.endWatches.get(input.id);
    if (!watch) return ok({ withdrawn: false });
    const isOurs = (w: { agentId: string; requestId: string; callId: string | null }) =>
      w.agentId === input.agentId && w.requestId === input.requestId && w.callId === (input.callId ?? null);
    const events = decideLeaveEndWatch(watch, isOurs, 'withdrawn', work.tx.nowMs);
    applyToEndWatch(work, watch, events, actorName(actor));
    return ok({ withdrawn: events.length > 0 });
  },
);

/** Whose end this fact may be; what is there then says whether it is. */
const endedBy = (e: LoggedEvent): boolean =>
  e.type === 'agent.ended' ||
  e.type === 'task.completed' ||
  e.type === 'task.accepted' ||
  e.type === 'task.rejected' ||
  e.type === 'task.attempt-failed' ||
  e.type === 'task.cancelled';

/**
 * At the end of a transaction: who waited for what it has ended is served in it. One place for all the ways in which
 * agents and tasks end. What was started again by the same transaction has not ended for those who wait.
 */
export async function serveEnds(work: Work): Promise<void> {
  const ids = new Set<string>();
  for (const e of work.tx.facts) if (endedBy(e)) ids.add(e.subjectId);
  if (ids.size === 0) return;
  for (const watch of await work.tx.endWatches.many([...ids])) if (watch.waiting > 0) await settleOneEndWatch(work, watch);
}
