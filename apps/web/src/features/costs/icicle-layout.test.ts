import { describe, expect, it } from 'vitest';
import { type CostNode, icicle, neighbour } from './icicle-layout';

type Spec = { own: number; children?: Record<string, Spec> };
function treeOf(spec: Record<string, Spec>) {
  const nodes = new Map<string, CostNode>();
  const below = new Map<string, string[]>();
  const add = (id: string, s: Spec): bigint => {
    const children = Object.entries(s.children ?? {});
    const subtreeNano = children.reduce((sum, [c, cs]) => sum + add(c, cs), BigInt(s.own));
    nodes.set(id, { id, name: id, ownNano: BigInt(s.own), subtreeNano, unpriced: 0 });
    below.set(
      id,
      children.map(([c]) => c),
    );
    return subtreeNano;
  };
  for (const [id, s] of Object.entries(spec)) add(id, s);
  return { node: (id: string) => nodes.get(id), children: (id: string) => below.get(id) ?? [] };
}
const options = { maxDepth: 4, minShare: 0.01, maxCells: 200 };
const tree = treeOf({ root: { own: 20, children: { a: { own: 50, children: { a1: { own: 10 } } }, b: { own: 20 } } } });

describe('the cost icicle', () => {
  const cells = icicle(tree, ['root'], options);
  const cell = (id: string) => cells.find((c) => c.id === id) as NonNullable<(typeof cells)[0]>;
  it('draws a child as wide as its subtree, and leaves the own spending free', () => {
    expect(cell('root')).toMatchObject({ depth: 0, x: 0, width: 1 });
    expect(cell('a')).toMatchObject({ depth: 1, x: 0, width: 0.6 });
    expect(cell('b')).toMatchObject({ depth: 1, x: 0.6, width: 0.2 });
    expect(cell('a1')).toMatchObject({ depth: 2, x: 0, width: 0.1 });
  });
  it('never draws children wider than their parent', () => {
    for (const c of cells.filter((k) => k.depth > 0))
      expect(cells.some((p) => p.depth === c.depth - 1 && p.x <= c.x + 1e-6 && c.x + c.width <= p.x + p.width + 1e-6)).toBe(true);
  });
  it('children that were moved here with what they spent elsewhere share the width of their parent', () => {
    const moved = treeOf({ root: { own: 0, children: { a: { own: 60 }, b: { own: 60 } } } });
    const less = {
      ...moved,
      node: (id: string) => (id === 'root' ? { ...(moved.node(id) as CostNode), subtreeNano: 60n } : moved.node(id)),
    };
    expect(icicle(less, ['root'], options).map((c) => [c.id, c.x, c.width])).toEqual([
      ['root', 0, 1],
      ['b', 0, 0.5],
      ['a', 0.5, 0.5],
    ]);
  });
  it('draws a fleet of thousands with few cells', () => {
    const many = treeOf({ root: { own: 0, children: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`c${i}`, { own: 1 }])) } });
    const few = icicle(many, ['root'], options);
    expect(few).toHaveLength(2);
    expect(few[1]).toMatchObject({ name: '5000 more', rest: 5000, width: 1 });
  });
  it('draws nothing where nothing was spent, and says where it goes deeper', () => {
    expect(icicle(treeOf({ root: { own: 0 } }), ['root'], options)).toEqual([]);
    expect(icicle(tree, ['root'], { ...options, maxDepth: 2 }).find((c) => c.id === 'a')?.deeper).toBe(true);
  });
  it('is walked with the arrows', () => {
    expect(neighbour(cells, cell('root'), 'ArrowDown')?.id).toBe('a');
    expect(neighbour(cells, cell('a'), 'ArrowRight')?.id).toBe('b');
    expect(neighbour(cells, cell('b'), 'ArrowUp')?.id).toBe('root');
    expect(neighbour(cells, cell('b'), 'ArrowDown')).toBeNull();
  });
});
