import { describe, expect, it } from 'vitest';
import { layoutGraph, mostNodes, nodeSize } from './graph-layout';

type Task = Parameters<typeof layoutGraph>[0] extends ReadonlyMap<string, infer T> ? T : never;
const task = (id: string, dependsOn: string[] = [], more: Partial<Task> = {}): Task => ({
  id,
  dependsOn,
  parentId: null,
  state: 'ready',
  ...more,
});
const graphOf = (tasks: Task[], fits: (id: string) => boolean = () => true) => layoutGraph(new Map(tasks.map((t) => [t.id, t])), fits);
const columnsOf = ({ nodes }: ReturnType<typeof layoutGraph>) => {
  const columns = new Map<number, string[]>();
  for (const n of [...nodes].sort((a, b) => a.x - b.x || a.y - b.y)) columns.set(n.x, [...(columns.get(n.x) ?? []), n.id]);
  return [...columns.values()];
};

describe('the graph of dependencies', () => {
  it('stands from left to right in the order in which tasks can be done; what is linked to nothing is left out', () => {
    const graph = graphOf([task('a'), task('b', ['a']), task('c', ['b', 'a']), task('alone')]);
    expect(columnsOf(graph)).toEqual([['a'], ['b'], ['c']]);
    expect(graph.edges).toHaveLength(3);
  });
  it('puts the parts of a task before it', () => {
    const graph = graphOf([task('whole'), task('part', [], { parentId: 'whole' })]);
    expect(columnsOf(graph)).toEqual([['part'], ['whole']]);
    expect(graph.edges).toEqual([{ from: 'part', to: 'whole', kind: 'part' }]);
  });
  it('has what fits the filter, and what that is linked to', () => {
    const graph = graphOf([task('a'), task('b', ['a']), task('c', ['b']), task('x'), task('y', ['x'])], (id) => id === 'b');
    expect(columnsOf(graph)).toEqual([['a'], ['b'], ['c']]);
  });
  it('orders a column by where its lines come from, so that they do not cross', () => {
    const graph = graphOf([task('a'), task('b'), task('x', ['b']), task('y', ['a'])]);
    expect(columnsOf(graph)).toEqual([
      ['a', 'b'],
      ['y', 'x'],
    ]);
  });
  it('ends where parts and dependencies close a circle', () => {
    const graph = graphOf([task('whole'), task('part', ['whole'], { parentId: 'whole' })]);
    expect(graph.nodes.map((n) => n.id).sort()).toEqual(['part', 'whole']);
  });
  it('leaves the done ones out first where there are too many, and says how many', () => {
    const done = Array.from({ length: mostNodes }, (_, n) => task(`d${n}`, n ? [`d${n - 1}`] : [], { state: 'done' }));
    const graph = graphOf([...done, task('open'), task('next', ['open'])]);
    expect(graph.nodes).toHaveLength(mostNodes);
    expect(graph.left).toBe(2);
    expect(graph.nodes.map((n) => n.id)).toEqual(expect.arrayContaining(['open', 'next']));
  });
  it('never puts two on one place', () => {
    const tasks = Array.from({ length: 60 }, (_, n) =>
      task(`t${n}`, n > 2 ? [`t${n % 7}`, `t${n >> 1}`].filter((d) => d !== `t${n}`) : []),
    );
    const { nodes } = graphOf(tasks);
    for (const a of nodes)
      for (const b of nodes)
        if (a !== b) expect(Math.abs(a.x - b.x) >= nodeSize.width || Math.abs(a.y - b.y) >= nodeSize.height).toBe(true);
  });
});
