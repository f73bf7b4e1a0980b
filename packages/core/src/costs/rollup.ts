import { type CostEntry, unpricedOf } from './cost-entry.ts';

/** Sums of one agent: its own entries, and those of its whole subtree. Integers, so order does not matter (I-COST-2). */
export type Rollup = {
  id: string;
  projectId: string;
  ownNanoUsd: bigint;
  totalNanoUsd: bigint;
  ownInputTokens: number;
  ownOutputTokens: number;
  totalInputTokens: number;
  totalOutputTokens: number;
  ownEntries: number;
  totalEntries: number;
  ownUnpriced: number;
  totalUnpriced: number;
};

/**
 * The sums of an agent that has spent nothing: all zero.
 *
 * Use it where a rollup starts, and for an agent without entries.
 *
 * @example
 * emptyRollup('p', 'a').totalNanoUsd; // → 0n
 */
export const emptyRollup = (projectId: string, id: string): Rollup => ({
  id,
  projectId,
  ownNanoUsd: 0n,
  totalNanoUsd: 0n,
  ownInputTokens: 0,
  ownOutputTokens: 0,
  totalInputTokens: 0,
  totalOutputTokens: 0,
  ownEntries: 0,
  totalEntries: 0,
  ownUnpriced: 0,
  totalUnpriced: 0,
});

/**
 * Folds entries bottom-up into one delta an agent; the sum of own deltas equals the sum of the roots' totals. An entry
 * without a price adds its tokens and counts as unpriced, until an adjustment prices it. With `onto` they are not deltas
 * but the sums that these become; what it gives is left as it is.
 *
 * Use it on entries that are new to the ledger; what is folded twice is counted twice.
 *
 * @example
 * const call = entryOf({ projectId: 'p', agentId: 'child', eventId: 'e', path: ['root', 'child'], costNanoUsd: 5n });
 * const sums = foldEntries([call]);
 * sums.get('child')?.ownNanoUsd; // → 5n
 * sums.get('root')?.ownNanoUsd; // → 0n
 * sums.get('root')?.totalNanoUsd; // → 5n
 * foldEntries([call], (id) => sums.get(id)).get('root')?.totalNanoUsd; // → 10n
 */
export function foldEntries(entries: readonly CostEntry[], onto?: (id: string) => Rollup | undefined): Map<string, Rollup> {
  const sums = new Map<string, Rollup>();
  for (const e of entries) {
    const cost = e.costNanoUsd ?? 0n;
    const unpriced = unpricedOf(e);
    const own = sumIn(sums, e.projectId, e.agentId, onto);
    own.ownNanoUsd += cost;
    own.ownInputTokens += e.inputTokens;
    own.ownOutputTokens += e.outputTokens;
    own.ownEntries += 1;
    own.ownUnpriced += unpriced;
    for (const id of e.path) {
      const sum = id === e.agentId ? own : sumIn(sums, e.projectId, id, onto);
      sum.totalNanoUsd += cost;
      sum.totalInputTokens += e.inputTokens;
      sum.totalOutputTokens += e.outputTokens;
      sum.totalEntries += 1;
      sum.totalUnpriced += unpriced;
    }
  }
  return sums;
}
function sumIn(sums: Map<string, Rollup>, projectId: string, id: string, onto?: (id: string) => Rollup | undefined): Rollup {
  let sum = sums.get(id);
  if (!sum) {
    const before = onto?.(id);
    sum = before ? { ...before } : emptyRollup(projectId, id);
    sums.set(id, sum);
  }
  return sum;
}

/**
 * `a + b`, field by field, with the ids of `a`.
 *
 * Use it to put a delta of `foldEntries` on what is stored; both are about the same agent.
 *
 * @example
 * const one = { ...emptyRollup('p', 'a'), ownNanoUsd: 2n };
 * addRollup(one, one).ownNanoUsd; // → 4n
 * addRollup(one, emptyRollup('p', 'a')); // → one
 */
export function addRollup(a: Rollup, b: Rollup): Rollup {
  return {
    id: a.id,
    projectId: a.projectId,
    ownNanoUsd: a.ownNanoUsd + b.ownNanoUsd,
    totalNanoUsd: a.totalNanoUsd + b.totalNanoUsd,
    ownInputTokens: a.ownInputTokens + b.ownInputTokens,
    ownOutputTokens: a.ownOutputTokens + b.ownOutputTokens,
    totalInputTokens: a.totalInputTokens + b.totalInputTokens,
    totalOutputTokens: a.totalOutputTokens + b.totalOutputTokens,
    ownEntries: a.ownEntries + b.ownEntries,
    totalEntries: a.totalEntries + b.totalEntries,
    ownUnpriced: a.ownUnpriced + b.ownUnpriced,
    totalUnpriced: a.totalUnpriced + b.totalUnpriced,
  };
}
