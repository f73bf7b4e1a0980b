import type { AgentState } from '@reeve/core/vocabulary';
import { describe, expect, it } from 'vitest';
import { allStates, type Counts, liveOf, stateAt, TreeIndex, totalOf } from './tree-index';

/** The same by walking: what the incremental counts must equal. */
function walked(tree: TreeIndex, id: string): Counts {
  const sum = new Int32Array(allStates.length);
  const node = tree.nodes.get(id);
  if (!node) return sum;
  sum[stateAt[node.state]] = 1;
  for (const child of tree.children(id))
    walked(tree, child).forEach((n, i) => {
      sum[i] = (sum[i] ?? 0) + n;
    });
  return sum;
}
let seed = 7;
const random = (n: number) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed % n;
};

describe('counts by state of every subtree', () => {
  it('equal a walk over the tree after any mix of insertions, changes of state and moves', () => {
    const tree = new TreeIndex();
    const ids: string[] = [];
    const parents = new Map<string, string | null>();
    const under = (id: string, root: string): boolean => id === root || (parents.get(id) ? under(parents.get(id) as string, root) : false);
    for (let step = 0; step < 600; step++) {
      const state = allStates[random(allStates.length)] as AgentState;
      if (step < 5 || random(3) === 0) {
        const id = `a${step}`;
        const parent = ids.length && random(5) ? (ids[random(ids.length)] as string) : null;
        parents.set(id, parent);
        ids.push(id);
        tree.put(id, parent, state);
      } else {
        const id = ids[random(ids.length)] as string;
        const to = ids[random(ids.length)] as string;
        if (random(4) === 0 && !under(to, id)) parents.set(id, to);
        tree.put(id, parents.get(id) ?? null, state);
      }
    }
    for (const id of ids) expect([...(tree.counts(id) ?? [])], id).toEqual([...walked(tree, id)]);
    expect(totalOf(tree.totals)).toBe(ids.length);
    expect([...tree.roots].sort()).toEqual(ids.filter((id) => parents.get(id) === null).sort());
  });

  it('a child that arrives before its parent stands at the top until the parent comes', () => {
    const tree = new TreeIndex();
    tree.put('child', 'parent', 'running');
    expect(tree.roots).toEqual(['child']);
    expect(tree.parent('child')).toBeNull();
    tree.put('parent', null, 'running');
    expect(tree.roots).toEqual(['parent']);
    expect(tree.children('parent')).toEqual(['child']);
    expect(totalOf(tree.counts('parent') as Counts)).toBe(2);
  });

  it('a subtree lives as long as anybody in it does', () => {
    const tree = new TreeIndex();
    tree.put('root', null, 'completed');
    tree.put('child', 'root', 'running');
    expect(['root', 'child', 'nobody'].map((id) => tree.isLive(id))).toEqual([true, true, false]);
    tree.put('child', 'root', 'failed');
    expect(tree.isLive('root')).toBe(false);
  });

  it('tells every ancestor whose counts changed, and nobody else', () => {
    const tree = new TreeIndex();
    tree.put('root', null, 'running');
    tree.put('left', 'root', 'running');
    tree.put('right', 'root', 'running');
    const touched: string[] = [];
    tree.put('left', 'root', 'completed', (id) => touched.push(id));
    expect(touched).toEqual(['left', 'root']);
    expect(liveOf(tree.counts('root') as Counts)).toBe(2);
    touched.length = 0;
    tree.put('left', 'root', 'completed', (id) => touched.push(id));
    expect(touched).toEqual([]);
  });
});
