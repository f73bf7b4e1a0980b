import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { RepositoryRef } from '@reeve/core/vocabulary';
import { type Git, GitError, safeName } from './git.ts';
import { Trees } from './trees.ts';

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
export type Clone = { gitDir: string; operator: Operator; trees: Trees };

const branches = new Set<string>();
/** Throws where no branch can have the name; whether one can is a matter of its letters alone, so it is asked once. */
async function checkBranch(git: Git, branch: string): Promise<void> {
  if (branches.has(branch)) return;
  await git.run(['check-ref-format', `refs/heads/${branch}`]);
  branches.add(branch);
}

async function openOperator(git: Git, ref: RepositoryRef): Promise<Operator & { format: string }> {
  if (!isAbsolute(ref.path)) throw new GitError(`The repository path ${ref.path} is not absolute.`);
  await checkBranch(git, ref.branch);
  const path = resolve(ref.path);
  const asked = await git.run(['rev-parse', '--show-object-format', '--git-common-dir'], { cwd: path });
  const [, format = '', folder = ''] = /^(\w+)\n(.*)\n$/s.exec(asked.text) ?? [];
  const gitDir = resolve(path, folder);
  const { uid, gid } = statSync(gitDir);
  const owner = process.getuid?.() === 0 && uid !== 0 ? { uid, gid } : null;
  return { path, gitDir, branch: ref.branch, owner, format };
}

/**
 * Opens the bare repository of the supervisor, creating it when it is not there. Candidates are built and checked out
 * here alone: from a linked worktree the operator's repository could be made to run code.
 */
export async function openClone(git: Git, changesDir: string, ref: RepositoryRef): Promise<Clone> {
  const { format, ...operator } = await openOperator(git, ref);
  const gitDir = join(changesDir, `${safeName(ref.repositoryId)}.git`);
  mkdirSync(changesDir, { recursive: true, mode: 0o700 });
  // Safe to repeat, so a crash half-way leaves nothing to repair. No template: no sample hooks, no info/attributes.
  const known = `${format} ${gitDir}`;
  if (!whole.has(known) || !['HEAD', 'config', 'objects', 'refs'].every((name) => existsSync(join(gitDir, name)))) {
    await git.run(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, gitDir]);
    whole.add(known);
  }
  if (looseObjects(gitDir) > maxLooseObjects) await git.run(['gc', '--quiet'], { gitDir });
  return { gitDir, operator, trees: new Trees(git, gitDir) };
}

/** Clones that this process has seen come to be; after a crash there are none. */
const whole = new Set<string>();

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
  const commit = await commitOf(git, clone, ref);
  if (!commit) throw new GitError(`${branch} is no commit in ${path}.`);
  return commit.sha;
}

/** The commit that a name stands for now in the clone, with its parents, or `null`. */
export async function commitOf(git: Git, clone: Clone, name: string): Promise<{ sha: string; parents: string[] } | null> {
  const [commit] = await git.objects(clone.gitDir, [`${name}^{commit}`]);
  if (!commit) return null;
  // The head of a commit ends at the first empty line; what stands below is anybody's text.
  const [head = ''] = commit.bytes.toString('latin1').split('\n\n', 1);
  return { sha: commit.sha, parents: [...head.matchAll(/^parent ([0-9a-f]+)$/gm)].map((m) => m[1] ?? '') };
}

export async function isAncestor(git: Git, gitDir: string, older: string, newer: string): Promise<boolean> {
  return (await git.run(['merge-base', '--is-ancestor', older, newer], { gitDir, allow: [1] })).code === 0;
}
