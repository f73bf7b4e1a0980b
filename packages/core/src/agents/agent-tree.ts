/** A node that knows its parent: all that the walks over the tree of agents need. They are pure, without clock or store. */
export type TreeNode = { id: string; parentId: string | null };

/**
 * Children by parent id, in the order given. Roots are nobody's children, and a node without children has no entry.
 *
 * Use it to walk downward once; for who ends before whom there is `wavesOf`.
 *
 * @example
 * const tree = childrenOf([{ id: 'a', parentId: null }, { id: 'b', parentId: 'a' }, { id: 'c', parentId: 'a' }]);
 * tree.get('a')?.map((n) => n.id); // → ['b', 'c']
 * tree.get('b'); // → undefined
 */
export function childrenOf<T extends TreeNode>(nodes: readonly T[]): Map<string, T[]> {
  const byParent = new Map<string, T[]>();
  for (const n of nodes) {
    if (n.parentId === null) continue;
    const list = byParent.get(n.parentId);
    if (list) list.push(n);
    else byParent.set(n.parentId, [n]);
  }
  return byParent;
}

/**
 * The same nodes, each under its nearest ancestor among them: one whose parent has ended stays below its grandparent,
 * and ends before it (I-STOP-4).
 *
 * Use it on a choice of agents, such as those that still live, before `wavesOf` or `planStop`.
 *
 * @example
 * closeRanks([{ id: 'a', path: ['a'] }, { id: 'c', path: ['a', 'b', 'c'] }])[1]; // → { id: 'c', parentId: 'a' }
 */
export function closeRanks(nodes: readonly { id: string; path: readonly string[] }[]): TreeNode[] {
  const inside = new Set(nodes.map((n) => n.id));
  return nodes.map(({ id, path }) => ({ id, parentId: path.findLast((above) => above !== id && inside.has(above)) ?? null }));
}

/**
 * The wave of each node: 0 for a leaf, else one more than its highest child. Nodes of a wave may end together; a
 * wave's parents are in later ones. Iterative, so that a chain as deep as any limit is fine.
 *
 * Use it to end or to restore a subtree in an order that never leaves a child without its parent.
 *
 * @example
 * const waves = wavesOf([{ id: 'root', parentId: null }, { id: 'mid', parentId: 'root' }, { id: 'leaf', parentId: 'mid' }]);
 * Object.fromEntries(waves); // → { leaf: 0, mid: 1, root: 2 }
 */
export function wavesOf(nodes: readonly TreeNode[]): Map<string, number> {
  const inside = new Set(nodes.map((n) => n.id));
  const pending = new Map<string, number>();
  const parent = new Map<string, string>();
  for (const n of nodes) {
    if (n.parentId !== null && inside.has(n.parentId)) {
      parent.set(n.id, n.parentId);
      pending.set(n.parentId, (pending.get(n.parentId) ?? 0) + 1);
    }
  }
  const wave = new Map<string, number>();
  const ready = nodes.filter((n) => !pending.get(n.id)).map((n) => n.id);
  for (const id of ready) if (!wave.has(id)) wave.set(id, 0);
  for (let i = 0; i < ready.length; i++) {
    const id = ready[i] as string;
    const up = parent.get(id);
    if (up === undefined) continue;
    wave.set(up, Math.max(wave.get(up) ?? 0, (wave.get(id) ?? 0) + 1));
    const left = (pending.get(up) ?? 0) - 1;
    pending.set(up, left);
    if (left === 0) ready.push(up);
  }
  return wave;
}
