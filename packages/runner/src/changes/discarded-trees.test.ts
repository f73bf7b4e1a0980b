import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { discardedTrees, discardTree } from './discarded-trees.ts';

let dir: string;
beforeEach(() => {
  vi.useFakeTimers();
  dir = mkdtempSync(join(tmpdir(), 'reeve discarded '));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});
/** A tree with a link out of it, as those of changes have to their dependencies. */
function treeOf(name: string): string {
  const tree = join(dir, name);
  mkdirSync(join(tree, 'src'), { recursive: true });
  writeFileSync(join(tree, 'src/a.mjs'), '1;\n');
  mkdirSync(join(dir, 'elsewhere'), { recursive: true });
  writeFileSync(join(dir, 'elsewhere/kept'), 'kept');
  symlinkSync(join(dir, 'elsewhere'), join(tree, 'node_modules'));
  return tree;
}

test('a tree is out of its place at once, and removed after five minutes and a half; what it links to stays', () => {
  const tree = treeOf('tree');
  discardTree(dir, tree, 2);
  expect(existsSync(tree)).toBe(false);
  const [path] = discardedTrees(dir) as [string];
  vi.advanceTimersByTime(329_000);
  expect(existsSync(join(path, 'src/a.mjs'))).toBe(true);
  vi.advanceTimersByTime(2_000);
  expect([existsSync(path), discardedTrees(dir), existsSync(join(dir, 'elsewhere/kept'))]).toEqual([false, [], true]);
});
test('of more than fifty thousand files the oldest go at once, and one tree of more does too', () => {
  discardTree(dir, treeOf('first'), 30_000);
  discardTree(dir, treeOf('second'), 20_000);
  const [first, second] = discardedTrees(dir) as [string, string];
  discardTree(dir, treeOf('third'), 1);
  expect([existsSync(first), existsSync(second), discardedTrees(dir).length]).toEqual([false, true, 2]);
  discardTree(dir, treeOf('large'), 50_001);
  expect([existsSync(second), discardedTrees(dir)]).toEqual([false, []]);
});
test('what an earlier process left is removed; no tree is nothing to discard', () => {
  mkdirSync(join(dir, 'discarded', '1-1', 'src'), { recursive: true });
  discardTree(dir, join(dir, 'none'), 1);
  expect(existsSync(join(dir, 'discarded', '1-1'))).toBe(true);
  discardTree(dir, treeOf('tree'), 1);
  expect([existsSync(join(dir, 'discarded', '1-1')), discardedTrees(dir).length]).toEqual([false, 1]);
});
