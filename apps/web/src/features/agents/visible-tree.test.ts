import { describe, expect, it } from 'vitest';
import { LiveStore } from '@/live';
import { anAgent, aSnapshot } from '@/live/samples';
import { parseFilter } from './match-agent';
import { sourceOf } from './use-agent-view';
import { newFolds, reveal, type TreeOptions, visibleRows } from './visible-tree';

const options: TreeOptions = { session: null, ended: 'all', filter: null, maxChildren: 8, budget: 400, nowMs: 1_000_000 };
function fleet(agents: Parameters<typeof anAgent>[0][]) {
  const store = new LiveStore();
  store.load(aSnapshot(agents.map(anAgent)));
  return sourceOf(store);
}
const family = (n: number) => fleet([{ id: 'root' }, ...Array.from({ length: n }, (_, i) => ({ id: `c${i}`, parentId: 'root' }))]);
const keys = (rows: { key: string }[]) => rows.map((r) => r.key);

describe('rows on screen', () => {
  it('puts parents before children, with level, position and set size', () => {
    const rows = visibleRows(
      fleet([{ id: 'a' }, { id: 'b', parentId: 'a' }, { id: 'c', parentId: 'b' }, { id: 'd', parentId: 'a' }]),
      options,
      newFolds(),
    );
    expect(rows.map((r) => [r.key, r.parent, r.depth, r.position, r.siblings])).toEqual([
      ['a', -1, 0, 1, 1],
      ['b', 0, 1, 1, 2],
      ['c', 1, 2, 1, 1],
      ['d', 0, 1, 2, 2],
    ]);
  });
  it('shows at most eight children and says how many more', () => {
    const rows = visibleRows(family(30), options, newFolds());
    expect(rows).toHaveLength(10);
    expect(rows.at(-1)).toMatchObject({ key: 'root+', kind: 'more', parent: 0, siblings: 9 });
    expect(rows.at(-1)?.hidden).toHaveLength(22);
  });
  it('does not say "+1 more" where that one fits', () => {
    expect(visibleRows(family(9), options, newFolds())).toHaveLength(10);
  });
  it('gives the places to those that live, in the order of their age', () => {
    const source = fleet([
      { id: 'root' },
      ...Array.from({ length: 12 }, (_, i) => ({ id: `e${i}`, parentId: 'root', state: 'completed' as const, endedAtMs: 1 })),
      { id: 'live', parentId: 'root' },
    ]);
    expect(keys(visibleRows(source, options, newFolds())).slice(1, 9)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'live']);
  });
  it('one who ended a moment ago keeps its place', () => {
    const source = fleet([
      { id: 'root' },
      { id: 'gone', parentId: 'root', state: 'stopped', endedAtMs: options.nowMs - 5000 },
      ...Array.from({ length: 12 }, (_, i) => ({ id: `c${i}`, parentId: 'root' })),
    ]);
    expect(keys(visibleRows(source, options, newFolds()))).toContain('gone');
  });
  it('opens level by level until the budget is spent, and remembers', () => {
    const source = fleet([
      { id: 'root' },
      ...Array.from({ length: 5 }, (_, i) => ({ id: `m${i}`, parentId: 'root' })),
      ...Array.from({ length: 25 }, (_, i) => ({ id: `w${i}`, parentId: `m${i % 5}` })),
    ]);
    const folds = newFolds();
    const rows = visibleRows(source, { ...options, budget: 17 }, folds);
    expect(rows.filter((r) => r.open).map((r) => r.key)).toEqual(['root', 'm0', 'm1']);
    expect(rows.find((r) => r.key === 'm2')?.hidden).toHaveLength(5);
    expect(visibleRows(source, { ...options, budget: 400 }, folds)).toHaveLength(rows.length);
  });
  it('keeps the ancestors of what a filter finds, faintly', () => {
    const source = fleet([{ id: 'a' }, { id: 'b', parentId: 'a' }, { id: 'c', parentId: 'b', role: 'tester' }, { id: 'd', parentId: 'a' }]);
    const rows = visibleRows(source, { ...options, filter: parseFilter('role:test') }, newFolds());
    expect(rows.map((r) => [r.key, r.faint])).toEqual([
      ['a', true],
      ['b', true],
      ['c', false],
    ]);
  });
  it('hides those that ended, except above somebody who lives', () => {
    const source = fleet([
      { id: 'a', state: 'completed', endedAtMs: 1 },
      { id: 'b', parentId: 'a' },
      { id: 'c', parentId: 'a', state: 'stopped', endedAtMs: 1 },
    ]);
    expect(keys(visibleRows(source, { ...options, ended: 'none' }, newFolds()))).toEqual(['a', 'b']);
    expect(keys(visibleRows(source, { ...options, ended: 'recent', nowMs: 500_000 }, newFolds()))).toEqual(['a', 'b', 'c']);
    expect(keys(visibleRows(source, { ...options, ended: 'recent', nowMs: 3_000_000 }, newFolds()))).toEqual(['a', 'b']);
  });
  it('reveals one who is folded away', () => {
    const source = family(30);
    const folds = newFolds();
    folds.open.set('root', false);
    reveal(source, 'c25', folds);
    expect(keys(visibleRows(source, options, folds))).toContain('c25');
  });
  it('lists 10,000 agents (12 ms on a quiet machine), folded to the budget', () => {
    const source = fleet([
      { id: 'r' },
      ...Array.from({ length: 9999 }, (_, i) => ({ id: `n${i}`, parentId: i < 10 ? 'r' : `n${Math.floor((i - 10) / 10)}` })),
    ]);
    visibleRows(source, options, newFolds());
    const start = performance.now();
    const rows = visibleRows(source, options, newFolds());
    expect(performance.now() - start).toBeLessThan(1000);
    expect(rows.length).toBeLessThanOrEqual(401);
  });
});
describe('the filter', () => {
  it('reads words and fields', () => {
    expect(parseFilter('  ')).toBeNull();
    expect(parseFilter('Fix state:lost state:paused role:Coder')).toEqual({
      words: ['fix'],
      states: ['lost', 'paused'],
      role: 'coder',
      model: null,
    });
    expect(parseFilter('state:')).toBeNull();
  });
});
