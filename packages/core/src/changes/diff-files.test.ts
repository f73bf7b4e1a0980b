import { expect, test } from 'vitest';
import { parsePatch } from './diff-files.ts';

const files = (text: string) => {
  const parsed = parsePatch(text);
  if (!parsed.ok) throw new Error(parsed.violation.detail);
  return parsed.files.map(({ path, status, added, removed }) => ({ path, status, added, removed }));
};
const ruleOf = (text: string) => {
  const parsed = parsePatch(text);
  return parsed.ok ? null : parsed.violation.rule;
};

test('reads a git diff with a changed, a new, a deleted and a renamed file', () => {
  const text = `diff --git a/src/a.ts b/src/a.ts
index 1111111..2222222 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,3 @@ export
 one
-two
+TWO
 three
diff --git a/test/new.test.ts b/test/new.test.ts
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/test/new.test.ts
@@ -0,0 +1,2 @@
+x
+y
diff --git a/old.ts b/old.ts
deleted file mode 100644
--- a/old.ts
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/from.ts b/to.ts
similarity index 100%
rename from from.ts
rename to to.ts
`;
  expect(files(text)).toEqual([
    { path: 'src/a.ts', status: 'modified', added: 1, removed: 1 },
    { path: 'test/new.test.ts', status: 'added', added: 2, removed: 0 },
    { path: 'old.ts', status: 'deleted', added: 0, removed: 1 },
    { path: 'from.ts', status: 'deleted', added: 0, removed: 0 },
    { path: 'to.ts', status: 'added', added: 0, removed: 0 },
  ]);
});

test('reads a plain unified diff, and lines inside hunks that look like headers', () => {
  const text = `--- a/query.sql\t2024-01-01
+++ b/query.sql\t2024-01-02
@@ -1,2 +1,2 @@
--- an old comment
+++ a new one
 select 1
\\ No newline at end of file
`;
  expect(files(text)).toEqual([{ path: 'query.sql', status: 'modified', added: 1, removed: 1 }]);
});

test('undoes the quoting of paths', () => {
  expect(files('--- /dev/null\n+++ "b/caf\\303\\251 \\"x\\".txt"\n@@ -0,0 +1 @@\n+x\n')[0]?.path).toBe('café "x".txt');
});

test('a header without content names its path', () => {
  expect(files('diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n')[0]?.path).toBe('run.sh');
});

test.each([
  ['a short hunk', '--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n a\n-b\n'],
  ['a long hunk', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n+c\n'],
  ['a hunk of nothing', '@@ -1 +1 @@\n-a\n+b\n'],
  ['no prefix', '--- x\n+++ x\n@@ -1 +1 @@\n-a\n+b\n'],
  ['two different paths', '--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n'],
  ['half a header', '--- a/x\n@@ -1 +1 @@\n-a\n+b\n'],
  ['an unreadable hunk header', '--- a/x\n+++ b/x\n@@ -x +1 @@\n-a\n+b\n'],
  ['a quote that does not end', '--- /dev/null\n+++ "b/x\n@@ -0,0 +1 @@\n+x\n'],
  ['a path that is not UTF-8', '--- /dev/null\n+++ "b/\\377"\n@@ -0,0 +1 @@\n+x\n'],
])('%s is malformed', (_, text) => {
  expect(ruleOf(text)).toBe('patch-malformed');
});

test('has a limit', () => {
  expect(ruleOf('x\n'.repeat(30_000))).toBe('patch-too-large');
});

test('prose alone changes nothing', () => {
  expect(files('Here is my patch:\n\nthanks\n')).toEqual([]);
});
