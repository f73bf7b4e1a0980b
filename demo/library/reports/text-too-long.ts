import assert from 'node:assert/strict';
import { it } from 'node:test';
import { truncate } from '../src/tools/text.ts';

// Reported: a title cut to 20 characters was refused by a field of 20 characters.
it('never exceeds the maximum', () => {
  assert.equal(truncate('a title that is much too long', 20).length, 20);
});
