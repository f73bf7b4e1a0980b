import type { CostLevel, CostNode } from '@reeve/core/vocabulary';
import { expect, it } from 'vitest';
import { neighbourLine } from '@/ui/tree-walk';
import { type CostTreeRow, costTreeRows, type Levels, openAtFirst, pageSize, pagesOf } from './cost-tree-rows';

const node = (key: string, children = 0): CostNode => ({
  key,
  label: key,
  state: 'running',
  children,
  ownUsd: '0.000000000',
  subtreeUsd: '0.000000000',
  inputTokens: 0,
  outputTokens: 0,
  entries: 0,
  subtreeEntries: 0,
  unpriced: 0,
  ownUnpriced: 0,
  reservedUsd: '0.000000000',
  unknownUsd: '0.000000000',
});
const level = (items: CostNode[], more: Partial<CostLevel> = {}): CostLevel => ({
  of: null,
  totalUsd: '0.000000000',
  unattributedUsd: '0.000000000',
  count: items.length,
  nextCursor: null,
  items,
  ...more,
});
const read =
  (pages: Record<string, CostLevel>): Levels =>
  ({ parent, page }) =>
    pages[`${parent ?? 'top'}${page ? `#${page}` : ''}`];
const said = (rows: CostTreeRow[]) => rows.map((r) => `${' '.repeat(r.depth)}${r.kind === 'agent' ? r.key : r.kind}`);

const two = read({
  top: level([node('b', 2), node('a', 1)]),
  b: level([node('b2', 1), node('b1')], { unattributedUsd: '-0.500000000' }),
  b2: level([node('b21')]),
});

it('agents stand under the one that spawned them, in the order told; what is unattributed stands last', () => {
  expect(said(costTreeRows(two, null, new Set()))).toEqual(['b', 'a']);
  const rows = costTreeRows(two, null, new Set(['b', 'b2']));
  expect(said(rows)).toEqual(['b', ' b2', '  b21', ' b1', ' unattributed', 'a']);
  expect(rows.map((r) => [r.parent, r.open, r.position, r.siblings])).toEqual([
    [-1, true, 1, 2],
    [0, true, 1, 3],
    [1, null, 1, 1],
    [0, null, 2, 3],
    [0, null, 3, 3],
    [-1, false, 2, 2],
  ]);
  expect(rows[4]).toMatchObject({ usd: '-0.500000000', parentId: 'b' });
});
it('what is open and not read yet has its lines, so that nothing jumps when it comes', () => {
  expect(said(costTreeRows(two, null, new Set(['a'])))).toEqual(['b', 'a', ' waiting']);
});
it('a level of many pages has all its lines; which are read is told by those on screen', () => {
  const page = (n: number) =>
    level(
      Array.from({ length: pageSize }, (_, i) => node(`p${n}-${i}`)),
      { count: 10_000 },
    );
  const rows = costTreeRows(read({ top: page(0), 'top#3': page(3) }), null, new Set());
  expect(rows).toHaveLength(10_000);
  expect([rows[99]?.kind, rows[100]?.kind, rows[300]?.key, rows[9_999]?.position]).toEqual(['agent', 'waiting', 'p3-0', 10_000]);
  expect(pagesOf(rows.slice(195, 210))).toEqual([
    { parent: null, page: 1 },
    { parent: null, page: 2 },
  ]);
  expect(pagesOf(costTreeRows(two, null, new Set(['b'])).slice(0, 1))).toEqual([
    { parent: null, page: 0 },
    { parent: 'b', page: 0 },
  ]);
});
it('one that moved to another page between two reads stands once', () => {
  const pages = { top: level([node('a')], { count: pageSize + 1 }), 'top#1': level([node('a')], { count: pageSize + 1 }) };
  expect(said(costTreeRows(read(pages), null, new Set()))).toEqual(['a']);
});
it('below an agent, the agent itself is the first line', () => {
  const rows = costTreeRows(read({ b: level([node('b1')], { of: node('b', 1) }) }), 'b', new Set(['b']));
  expect(said(rows)).toEqual(['b', ' b1']);
  expect(costTreeRows(read({}), 'b', new Set(['b']))).toEqual([]);
});
it('opens by itself what fits, and no more', () => {
  expect(openAtFirst([node('a', 3), node('b', 9), node('c', 2), node('d')], 10)).toEqual(['a', 'c']);
});
it('arrow keys walk it as a tree grid', () => {
  const rows = costTreeRows(two, null, new Set(['b']));
  const to = (key: string, at: number) =>
    neighbourLine(
      rows,
      rows.findIndex((r) => r.key === rows[at]?.key),
      key,
    );
  expect(to('ArrowRight', 0)).toEqual({ to: 1 });
  expect(to('ArrowRight', 1)).toEqual({ fold: true });
  expect(to('ArrowLeft', 2)).toEqual({ to: 0 });
  expect(to('ArrowLeft', 0)).toEqual({ fold: false });
  expect(to('ArrowDown', 3)).toEqual({ to: 4 });
  expect(to('ArrowUp', 0)).toBeNull();
  expect(to('Home', 4)).toEqual({ to: 0 });
  expect(to('End', 0)).toEqual({ to: 4 });
});
