import { isoOf } from '@reeve/core';
import { type AgentState, type CostBurn, type CostLevel, type CostNode, type CostTreeSort, usdOf } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';
import { type Sum, sumRow } from './costs.ts';
import { ofLevel } from './unattributed.ts';

type Node = Sum & { state: string; children: bigint; own_unpriced: bigint; total_entries: bigint; reserved: bigint; unknown: bigint };
/** The sums of the level stand beside each of its rows, and alone where there is none. */
type Row = { count: bigint; whole: string; unattributed: string; at: bigint | null } & (Node | { [K in keyof Node]: null });
const isNode = (r: Row): r is Row & Node => r.key !== null;

const node = (r: Node): CostNode => ({
  ...sumRow(r),
  state: r.state as AgentState,
  children: Number(r.children),
  ownUnpriced: Number(r.own_unpriced),
  subtreeEntries: Number(r.total_entries),
  reservedUsd: usdOf(r.reserved),
  unknownUsd: usdOf(r.unknown),
});

const columns: Record<CostTreeSort, Prisma.Sql> = {
  label: Prisma.sql`lower(label)`,
  ownUsd: Prisma.sql`own`,
  subtreeUsd: Prisma.sql`total`,
  reservedUsd: Prisma.sql`reserved`,
  entries: Prisma.sql`total_entries`,
  unpriced: Prisma.sql`unpriced`,
};
const nodes = Prisma.sql`
  select a.id as key, a.name as label, a.state, coalesce(r.own_nano_usd, 0) as own, coalesce(r.total_nano_usd, 0) as total,
    coalesce(r.own_input_tokens, 0) as input, coalesce(r.own_output_tokens, 0) as output, coalesce(r.own_entries, 0) as entries,
    coalesce(r.total_unpriced, 0) as unpriced, coalesce(r.own_unpriced, 0) as own_unpriced, coalesce(r.total_entries, 0) as total_entries,
    coalesce(u.reserved_nano_usd, 0) as reserved, coalesce(u.unknown_nano_usd, 0) as unknown
  from agent a left join cost_rollup r on r.agent_id = a.id left join budget_use u on u.agent_id = a.id`;
/**
 * One level of the tree with the sums of the rollup, in one statement and so of one moment. The cursor is how many were told: a page
 * keeps its place while amounts move, and may then repeat an agent of the page before.
 */
export async function costLevel(
  db: Db,
  projectId: string,
  q: { parent?: string; sort: CostTreeSort; descending: boolean; limit: number; cursor?: string },
): Promise<CostLevel> {
  const skip = /^\d{1,9}$/.test(q.cursor ?? '') ? Number(q.cursor) : 0;
  const order = Prisma.sql`order by ${columns[q.sort]} ${q.descending ? Prisma.sql`desc` : Prisma.sql`asc`}, key`;
  const whole =
    q.parent === undefined
      ? Prisma.sql`select coalesce(sum(own_nano_usd), 0) as whole, 0 as own from cost_rollup where project_id = ${projectId}`
      : Prisma.sql`select coalesce(sum(total), 0) as whole, coalesce(sum(own), 0) as own from start`;
  const rows = await db.$queryRaw<Row[]>`
    with node as (${nodes} where a.project_id = ${projectId} and ${ofLevel(q.parent)}),
    start as (${nodes} where a.project_id = ${projectId} and a.id = ${q.parent ?? ''}),
    level as (select count(*) as count, coalesce(sum(total), 0) as below from node),
    page as (select 1 + row_number() over (${order}) as at, * from node ${order} offset ${skip} limit ${q.limit + 1}),
    shown as (select 0 as at, * from start union all select * from page)
    select level.count, w.whole::text as whole, (w.whole - w.own - level.below)::text as unattributed,
      shown.*, (select count(*) from agent c where c.parent_id = shown.key) as children
    from level cross join (${whole}) w left join shown on true order by shown.at`;
  const shown = rows.filter(isNode);
  const items = shown.filter((r) => Number(r.at) > 0);
  const start = shown.find((r) => Number(r.at) === 0);
  return {
    of: start ? node(start) : null,
    totalUsd: usdOf(BigInt(rows[0]?.whole ?? 0)),
    unattributedUsd: usdOf(BigInt(rows[0]?.unattributed ?? 0)),
    count: Number(rows[0]?.count ?? 0),
    items: items.slice(0, q.limit).map(node),
    nextCursor: items.length > q.limit ? String(skip + q.limit) : null,
  };
}

const burnMinutes = 10;
const perHour = BigInt(60 / burnMinutes);
/** What the subtrees of these agents spent in the last minutes, by the time of the calls, as an hour of it. */
export async function costBurn(db: Db, projectId: string, agentIds: readonly string[]): Promise<CostBurn> {
  const nowMs = Date.now();
  const since = new Date(nowMs - burnMinutes * 60_000);
  const rows = await db.$queryRaw<{ id: string; nano: string }[]>`
    select p.id, coalesce(sum(e.cost_nano_usd), 0)::text as nano from cost_entry e cross join lateral unnest(e.path) p(id)
    where e.project_id = ${projectId} and e.at >= ${since} and e.at < ${new Date(nowMs)} and p.id = any(${agentIds as string[]}) group by 1`;
  const spent = new Map(rows.map((r) => [r.id, BigInt(r.nano)]));
  return {
    window: { from: since.toISOString(), to: isoOf(nowMs), times: Number(perHour) },
    items: agentIds.map((agentId) => ({ agentId, burnUsdPerHour: usdOf((spent.get(agentId) ?? 0n) * perHour) })),
  };
}
