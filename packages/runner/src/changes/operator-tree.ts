import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clone, Operator } from './clone.ts';
import { type Git, GitError } from './git.ts';
import type { TreeEntry } from './trees.ts';

/**
 * The operator's work trees. A branch that is checked out cannot simply be moved: index and files would still be those of
 * the old commit, `git status` would show the reverse of the change as staged, and the next `git commit` would undo it.
 * So exactly the files of the change are carried over, where and only where they are untouched; else nothing moves at
 * all. Written by hand instead of `read-tree -u`, which would run the filters that the operator's configuration names.
 */
export type Checkout = { path: string; gitDir: string };

/** One file of the change: what it was and what it will be. */
export type Move = { path: string; before: Side | null; after: Side | null };
export type Side = { mode: string; sha: string; bytes: Buffer };

/** Something of the operator's is in the way. Nothing was changed; the words say what to do. */
export class Blocked extends Error {
  override readonly name = 'Blocked';
}

/** Every work tree that has the target branch checked out. Throws `Blocked` where one is in the middle of something. */
export async function checkoutsOf(git: Git, operator: Operator): Promise<Checkout[]> {
  const call = { gitDir: operator.gitDir, owner: operator.owner };
  const branchRef = `refs/heads/${operator.branch}`;
  const { text } = await git.run(['worktree', 'list', '--porcelain', '-z'], call);
  const checkouts: Checkout[] = [];
  for (const block of text.split('\0\0')) {
    const fields = new Map(block.split('\0').map((line) => line.split(/ (.*)/s).slice(0, 2) as [string, string]));
    const path = fields.get('worktree');
    if (!path || fields.has('bare') || fields.get('branch') !== branchRef || !existsSync(path)) continue;
    const gitDir = resolve(path, await git.line(['rev-parse', '--git-dir'], { cwd: path, owner: operator.owner }));
    checkouts.push({ path, gitDir });
  }
  const linked = join(operator.gitDir, 'worktrees');
  const gitDirs = [operator.gitDir, ...(existsSync(linked) ? readdirSync(linked).map((name) => join(linked, name)) : [])];
  for (const gitDir of gitDirs)
    for (const file of ['rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START'])
      if (firstLine(join(gitDir, file)).replace(/^refs\/heads\//, '') === operator.branch)
        throw new Blocked(
          `${operator.branch} is being ${file.startsWith('rebase') ? 'rebased' : 'bisected'} in ${operator.path}. Finish that, then approve again.`,
        );
  for (const { path, gitDir } of checkouts) {
    if (!(await isFree(join(gitDir, 'index.lock'))))
      throw new Blocked(
        `Another git holds ${join(gitDir, 'index.lock')}. Let it end, or remove the file if none runs; then approve again.`,
      );
    for (const file of ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD'])
      if (existsSync(join(gitDir, file)))
        throw new Blocked(`A merge or the like is in progress in ${path}. Finish it, then approve again.`);
  }
  return checkouts;
}
async function isFree(lock: string): Promise<boolean> {
  for (let attempt = 1; existsSync(lock); attempt++) {
    if (attempt === 20) return false;
    await sleep(100);
  }
  return true;
}
const firstLine = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').split('\n')[0] ?? '';
  } catch {
    return '';
  }
};

/** The files that differ between two commits, with their content. */
export async function movesBetween(git: Git, clone: Clone, from: string, to: string): Promise<Move[]> {
  const side = async (entry: TreeEntry | null): Promise<Side | null> => {
    if (entry === null) return null;
    const [blob] = await git.objects(clone.gitDir, [entry.sha]);
    if (blob?.type !== 'blob') throw new GitError(`The file ${entry.sha} is not there.`);
    return { ...entry, bytes: blob.bytes };
  };
  const moves: Move[] = [];
  for (const { path, before, after } of await clone.trees.difference(from, to))
    moves.push({ path, before: await side(before), after: await side(after) });
  return moves;
}

/** Throws `Blocked` unless every file of the change stands in the checkout as it was before (or already as it will be). */
export async function mustBeUntouched(git: Git, operator: Operator, checkout: Checkout, moves: readonly Move[]): Promise<void> {
  const touched = await touchedPaths(git, operator, checkout, moves);
  if (touched.length > 0)
    throw new Blocked(
      `${operator.branch} is checked out in ${checkout.path}, and ${touched.slice(0, 5).join(', ')} ${touched.length === 1 ? 'has' : 'have'} uncommitted changes there. Commit or stash them, then approve again. Nothing was merged.`,
    );
}

async function touchedPaths(git: Git, operator: Operator, checkout: Checkout, moves: readonly Move[]): Promise<string[]> {
  const index = await indexEntries(git, operator, checkout, moves);
  return moves
    .filter((move) => !isUntouchedInIndex(move, index.get(move.path) ?? []) || fileState(checkout, move) === 'other')
    .map((m) => m.path);
}

type IndexEntry = { flag: string; mode: string; sha: string; stage: string };
async function indexEntries(git: Git, operator: Operator, checkout: Checkout, moves: readonly Move[]): Promise<Map<string, IndexEntry[]>> {
  const call = {
    gitDir: checkout.gitDir,
    cwd: checkout.path,
    owner: operator.owner,
    env: { GIT_WORK_TREE: checkout.path, GIT_LITERAL_PATHSPECS: '1' },
  };
  const entries = new Map<string, IndexEntry[]>();
  // -v marks what an ordinary status does not look at (skip-worktree, assume-unchanged): hands off those.
  const { text } = await git.run(['ls-files', '--cached', '--stage', '-v', '-z', '--', ...moves.map((m) => m.path)], call);
  for (const line of text.split('\0')) {
    const [, flag = '', mode = '', sha = '', stage = '', path = ''] = /^(\S) (\d+) ([0-9a-f]+) (\d)\t(.*)$/s.exec(line) ?? [];
    if (path) entries.set(path, [...(entries.get(path) ?? []), { flag, mode, sha, stage }]);
  }
  return entries;
}
function isUntouchedInIndex(move: Move, entries: IndexEntry[]): boolean {
  const is = (side: Side | null) =>
    side === null
      ? entries.length === 0
      : entries.length === 1 &&
        entries[0]?.flag === 'H' &&
        entries[0].stage === '0' &&
        entries[0].mode === side.mode &&
        entries[0].sha === side.sha;
  return is(move.before) || is(move.after);
}

/** Compares bytes, not what filters or line endings would make of them: what differs at all is the operator's. */
function fileState(checkout: Checkout, move: Move): 'before' | 'after' | 'other' {
  const parts = move.path.split('/');
  for (let i = 1; i < parts.length; i++) {
    const parent = statOrNull(join(checkout.path, ...parts.slice(0, i)));
    if (parent && !parent.isDirectory()) return 'other';
  }
  const file = join(checkout.path, move.path);
  const stat = statOrNull(file);
  const is = (side: Side | null): boolean => {
    if (side === null || stat === null) return side === null && stat === null;
    if (!stat.isFile() || stat.size !== side.bytes.length) return false;
    return ((stat.mode & 0o100) !== 0) === (side.mode === '100755') && readFileSync(file).equals(side.bytes);
  };
  return is(move.after) ? 'after' : is(move.before) ? 'before' : 'other';
}
const statOrNull = (path: string) => {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
};

/**
 * Carries the files over after the branch has moved. Each is looked at once more right before, and left alone if it
 * changed meanwhile: then it shows as the operator's own edit. A second call finishes what a crash interrupted.
 */
export async function carryOver(git: Git, operator: Operator, checkout: Checkout, moves: readonly Move[]): Promise<void> {
  const branchRef = `refs/heads/${operator.branch}`;
  const call = { gitDir: checkout.gitDir, cwd: checkout.path, owner: operator.owner, env: { GIT_WORK_TREE: checkout.path } };
  const head = await git.run(['symbolic-ref', '--quiet', 'HEAD'], { ...call, allow: [1] });
  if (head.text.trim() !== branchRef) return;
  const index = await indexEntries(git, operator, checkout, moves);
  const carried: Move[] = [];
  for (const move of moves) {
    if (!isUntouchedInIndex(move, index.get(move.path) ?? [])) continue;
    const state = fileState(checkout, move);
    // A crash may have left it beside the file.
    if (move.after) rmSync(besideOf(checkout, move.path, move.after), { force: true });
    if (state === 'other') continue;
    if (state === 'before') writeFile(checkout, move, operator.owner);
    carried.push(move);
  }
  const zero = '0'.repeat(moves[0]?.after?.sha.length ?? moves[0]?.before?.sha.length ?? 40);
  const input = carried.map(({ path, after }) => (after ? `${after.mode} ${after.sha}\t${path}\0` : `0 ${zero}\t${path}\0`)).join('');
  // Another git of the operator's may hold the index for a moment.
  for (let attempt = 1; ; attempt++) {
    const done = await git.run(['update-index', '-z', '--index-info'], { ...call, input, allow: [128] });
    if (done.code === 0) return;
    if (attempt === 20) throw new GitError(`The index of ${checkout.path} could not be updated: ${done.error.trim().slice(0, 500)}`);
    await sleep(250);
  }
}

function writeFile(checkout: Checkout, { path, before, after }: Move, owner: Operator['owner']): void {
  const file = join(checkout.path, path);
  if (after === null) {
    rmSync(file);
    removeEmptyParents(checkout.path, dirname(file));
    return;
  }
  makeParents(checkout.path, dirname(file), owner);
  const mode = before ? (statOrNull(file)?.mode ?? 0o644) & 0o777 : after.mode === '100755' ? 0o755 : 0o644;
  // Beside, then renamed: whoever reads the file sees the old one or the new one, never half of it.
  const beside = besideOf(checkout, path, after);
  writeFileSync(beside, after.bytes, { mode });
  if (owner) chownSync(beside, owner.uid, owner.gid);
  renameSync(beside, file);
}
const besideOf = (checkout: Checkout, path: string, after: Side): string =>
  join(checkout.path, dirname(path), `.reeve-${after.sha.slice(0, 12)}`);
function makeParents(root: string, folder: string, owner: Operator['owner']): void {
  if (folder === root || existsSync(folder)) return;
  makeParents(root, dirname(folder), owner);
  mkdirSync(folder);
  if (owner) chownSync(folder, owner.uid, owner.gid);
}
function removeEmptyParents(root: string, folder: string): void {
  if (folder === root || !folder.startsWith(`${root}/`)) return;
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  removeEmptyParents(root, dirname(folder));
}
