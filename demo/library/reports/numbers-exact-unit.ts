import assert from 'node:assert/strict';
import { it } from 'node:test';
import { formatBytes } from '../src/tools/numbers.ts';

// Reported: a file of exactly 1 kB is shown as 1024 B.
it('writes exactly one unit as one unit', () => {
  assert.equal(formatBytes(1024), '1 kB');
});
