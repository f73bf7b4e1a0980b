import { expect, test } from 'vitest';
import { checkPatches, checkProposal } from './patch-rules.ts';
import { newFile, okFix, okTest, replaceLine } from './testing-patches.ts';

test('an honest proposal passes', () => {
  expect(checkPatches(okTest, okFix)).toBeNull();
  expect(checkPatches(replaceLine('test/a.test.ts', [], ['more']), okFix)).toBeNull();
});

test.each<[string, string, string]>([
  ['test-missing', '', okFix],
  ['fix-missing', okTest, 'no diff here\n'],
  ['patch-malformed', '--- a/x\n', okFix],
  ['path-leaves-tree', okTest, newFile('../evil.ts', 'x')],
  ['path-leaves-tree', okTest, newFile('/etc/passwd', 'x')],
  ['path-leaves-tree', okTest, newFile('C:/x', 'x')],
  ['path-leaves-tree', okTest, newFile('src\\\\..\\\\x', 'x')],
  ['path-not-plain', okTest, newFile('src/a\u202ets.exe', 'x')],
  ['git-directory-path', okTest, newFile('.git/hooks/pre-commit', 'x')],
  ['git-directory-path', okTest, newFile('sub/.GIT/config', 'x')],
  ['git-directory-path', okTest, newFile('git~1/config', 'x')],
  ['symlink', okTest, newFile('src/link', '/etc/passwd', '120000')],
  ['submodule', okTest, 'diff --git a/m b/m\nnew file mode 160000\n--- /dev/null\n+++ b/m\n@@ -0,0 +1 @@\n+Subproject commit 1\n'],
  ['mode-change', okTest, newFile('src/run.sh', 'x', '100755')],
  ['mode-change', okTest, 'diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n'],
  ['binary-patch', okTest, 'diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n'],
  ['binary-patch', okTest, 'diff --git a/x.png b/x.png\nGIT binary patch\nliteral 3\nKcmZ\n\n'],
  ['protected-path', okTest, replaceLine('package.json', ['{'], ['{ "x": 1'])],
  ['protected-path', newFile('vitest.config.ts', 'x'), okFix],
  ['source-in-test-patch', newFile('src/a.ts', 'x'), okFix],
  ['test-in-fix-patch', okTest, newFile('test/b.test.ts', 'x')],
  ['existing-test-changed', replaceLine('test/a.test.ts', ['assert(1)'], ['assert(true)']), okFix],
  ['existing-test-changed', 'diff --git a/test/a.test.ts b/test/a.test.ts\ndeleted file mode 100644\n', okFix],
  ['existing-test-changed', replaceLine('test/__snapshots__/a.snap', [], ['more']), okFix],
  ['bidi-characters', okTest, newFile('src/b.ts', 'const a = "\u2066"')],
  ['suppression-added', okTest, newFile('src/b.ts', '// @ts-ignore')],
  ['suppression-added', okTest, newFile('src/b.ts', '/* eslint-disable */')],
  ['suppression-added', newFile('test/b.test.ts', '// biome-ignore lint: no'), okFix],
  ['test-skipped', newFile('test/b.test.ts', 'test.skip("a", () => {})'), okFix],
  ['test-skipped', newFile('test/b.test.ts', 'describe.only("a", () => {})'), okFix],
  ['test-skipped', newFile('test/b.test.ts', 'test("a", { todo: true }, () => {})'), okFix],
  ['path-case-collision', okTest, newFile('src/A.ts', 'x') + newFile('src/a.ts', 'x')],
])('%s', (rule, testPatch, fixPatch) => {
  expect(checkPatches(testPatch, fixPatch)?.rule).toBe(rule);
});

test('a new file may not collide with one that is there', () => {
  const file = { oldMode: null, newMode: '100644', added: 1, removed: 0, binary: false, addedLines: ['x'] };
  const tests = [{ ...file, path: 'test/a.test.ts', status: 'added' as const }];
  const fix = [{ ...file, path: 'src/README.md', status: 'added' as const }];
  expect(checkProposal(tests, fix, { existing: new Set(['src/readme.md']) })?.rule).toBe('path-case-collision');
  expect(checkProposal(tests, fix, { existing: new Set(['src/other.md']) })).toBeNull();
});

test('data that merely speaks of skipping is no skipped test', () => {
  expect(
    checkPatches(newFile('test/b.test.ts', 'assert.deepEqual(list(), [{ todo: "wash" }]); skip(2); stream.skip(1)'), okFix),
  ).toBeNull();
});
