import { describe, expect, it } from 'vitest';
import { parseDiff } from './parse-diff';
import { pairedRows, unifiedRows } from './side-by-side';

const [file] = parseDiff('--- a/x\n+++ b/x\n@@ -1,4 +1,5 @@\n same\n-one\n-two\n+uno\n+due\n+tre\n end\n');

describe('rows of a diff', () => {
  it('pairs a run of removed lines with the added run behind it', () => {
    const rows = pairedRows(file as NonNullable<typeof file>);
    expect(rows.map((r) => (r.kind === 'pair' ? [r.left?.text ?? null, r.right?.text ?? null] : r.kind))).toEqual([
      'hunk',
      ['same', 'same'],
      ['one', 'uno'],
      ['two', 'due'],
      [null, 'tre'],
      ['end', 'end'],
    ]);
  });
  it('keeps the order of the diff when unified', () => {
    expect(unifiedRows(file as NonNullable<typeof file>)).toHaveLength(8);
  });
});
