import type { ChangedFile } from './diff-files.ts';
import { parsePatch } from './diff-files.ts';
import { protectionOf } from './layers.ts';
import { isTestPath } from './test-paths.ts';
import type { Violation } from './violation.ts';

/** Which half of a proposal a file stands in: the two have opposite rights. */
export type PatchRole = 'test' | 'fix';

/**
 * The first rule that two patches break by their text alone, or `null`. Asked when a change is proposed, so that an
 * agent hears at once; the runner asks the same of git's own diff, which is what counts.
 *
 * Use it where only the texts are at hand; with a tree there is `checkProposal`.
 *
 * @example
 * const added = (path: string, line: string) => `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;
 * checkPatches(added('test/a.test.ts', 'check();'), added('src/a.ts', 'fixed();')); // → null
 * checkPatches('', added('src/a.ts', 'fixed();'))?.rule; // → 'test-missing'
 * checkPatches(added('test/a.test.ts', 'check();'), added('test/b.test.ts', 'check();'))?.rule; // → 'test-in-fix-patch'
 */
export function checkPatches(testPatch: string, fixPatch: string): Violation | null {
  const test = parsePatch(testPatch);
  if (!test.ok) return test.violation;
  const fix = parsePatch(fixPatch);
  if (!fix.ok) return fix.violation;
  return checkProposal(test.files, fix.files);
}

/**
 * The same rules over files, whoever read them; `gatePaths` and `existing` are known only where the tree is.
 *
 * Use it on git's own view of both patches; `existing` are all paths of the base.
 *
 * @example
 * const file = (path: string) => ({
 *   path, status: 'added', oldMode: null, newMode: '100644', added: 1, removed: 0, binary: false, addedLines: ['a();'],
 * }) as const;
 * checkProposal([file('test/a.test.ts')], [file('src/a.ts')]); // → null
 * checkProposal([file('test/a.test.ts')], [file('src/a.ts')], { existing: new Set(['src/A.ts']) })?.rule; // → 'path-case-collision'
 * checkProposal([file('test/a.test.ts')], [file('check.mjs')], { gatePaths: ['check.mjs'] })?.rule; // → 'protected-path'
 */
export function checkProposal(
  test: readonly ChangedFile[],
  fix: readonly ChangedFile[],
  known: { gatePaths?: readonly string[]; existing?: ReadonlySet<string> } = {},
): Violation | null {
  if (test.length === 0)
    return { rule: 'test-missing', detail: 'The test patch changes nothing. Add a test that fails on the base and passes with your fix.' };
  if (fix.length === 0)
    return {
      rule: 'fix-missing',
      detail: 'The fix patch changes nothing. Put the change of the source there, and the test in the test patch.',
    };
  for (const [role, files] of [
    ['test', test],
    ['fix', fix],
  ] as const)
    for (const file of files) {
      const violation =
        checkPath(file.path) ?? checkShape(file) ?? checkRole(file, role, known.gatePaths ?? []) ?? checkContent(file, role);
      if (violation) return violation;
    }
  return checkCollisions([...test, ...fix], known.existing ?? new Set());
}

