import { err, ok, type Result } from '../../kernel/result.ts';
import { decideEdit } from '../../tasks/edit.ts';
import type { TaskEdit } from '../../tasks/task-notes.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, applyToTask, each, isOperator, unfenced } from '../work.ts';
import { settleOne } from './task-review.ts';

export const editTasks = each(async (work, { input, actor }: CommandOf<'tasks.edit'>): Promise<Result<CommandOutput<'tasks.edit'>>> => {
  const task = await work.tx.tasks.get(input.id);
  if (!task) return absent('task', input.id);
  if (actor.kind === 'agent') {
    const self = await agentFor(work, actor, actor.id);
    const free = self.ok ? await unfenced(work, self.value) : self;
    if (!free.ok) return free;
  }
  if (!isOperator(actor) && task.createdBy !== actorName(actor))
    return err({ code: 'forbidden', rule: 'who did not add a task does not say what it is' });
  // who does the work does not take the gate away that the work has to pass
  if (!isOperator(actor) && (input.review !== undefined || input.evidence !== undefined) && task.attempts > 0)
    return err({ code: 'forbidden', rule: 'once work on a task began, only an operator says what it must show' });
  const decided = decideEdit(task, editOf(input), work.tx.nowMs);
  if (!decided.ok) return decided;
  const priority = input.priority;
  const moved =
    priority === undefined || priority === task.priority
      ? []
      : [{ type: 'task.prioritised', subjectId: task.id, data: { priority } } as const];
  const next = applyToTask(work, task, [...decided.value, ...moved], actor);
  await settleOne(work, next);
  return ok({ taskId: next.id, state: (await work.tx.tasks.get(next.id))?.state ?? next.state });
});

const unique = (list: readonly string[] | undefined): string[] | undefined => list && [...new Set(list)];
function editOf({ title, body, labels, needs, review, evidence, maxAttempts, notBefore }: CommandOf<'tasks.edit'>['input']): TaskEdit {
  const all = {
    title,
    body,
    labels: unique(labels),
    needs: unique(needs),
    review,
    evidence: unique(evidence),
    maxAttempts,
    notBeforeMs: notBefore === undefined ? undefined : notBefore === null ? null : Date.parse(notBefore),
  };
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined));
}
