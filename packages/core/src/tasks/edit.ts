import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Task } from './task.ts';
import type { TaskEdit } from './task-notes.ts';

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * Writes parts of a task anew. The fact holds what changed and nothing else; twice equals once. A ready task with a time
 * to come is scheduled, and a scheduled one whose time was taken away is ready. Refuses with `illegal_transition` what is
 * done or cancelled.
 *
 * Use it for whoever may say what the work is; a holder of the task is not asked.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', title: 'a', state: 'ready' });
 * decideEdit(task, { title: 'a' }, 0); // → ok([])
 * decideEdit(task, { title: 'b' }, 0); // → ok([{ type: 'task.edited', subjectId: 't', data: { changed: { title: 'b' } } }])
 * const later = decideEdit(task, { notBeforeMs: 1_000 }, 0);
 * later.ok && later.value.map((e) => e.type); // → ['task.edited', 'task.scheduled']
 * decideEdit({ ...task, state: 'done' }, { title: 'b' }, 0).ok; // → false
 */
export function decideEdit(task: Task, edit: TaskEdit, nowMs: number): Result<NewEvent[]> {
  if (task.state === 'done' || task.state === 'cancelled')
    return err({ code: 'illegal_transition', kind: 'task', id: task.id, from: task.state, to: 'edited' });
  const fields = Object.keys(edit) as (keyof TaskEdit)[];
  const changed: TaskEdit = Object.fromEntries(
    fields.filter((f) => edit[f] !== undefined && !same(edit[f], task[f])).map((f) => [f, edit[f]]),
  );
  if (Object.keys(changed).length === 0) return ok([]);
  const events: NewEvent[] = [{ type: 'task.edited', subjectId: task.id, data: { changed } }];
  if (changed.notBeforeMs !== undefined && (task.state === 'ready' || task.state === 'scheduled')) {
    const notBeforeMs = changed.notBeforeMs;
    if (notBeforeMs !== null && notBeforeMs > nowMs) events.push({ type: 'task.scheduled', subjectId: task.id, data: { notBeforeMs } });
    else if (task.state === 'scheduled') events.push({ type: 'task.ready', subjectId: task.id, data: { why: 'rescheduled' } });
  }
  return ok(events);
}
