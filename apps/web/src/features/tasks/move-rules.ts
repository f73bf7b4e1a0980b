import { canMove, type TaskView, taskTransitions } from '@reeve/core/vocabulary';
import { type ColumnId, columnOf, columnTitle } from './board-columns';

export type MoveCommand = 'forceRelease' | 'retry' | 'cancel' | 'accept' | 'override' | 'reject' | 'startNow';
export type Move =
  | {
      kind: 'command';
      command: MoveCommand;
      verb: string /** What the operator must know first; null where undoing is easy. */;
      warning: string | null;
      /** Not done without one. */
      needsReason?: true;
    }
  | { kind: 'refused'; because: string }
  | { kind: 'stay' };

type Movable = Pick<TaskView, 'state' | 'claim' | 'waitingFor' | 'notBefore'> & { gate?: TaskView['gate'] };
const refused = (because: string): Move => ({ kind: 'refused', because });

/** What dropping this task on that column means. Each move is a command the server knows; the rest says why not. */
export function moveOf(task: Movable, to: ColumnId): Move {
  if (columnOf(task.state) === to) return { kind: 'stay' };
  switch (to) {
    case 'ready':
      return toReady(task);
    case 'cancelled':
      return toCancelled(task);
    case 'blocked':
      return refused('A task is blocked by the tasks it depends on. Add a dependency to it instead.');
    case 'scheduled':
      return refused('A task is scheduled by its time, or by itself after a failure. Give it a time under Edit.');
    case 'in-review':
      return refused('A task gets to review when its holder hands the work in. Ask for a review under Edit.');
    case 'claimed':
      return refused('Only an agent claims a task. It goes to the next agent that asks for one.');
    case 'done':
      if (task.state === 'in-review') return toDone(task);
      return refused(
        task.state === 'claimed'
          ? 'Only its holder completes a task, with its claim token. Release or cancel it instead.'
          : 'Only an agent that holds a task completes it. Cancel it if nobody needs it.',
      );
    case 'failed':
    case 'dead-letter':
      return refused(`A task gets to ${columnTitle(to)} by failing. Cancel it if nobody needs it.`);
  }
}

function toDone(task: Movable): Move {
  const missing = task.gate?.missing ?? [];
  if (missing.length === 0) return { kind: 'command', command: 'accept', verb: 'Accept', warning: null };
  return {
    kind: 'command',
    command: 'override',
    verb: 'Accept all the same',
    warning: `Missing: ${missing.join(', ')}. The log keeps your name, your reason, and what was missing.`,
    needsReason: true,
  };
}

function toReady(task: Movable): Move {
  const holder = task.claim?.agentName ?? task.claim?.agentId ?? 'Its holder';
  switch (task.state) {
    case 'claimed':
      return {
        kind: 'command',
        command: 'forceRelease',
        verb: 'Take the claim away',
        warning: `${holder} loses this task. What it still writes with the old token is refused, and kept in the history as superseded.`,
      };
    case 'blocked':
      return refused(
        task.waitingFor.length === 1
          ? 'It waits for another task and becomes ready once that one is done.'
          : `It waits for ${task.waitingFor.length} other tasks and becomes ready once they are done.`,
      );
    case 'scheduled':
      return { kind: 'command', command: 'startNow', verb: 'Start now', warning: null };
    case 'in-review':
      return {
        kind: 'command',
        command: 'reject',
        verb: 'Send back',
        warning: 'The attempt counts as failed. The next agent reads your reason.',
        needsReason: true,
      };
    case 'done':
      return refused('Done is final. Add a new task to do the work again.');
    default:
      return canMove(taskTransitions, task.state, 'ready')
        ? { kind: 'command', command: 'retry', verb: 'Try again', warning: null }
        : refused(`A task that is ${task.state} cannot become ready.`);
  }
}

function toCancelled(task: Movable): Move {
  if (task.state === 'done') return refused('Done is final. There is nothing left to cancel.');
  if (!canMove(taskTransitions, task.state, 'cancelled'))
    return refused(`A task that is ${task.state} has already ended. Leave it, or try it again.`);
  const holder = task.claim?.agentName ?? task.claim?.agentId;
  return {
    kind: 'command',
    command: 'cancel',
    verb: 'Cancel',
    warning: holder ? `${holder} works on this task now. Its result will be refused.` : null,
  };
}
