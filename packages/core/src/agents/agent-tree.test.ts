import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { childrenOf, type TreeNode, wavesOf } from './agent-tree.ts';

/** Node i hangs below any node before it, or below none. */
const forest = fc.array(fc.nat(), { maxLength: 60 }).map((picks) =>
  picks.map((pick, i): TreeNode => {
    const up = pick % (i + 1);
    return { id: `n${i}`, parentId: up === i ? null : `n${up}` };
  }),
);
const shuffled = forest.chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));

describe('waves of a tree', () => {
  it('I-STOP-4: a parent is one wave above its highest child, a leaf in the first; whatever the order of the nodes', () => {
    fc.assert(
      fc.property(shuffled, (nodes) => {
        const wave = wavesOf(nodes);
        const children = childrenOf(nodes);
        return nodes.every((n) => {
          const below = (children.get(n.id) ?? []).map((c) => wave.get(c.id) as number);
          return wave.get(n.id) === (below.length ? Math.max(...below) + 1 : 0);
        });
      }),
    );
  });
  it('children stand in the order given, under those that are named', () => {
    const node = (id: string, parentId: string | null): TreeNode => ({ id, parentId });
    const [root, b, a] = [node('root', null), node('b', 'root'), node('a', 'root')];
    expect(childrenOf([root, b, a, node('x', 'elsewhere')])).toEqual(
      new Map([
        ['root', [b, a]],
        ['elsewhere', [node('x', 'elsewhere')]],
      ]),
    );
  });
  it('a node whose parent is not among them is a root like any other', () => {
    expect(wavesOf([{ id: 'b', parentId: 'elsewhere' }])).toEqual(new Map([['b', 0]]));
  });
  it('a chain of 100,000 does not overflow the stack', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => ({ id: `${i}`, parentId: i === 0 ? null : `${i - 1}` }));
    expect(wavesOf(chain).get('0')).toBe(99_999);
  });
});
