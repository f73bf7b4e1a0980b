import { describe, expect, it } from 'vitest';
import type { ChangedFile } from './diff-files.ts';
import { checkPatches, checkProposal } from './patch-rules.ts';
import { newFile, okFix, okTest, replaceLine } from './testing-patches.ts';

const detail = (testPatch: string, fixPatch: string) => checkPatches(testPatch, fixPatch)?.detail;
describe('a refusal says what to do', () => {
  it.each<[string, string, string]>([
    ['', okFix, 'The test patch changes nothing. Add a test that fails on the base and passes with your fix.'],
    [okTest, '', 'The fix patch changes nothing. Put the change of the source there, and the test in the test patch.'],
    [okTest, newFile('../x', 'y'), 'The path "../x" leaves the tree. Use paths below the root of the repository.'],
    [okTest, newFile('a\u200bb', 'y'), 'The path "a\u200bb" has characters that are invisible or need quoting. Use plain names.'],
    [okTest, newFile('.git/config', 'y'), 'The path ".git/config" is inside a git directory. No change may write there.'],
    [okTest, newFile('l', 'y', '120000'), 'l is a symbolic link. A change may only write ordinary files.'],
    [okTest, newFile('m', 'y', '160000'), 'm is a submodule. A change may only write ordinary files.'],
    [okTest, newFile('r', 'y', '100755'), 'r would get another file mode. Modes stay as they are; new files are 100644.'],
    [okTest, 'diff --git a/p b/p\nBinary files a/p and b/p differ\n', 'p is binary. A change is text that a person can read.'],
    [
      okTest,
      newFile('go.mod', 'y'),
      'go.mod is a manifest, which a change by an agent may not touch. Fix the source instead, or ask a person to change it.',
    ],
    [newFile('src/a.ts', 'y'), okFix, 'src/a.ts is no test by its name. The test patch holds tests alone; put this in the fix patch.'],
    [
      okTest,
      newFile('test/a.ts', 'y'),
      'test/a.ts is a test by its name. The fix patch may not touch tests; put new tests in the test patch.',
    ],
    [
      replaceLine('test/a.ts', ['x'], []),
      okFix,
      'test/a.ts exists on the base and loses lines. Existing tests stay as they are; add new ones, best in a new file.',
    ],
    [okTest, newFile('a', ' \u202e '), 'a: "\u202e" holds characters that change the reading direction. Remove them.'],
    [
      okTest,
      newFile('a', '  // @ts-nocheck '),
      'a: "// @ts-nocheck" silences a check. Fix what the check says, or ask a person to allow it.',
    ],
    [newFile('test/a.ts', 'it.only()'), okFix, 'test/a.ts: "it.only()" skips tests or runs only some. Every test must run.'],
    [okTest, newFile('A', 'x') + newFile('a', 'x'), 'a and A are the same file on some disks. Choose another name.'],
  ])('refusal %#', (testPatch, fixPatch, says) => {
    expect(detail(testPatch, fixPatch)).toBe(says);
  });
  it('without repeating an endless line or path', () => {
    expect(detail(okTest, newFile('a', `// @ts-ignore ${'x'.repeat(500)}`))).toHaveLength(
      'a: '.length + 200 + ' silences a check. Fix what the check says, or ask a person to allow it.'.length,
    );
    expect(detail(okTest, newFile(`x/${'y'.repeat(1000)}`, 'z'))).toHaveLength(
      'The path '.length + 300 + ' has characters that are invisible or need quoting. Use plain names.'.length,
    );
    expect(detail(okTest, newFile(`x/${'y'.repeat(998)}`, 'z'))).toBeUndefined();
  });
});

