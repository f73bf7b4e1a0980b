import type { TaskState, TaskView } from '@reeve/core/vocabulary';
import { type ColumnId, columnOf, columns } from './board-columns';

export type BoardFilter = {
  text: string;
  labels: readonly string[];
  /** Whose work alone: who holds it, or handed it in. */
  agent?: string | null;
};
/** The agent whose work a task is: who holds it, or handed it in. */
export const agentOf = (task: TaskView): { agentId: string; agentName: string | null } | null =>
  task.claim ?? task.gate?.submittedBy ?? null;
export type Board = {
  columns: Record<ColumnId, string[]>;
  /** Tasks of each column before the filter. */
  totals: Record<ColumnId, number>;
  labels: { label: string; count: number }[];
  /** Whose work any of them is. */
  agents: { id: string; name: string; count: number }[];
  shown: number;
  total: number;
};

/** Claim order: priority (the larger goes first), then age. */
const byClaimOrder = (a: TaskView, b: TaskView) => b.priority - a.priority || compare(a.createdAt, b.createdAt) || compare(a.id, b.id);
const byLeaseEnd = (a: TaskView, b: TaskView) => compare(a.claim?.expiresAt ?? '', b.claim?.expiresAt ?? '') || compare(a.id, b.id);
const byTime = (a: TaskView, b: TaskView) => compare(a.notBefore ?? '', b.notBefore ?? '') || compare(a.id, b.id);
const longestWaiting = (a: TaskView, b: TaskView) => compare(a.updatedAt, b.updatedAt) || compare(a.id, b.id);
const newestFirst = (a: TaskView, b: TaskView) => compare(b.finishedAt ?? b.updatedAt, a.finishedAt ?? a.updatedAt) || compare(a.id, b.id);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const orders: Record<ColumnId, (a: TaskView, b: TaskView) => number> = {
  ready: byClaimOrder,
  blocked: byClaimOrder,
  scheduled: byTime,
  claimed: byLeaseEnd,
  'in-review': longestWaiting,
  done: newestFirst,
  failed: newestFirst,
  'dead-letter': newestFirst,
  cancelled: newestFirst,
};

export function matches(task: TaskView, filter: BoardFilter): boolean {
  if (!filter.labels.every((l) => task.labels.includes(l))) return false;
  if (filter.agent && agentOf(task)?.agentId !== filter.agent) return false;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = `${task.title}\n${task.id}\n${task.labels.join(' ')}\n${task.claim?.agentName ?? ''}\n${task.state}`.toLowerCase();
  return words.every((w) => text.includes(w));
}

/** Every column's ids in their order. One pass and one sort a column: about 10 ms for 10,000 tasks. */
export function groupBoard(tasks: Iterable<TaskView>, filter: BoardFilter): Board {
  const groups = Object.fromEntries(columns.map((c) => [c.id, [] as TaskView[]])) as Record<ColumnId, TaskView[]>;
  const totals = Object.fromEntries(columns.map((c) => [c.id, 0])) as Record<ColumnId, number>;
  const labels = new Map<string, number>();
  const agents = new Map<string, { id: string; name: string; count: number }>();
  let total = 0;
  let shown = 0;
  for (const task of tasks) {
    const column = columnOf(task.state as TaskState);
    total++;
    totals[column]++;
    for (const l of task.labels) labels.set(l, (labels.get(l) ?? 0) + 1);
    const by = agentOf(task);
    if (by) {
      const known = agents.get(by.agentId);
      if (known) known.count++;
      else agents.set(by.agentId, { id: by.agentId, name: by.agentName ?? by.agentId, count: 1 });
    }
    if (!matches(task, filter)) continue;
    groups[column].push(task);
    shown++;
  }
  const ids = Object.fromEntries(columns.map((c) => [c.id, groups[c.id].sort(orders[c.id]).map((t) => t.id)])) as Record<
    ColumnId,
    string[]
  >;
  return {
    columns: ids,
    totals,
    labels: [...labels].map(([label, count]) => ({ label, count })).sort((a, b) => b.count - a.count || compare(a.label, b.label)),
    agents: [...agents.values()].sort((a, b) => compare(a.name, b.name) || compare(a.id, b.id)),
    shown,
    total,
  };
}
