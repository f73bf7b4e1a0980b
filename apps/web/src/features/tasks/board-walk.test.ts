import { describe, expect, it } from 'vitest';
import { placeOf, walk } from './board-walk';

const columns = [
  { id: 'ready', ids: ['a', 'b', 'c'] },
  { id: 'blocked', ids: [] },
  { id: 'claimed', ids: ['d'] },
] as const;

describe('walking the board', () => {
  it('stays within the column up and down', () => {
    expect(walk(columns, { column: 'ready', index: 0 }, 'ArrowDown')).toEqual({ column: 'ready', index: 1 });
    expect(walk(columns, { column: 'ready', index: 0 }, 'ArrowUp')).toEqual({ column: 'ready', index: 0 });
    expect(walk(columns, { column: 'ready', index: 0 }, 'End')).toEqual({ column: 'ready', index: 2 });
  });
  it('skips empty columns sideways and lands on a card that exists', () => {
    expect(walk(columns, { column: 'ready', index: 2 }, 'ArrowRight')).toEqual({ column: 'claimed', index: 0 });
    expect(walk(columns, { column: 'claimed', index: 0 }, 'ArrowRight')).toBeNull();
    expect(walk(columns, { column: 'claimed', index: 0 }, 'x')).toBeNull();
  });
  it('finds a card again after it moved', () => {
    expect(placeOf(columns, 'd')).toEqual({ column: 'claimed', index: 0 });
    expect(placeOf(columns, 'gone')).toBeNull();
  });
});
