import { exhaustedAtMs, isoOf, levelOf, type Standing } from '@reeve/core';
import { type AgentState, type BudgetView, finalAgentStates, type Page, usdOf } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';

const burnMinutes = 10;
const perHour = BigInt(60 / burnMinutes);
type Row = {
  id: string;
  name: string;
  state: string;
  budget: bigint;
  settled: bigint;
  reserved: bigint;
  unknown: bigint;
  overshoot: bigint;
  burn: string;
};

/**
 * Every budget with how it stands, the tightest first: by the part of it that is left. The cursor is how many were told. Budgets
 * of agents that have ended come last, since nothing spends under them any more but what is late.
 */
export async function listBudgets(db: Db, projectId: string, q: { limit: number; cursor?: string }): Promise<Page<BudgetView>> {
  const skip = /^\d{1,9}$/.test(q.cursor ?? '') ? Number(q.cursor) : 0;
  const nowMs = Date.now();
  const since = new Date(nowMs - burnMinutes * 60_000);
  const rows = await db.$queryRaw<Row[]>`
    with budget as (
      select a.id, a.name, a.state, a.budget_nano_usd as budget, coalesce(r.total_nano_usd, 0) + coalesce(u.moved_nano_usd, 0) as settled,
        coalesce(u.reserved_nano_usd, 0) as reserved, coalesce(u.unknown_nano_usd, 0) as unknown, coalesce(u.overshoot_nano_usd, 0) as overshoot
      from agent a left join cost_rollup r on r.agent_id = a.id left join budget_use u on u.agent_id = a.id
      where a.project_id = ${projectId} and a.budget_nano_usd is not null
    ), page as (
      select *, (state in (${Prisma.join([...finalAgentStates])}))::int as over from budget
    ), burn as (
      select p.id, sum(e.cost_nano_usd) as nano from cost_entry e cross join lateral unnest(e.path || e.charged_to) p(id)
      where e.project_id = ${projectId} and e.at >= ${since} and e.at < ${new Date(nowMs)} group by 1
    )
    select page.*, coalesce(burn.nano, 0)::text as burn from page left join burn on burn.id = page.id
    order by over, (settled + reserved + unknown)::float8 / greatest(budget, 1) desc, page.id offset ${skip} limit ${q.limit + 1}`;
  const items = rows.slice(0, q.limit).map((r): BudgetView => {
    const standing: Standing = {
      agentId: r.id,
      budgetNanoUsd: r.budget,
      settledNanoUsd: r.settled,
      reservedNanoUsd: r.reserved,
      unknownNanoUsd: r.unknown,
    };
    const burn = BigInt(r.burn) * perHour;
    const ends = exhaustedAtMs(standing, burn, nowMs);
    return {
      agentId: r.id,
      name: r.name,
      state: r.state as AgentState,
      level: levelOf(standing),
      budgetUsd: usdOf(r.budget),
      settledUsd: usdOf(r.settled),
      reservedUsd: usdOf(r.reserved),
      unknownUsd: usdOf(r.unknown),
      overshootUsd: usdOf(r.overshoot),
      burnUsdPerHour: usdOf(burn),
      burnWindow: { from: since.toISOString(), to: isoOf(nowMs), times: Number(perHour) },
      exhaustedAt: ends === null ? null : isoOf(ends),
    };
  });
  return { items, nextCursor: rows.length > q.limit ? String(skip + q.limit) : null };
}
