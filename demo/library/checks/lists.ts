import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunk, groupBy, uniqueBy } from '../src/tools/lists.ts';

describe('lists', () => {
  it('cuts into pieces', () => {
    assert.deepEqual(chunk([1, 2, 3], 2), [[1, 2], [3]]);
  });
  it('refuses a size below one', () => {
    assert.throws(() => chunk([1], 0), RangeError);
  });
  it('keeps the first of each key', () => {
    assert.deepEqual(
      uniqueBy(['apple', 'avocado', 'pear'], (word) => word.slice(0, 1)),
      ['apple', 'pear'],
    );
  });
  it('groups by key', () => {
    assert.deepEqual(
      groupBy([1, 2, 3], (n) => (n % 2 ? 'odd' : 'even')),
      { odd: [1, 3], even: [2] },
    );
  });
});
