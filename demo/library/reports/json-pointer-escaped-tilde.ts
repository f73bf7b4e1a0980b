import assert from 'node:assert/strict';
import { it } from 'node:test';
import { getAt } from '../src/tools/json-pointer.ts';

// Reported: the key "~1" cannot be reached, although "/~01" is its pointer.
it('reads an escaped tilde before a one', () => {
  assert.equal(getAt({ '~1': 'found' }, '/~01'), 'found');
});
