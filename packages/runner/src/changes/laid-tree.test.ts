import { lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isUntouched, type LaidTree, lookAgain, lookAt, settle } from './laid-tree.ts';

let root: string;
let tree: string;
let before: LaidTree;
const write = (path: string, text = path) => {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
};
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'reeve laid '));
  tree = join(root, 'tree');
  for (const path of ['top', 'a/one', 'a/two', 'b/c/three', 'b/four']) write(path);
  before = await lookAt(tree, new Set());
  await settle(before, root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const now = () => lookAt(tree, new Set(['node_modules']));
const work = { gone: ['a/one', 'b/c/three', 'b/four'], written: ['a/one', 'b', 'd/e/five'], lent: ['node_modules'] };
/** Files renewed, a folder that became a link, a new folder, dependencies lent. */
const doWork = () => {
  rmSync(join(tree, 'a/one'));
  write('a/one', 'new');
  rmSync(join(tree, 'b'), { recursive: true });
  symlinkSync('a', join(tree, 'b'));
  write('d/e/five');
  write('node_modules/dep');
};

test('after the supervisor’s own work the look at what it touched is that at the whole', async () => {
  doWork();
  const again = lookAgain(tree, before, work);
  expect(again).toEqual(await now());
  expect(isUntouched(again, await now())).toBe(true);
});

const meanwhile: [what: string, touch: () => void][] = [
  ['a file edited', () => write('a/two', 'edit')],
  ['a file made in a folder that was worked in', () => write('a/more')],
  ['a file made in one that was not', () => write('top/../a2')],
  ['a file taken away', () => rmSync(join(tree, 'top'))],
  ['a time set', () => utimesSync(join(tree, 'a/two'), 1, 1)],
];
test.each(meanwhile)('what somebody else does meanwhile shows at the next look: %s', async (_, touch) => {
  touch();
  doWork();
  expect(isUntouched(lookAgain(tree, before, work), await now())).toBe(false);
});

test('once settled, whatever is changed has a later time stamp than all that was seen', async () => {
  const soonNs = lstatSync(mkdtempSync(join(root, 'x')), { bigint: true }).ctimeNs + 9_000_000n;
  const seen = new Map([...before].map(([path, mark]) => [path, { ...mark, changedNs: path === 'a/two' ? soonNs : 0n }]));
  await settle(seen, root);
  expect(lstatSync(mkdtempSync(join(root, 'x')), { bigint: true }).ctimeNs).toBeGreaterThan(soonNs);
});

test('a clock that went back is not waited for', async () => {
  const { ctimeNs } = lstatSync(join(tree, 'top'), { bigint: true });
  const future = new Map([...before].map(([path, mark]) => [path, { ...mark, changedNs: ctimeNs + 3_600_000_000_000n }]));
  await settle(future, root);
});
