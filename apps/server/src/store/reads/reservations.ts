import { budgetPeriodAt, budgetPeriodStartMs } from '@reeve/core';
import { type Page, type ReservationState, type ReservationView, usdOf } from '@reeve/core/vocabulary';
import type { Db, Prisma } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { agentNames } from './agents.ts';
import { storedBudgets } from './scoped-budgets.ts';

type Asked = { agentId?: string; budgetId?: string; state: 'open' | 'unknown'; limit: number; cursor?: string };
const at = (agentId: string | null | undefined): Prisma.ReservationWhereInput[] =>
  agentId ? [{ OR: [{ path: { has: agentId } }, { chargedTo: { has: agentId } }] }] : [];

/** Of a budget: what it counts; of those that are unknown, what became so in its period. */
async function countedBy(db: Db, projectId: string, q: Asked): Promise<Prisma.ReservationWhereInput[]> {
  if (!q.budgetId) return [];
  const budget = (await storedBudgets(db, projectId)).find((b) => b.id === q.budgetId);
  if (!budget) throw notFound('budget', q.budgetId);
  const since = new Date(budgetPeriodStartMs(budgetPeriodAt(budget.period, Date.now())));
  return [...at(budget.agentId), ...(q.state === 'unknown' ? [{ endedAt: { gte: since } }] : [])];
}

/** Newest first: what they hold adds up to what is reserved, or unknown, of the budget that was asked about. */
export async function listReservations(db: Db, projectId: string, q: Asked): Promise<Page<ReservationView>> {
  const where: Prisma.ReservationWhereInput = {
    projectId,
    state: q.state,
    AND: [...at(q.agentId), ...(await countedBy(db, projectId, q))],
    ...(q.cursor ? { id: { lt: q.cursor } } : {}),
  };
  const rows = await db.reservation.findMany({ where, orderBy: { id: 'desc' }, take: q.limit + 1 });
  const page = rows.slice(0, q.limit);
  const names = await agentNames(
    db,
    page.map((r) => r.agentId),
  );
  const rest = (amount: bigint, settled: bigint) => {
    const left = amount - (settled > 0n ? settled : 0n);
    return left > 0n ? left : 0n;
  };
  const items = page.map(
    (r): ReservationView => ({
      id: r.id,
      agentId: r.agentId,
      agentName: names.get(r.agentId) ?? null,
      state: r.state as ReservationState,
      amountUsd: usdOf(r.amountNanoUsd),
      settledUsd: usdOf(r.settledNanoUsd),
      heldUsd: usdOf(q.state === 'open' ? r.amountNanoUsd : rest(r.amountNanoUsd, r.settledNanoUsd)),
      createdAt: r.createdAt.toISOString(),
      expiresAt: r.expiresAt.toISOString(),
      endedAt: r.endedAt?.toISOString() ?? null,
    }),
  );
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
}
