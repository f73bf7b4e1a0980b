import { expect, it, vi } from 'vitest';
import { BurnCells } from './burn-cells';

it('a card hears of its own burn alone, of what changes, and of nothing once it is gone', () => {
  const cells = new BurnCells();
  const [mine, same, others] = [vi.fn(), vi.fn(), vi.fn()];
  const leave = cells.subscribe('a', mine);
  cells.subscribe('a', same);
  cells.subscribe('b', others);
  cells.put('a', '1.2');
  cells.put('a', '1.2');
  expect([mine, same, others].map((f) => f.mock.calls.length)).toEqual([1, 1, 0]);
  leave();
  cells.put('a', '2');
  expect([mine, same, others].map((f) => f.mock.calls.length)).toEqual([1, 2, 0]);
  expect([cells.get('a'), cells.get('b')]).toEqual(['2', undefined]);
});
