import type { NewEvent } from '../../kernel/events.ts';
import type { Result } from '../../kernel/result.ts';
import { ok } from '../../kernel/result.ts';
import { decideAccept, decideReject, decideSettleReview, missingEvidence } from '../../tasks/review.ts';
import { decideUnblock, type Task } from '../../tasks/task.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, applyToTask, each, type Work } from '../work.ts';
import { tellDependants } from './task-dependencies.ts';

const system: Actor = { kind: 'system', id: 'tasks' };

/** What each of these tasks lacks before it may be done, with all sub-tasks read at once. */
export async function missingOf({ tx }: Work, tasks: readonly Task[]): Promise<(task: Task) => string[]> {
  const split = tasks.filter((t) => t.subtasks > 0).map((t) => t.id);
  const below = new Map<string, Task[]>();
  for (const t of split.length ? await tx.tasks.subtasksOf(split) : []) {
    const parentId = t.parentTaskId as string;
    below.set(parentId, [...(below.get(parentId) ?? []), t]);
  }
  return (task) => missingEvidence(task, below.get(task.id) ?? []);
}

/** What follows when tasks got done: others are ready, and what was only waiting for its parts is done too. */
export async function afterDone(work: Work, done: readonly Task[]): Promise<void> {
  if (done.length === 0) return;
  await unblock(
    work,
    done.map((t) => t.id),
  );
  await settleParents(work, done);
}
async function unblock(work: Work, doneIds: readonly string[]): Promise<void> {
  const { tx } = work;
  const blocked = await tx.tasks.blockedOn(doneIds);
  await tx.tasks.many(blocked.flatMap((t) => t.dependsOn));
  for (const task of blocked) {
    const events = decideUnblock(task, await tx.tasks.many(task.dependsOn), tx.nowMs);
    applyToTask(work, task, events, system);
  }
}
/** Sub-tasks were settled: their parents may be done by it. */
export async function settleParents(work: Work, settled: readonly Task[]): Promise<void> {
  const parentIds = settled.flatMap((t) => t.parentTaskId ?? []);
  if (parentIds.length) await settle(work, await work.tx.tasks.many(parentIds));
}
async function settle(work: Work, tasks: readonly Task[]): Promise<void> {
  const missing = await missingOf(work, tasks);
  const done: Task[] = [];
  for (const task of tasks) {
    const events = decideSettleReview(task, missing(task));
    if (events.length) done.push(applyToTask(work, task, events, system));
  }
  await afterDone(work, done);
}
/** An artefact came: perhaps it was all that was missing. */
export const settleOne = (work: Work, task: Task): Promise<void> => settle(work, [task]);

const judge = <T extends 'tasks.accept' | 'tasks.reject'>(
  decide: (task: Task, input: CommandOf<T>['input'], missing: readonly string[]) => Result<NewEvent[]>,
) =>
  each(async (work: Work, { input, actor }: { input: CommandOf<T>['input']; actor: Actor }): Promise<Result<CommandOutput<T>>> => {
    const task = await work.tx.tasks.get(input.id);
    if (!task) return absent('task', input.id);
    const missing = await missingOf(work, [task]);
    const r = decide(task, input, missing(task));
    if (!r.ok) return r;
    const next = applyToTask(work, task, r.value, actor);
    if (r.value.length && next.state === 'done') await afterDone(work, [next]);
    if (r.value.length) await tellDependants(work, [next]);
    return ok({ taskId: next.id, state: next.state });
  });
export const acceptTasks = judge<'tasks.accept'>((t, i, missing) => decideAccept(t, missing, i));
export const rejectTasks = judge<'tasks.reject'>((t, i) => decideReject(t, i.reason));
