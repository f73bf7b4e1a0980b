import type { BlastRadius } from '@reeve/core/vocabulary';

export type AffectedGraph = NonNullable<BlastRadius['graph']>;
export const nodeSize = { width: 196, height: 40 };
export const gap = { x: 52, y: 8 };
/** So many files of a column stand there until it is opened. */
export const few = 7;

/** By imports between a file and what changed; further away than the last is in the last. */
export const columnNames = ['Changed', 'Imports it', 'Two steps away', 'Further away'] as const;
export type Column = { index: number; name: string; files: number };
export type PlacedFile = { kind: 'file'; place: number; column: number; row: number; x: number; y: number };
export type PlacedRest = { kind: 'rest'; column: number; row: number; x: number; y: number; count: number; open: boolean };
export type Placed = PlacedFile | PlacedRest;
/** From who imports to what is imported, as places in `placed`; `same`: both stand in one column. */
export type Line = { from: number; to: number; same: boolean };
export type AffectedLayout = { columns: Column[]; placed: Placed[]; lines: Line[]; width: number; height: number };

/**
 * Columns from what changed to what is furthest from it, each ordered by where its lines lead, so that few cross. Of a long
 * column the files with most lines stand there and one box for the rest, which opens it; their lines lead to the box.
 */
export function layoutAffected({ nodes, edges }: AffectedGraph, open: ReadonlySet<number>): AffectedLayout {
  const columnOf = (place: number) => Math.min(nodes[place]?.steps ?? 0, columnNames.length - 1);
  const sound = edges.filter((e) => nodes[e.from] && nodes[e.to]);
  const links = nodes.map(() => [] as number[]);
  for (const { from, to } of sound) {
    links[from]?.push(to);
    links[to]?.push(from);
  }
  const byColumn = columnNames.map((_, column) => [...nodes.keys()].filter((place) => columnOf(place) === column));
  const placed: Placed[] = [];
  const at = new Map<number, number>();
  const columns: Column[] = [];
  let most = 0;
  for (const [column, places] of byColumn.entries()) {
    if (places.length === 0) continue;
    // one more than fits is no reason for a box that says so
    const folds = places.length > few + 1;
    const degree = (place: number) => links[place]?.length ?? 0;
    const kept = folds && !open.has(column) ? places.toSorted((a, b) => degree(b) - degree(a) || a - b).slice(0, few) : places;
    const height = (place: number) => {
      const rows = (links[place] ?? []).flatMap((other) => (columnOf(other) < column ? (placed[at.get(other) ?? -1]?.row ?? []) : []));
      return rows.length > 0 ? rows.reduce((sum, row) => sum + row, 0) / rows.length : Number.MAX_VALUE;
    };
    const heights = new Map(kept.map((place) => [place, height(place)]));
    const ordered = kept.toSorted((a, b) => (heights.get(a) ?? 0) - (heights.get(b) ?? 0) || a - b);
    const x = columns.length * (nodeSize.width + gap.x);
    const y = (row: number) => row * (nodeSize.height + gap.y);
    ordered.forEach((place, row) => {
      at.set(place, placed.length);
      placed.push({ kind: 'file', place, column, row, x, y: y(row) });
    });
    if (folds) {
      const row = ordered.length;
      const count = places.length - (open.has(column) ? 0 : few);
      for (const place of places) if (!at.has(place)) at.set(place, placed.length);
      placed.push({ kind: 'rest', column, row, x, y: y(row), count, open: open.has(column) });
    }
    most = Math.max(most, ordered.length + (folds ? 1 : 0));
    columns.push({ index: column, name: columnNames[column] ?? '', files: places.length });
  }
  const lines = new Map<string, Line>();
  for (const { from, to } of sound) {
    const [a, b] = [at.get(from) ?? -1, at.get(to) ?? -1];
    if (a !== b) lines.set(`${a} ${b}`, { from: a, to: b, same: placed[a]?.column === placed[b]?.column });
  }
  return {
    columns,
    placed,
    lines: [...lines.values()],
    width: columns.length * (nodeSize.width + gap.x) - gap.x,
    height: most * (nodeSize.height + gap.y) - gap.y,
  };
}

/** Where an arrow key leads from a box, by its place in `placed`; `null`: nowhere. */
export function walkFrom({ placed, columns }: AffectedLayout, from: number, key: string): number | null {
  const here = placed[from];
  if (!here) return null;
  const inColumn = (column: number | undefined) => placed.flatMap((p, i) => (p.column === column ? [i] : []));
  const mine = inColumn(here.column);
  const row = mine.indexOf(from);
  const column = columns.findIndex((c) => c.index === here.column);
  const across = (to: number) => {
    const others = inColumn(columns[to]?.index);
    return others[Math.min(row, others.length - 1)] ?? null;
  };
  switch (key) {
    case 'ArrowDown':
      return mine[row + 1] ?? null;
    case 'ArrowUp':
      return mine[row - 1] ?? null;
    case 'ArrowRight':
      return across(column + 1);
    case 'ArrowLeft':
      return across(column - 1);
    case 'Home':
      return 0;
    case 'End':
      return placed.length - 1;
    default:
      return null;
  }
}

/** What is known of a file, in a line. */
export function wordsOf({ nodes, edges }: AffectedGraph, place: number): string {
  const node = nodes[place];
  if (!node) return '';
  const imports = edges.flatMap((e) => (e.from === place ? (nodes[e.to]?.path ?? []) : []));
  const importers = edges.filter((e) => e.to === place).length;
  const listed = imports.slice(0, 3).join(', ') + (imports.length > 3 ? ` and ${imports.length - 3} more of these` : '');
  const far =
    node.steps === 0
      ? 'changed'
      : node.opaque
        ? 'may load anything, so also what changed'
        : node.steps === 1
          ? `imports ${listed}`
          : `${node.steps} imports away`;
  const parts = [far, node.steps > 1 && listed ? `by way of ${listed}` : '', importers > 0 ? `imported by ${importers} of these` : ''];
  return parts.filter(Boolean).join(' · ');
}

/** What is not in the picture; empty where all is. */
export function leftOutWords({ leftOut }: AffectedGraph): string {
  const parts = [
    leftOut.nodes > 0 ? `${leftOut.nodes} more ${leftOut.nodes === 1 ? 'file' : 'files'} further away` : '',
    leftOut.edges > 0 ? `${leftOut.edges} ${leftOut.edges === 1 ? 'import' : 'imports'}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? `Not drawn: ${parts.join(' and ')}. The list has every file that was found.` : '';
}
