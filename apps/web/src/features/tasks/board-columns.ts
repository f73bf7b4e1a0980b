import type { TaskState } from '@reeve/core/vocabulary';

export type ColumnId = 'ready' | 'blocked' | 'scheduled' | 'claimed' | 'in-review' | 'done' | 'failed' | 'dead-letter' | 'cancelled';
export type Column = {
  id: ColumnId;
  title: string;
  states: readonly TaskState[];
  /** What belongs here, for a column without cards. */
  empty: string;
};

/** Left to right, the way a task travels. */
export const columns: readonly Column[] = [
  {
    id: 'ready',
    title: 'Ready',
    states: ['ready'],
    empty: 'Tasks that any agent may claim now. Add one, or wait for a dependency to end.',
  },
  {
    id: 'blocked',
    title: 'Blocked',
    states: ['blocked'],
    empty: 'Tasks that wait for other tasks. They become ready by themselves. None waits now.',
  },
  {
    id: 'scheduled',
    title: 'Scheduled',
    states: ['scheduled'],
    empty: 'Tasks that wait for their time, or for the next try after a failure. None waits now.',
  },
  {
    id: 'claimed',
    title: 'Claimed',
    states: ['claimed'],
    empty: 'Tasks an agent holds, each with the end of its lease. No agent holds one now.',
  },
  {
    id: 'in-review',
    title: 'In review',
    states: ['in-review'],
    empty: 'Work that was handed in and waits for a person, or for evidence that is missing. Nothing waits for you.',
  },
  { id: 'done', title: 'Done', states: ['done'], empty: 'Completed tasks, newest first. Nothing is done yet.' },
  {
    id: 'failed',
    title: 'Failed',
    states: ['failed'],
    empty: 'Tasks that failed and may not be tried again by themselves. Nothing failed.',
  },
  {
    id: 'dead-letter',
    title: 'Dead letter',
    states: ['dead-letter'],
    empty: 'Tasks that used up their attempts and wait for a person. Nothing waits for you.',
  },
  { id: 'cancelled', title: 'Cancelled', states: ['cancelled'], empty: 'Tasks that somebody cancelled. They can be made ready again.' },
];

const columnByState = Object.fromEntries(columns.flatMap((c) => c.states.map((s) => [s, c.id]))) as Record<TaskState, ColumnId>;
export const columnOf = (state: TaskState): ColumnId => columnByState[state];
export const columnTitle = (id: ColumnId): string => columns.find((c) => c.id === id)?.title ?? id;