describe('what passes and what does not', () => {
  const fix = (path: string, mode?: string) => checkPatches(okTest, newFile(path, 'x', mode))?.rule;
  it.each(['src/./a', 'src//a', './a', '/a', 'c:/a', 'Z:a', 'a\\b', '..', 'a/..'])('the path %s leaves the tree', (path) => {
    expect(fix(path)).toBe('path-leaves-tree');
  });
  it.each(['ab:c', 'a..b', '...', 'src/.a', 'git', '.gitty', 'x.git', 'git~', 'agit~1'])('the path %s is plain', (path) => {
    expect(fix(path)).toBeUndefined();
  });
  it.each(['.git', '.GIT. ', 'a/git~12', '.git:x', 'git~1 .', '.g\u200dit'])('the path %j is a git directory, or not plain', (path) => {
    expect(['git-directory-path', 'path-not-plain']).toContain(fix(path));
  });
  it.each(['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069'])('%j turns the reading direction', (mark) => {
    expect(checkPatches(okTest, newFile('a', mark))?.rule).toBe('bidi-characters');
    expect(fix(`a${mark}`)).toBe('path-not-plain');
  });
  it.each([
    '@ts-ignore',
    '@ts-nocheck',
    '@ts-expect-error',
    'eslint-disable',
    'oxlint-disable',
    'tslint:disable',
    'biome-ignore',
    'istanbul ignore',
    'c8 ignore',
    'v8 ignore',
    'prettier-ignore',
    '# noqa',
    '#noqa',
    '# type: ignore',
    '#type:ignore',
    '# pragma: no cover',
    '//nolint',
  ])('%s silences a check', (comment) => {
    expect(checkPatches(okTest, newFile('a', comment))?.rule).toBe('suppression-added');
  });
  it.each([
    'test.skip(',
    'it.only(',
    'describe.todo(',
    'suite.skipIf(',
    't.runIf(',
    'ctx.fails(',
    'context.failing(',
    'bench.skip(',
    'test.concurrent.only(',
    'xit(',
    'xtest (',
    'xdescribe(',
    'fit(',
    'fdescribe(',
    '{ skip: true',
    ", 'todo': true",
    '{only : true',
    'pytest.mark.skip',
    'pytest.mark.xfail',
    't.Skip',
  ])('%s skips tests, in a test alone', (line) => {
    expect(checkPatches(newFile('test/a', line), okFix)?.rule).toBe('test-skipped');
    expect(checkPatches(okTest, newFile('a', line))).toBeNull();
  });
  it.each(['test.skipped', 'atest.skip(', 'exit(', 'benefit(', '{ skip: false', 'skip: true'])('%s skips nothing', (line) => {
    expect(checkPatches(newFile('test/a', line), okFix)).toBeNull();
  });
  it('a mode that stays, is unknown, or goes with the file is no change of mode', () => {
    const file: ChangedFile = {
      path: 'a',
      status: 'modified',
      oldMode: '100755',
      newMode: '100755',
      added: 1,
      removed: 0,
      binary: false,
      addedLines: [],
    };
    const test: ChangedFile = { ...file, path: 'test/a', status: 'added', oldMode: null, newMode: '100644' };
    const rule = (over: Partial<ChangedFile>) => checkProposal([test], [{ ...file, ...over }])?.rule;
    expect([rule({}), rule({ newMode: null }), rule({ oldMode: null }), rule({ status: 'added', oldMode: null, newMode: null })]).toEqual(
      Array(4).fill(undefined),
    );
    expect(rule({ status: 'deleted', newMode: null })).toBeUndefined();
    expect([rule({ newMode: '100644' }), rule({ oldMode: '120000' }), rule({ newMode: '160000' })]).toEqual([
      'mode-change',
      'symlink',
      'submodule',
    ]);
  });
  it('a deleted file frees its name, and the name of a test may grow', () => {
    const file: ChangedFile = {
      path: 'A',
      status: 'deleted',
      oldMode: '100644',
      newMode: null,
      added: 0,
      removed: 1,
      binary: false,
      addedLines: [],
    };
    const test: ChangedFile = { ...file, path: 'test/a', status: 'modified', newMode: '100644', added: 1, removed: 0 };
    const add: ChangedFile = { ...file, path: 'a', status: 'added', oldMode: null, newMode: '100644' };
    expect(checkProposal([test], [file, add], { existing: new Set(['A', 'test/a']) })).toBeNull();
    expect(checkProposal([test], [add], { existing: new Set(['A']) })?.rule).toBe('path-case-collision');
    expect(checkProposal([test], [{ ...add, path: 'cafe\u0301' }], { existing: new Set(['caf\u00e9']) })?.rule).toBe('path-case-collision');
    expect(checkProposal([test], [add], { gatePaths: ['a'] })?.detail).toContain('a is part of a gate');
  });
});
