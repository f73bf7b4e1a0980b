import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseDuration } from '../src/tools/durations.ts';

// Reported: a time-out of 1h30m ended after one hour.
it('adds all units', () => {
  assert.equal(parseDuration('1h30m'), 5_400_000);
});
