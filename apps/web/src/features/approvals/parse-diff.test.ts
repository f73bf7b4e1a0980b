import { describe, expect, it } from 'vitest';
import { parseDiff, pathOfFile } from './parse-diff';

const simple = `diff --git a/src/slug.ts b/src/slug.ts
index 1111111..2222222 100644
--- a/src/slug.ts
+++ b/src/slug.ts
@@ -1,4 +1,4 @@ export function slug
 const a = 1;
-const b = 2;
+const b = 3;
 const c = 4;
 
\\ No newline at end of file
`;

describe('reading a unified diff', () => {
  it('numbers both sides', () => {
    const [file] = parseDiff(simple);
    expect(file).toMatchObject({ oldPath: 'src/slug.ts', newPath: 'src/slug.ts', added: 1, removed: 1 });
    expect(file?.hunks[0]?.lines.map((l) => [l.kind, l.oldLine, l.newLine])).toEqual([
      ['context', 1, 1],
      ['removed', 2, null],
      ['added', null, 2],
      ['context', 3, 3],
      ['context', 4, 4],
      ['note', null, null],
    ]);
  });
  it('does not take content that looks like headers for headers', () => {
    const [file, ...rest] = parseDiff(
      '--- a/x.md\n+++ b/x.md\n@@ -1,2 +1,2 @@\n--- old rule\n-diff --git a/evil b/evil\n+++ new rule\n+<script>alert(1)</script>\n',
    );
    expect(rest).toEqual([]);
    expect(file?.hunks[0]?.lines.map((l) => l.text)).toEqual([
      '-- old rule',
      'diff --git a/evil b/evil',
      '++ new rule',
      '<script>alert(1)</script>',
    ]);
  });
  it('knows new, deleted, renamed and binary files', () => {
    const files = parseDiff(
      [
        'diff --git a/new.ts b/new.ts\nnew file mode 100644\nindex 0000000..1\n--- /dev/null\n+++ b/new.ts\n@@ -0,0 +1 @@\n+x',
        'diff --git a/old.ts b/old.ts\ndeleted file mode 100644\n--- a/old.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-x',
        'diff --git a/from.ts b/to.ts\nsimilarity index 100%\nrename from from.ts\nrename to to.ts',
        'diff --git a/a.png b/a.png\nBinary files a/a.png and b/a.png differ',
      ].join('\n'),
    );
    expect(files.map(pathOfFile)).toEqual(['new.ts', 'old.ts', 'to.ts', 'a.png']);
    expect(files[0]).toMatchObject({ oldPath: null, notes: ['new file mode 100644'], added: 1 });
    expect(files[1]).toMatchObject({ newPath: null, removed: 1 });
    expect(files[2]?.notes).toContain('rename from from.ts');
    expect(files[3]?.notes[0]).toMatch(/^Binary/);
  });
  it('unquotes names with spaces and other alphabets', () => {
    const [a] = parseDiff('diff --git "a/caf\\303\\251.ts" "b/caf\\303\\251.ts"\nold mode 100644\nnew mode 100755\n');
    expect(a && pathOfFile(a)).toBe('café.ts');
    const [b] = parseDiff('diff --git a/two words.ts b/two words.ts\nold mode 100644\nnew mode 100755\n');
    expect(b && pathOfFile(b)).toBe('two words.ts');
  });
  it('keeps what it does not understand instead of hiding it', () => {
    expect(parseDiff('Subject: a mail\nhello')[0]?.notes).toEqual(['Subject: a mail', 'hello']);
    expect(parseDiff('')).toEqual([]);
  });
});
