import { describe, expect, it } from 'vitest';
import { type ChangedFile, parsePatch, patchLimits } from './diff-files.ts';
import { newFile } from './testing-patches.ts';

describe('reading a patch', () => {
  const read = (text: string) => {
    const parsed = parsePatch(text);
    return parsed.ok
      ? parsed.files
      : parsed.violation.detail.replace(' Send a unified diff against the base, as `git diff` prints it.', '');
  };
  const whole = { oldMode: null, newMode: null, added: 0, removed: 0, binary: false, addedLines: [] };
  it.each<[string, string, Partial<ChangedFile>[]]>([
    [
      'a changed file',
      'diff --git a/s/a b/s/a\nindex 1f..2e 100644\n--- a/s/a\n+++ b/s/a\n@@ -1,3 +1,3 @@ f\n one\n-two\n+TWO\n three\n',
      [{ path: 's/a', status: 'modified', oldMode: '100644', added: 1, removed: 1, addedLines: ['TWO'] }],
    ],
    ['a new file', newFile('n', 'x\ny'), [{ path: 'n', status: 'added', newMode: '100644', added: 2, addedLines: ['x', 'y'] }]],
    [
      'a deleted file',
      'diff --git a/d b/d\ndeleted file mode 100644\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n',
      [{ path: 'd', status: 'deleted', oldMode: '100644', removed: 1 }],
    ],
    [
      'a rename with a change',
      'diff --git a/f b/t\nold mode 100644\nsimilarity index 90%\nrename from f\nrename to t\nindex 1..2\n--- a/f\n+++ b/t\n@@ -1 +1 @@\n-x\n+y\n',
      [
        { path: 'f', status: 'deleted', oldMode: '100644' },
        { path: 't', status: 'added', oldMode: '100644', added: 1, removed: 1, addedLines: ['y'] },
      ],
    ],
    [
      'a copy',
      'diff --git a/f b/c\nsimilarity index 100%\ndissimilarity index 1%\ncopy from f\ncopy to c\n',
      [{ path: 'c', status: 'added' }],
    ],
    [
      'modes',
      'diff --git a/m b/m\nold mode 100644\nnew mode 100755\n',
      [{ path: 'm', status: 'modified', oldMode: '100644', newMode: '100755' }],
    ],
    [
      'a binary file and one behind it',
      'diff --git a/b b/b\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n\ndiff --git a/e b/e\nnew file mode 100644\n',
      [
        { path: 'b', status: 'modified', oldMode: '100644', binary: true },
        { path: 'e', status: 'added', newMode: '100644' },
      ],
    ],
    [
      'a quoted header',
      'diff --git "a/\\303\\251\\t\\n\\"\\\\\\a\\b\\f\\v\\r" "b/\\303\\251\\t\\n\\"\\\\\\a\\b\\f\\v\\r"\nnew file mode 100644\n',
      [{ path: 'é\t\n"\\\u0007\b\f\v\r', status: 'added', newMode: '100644' }],
    ],
    [
      'a header of a path with spaces',
      'diff --git a/x y/z b/x y/z\nnew file mode 100644\n',
      [{ path: 'x y/z', status: 'added', newMode: '100644' }],
    ],
    [
      'two hunks, an empty line of context, no newline at the end, prose between',
      'Hello\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n@@ -9 +9,0 @@\n-z\nthanks\n--- a/b\n+++ b/b\n@@ -0,0 +1 @@\n+b\n',
      [
        { path: 'a', status: 'modified', added: 1, removed: 2, addedLines: ['y'] },
        { path: 'b', status: 'modified', added: 1, addedLines: ['b'] },
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual(expected.map((file) => ({ ...whole, ...file })));
  });
  it.each<[string, string]>([
    ['--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n', 'Line 5: the last hunk is shorter than its header says.'],
    ['--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\nnonsense\n', 'Line 5: a hunk is shorter than its header says.'],
    ['--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n', 'Line 6: a hunk is longer than its header says.'],
    ['--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n-c\n+b\n', 'Line 5: a hunk is longer than its header says.'],
    ['--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n a\n-b\n', 'Line 5: a hunk is longer than its header says.'],
    ['x\n@@ -1 +1 @@\n-a\n+b\n', 'Line 2: a hunk without a file header.'],
    ['--- x\n+++ b/x\n', 'Line 1: the path x has no a/ or b/ in front.'],
    ['--- a/x\n+++ x\n', 'Line 2: the path x has no a/ or b/ in front.'],
    ['--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n', 'Line 1: the two paths differ but it is no rename.'],
    ['--- a/x\n@@ -1 +1 @@\n', 'Line 2: a `---` line without its `+++` line.'],
    ['--- /dev/null\n+++ /dev/null\n', 'Line 1: both sides are /dev/null.'],
    ['--- a/x\n+++ b/x\n', 'Line 2: a file without a hunk.'],
    ['--- a/x\n+++ b/x\n@@ -x +1 @@\n', 'Line 3: a hunk header that cannot be read.'],
    ['--- /dev/null\n+++ "b/x\n', 'Line 2: a quoted path that does not end.'],
    ['--- /dev/null\n+++ "b/\\377"\n', 'Line 2: a path that is not UTF-8.'],
    ['--- /dev/null\n+++ "b/\\q"\n', 'Line 2: a quoted path with an unknown escape.'],
    ['--- /dev/null\n+++ "b/\ud800"\n', 'Line 2: a quoted path that is no text.'],
    ['diff --git a/x b/y\nold mode 100644\n', 'Line 1: the header names no path that can be read.'],
    ['diff --git "a/x" b/x\n', 'Line 1: the header names no path that can be read.'],
    ['diff --git a b\n', 'Line 1: the header names no path that can be read.'],
  ])('%j is refused with the line', (text, says) => {
    expect(read(text)).toBe(says);
  });
  it('takes as much as its limits, and no more', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => `diff --git a/f${i} b/f${i}\nnew file mode 100644\n`).join('');
    expect(read(many(patchLimits.files))).toHaveLength(500);
    expect(read(many(patchLimits.files + 1))).toBe('The patch touches more than 500 files. Split the change.');
    expect(read('x\n'.repeat(patchLimits.lines))).toEqual([]);
    expect(read('x\n'.repeat(patchLimits.lines + 1))).toBe('The patch has more than 20000 lines. Split the change.');
  });
});