// Direction overrides and their kin make a reviewer read another text than the machine does.
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
// A quote makes git escape the path in its output, which then no longer reads as itself.
const notPlain = /[\p{C}\ufffd"]/u;
// `.git` as some file systems also spell it: short names, trailing dots and spaces, a stream suffix.
const gitName = /^(\.git|git~\d+)[. ]*(:.*)?$/i;

function checkPath(path: string): Violation | null {
  const refuse = (rule: Violation['rule'], why: string): Violation => ({
    rule,
    detail: `The path ${JSON.stringify(path).slice(0, 300)} ${why}`,
  });
  const parts = path.split('/');
  if (
    path === '' ||
    path.startsWith('/') ||
    /^[a-z]:/i.test(path) ||
    path.includes('\\') ||
    parts.some((p) => p === '..' || p === '.' || p === '')
  )
    return refuse('path-leaves-tree', 'leaves the tree. Use paths below the root of the repository.');
  if (bidi.test(path) || notPlain.test(path) || path.length > 1000)
    return refuse('path-not-plain', 'has characters that are invisible or need quoting. Use plain names.');
  if (parts.some((part) => gitName.test(part.replace(/[\u200b-\u200d\ufeff]/g, ''))))
    return refuse('git-directory-path', 'is inside a git directory. No change may write there.');
  return null;
}

function checkShape(file: ChangedFile): Violation | null {
  const refuse = (rule: Violation['rule'], why: string): Violation => ({ rule, detail: `${file.path} ${why}` });
  const modes = [file.oldMode, file.newMode];
  if (modes.includes('120000')) return refuse('symlink', 'is a symbolic link. A change may only write ordinary files.');
  if (modes.includes('160000')) return refuse('submodule', 'is a submodule. A change may only write ordinary files.');
  const added = file.status === 'added' && file.newMode !== null && file.newMode !== '100644';
  const changed = file.status === 'modified' && file.oldMode !== null && file.newMode !== null && file.oldMode !== file.newMode;
  if (added || changed) return refuse('mode-change', 'would get another file mode. Modes stay as they are; new files are 100644.');
  if (file.binary) return refuse('binary-patch', 'is binary. A change is text that a person can read.');
  return null;
}

function checkRole(file: ChangedFile, role: PatchRole, gatePaths: readonly string[]): Violation | null {
  const protection = protectionOf(file.path, gatePaths);
  if (protection)
    return {
      rule: 'protected-path',
      detail: `${file.path} is ${protection}, which a change by an agent may not touch. Fix the source instead, or ask a person to change it.`,
    };
  const isTest = isTestPath(file.path);
  if (role === 'test' && !isTest)
    return {
      rule: 'source-in-test-patch',
      detail: `${file.path} is no test by its name. The test patch holds tests alone; put this in the fix patch.`,
    };
  if (role === 'fix' && isTest)
    return {
      rule: 'test-in-fix-patch',
      detail: `${file.path} is a test by its name. The fix patch may not touch tests; put new tests in the test patch.`,
    };
  if (role === 'test' && file.status !== 'added' && (file.status === 'deleted' || file.removed > 0 || file.path.endsWith('.snap')))
    return {
      rule: 'existing-test-changed',
      detail: `${file.path} exists on the base and loses lines. Existing tests stay as they are; add new ones, best in a new file.`,
    };
  return null;
}

const suppression =
  /@ts-(ignore|nocheck|expect-error)|\b(eslint|oxlint|tslint)[-:]disable|biome-ignore|\b(istanbul|c8|v8) ignore|prettier-ignore|#\s*(noqa|type:\s*ignore|pragma:\s*no\s*cover)|nolint\b/;
// `.skip`, `.only` and `.todo` in all the ways of node:test, vitest, jest and mocha.
const skipped =
  /\b(test|it|describe|suite|t|ctx|context|bench)(\.\w+)*\.(skip|only|todo|skipIf|runIf|fails|failing)\b|\b(xit|xtest|xdescribe|fit|fdescribe)\s*\(|[{,]\s*['"]?(skip|todo|only)['"]?\s*:\s*true|pytest\.mark\.(skip|xfail)|\bt\.Skip/;

function checkContent(file: ChangedFile, role: PatchRole): Violation | null {
  for (const line of file.addedLines) {
    const where = `${file.path}: ${JSON.stringify(line.trim()).slice(0, 200)}`;
    if (bidi.test(line))
      return { rule: 'bidi-characters', detail: `${where} holds characters that change the reading direction. Remove them.` };
    if (suppression.test(line))
      return { rule: 'suppression-added', detail: `${where} silences a check. Fix what the check says, or ask a person to allow it.` };
    if (role === 'test' && skipped.test(line))
      return { rule: 'test-skipped', detail: `${where} skips tests or runs only some. Every test must run.` };
  }
  return null;
}

/** Two paths that one disk may take for the same: among the new ones, and against what is there. */
function checkCollisions(files: readonly ChangedFile[], existing: ReadonlySet<string>): Violation | null {
  const fold = (path: string) => path.normalize('NFC').toLowerCase();
  const seen = new Map<string, string>();
  const deleted = new Set(files.filter((f) => f.status === 'deleted').map((f) => f.path));
  for (const path of existing) if (!deleted.has(path)) seen.set(fold(path), path);
  for (const { path, status } of files) {
    if (status === 'deleted') continue;
    const other = seen.get(fold(path));
    if (other !== undefined && other !== path)
      return { rule: 'path-case-collision', detail: `${path} and ${other} are the same file on some disks. Choose another name.` };
    seen.set(fold(path), path);
  }
  return null;
}
