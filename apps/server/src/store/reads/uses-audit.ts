import { auditUses, type BudgetUse, type CostEntry, type Discrepancy, type Reservation } from '@reeve/core';
import { type Db, Prisma } from '@reeve/prisma';

/**
 * What stands against budgets, held against the reservations and the entries that it is the fold of, in one snapshot. Reservations
 * that hold nothing any more are left out: those are most.
 */
export function auditBudgetUses(db: Db, projectId: string): Promise<Discrepancy[]> {
  return db.$transaction(
    async (tx) => {
      const entries = await tx.$queryRaw<{ chargedTo: string[]; costNanoUsd: bigint | null }[]>`
        select charged_to as "chargedTo", cost_nano_usd as "costNanoUsd" from cost_entry
        where project_id = ${projectId} and charged_to <> '{}'`;
      const reservations = await tx.$queryRaw<Pick<Reservation, 'path' | 'chargedTo' | 'amountNanoUsd' | 'settledNanoUsd' | 'state'>[]>`
        select path, charged_to as "chargedTo", amount_nano_usd as "amountNanoUsd", settled_nano_usd as "settledNanoUsd", state
        from reservation where project_id = ${projectId}
          and (state in ('open', 'unknown') or settled_nano_usd > case when state = 'released' then 0 else amount_nano_usd end)`;
      const uses = await tx.budgetUse.findMany({ where: { projectId } });
      return auditUses(
        entries.map((e) => ({ ...e, projectId }) as CostEntry),
        reservations.map((r) => ({ ...r, projectId }) as Reservation),
        uses.map(({ agentId, ...u }): BudgetUse => ({ ...u, id: agentId })),
      );
    },
    { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead, timeout: 60_000 },
  );
}
