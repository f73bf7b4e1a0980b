import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from './remove-folder.ts';

/** ext4 spares an inode for so long after it was freed, if what freed it is not on the disk yet. */
const keptForMs = 330_000;
/** No more files than this wait for their removal; what is over goes at once, the oldest first. */
const mostFiles = 50_000;

type Discarded = { path: string; files: number; timer: NodeJS.Timeout };
const waiting = new Map<string, Discarded[]>();
let discarded = 0;

/**
 * Takes the tree of a change that is through out of its folder, and removes it some minutes later. Some file systems (ext4)
 * look past every inode that was freed in the last minutes for each file that is made, which is most of a second for a thousand
 * files: a tree that is removed at once makes the next change pay for it. What a process that ended has left is removed by
 * the next one that discards a tree.
 *
 * @param files how many files it has, at least about; more than are let wait are removed at once
 */
export function discardTree(changesDir: string, tree: string, files: number): void {
  if (!existsSync(tree)) return;
  const folder = join(changesDir, 'discarded');
  let trees = waiting.get(folder);
  if (!trees) {
    removeFolder(folder);
    trees = [];
    waiting.set(folder, trees);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${process.pid}-${++discarded}`);
  try {
    renameSync(tree, path);
  } catch {
    // on a file system of its own, or without the right to it
    removeFolder(tree);
    return;
  }
  const timer = setTimeout(() => removeNow(folder, path), keptForMs);
  timer.unref();
  trees.push({ path, files, timer });
  for (let all = trees.reduce((n, t) => n + t.files, 0); all > mostFiles && trees[0]; ) {
    all -= trees[0].files;
    removeNow(folder, trees[0].path);
  }
}
/** Trees that wait for their removal. */
export const discardedTrees = (changesDir: string): string[] => (waiting.get(join(changesDir, 'discarded')) ?? []).map((t) => t.path);

function removeNow(folder: string, path: string): void {
  const trees = waiting.get(folder) ?? [];
  const at = trees.findIndex((t) => t.path === path);
  if (at >= 0) clearTimeout(trees.splice(at, 1)[0]?.timer);
  removeFolder(path);
}
