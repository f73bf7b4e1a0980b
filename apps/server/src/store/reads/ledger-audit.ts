import type { CostEntry, Rollup } from '@reeve/core';
import { type Db, Prisma } from '@reeve/prisma';

/** As many rows come at once: the event loop stands still for a few milliseconds while one part is looked at. */
const most = 1_000;
/** What is new in the ledger, up to its place; then, behind the last page, the sums of that moment in parts. */
export type AuditSink = { entries(page: CostEntry[], cursor: bigint): void; sums(part: Rollup[]): void };

/**
 * The ledger behind a place, as far as its sums are folded, and these sums, in one snapshot: a fold and its place become
 * visible together, and ids of a project grow in the order of its commits, since each holds its lock. Answers whether this page was the
 * last and all sums have been told.
 *
 * Each part is one text that PostgreSQL wrote: ten thousand rows through Prisma hold everybody up for a quarter of a second.
 */
export function readForAudit(db: Db, projectId: string, after: bigint, sink: AuditSink): Promise<boolean> {
  return db.$transaction(
    async (tx) => {
      const page = await textOf<[string, string, string[], string | null, number, number, -1 | 0 | 1]>(
        tx,
        'id::text, agent_id, path, cost_nano_usd::text, input_tokens, output_tokens, unpriced_delta',
        Prisma.sql`cost_entry where project_id = ${projectId} and id > ${after}
          and id <= (select last_id from cost_rollup_place where project_id = ${projectId}) order by id limit ${most}`,
      );
      sink.entries(
        // as much of an entry as a fold looks at
        page.map(
          ([, agentId, path, nano, inputTokens, outputTokens, delta]) =>
            ({
              projectId,
              agentId,
              path,
              costNanoUsd: nano === null ? null : BigInt(nano),
              inputTokens,
              outputTokens,
              unpricedDelta: delta || undefined,
            }) as CostEntry,
        ),
        BigInt(page.at(-1)?.[0] ?? after),
      );
      if (page.length === most) return false;
      for (let last = ''; ; ) {
        const part = await textOf<[string, string, string, ...number[]]>(
          tx,
          `agent_id, own_nano_usd::text, total_nano_usd::text, own_input_tokens, own_output_tokens, total_input_tokens, total_output_tokens,
            own_entries, total_entries, own_unpriced, total_unpriced`,
          Prisma.sql`cost_rollup where project_id = ${projectId} and agent_id > ${last} order by agent_id limit ${most}`,
        );
        sink.sums(part.map((row) => sumOf(projectId, row)));
        if (part.length < most) return true;
        last = part.at(-1)?.[0] ?? last;
      }
    },
    { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead, timeout: 60_000 },
  );
}

/** Rows as lists of these columns. */
async function textOf<Row>(tx: Pick<Db, '$queryRaw'>, columns: string, from: Prisma.Sql): Promise<Row[]> {
  const [answer] = await tx.$queryRaw<{ rows: string }[]>`
    select coalesce(json_agg(json_build_array(${Prisma.raw(columns)}))::text, '[]') as rows from (select * from ${from}) x`;
  return JSON.parse(answer?.rows ?? '[]') as Row[];
}
function sumOf(projectId: string, [id, own, total, ...counts]: [string, string, string, ...number[]]): Rollup {
  const [ownInputTokens = 0, ownOutputTokens = 0, totalInputTokens = 0, totalOutputTokens = 0, ...entries] = counts;
  const [ownEntries = 0, totalEntries = 0, ownUnpriced = 0, totalUnpriced = 0] = entries;
  return {
    id,
    projectId,
    ownNanoUsd: BigInt(own),
    totalNanoUsd: BigInt(total),
    ownInputTokens,
    ownOutputTokens,
    totalInputTokens,
    totalOutputTokens,
    ownEntries,
    totalEntries,
    ownUnpriced,
    totalUnpriced,
  };
}
