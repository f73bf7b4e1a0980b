import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clamp, formatBytes, median } from '../src/tools/numbers.ts';

describe('numbers', () => {
  it('writes small sizes in bytes', () => {
    assert.equal(formatBytes(512), '512 B');
  });
  it('writes large sizes with one decimal', () => {
    assert.equal(formatBytes(1_600_000), '1.5 MB');
  });
  it('finds the middle of an odd list', () => {
    assert.equal(median([9, 1, 5]), 5);
  });
  it('takes the mean in an even list', () => {
    assert.equal(median([4, 1, 2, 3]), 2.5);
  });
  it('has no middle for nothing', () => {
    assert.equal(median([]), undefined);
  });
  it('clamps on both sides', () => {
    assert.deepEqual([clamp(-1, 0, 9), clamp(5, 0, 9), clamp(10, 0, 9)], [0, 5, 9]);
  });
});
