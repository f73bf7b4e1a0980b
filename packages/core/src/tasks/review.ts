import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Task } from './task.ts';

type SubTask = Pick<Task, 'id' | 'state'>;
const isSettled = (t: SubTask): boolean => t.state === 'done' || t.state === 'cancelled';

/**
 * What a task lacks before it may be done: kinds of artefacts that its latest attempt has not shown, and sub-tasks that
 * are neither done nor cancelled. Empty where nothing is missing. Computed, never stored.
 *
 * Use it at a completion and at an acceptance, with all sub-tasks at hand.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', evidence: ['test-report', 'diff'], artefactKinds: ['diff'] });
 * missingEvidence(task, [{ id: 'a', state: 'done' }, { id: 'b', state: 'ready' }]); // → ['test-report', 'sub-task b']
 */
export const missingEvidence = (task: Pick<Task, 'evidence' | 'artefactKinds'>, subtasks: readonly SubTask[]): string[] => [
  ...task.evidence.filter((kind) => !task.artefactKinds.includes(kind)),
  ...subtasks.filter((t) => !isSettled(t)).map((t) => `sub-task ${t.id}`),
];

/**
 * A person takes the work: the task is done. Refuses with `evidence_missing` while something is missing, unless it is
 * overridden; the override and what was missing stand in the fact. Asked twice it is one fact. Refuses with
 * `illegal_transition` what is not in review.
 *
 * Use it for a person or a project token, never for the agent that did the work.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'in-review' });
 * decideAccept(task, [], { reason: '', override: false }); // → ok([{ type: 'task.accepted', subjectId: 't', data: { reason: '', overrode: [] } }])
 * decideAccept(task, ['diff'], { reason: '', override: false }); // → err({ code: 'evidence_missing', taskId: 't', missing: ['diff'] })
 * const over = decideAccept(task, ['diff'], { reason: 'seen it run', override: true });
 * over.ok && over.value[0].data; // → { reason: 'seen it run', overrode: ['diff'] }
 * decideAccept({ ...task, state: 'claimed' }, [], { reason: '', override: true }).ok; // → false
 */
export function decideAccept(task: Task, missing: readonly string[], cmd: { reason: string; override: boolean }): Result<NewEvent[]> {
  if (task.state === 'done') return ok([]);
  if (task.state !== 'in-review') return err({ code: 'illegal_transition', kind: 'task', id: task.id, from: task.state, to: 'done' });
  if (missing.length && !cmd.override) return err({ code: 'evidence_missing', taskId: task.id, missing: [...missing] });
  return ok([{ type: 'task.accepted', subjectId: task.id, data: { reason: cmd.reason, overrode: [...missing] } }]);
}

/**
 * A person sends the work back. The attempt is used up: the task is ready again, or a dead letter once its attempts are
 * (I-TASK-5). Refuses with `illegal_transition` what is not in review.
 *
 * Use it with the reason, which the next attempt reads among the failures.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'in-review', submittedBy: 'a', attempts: 1, maxAttempts: 2 });
 * const back = decideReject(task, 'no tests');
 * back.ok && back.value[0].data; // → { agentId: 'a', reason: 'no tests', attempt: 1, next: 'ready' }
 * const last = decideReject({ ...task, attempts: 2 }, 'no tests');
 * last.ok && last.value[0].data.next; // → 'dead-letter'
 */
export function decideReject(task: Task, reason: string): Result<NewEvent[]> {
  if (task.state !== 'in-review') return err({ code: 'illegal_transition', kind: 'task', id: task.id, from: task.state, to: 'ready' });
  const next = task.attempts >= task.maxAttempts ? 'dead-letter' : 'ready';
  const data = { agentId: task.submittedBy, reason, attempt: task.attempts, next } as const;
  return ok([{ type: 'task.rejected', subjectId: task.id, data }]);
}

/**
 * What was in review for something missing alone is done as soon as nothing is: no person has to ask for it. Says nothing
 * of a task that a person must accept.
 *
 * Use it whenever an artefact came, or a sub-task was settled.
 *
 * @example
 * const task = taskOf({ id: 't', projectId: 'p', state: 'in-review', review: false });
 * decideSettleReview(task, ['diff']); // → []
 * decideSettleReview(task, []).map((e) => e.type); // → ['task.accepted']
 * decideSettleReview({ ...task, review: true }, []); // → []
 */
export function decideSettleReview(task: Task, missing: readonly string[]): NewEvent[] {
  if (task.state !== 'in-review' || task.review || missing.length) return [];
  return [{ type: 'task.accepted', subjectId: task.id, data: { reason: 'nothing is missing any more', overrode: [] } }];
}
