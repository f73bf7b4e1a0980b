import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addMonths } from '../src/tools/dates.ts';

// Reported: the invoice of 31 January was followed by one in March.
it('stays in the next month', () => {
  assert.equal(addMonths('2023-01-31', 1), '2023-02-28');
});
