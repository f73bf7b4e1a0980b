import type { CostLevel, CostNode } from '@reeve/core/vocabulary';
import type { TreeLine } from '@/ui/tree-walk';

/** How many agents of a level are read at once. */
export const pageSize = 100;
/** A page of a level: of the agents below `parent`, or of the roots. */
export type PageOf = { parent: string | null; page: number };
/** What has been read so far. */
export type Levels = (of: PageOf) => CostLevel | undefined;

type Line = TreeLine & { key: string; position: number; siblings: number; of: PageOf };
export type CostTreeRow = Line &
  (
    | { kind: 'agent'; node: CostNode }
    /** Has its place, and is read when it comes on screen. */
    | { kind: 'waiting' }
    | { kind: 'unattributed'; parentId: string | null; usd: string }
  );

const nothing = /^-?0\.?0*$/;
/**
 * The lines of the tree: each agent under the one that spawned it, in the order in which the server told them, and under them what is
 * unattributed there. A level has all its lines from the start, so that nothing jumps while its pages come in.
 */
export function costTreeRows(levels: Levels, root: string | null, open: ReadonlySet<string>): CostTreeRow[] {
  const rows: CostTreeRow[] = [];
  const seen = new Set<string>();
  const add = (node: CostNode, line: Omit<Line, 'key' | 'open'>) => {
    // met again on another page: amounts moved between the two reads
    if (seen.has(node.key)) return;
    seen.add(node.key);
    const isOpen = node.children > 0 ? open.has(node.key) : null;
    const at = rows.push({ ...line, kind: 'agent', key: node.key, open: isOpen, node }) - 1;
    if (isOpen) addLevel(node.key, at, line.depth + 1, node.children);
  };
  const addLevel = (parent: string | null, at: number, depth: number, expected: number) => {
    const first = levels({ parent, page: 0 });
    const count = first?.count ?? expected;
    const rest = first && !nothing.test(first.unattributedUsd) ? first.unattributedUsd : null;
    const siblings = count + (rest === null ? 0 : 1);
    for (let page = 0; page * pageSize < count; page++) {
      const items = levels({ parent, page })?.items;
      for (let i = 0; i < pageSize && page * pageSize + i < count; i++) {
        const position = page * pageSize + i + 1;
        const line = { parent: at, depth, position, siblings, of: { parent, page } };
        const node = items?.[i];
        if (node) add(node, line);
        else if (!items) rows.push({ ...line, kind: 'waiting', key: `${parent ?? ''}:${position}`, open: null });
      }
    }
    if (rest !== null) {
      const line = { parent: at, depth, position: siblings, siblings, of: { parent, page: 0 }, open: null };
      rows.push({ ...line, kind: 'unattributed', key: `${parent ?? ''}:unattributed`, parentId: parent, usd: rest });
    }
  };
  if (root === null) {
    addLevel(null, -1, 0, 0);
    return rows;
  }
  const start = levels({ parent: root, page: 0 })?.of;
  if (start) add(start, { parent: -1, depth: 0, position: 1, siblings: 1, of: { parent: root, page: 0 } });
  return rows;
}

/** Which of these are open before anybody chose: the first ones, as long as all below them fits into `room` lines. */
export function openAtFirst(nodes: readonly CostNode[], room: number): string[] {
  let left = room - nodes.length;
  const open: string[] = [];
  for (const n of nodes) {
    if (n.children === 0 || n.children > left) continue;
    left -= n.children;
    open.push(n.key);
  }
  return open;
}

const textOf = (of: PageOf): string => `${of.page}:${of.parent ?? ''}`;
/** The pages to which lines belong, each once, and the first page of those that are open among them: who is open is about to show it. */
export function pagesOf(rows: readonly CostTreeRow[]): PageOf[] {
  const found = new Map<string, PageOf>();
  const note = (of: PageOf) => found.set(textOf(of), of);
  for (const row of rows) {
    note(row.of);
    if (row.open) note({ parent: row.key, page: 0 });
  }
  return [...found.values()];
}
export const samePages = (a: readonly PageOf[], b: readonly PageOf[]): boolean => a.map(textOf).join() === b.map(textOf).join();
