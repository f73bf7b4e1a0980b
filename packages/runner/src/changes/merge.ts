import { layerOf, protectionOf } from '@reeve/core/changes';
import type { RunnerOrder, RunnerReport } from '@reeve/core/vocabulary';
import { canonicalDiff, oneLine } from './candidate.ts';
import { commitOf, openClone } from './clone.ts';
import { GitError } from './git.ts';
import { alreadyLanded, land } from './land.ts';
import type { Surroundings } from './surroundings.ts';

export type MergeOrder = Extract<RunnerOrder, { kind: 'merge-change' }>;

/** Merges exactly what was approved, or says why not. The caller holds the repository's turn. */
export async function mergeChange(order: MergeOrder, around: Surroundings): Promise<RunnerReport> {
  const { changeId, repository, baseSha, candidateSha } = order;
  const { git } = around;
  const refuse = (rule: string, detail: string): RunnerReport => ({ kind: 'change-refused', changeId, rule, detail });
  const clone = await openClone(git, around.changesDir, repository);

  const { landed, tip } = await alreadyLanded(git, clone, changeId, candidateSha);
  if (landed) return { kind: 'change-merged', changeId, mergedSha: candidateSha };
  // The order is checked against git again: between approval and merge lie a network, a database and time (I-SELF-2, I-SELF-5).
  const candidate = await commitOf(git, clone, candidateSha);
  if (!candidate) throw new GitError(`The candidate ${candidateSha} is not in the clone. Propose the change again.`);
  if (candidate.parents.length !== 1 || candidate.parents[0] !== baseSha)
    return refuse('candidate-mismatch', 'The candidate is not a child of the approved base.');
  const diff = await canonicalDiff(git, clone, baseSha, candidateSha);
  if (diff.hash !== order.diffHash) return refuse('candidate-mismatch', 'The diff of the candidate is not the one that was approved.');
  for (const { path } of await clone.trees.difference(baseSha, candidateSha)) {
    if (layerOf(path, repository.layers) === 1) return refuse('critical-layer', `${path} is layer 1 by now, which no agent changes.`);
    const protection = protectionOf(path);
    if (protection) return refuse('protected-path', `${path} is ${protection}.`);
  }
  // Whoever runs this code is held still until then: what comes later would be swapped under running agents (I-SELF-8).
  if (order.landBeforeMs !== undefined && Date.now() > order.landBeforeMs)
    throw new GitError('The merge came to the runner too late: the agents that run this code are not held any longer. Approve it again.');
  if (tip !== baseSha) return { kind: 'change-base-moved', changeId, baseSha: tip };
  const landing = await land(git, clone, baseSha, candidateSha, `reeve: merge ${oneLine(changeId)}`);
  if (landing === 'landed') return { kind: 'change-merged', changeId, mergedSha: candidateSha };
  return { kind: 'change-base-moved', changeId, baseSha: (await alreadyLanded(git, clone, changeId, candidateSha)).tip };
}
