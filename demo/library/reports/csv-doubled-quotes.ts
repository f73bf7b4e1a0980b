import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseCsv } from '../src/tools/csv.ts';

// Reported: names such as Dwayne "The Rock" Johnson lose their quotes when a sheet is read back.
it('reads back a field with doubled quotes', () => {
  assert.deepEqual(parseCsv('"Dwayne ""The Rock"" Johnson",actor'), [['Dwayne "The Rock" Johnson', 'actor']]);
});
