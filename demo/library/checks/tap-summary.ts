import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { summariseTap } from '../src/tools/tap-summary.ts';

const tap = `TAP version 13
# Subtest: adds
ok 1 - adds
  ---
  duration_ms: 0.5
  ...
# Subtest: subtracts
not ok 2 - subtracts
  ---
  duration_ms: 0.9
  ...
1..2
`;

describe('tap summary', () => {
  it('counts both outcomes', () => {
    const { passed, failed } = summariseTap(tap);
    assert.deepEqual([passed, failed], [1, 1]);
  });
  it('names what failed', () => {
    assert.deepEqual(summariseTap(tap).failures, ['subtracts']);
  });
  it('finds nothing in an empty run', () => {
    assert.deepEqual(summariseTap('1..0'), { passed: 0, failed: 0, failures: [] });
  });
});
