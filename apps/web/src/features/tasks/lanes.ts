import type { TaskView } from '@reeve/core/vocabulary';
import { agentOf, type Board, type BoardFilter, groupBoard } from './group-board';

export const laneKinds = ['label', 'session', 'agent'] as const;
export type LaneKind = (typeof laneKinds)[number];
export type Lane = { key: string; title: string; board: Board };

/** How an agent is called, and to which session it belongs. */
export type AgentPlace = { name: string; sessionId: string };
/** More lanes than anybody reads; the rest are told in a line. */
export const mostLanes = 12;

function laneOf(task: TaskView, kind: LaneKind, placeOf: (id: string) => AgentPlace | undefined): { key: string; title: string } {
  const none = { label: 'No label', session: 'No session', agent: 'Nobody' }[kind];
  if (kind === 'label') return { key: task.labels[0] ?? '', title: task.labels[0] ?? none };
  const id = agentOf(task)?.agentId;
  if (!id) return { key: '', title: none };
  const place = placeOf(id);
  if (kind === 'agent') return { key: id, title: place?.name ?? task.claim?.agentName ?? id };
  const sessionId = place?.sessionId ?? id;
  return { key: sessionId, title: placeOf(sessionId)?.name ?? sessionId };
}

/** One board a lane, the largest first and what belongs to none last. A task stands in the lane of its first label. */
export function groupLanes(
  tasks: Iterable<TaskView>,
  filter: BoardFilter,
  kind: LaneKind,
  placeOf: (id: string) => AgentPlace | undefined,
): { lanes: Lane[]; more: number } {
  const groups = new Map<string, { title: string; tasks: TaskView[] }>();
  for (const task of tasks) {
    const { key, title } = laneOf(task, kind, placeOf);
    const group = groups.get(key);
    if (group) group.tasks.push(task);
    else groups.set(key, { title, tasks: [task] });
  }
  const lanes = [...groups]
    .map(([key, g]) => ({ key, title: g.title, board: groupBoard(g.tasks, filter) }))
    .filter((l) => l.board.shown > 0)
    .sort((a, b) => Number(a.key === '') - Number(b.key === '') || b.board.shown - a.board.shown || (a.title < b.title ? -1 : 1));
  return { lanes: lanes.slice(0, mostLanes), more: Math.max(0, lanes.length - mostLanes) };
}
