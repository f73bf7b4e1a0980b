import {
  budgetPeriodEndMs,
  budgetPeriodStartMs,
  exhaustedAtMs,
  isoOf,
  isReached,
  leftOf,
  levelOf,
  raisesBudgets,
  type ScopedBudget,
  standingOfTally,
  tallyAt,
} from '@reeve/core';
import { type AgentState, type ScopedBudgetView, usdOf } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { budgetOf, type StoredBudget } from '../rows.ts';

const burnMinutes = 10;
const perHour = BigInt(60 / burnMinutes);
/** As they stand in the settings of the project. */
export async function storedBudgets(db: Db, projectId: string): Promise<ScopedBudget[]> {
  const settings = await db.projectSettings.findUnique({ where: { id: projectId }, select: { budgets: true } });
  return ((settings?.budgets ?? []) as unknown as StoredBudget[]).map(budgetOf);
}

/** All of them with how they stand now, the project's first, then the oldest first. They are few by their limit. */
export async function listScopedBudgets(db: Db, projectId: string, nowMs = Date.now()): Promise<ScopedBudgetView[]> {
  const budgets = await storedBudgets(db, projectId);
  if (budgets.length === 0) return [];
  const agentIds = budgets.flatMap((b) => b.agentId ?? []);
  const since = new Date(nowMs - burnMinutes * 60_000);
  const [tallies, agents, burns] = await Promise.all([
    db.budgetTally.findMany({ where: { projectId } }),
    db.agent.findMany({ where: { id: { in: agentIds } }, select: { id: true, name: true, state: true } }),
    db.$queryRaw<{ id: string | null; nano: string }[]>`
      select null as id, coalesce(sum(cost_nano_usd), 0)::text as nano from cost_entry where project_id = ${projectId} and at >= ${since} and at < ${new Date(nowMs)}
      union all
      select p.id, coalesce(sum(e.cost_nano_usd), 0)::text from cost_entry e cross join lateral unnest(e.path || e.charged_to) p(id)
      where e.project_id = ${projectId} and e.at >= ${since} and e.at < ${new Date(nowMs)} and p.id = any(${agentIds}) group by p.id`,
  ]);
  const agentOf = new Map(agents.map((a) => [a.id, a]));
  const burnOf = new Map(burns.map((b) => [b.id, BigInt(b.nano) * perHour]));
  const views = budgets.flatMap((b): ScopedBudgetView[] => {
    const stored = tallies.find((t) => t.budgetId === b.id);
    if (!stored) return [];
    const t = tallyAt(b.period, { id: b.id, ...stored }, nowMs);
    const standing = standingOfTally(b, t);
    const burn = burnOf.get(b.agentId) ?? 0n;
    const ends = standing && !isReached(b, t.spentNanoUsd) ? exhaustedAtMs(standing, burn, nowMs) : null;
    const agent = b.agentId === null ? undefined : agentOf.get(b.agentId);
    const endsMs = budgetPeriodEndMs(t.period);
    return [
      {
        budgetId: b.id,
        name: b.name,
        scope: b.scope,
        agentId: b.agentId,
        agentName: agent?.name ?? null,
        state: (agent?.state as AgentState | undefined) ?? null,
        period: b.period,
        periodFrom: isoOf(budgetPeriodStartMs(t.period)),
        periodTo: endsMs === null ? null : isoOf(endsMs),
        softUsd: b.softNanoUsd === null ? null : usdOf(b.softNanoUsd),
        hardUsd: b.hardNanoUsd === null ? null : usdOf(b.hardNanoUsd),
        action: b.action,
        warned: b.softNanoUsd !== null && t.spentNanoUsd >= b.softNanoUsd,
        level: standing ? levelOf(standing) : 'ok',
        spentUsd: usdOf(t.spentNanoUsd),
        reservedUsd: usdOf(t.reservedNanoUsd),
        unknownUsd: usdOf(t.unknownNanoUsd),
        leftUsd: standing ? usdOf(leftOf(standing)) : null,
        burnUsdPerHour: usdOf(burn),
        burnWindow: { from: since.toISOString(), to: isoOf(nowMs), times: Number(perHour) },
        exhaustedAt: ends === null || (endsMs !== null && ends >= endsMs) ? null : isoOf(ends),
        mayRaise: raisesBudgets,
        createdBy: b.createdBy,
        createdAt: isoOf(b.createdAtMs),
      },
    ];
  });
  return [...views.filter((v) => v.scope === 'project'), ...views.filter((v) => v.scope !== 'project')];
}
