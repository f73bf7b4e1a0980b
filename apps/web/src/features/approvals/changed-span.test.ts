import { describe, expect, it } from 'vitest';
import { changedSpans, spansOf } from './changed-span';
import { parseDiff } from './parse-diff';

describe('the changed part of a line', () => {
  it('is what lies between the common ends', () => {
    const before = 'const limit = 10;';
    const after = 'const limit = 250;';
    const spans = changedSpans(before, after);
    expect(before.slice(...(spans?.before ?? [0, 0]))).toBe('1');
    expect(after.slice(...(spans?.after ?? [0, 0]))).toBe('25');
  });
  it('is not marked where two lines have little in common', () => {
    expect(changedSpans('return a + b;', 'throw new RangeError(tooLong(a))')).toBeNull();
  });
  it('pairs only runs of equal length', () => {
    const hunk = (text: string) =>
      parseDiff(`--- a/x\n+++ b/x\n${text}`)[0]?.hunks[0] as NonNullable<ReturnType<typeof parseDiff>[0]['hunks'][0]>;
    expect(spansOf(hunk('@@ -1,1 +1,1 @@\n-let a = 1;\n+let a = 2;\n')).added.get(1)).toEqual([8, 9]);
    expect(spansOf(hunk('@@ -1,1 +1,2 @@\n-let a = 1;\n+let a = 2;\n+let b = 2;\n')).added.size).toBe(0);
  });
});
