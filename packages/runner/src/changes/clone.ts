import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { RepositoryRef } from '@reeve/core/vocabulary';
import { type Git, GitError, safeName } from './git.ts';

/** The operator's repository, as far as it was asked: where it stands and who it belongs to. Nothing was written. */
export type Operator = {
  /** As it was registered. */
  path: string;
  /** The common git directory, where objects and branches are. */
  gitDir: string;
  branch: string;
  /** Set when we are root and they are not: what we write there must stay theirs. */
  owner: { uid: number; gid: number } | null;
};
/** The supervisor's own bare copy of it, with a configuration that nobody else writes. */
export type Clone = { gitDir: string; operator: Operator };

export async function openOperator(git: Git, ref: RepositoryRef): Promise<Operator> {
  if (!isAbsolute(ref.path)) throw new GitError(`The repository path ${ref.path} is not absolute.`);
  await git.run(['check-ref-format', `refs/heads/${ref.branch}`]);
  const path = resolve(ref.path);
  const gitDir = resolve(path, await git.line(['rev-parse', '--git-common-dir'], { cwd: path }));
  const { uid, gid } = statSync(gitDir);
  const owner = process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : null;
  return { path, gitDir, branch: ref.branch, owner };
}

/**
 * Opens the bare repository of the supervisor, creating it when it is not there. Candidates are built and checked out
 * here alone: from a linked worktree the operator's repository could be made to run code.
 */
export async function openClone(git: Git, changesDir: string, ref: RepositoryRef): Promise<Clone> {
  const operator = await openOperator(git, ref);
  const gitDir = join(changesDir, `${safeName(ref.repositoryId)}.git`);
  mkdirSync(changesDir, { recursive: true, mode: 0o700 });
  const format = await git.line(['rev-parse', '--show-object-format'], { cwd: operator.path });
  // Safe to repeat, so a crash half-way leaves nothing to repair. No template: no sample hooks, no info/attributes.
  await git.run(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, gitDir]);
  if (looseObjects(gitDir) > maxLooseObjects) await git.run(['gc', '--quiet'], { gitDir });
  return { gitDir, operator };
}

const maxLooseObjects = 6_000;
/** As git estimates it: one of 256 folders stands for all. Automatic clean-up is off, so that it never runs beside a gate. */
function looseObjects(gitDir: string): number {
  const folder = join(gitDir, 'objects', '17');
  return existsSync(folder) ? readdirSync(folder).length * 256 : 0;
}

/** Lets go of what a refused change left in the clone; its diff is in the dossier. */
export async function forget(git: Git, clone: Clone, changeId: string): Promise<void> {
  for (const ref of [`refs/heads/reeve/${changeId}`, `refs/reeve/base/${changeId}`])
    await git.run(['update-ref', '-d', ref], { gitDir: clone.gitDir, allow: [1, 128] });
}

/** Fetches the target branch, and it alone, and keeps it under `refs/reeve/<kind>/<changeId>` so that nothing is collected. */
export async function fetchTip(git: Git, clone: Clone, changeId: string, kind: 'base' | 'tip'): Promise<string> {
  const { path, branch } = clone.operator;
  const ref = `refs/reeve/${kind}/${safeName(changeId)}`;
  const flags = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules', '--update-shallow'];
  await git.run(['fetch', ...flags, '--', path, `+refs/heads/${branch}:${ref}`], { gitDir: clone.gitDir });
  return git.line(['rev-parse', '--verify', `${ref}^{commit}`], { gitDir: clone.gitDir });
}

/** The commit that a ref names, or `null`. */
export async function shaOf(git: Git, gitDir: string, name: string): Promise<string | null> {
  const found = await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], { gitDir, allow: [1, 128] });
  return found.code === 0 ? found.text.trim() : null;
}

export async function isAncestor(git: Git, gitDir: string, older: string, newer: string): Promise<boolean> {
  return (await git.run(['merge-base', '--is-ancestor', older, newer], { gitDir, allow: [1] })).code === 0;
}
