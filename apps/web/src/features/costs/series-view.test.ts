import { describe, expect, it } from 'vitest';
import { chartRows, colourOf, spentBuckets, windowTotals } from './series-view';

const series = {
  keys: [
    { key: 'a', label: 'constructor' },
    { key: 'b', label: 'atMs' },
  ],
  points: [
    { atMs: 0, values: [1, 2] },
    { atMs: 10, values: [0, 0] },
    { atMs: 20, values: [3, 0] },
  ],
  bucketMs: 10,
};

describe('cost over time', () => {
  it('gives the chart positions, so that no label can overwrite the time', () => {
    expect(chartRows(series)[0]).toEqual({ atMs: 0, s0: 1, s1: 2 });
  });
  it('adds up each key and lists the buckets that have something', () => {
    expect(windowTotals(series)).toEqual([4, 2]);
    expect(spentBuckets(series).map((p) => p.atMs)).toEqual([20, 0]);
  });
  it('keeps grey for the rest', () => {
    expect(colourOf(7, 'other')).toBe('var(--series-7)');
    expect(colourOf(7, 'x')).toBe('var(--series-1)');
  });
});
