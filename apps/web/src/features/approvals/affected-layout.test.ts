import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AffectedGraph, few, layoutAffected, leftOutWords, walkFrom, wordsOf } from './affected-layout';

const graph = (steps: number[], edges: [number, number][] = [], leftOut = { nodes: 0, edges: 0 }): AffectedGraph => ({
  nodes: steps.map((s, i) => ({ path: `src/${i}.ts`, layer: 4, steps: s })),
  edges: edges.map(([from, to]) => ({ from, to })),
  leftOut,
});
const none = new Set<number>();
const filesOf = (layout: ReturnType<typeof layoutAffected>, column: number) =>
  layout.placed.flatMap((p) => (p.kind === 'file' && p.column === column ? [p.place] : []));

test('files stand in columns by their distance, ordered by where their lines lead', () => {
  const layout = layoutAffected(
    graph(
      [0, 0, 1, 1, 2, 3, 5],
      [
        [2, 1],
        [3, 0],
        [4, 2],
        [5, 4],
        [6, 5],
      ],
    ),
    none,
  );
  expect(layout.columns.map((c) => [c.name, c.files])).toEqual([
    ['Changed', 2],
    ['Imports it', 2],
    ['Two steps away', 1],
    ['Further away', 2],
  ]);
  expect(filesOf(layout, 1)).toEqual([3, 2]);
  expect(filesOf(layout, 3)).toEqual([5, 6]);
  expect(layout.lines.filter((l) => l.same)).toHaveLength(1);
  expect(new Set(layout.placed.map((p) => `${p.x} ${p.y}`)).size).toBe(layout.placed.length);
});

test('a long column shows the files with most lines and a box for the rest, which opens it', () => {
  const many = graph(
    [0, ...Array(20).fill(1), 2],
    [...Array.from({ length: 20 }, (_, i): [number, number] => [i + 1, 0]), [21, 20], [21, 19]],
  );
  const folded = layoutAffected(many, none);
  expect(filesOf(folded, 1)).toHaveLength(few);
  expect(filesOf(folded, 1)).toEqual(expect.arrayContaining([19, 20]));
  const rest = folded.placed.findIndex((p) => p.kind === 'rest');
  expect(folded.placed[rest]).toMatchObject({ column: 1, count: 13, open: false });
  // thirteen lines to the box are one
  expect(folded.lines.filter((l) => l.from === rest)).toHaveLength(1);
  const opened = layoutAffected(many, new Set([1]));
  expect(filesOf(opened, 1)).toHaveLength(20);
  expect(opened.placed.find((p) => p.kind === 'rest')).toMatchObject({ open: true });
  expect(layoutAffected(graph([0, ...Array(few + 1).fill(1)]), none).placed.some((p) => p.kind === 'rest')).toBe(false);
});

test('arrow keys go through columns and rows and stay inside', () => {
  const layout = layoutAffected(graph([0, 1, 1, 2]), none);
  const at = (place: number) => layout.placed.findIndex((p) => p.kind === 'file' && p.place === place);
  expect(walkFrom(layout, at(0), 'ArrowRight')).toBe(at(1));
  expect(walkFrom(layout, at(1), 'ArrowDown')).toBe(at(2));
  expect(walkFrom(layout, at(2), 'ArrowRight')).toBe(at(3));
  expect(walkFrom(layout, at(3), 'ArrowLeft')).toBe(at(1));
  expect(walkFrom(layout, at(2), 'ArrowUp')).toBe(at(1));
  expect(walkFrom(layout, at(2), 'Home')).toBe(0);
  expect(walkFrom(layout, at(0), 'End')).toBe(layout.placed.length - 1);
  for (const key of ['ArrowLeft', 'ArrowUp', 'x']) expect(walkFrom(layout, at(0), key)).toBeNull();
  expect(walkFrom(layout, 99, 'ArrowUp')).toBeNull();
});

test('a file is told in words, and so is what is not drawn', () => {
  const g = graph(
    [0, 1, 2, 1],
    [
      [1, 0],
      [2, 1],
    ],
    { nodes: 212, edges: 1 },
  );
  Object.assign(g.nodes[3] as object, { opaque: true });
  expect(wordsOf(g, 0)).toBe('changed · imported by 1 of these');
  expect(wordsOf(g, 1)).toBe('imports src/0.ts · imported by 1 of these');
  expect(wordsOf(g, 2)).toBe('2 imports away · by way of src/1.ts');
  expect(wordsOf(g, 3)).toBe('may load anything, so also what changed');
  expect(wordsOf(g, 9)).toBe('');
  expect(leftOutWords(g)).toBe('Not drawn: 212 more files further away and 1 import. The list has every file that was found.');
  expect(leftOutWords(graph([0]))).toBe('');
});

test('whatever was told, each file stands in one place or behind a box, nothing overlaps, and every line has two ends', () => {
  const steps = fc.array(fc.nat(6), { minLength: 1, maxLength: 60 });
  const edge = fc.tuple(fc.nat(70), fc.nat(70));
  fc.assert(
    fc.property(steps, fc.array(edge), fc.uniqueArray(fc.nat(3)), (s, edges, open) => {
      const g = graph([0, ...s], edges);
      const layout = layoutAffected(g, new Set(open));
      const shown = layout.placed.filter((p) => p.kind === 'file').map((p) => p.place);
      const behind = layout.placed.reduce((n, p) => n + (p.kind === 'rest' && !p.open ? p.count : 0), 0);
      expect(new Set(shown).size).toBe(shown.length);
      expect(shown.length + behind).toBe(g.nodes.length);
      expect(new Set(layout.placed.map((p) => `${p.x} ${p.y}`)).size).toBe(layout.placed.length);
      for (const { from, to } of layout.lines) expect(layout.placed[from] && layout.placed[to] && from !== to).toBe(true);
      for (const p of layout.placed) expect(p.x < layout.width && p.y < layout.height).toBe(true);
    }),
  );
});
