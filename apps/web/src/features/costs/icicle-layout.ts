export type CostNode = { id: string; name: string; ownNano: bigint; subtreeNano: bigint; unpriced: number };
export type CostTree = { node(id: string): CostNode | undefined; children(id: string): readonly string[] };
export type Cell = {
  id: string;
  name: string;
  depth: number;
  /** Left edge and width, of the whole. */
  x: number;
  width: number;
  ownNano: bigint;
  subtreeNano: bigint;
  unpriced: number;
  /** Several children too narrow to read, drawn as one. */
  rest: number;
  /** Has children that are not drawn because the drawing ends here. */
  deeper: boolean;
};
export type IcicleOptions = { maxDepth: number /** The narrowest cell, of the whole. */; minShare: number; maxCells: number };

const scale = 1_000_000n;
const share = (part: bigint, whole: bigint): number => (whole > 0n ? Number((part * scale) / whole) / Number(scale) : 0);

/**
 * Rows of cells: below each agent its children, as wide as what their subtrees spent. What is left beside the children
 * is the agent's own spending. Narrow children become one cell, so the drawing stays small however large the fleet is. Agents that were moved
 * bring along what they spent elsewhere: children that are more than their parent share its width.
 */
export function icicle(tree: CostTree, roots: readonly string[], options: IcicleOptions): Cell[] {
  const known = roots.map((id) => tree.node(id)).filter((n) => n !== undefined);
  const whole = known.reduce((sum, n) => sum + n.subtreeNano, 0n);
  if (whole <= 0n) return [];
  const cells: Cell[] = [];
  let row: { ids: readonly string[]; x: number; room: number }[] = [{ ids: roots, x: 0, room: 1 }];
  for (let depth = 0; depth < options.maxDepth && row.length; depth++) {
    const next: typeof row = [];
    for (const { ids, x, room } of row) {
      let at = x;
      const nodes = ids
        .map((id) => tree.node(id))
        .filter((n) => n !== undefined && n.subtreeNano > 0n)
        .sort((a, b) => ((a as CostNode).subtreeNano < (b as CostNode).subtreeNano ? 1 : -1)) as CostNode[];
      const all = nodes.reduce((sum, n) => sum + n.subtreeNano, 0n);
      const scaled = (nano: bigint) => share(nano, whole) * Math.min(1, room / share(all, whole));
      const wide = nodes.filter((n) => scaled(n.subtreeNano) >= options.minShare).slice(0, Math.max(0, options.maxCells - cells.length));
      for (const n of wide) {
        const width = scaled(n.subtreeNano);
        const children = tree.children(n.id);
        cells.push({ ...n, depth, x: at, width, rest: 0, deeper: depth === options.maxDepth - 1 && children.length > 0 });
        next.push({ ids: children, x: at, room: width });
        at += width;
      }
      const narrow = nodes.slice(wide.length);
      if (!narrow.length) continue;
      const subtreeNano = narrow.reduce((sum, n) => sum + n.subtreeNano, 0n);
      const width = scaled(subtreeNano);
      if (width < options.minShare / 2) continue;
      const first = narrow[0] as CostNode;
      const unpriced = narrow.reduce((sum, n) => sum + n.unpriced, 0);
      const name = narrow.length === 1 ? first.name : `${narrow.length} more`;
      cells.push({ id: first.id, name, depth, x: at, width, ownNano: 0n, subtreeNano, unpriced, rest: narrow.length, deeper: false });
    }
    row = next;
  }
  return cells;
}

/** The neighbour an arrow key leads to: up to the parent's cell, down to the widest child, sideways within the row. */
export function neighbour(cells: readonly Cell[], from: Cell, key: string): Cell | null {
  const middle = from.x + from.width / 2;
  const over = (c: Cell) => c.x <= middle && middle < c.x + c.width;
  const row = (depth: number) => cells.filter((c) => c.depth === depth).sort((a, b) => a.x - b.x);
  switch (key) {
    case 'ArrowUp':
      return row(from.depth - 1).find(over) ?? null;
    case 'ArrowDown':
      return row(from.depth + 1).find((c) => c.x >= from.x - 1e-9 && c.x < from.x + from.width) ?? null;
    case 'ArrowLeft':
      return row(from.depth).findLast((c) => c.x < from.x) ?? null;
    case 'ArrowRight':
      return row(from.depth).find((c) => c.x > from.x) ?? null;
    default:
      return null;
  }
}
