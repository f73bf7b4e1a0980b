import type { CostEntry, Rollup } from '@reeve/core';
import { type Db, Prisma } from '@reeve/prisma';

const pageEntries = 20_000;
/** What is new in the ledger, and the sums of that moment where the page is the last. */
export type AuditPage = { entries: CostEntry[]; cursor: bigint; sums: Rollup[] | null };
type EntryRow = {
  id: bigint;
  agent_id: string;
  path: string[];
  cost_nano_usd: bigint | null;
  input_tokens: bigint;
  output_tokens: bigint;
};

/**
 * The ledger behind a place, as far as its sums are folded, and these sums, in one snapshot: a fold and its place become
 * visible together, and ids of a project grow in the order of its commits, since each holds its lock.
 */
export function readForAudit(db: Db, projectId: string, after: bigint): Promise<AuditPage> {
  return db.$transaction(
    async (tx) => {
      const rows = await tx.$queryRaw<EntryRow[]>`
        select id, agent_id, path, cost_nano_usd, input_tokens, output_tokens from cost_entry
        where project_id = ${projectId} and id > ${after}
          and id <= (select last_id from cost_rollup_place where project_id = ${projectId}) order by id limit ${pageEntries}`;
      const sums = rows.length < pageEntries ? await tx.costRollup.findMany({ where: { projectId } }) : null;
      return {
        // as much of an entry as a fold looks at
        entries: rows.map((r) => ({
          projectId,
          agentId: r.agent_id,
          path: r.path,
          costNanoUsd: r.cost_nano_usd,
          inputTokens: Number(r.input_tokens),
          outputTokens: Number(r.output_tokens),
        })) as CostEntry[],
        cursor: rows.at(-1)?.id ?? after,
        sums:
          sums?.map(({ agentId, ...r }) => ({
            ...r,
            id: agentId,
            ownInputTokens: Number(r.ownInputTokens),
            ownOutputTokens: Number(r.ownOutputTokens),
            totalInputTokens: Number(r.totalInputTokens),
            totalOutputTokens: Number(r.totalOutputTokens),
            ownEntries: Number(r.ownEntries),
            totalEntries: Number(r.totalEntries),
            ownUnpriced: Number(r.ownUnpriced),
            totalUnpriced: Number(r.totalUnpriced),
          })) ?? null,
      };
    },
    { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead, timeout: 60_000 },
  );
}
