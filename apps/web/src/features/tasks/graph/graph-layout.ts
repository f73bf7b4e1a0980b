import type { TaskView } from '@reeve/core/vocabulary';

export const nodeSize = { width: 208, height: 52 };
const gap = { x: 72, y: 16 };
/** More than anybody reads at once; the rest is told in a line. */
export const mostNodes = 300;

type Task = Pick<TaskView, 'id' | 'dependsOn' | 'parentId' | 'state'>;
/** `from` comes first: what is waited for, or a part of `to`. */
export type GraphEdge = { from: string; to: string; kind: 'depends' | 'part' };
export type TaskGraph = { nodes: { id: string; x: number; y: number }[]; edges: GraphEdge[]; left: number };

const isOpen = (t: Task): boolean => t.state !== 'done' && t.state !== 'cancelled';

function edgesOf(tasks: ReadonlyMap<string, Task>): GraphEdge[] {
  const edges: GraphEdge[] = [];
  for (const t of tasks.values()) {
    for (const d of t.dependsOn) if (tasks.has(d)) edges.push({ from: d, to: t.id, kind: 'depends' });
    if (t.parentId && tasks.has(t.parentId)) edges.push({ from: t.id, to: t.parentId, kind: 'part' });
  }
  return edges;
}

/** How many must come before each at least. A circle, which only parts and dependencies together can close, is cut where it closes. */
function depthsOf(ids: Iterable<string>, before: (id: string) => readonly string[]): Map<string, number> {
  const depths = new Map<string, number>();
  const open = new Set<string>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    if (open.has(id)) return -1;
    open.add(id);
    const depth = before(id).reduce((most, b) => Math.max(most, depthOf(b) + 1), 0);
    open.delete(id);
    depths.set(id, depth);
    return depth;
  };
  for (const id of ids) depthOf(id);
  return depths;
}

/**
 * Tasks that wait for each other or are parts of each other, from left to right in the order in which they can be done: those
 * that fit the filter, with what they are linked to. Each column is ordered by where its lines come from, so that few cross.
 */
export function layoutGraph(all: ReadonlyMap<string, Task>, fits: (id: string) => boolean): TaskGraph {
  const links = new Map<string, Set<string>>();
  const link = (a: string, b: string) => {
    const known = links.get(a);
    if (known) known.add(b);
    else links.set(a, new Set([b]));
  };
  for (const { from, to } of edgesOf(all)) {
    link(from, to);
    link(to, from);
  }
  // open ones first: what is done explains them, and is the first to be left out
  const wanted = [...links.keys()].filter(fits).sort((a, b) => Number(isOpen(all.get(b) as Task)) - Number(isOpen(all.get(a) as Task)));
  const found = new Set<string>();
  for (const id of wanted) for (const near of [id, ...(links.get(id) ?? [])]) found.add(near);
  const shown = new Map([...found].slice(0, mostNodes).map((id) => [id, all.get(id) as Task]));
  const edges = edgesOf(shown);

  const before = new Map<string, string[]>();
  for (const { from, to } of edges) before.set(to, [...(before.get(to) ?? []), from]);
  const depths = depthsOf(shown.keys(), (id) => before.get(id) ?? []);
  const columns: string[][] = [];
  for (const id of shown.keys()) {
    const depth = Math.max(0, depths.get(id) ?? 0);
    columns[depth] ??= [];
    columns[depth].push(id);
  }
  const row = new Map<string, number>();
  const nodes: TaskGraph['nodes'] = [];
  columns.forEach((ids, depth) => {
    const from = (id: string): number => {
      const rows = (before.get(id) ?? []).flatMap((b) => row.get(b) ?? []);
      return rows.length ? rows.reduce((sum, r) => sum + r, 0) / rows.length : Number.POSITIVE_INFINITY;
    };
    const places = new Map(ids.map((id) => [id, from(id)]));
    ids.sort((a, b) => compare(places.get(a) as number, places.get(b) as number) || (a < b ? -1 : 1));
    ids.forEach((id, i) => {
      row.set(id, i);
      nodes.push({ id, x: depth * (nodeSize.width + gap.x), y: i * (nodeSize.height + gap.y) });
    });
  });
  return { nodes, edges, left: found.size - shown.size };
}
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);
