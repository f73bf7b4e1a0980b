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
 * without a price adds its tokens and counts as unpriced, until an adjustment prices it.
 *
 * Use it on entries that are new to the ledger; what is folded twice is counted twice.
 *
 * @example
 * const call = entryOf({ projectId: 'p', agentId: 'child', eventId: 'e', path: ['root', 'child'], costNanoUsd: 5n });
 * const sums = foldEntries([call]);
 * sums.get('child')?.ownNanoUsd; // → 5n
 * sums.get('root')?.ownNanoUsd; // → 0n
 * sums.get('root')?.totalNanoUsd; // → 5n
 */
export function foldEntries(entries: readonly CostEntry[]): Map<string, Rollup> {
  const deltas = new Map<string, Rollup>();
  const of = (projectId: string, id: string): Rollup => {
    let d = deltas.get(id);
    if (!d) {
      d = emptyRollup(projectId, id);
      deltas.set(id, d);
    }
    return d;
  };
  for (const e of entries) {
    const cost = e.costNanoUsd ?? 0n;
    const unpriced = unpricedOf(e);
    const own = of(e.projectId, e.agentId);
    own.ownNanoUsd += cost;
    own.ownInputTokens += e.inputTokens;
    own.ownOutputTokens += e.outputTokens;
    own.ownEntries += 1;
    own.ownUnpriced += unpriced;
    for (const id of e.path) {
      const d = of(e.projectId, id);
      d.totalNanoUsd += cost;
      d.totalInputTokens += e.inputTokens;
      d.totalOutputTokens += e.outputTokens;
      d.totalEntries += 1;
      d.totalUnpriced += unpriced;
    }
  }
  return deltas;
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
