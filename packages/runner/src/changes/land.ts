import { type Clone, commitOf, fetchTip, isAncestor } from './clone.ts';
import { type Git, GitError } from './git.ts';
import { type Checkout, carryOver, checkoutsOf, type Move, movesBetween, mustBeUntouched } from './operator-tree.ts';

/** How a commit was brought to the operator's branch. */
export type Landing = 'landed' | 'base-moved';

/**
 * Moves the operator's branch from `base` to `commit`, its child, in one step that a crash leaves done or not done
 * (I-SELF-7): objects first, which nobody sees, then compare and swap of the branch, then the files of a checkout.
 */
export async function land(git: Git, clone: Clone, base: string, commit: string, reason: string): Promise<Landing> {
  const { operator } = clone;
  const branchRef = `refs/heads/${operator.branch}`;
  const theirs = { gitDir: operator.gitDir, owner: operator.owner };
  const checkouts = await checkoutsOf(git, operator);
  const moves = await movesBetween(git, clone, base, commit);
  for (const checkout of checkouts) await mustBeUntouched(git, operator, checkout, moves);

  // Handed over as a pack by pipe: no `git fetch` runs in the operator's repository, so no transport or url rule of its
  // configuration is ever consulted, and no FETCH_HEAD is written.
  const pack = await git.run(['pack-objects', '--revs', '--stdout', '--quiet'], { gitDir: clone.gitDir, input: `${commit}\n^${base}\n` });
  await git.run(['-c', 'core.fsync=all', 'unpack-objects', '-q'], { ...theirs, input: pack.out });
  const swap = await git.run(['-c', 'core.fsync=all', 'update-ref', '-m', reason, branchRef, commit, base], { ...theirs, allow: [1, 128] });
  if (swap.code !== 0) {
    const now = await git.run(['rev-parse', '--verify', '--quiet', `${branchRef}^{commit}`], { gitDir: operator.gitDir, allow: [1, 128] });
    if (now.text.trim() !== base) return 'base-moved';
    throw new GitError(`The branch could not be moved: ${swap.error.trim().slice(0, 1000)}`);
  }
  const landed = await git.line(['rev-parse', `${commit}^{tree}`], { gitDir: operator.gitDir });
  if (landed !== (await clone.trees.rootOf(commit)))
    throw new GitError(`${commit} reads as another tree in ${operator.path}. Do not use the branch before this is understood.`);
  await finish(git, clone, moves, checkouts);
  return 'landed';
}

/** The branch has moved: whatever happens to a checkout now, the change is merged, and saying anything else would be false. */
async function finish(git: Git, clone: Clone, moves: Move[], checkouts: Checkout[]): Promise<void> {
  for (const checkout of checkouts) await carryOver(git, clone.operator, checkout, moves).catch(() => {});
}

/** Whether `commit` is already part of the branch; if it is its tip, also finishes checkouts that a crash left behind. */
export async function alreadyLanded(git: Git, clone: Clone, changeId: string, commit: string): Promise<{ landed: boolean; tip: string }> {
  const tip = await fetchTip(git, clone, changeId, 'tip');
  if (tip !== commit && (!(await commitOf(git, clone, commit)) || !(await isAncestor(git, clone.gitDir, commit, tip))))
    return { landed: false, tip };
  if (tip === commit) {
    const checkouts = await checkoutsOf(git, clone.operator).catch(() => []);
    await finish(git, clone, await movesBetween(git, clone, `${commit}^1`, commit), checkouts);
  }
  return { landed: true, tip };
}
