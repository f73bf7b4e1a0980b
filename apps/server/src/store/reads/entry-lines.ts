import { unpricedOf } from '@reeve/core';
import type { CostEntryView } from '@reeve/core/vocabulary';
import type { CostEntry, Db, Prisma } from '@reeve/prisma';
import { adjustmentsOf } from './adjustments.ts';

/** An entry with what stands beside it. */
export type EntryLine = CostEntry & Pick<CostEntryView, 'adjusted' | 'unpriced'>;
/** Entries of one look for those that still have no price, behind the first. */
const looked = 1_000;

/** The newest `limit` that fit. */
export async function entryLines(db: Db, where: Prisma.CostEntryWhereInput, limit: number): Promise<EntryLine[]> {
  const rows = await db.costEntry.findMany({ where, orderBy: { id: 'desc' }, take: limit });
  const beside = await adjustmentsOf(db, rows);
  return rows.map((r) => {
    const { adjusted, unpricedDelta } = beside(r);
    return { ...r, adjusted, unpriced: unpricedOf({ costNanoUsd: r.costNanoUsd }) + unpricedDelta > 0 };
  });
}
/** The newest `limit` that fit and have no price, however many stand between them that have been priced since (I-COST-8). */
export async function unpricedLines(db: Db, where: Prisma.CostEntryWhereInput, limit: number): Promise<EntryLine[]> {
  const found: EntryLine[] = [];
  let last: bigint | undefined;
  for (let take = limit; found.length < limit; take = looked) {
    const before = last === undefined ? [] : [{ id: { lt: last } }];
    const lines = await entryLines(db, { AND: [where, { costNanoUsd: null }, ...before] }, take);
    found.push(...lines.filter((l) => l.unpriced));
    last = lines.at(-1)?.id;
    if (lines.length < take) break;
  }
  return found.slice(0, limit);
}
