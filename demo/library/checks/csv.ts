import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatCsv, parseCsv } from '../src/tools/csv.ts';

describe('csv', () => {
  it('reads rows and fields', () => {
    assert.deepEqual(parseCsv('a,b\nc,d\n'), [
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });
  it('keeps commas inside quotes', () => {
    assert.deepEqual(parseCsv('"a,b",c'), [['a,b', 'c']]);
  });
  it('keeps empty fields', () => {
    assert.deepEqual(parseCsv('a,,c'), [['a', '', 'c']]);
  });
  it('reads Windows line ends', () => {
    assert.deepEqual(parseCsv('a\r\nb\r\n'), [['a'], ['b']]);
  });
  it('quotes only what needs it', () => {
    assert.equal(formatCsv([['a', 'b,c', 'd"e']]), 'a,"b,c","d""e"');
  });
});
