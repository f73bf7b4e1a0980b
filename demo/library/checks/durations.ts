import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatDuration, parseDuration } from '../src/tools/durations.ts';

describe('durations', () => {
  it('reads one unit', () => {
    assert.deepEqual([parseDuration('250ms'), parseDuration('90s'), parseDuration('2d')], [250, 90_000, 172_800_000]);
  });
  it('refuses words', () => {
    assert.equal(parseDuration('soon'), undefined);
  });
  it('writes the two largest units', () => {
    assert.equal(formatDuration(3_900_000), '1h 5m');
  });
  it('writes nothing as zero seconds', () => {
    assert.equal(formatDuration(0), '0s');
  });
});
