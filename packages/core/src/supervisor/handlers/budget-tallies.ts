import type { Standing } from '../../costs/budget.ts';
import type { CostEntry } from '../../costs/cost-entry.ts';
import { isOverBudget } from '../../costs/over-budget.ts';
import type { Reservation } from '../../costs/reservation.ts';
import {
  type BudgetTally,
  budgetPeriodStartMs,
  budgetsOver,
  decideCrossed,
  heldSince,
  type ScopedBudget,
  standingOfTally,
  tallyAt,
} from '../../costs/scoped-budget.ts';
import { InvariantError } from '../../kernel/invariant.ts';
import type { BudgetStatus } from '../commands.ts';
import { settingsOf, type Work } from '../work.ts';

const byCosts = 'system:costs';

/** What stands against a budget now; each has a record from the moment in which it was made. */
export async function tallyOf({ tx }: Work, budget: ScopedBudget): Promise<BudgetTally> {
  const stored = await tx.budgetTallies.get(budget.id);
  if (!stored) throw new InvariantError(`${budget.id} has no tally`);
  return tallyAt(budget.period, stored, tx.nowMs);
}

/** Turns to the day that it is, with what follows from that: a used up budget is open again. */
export async function turn({ tx }: Work, budget: ScopedBudget): Promise<BudgetTally> {
  const stored = await tx.budgetTallies.get(budget.id);
  if (!stored) throw new InvariantError(`${budget.id} has no tally`);
  const now = tallyAt(budget.period, stored, tx.nowMs);
  if (now !== stored) {
    tx.budgetTallies.put(now);
    for (const e of decideCrossed(budget, { budget, spentNanoUsd: stored.spentNanoUsd }, now.spentNanoUsd)) tx.append(e, byCosts);
  }
  return now;
}

async function addTo(work: Work, budget: ScopedBudget, more: (now: BudgetTally) => Partial<BudgetTally>): Promise<BudgetTally> {
  const before = await turn(work, budget);
  const { spentNanoUsd = 0n, reservedNanoUsd = 0n, unknownNanoUsd = 0n } = more(before);
  const after: BudgetTally = {
    ...before,
    spentNanoUsd: before.spentNanoUsd + spentNanoUsd,
    reservedNanoUsd: before.reservedNanoUsd + reservedNanoUsd,
    unknownNanoUsd: before.unknownNanoUsd + unknownNanoUsd,
  };
  work.tx.budgetTallies.put(after);
  for (const e of decideCrossed(budget, { budget, spentNanoUsd: before.spentNanoUsd }, after.spentNanoUsd)) work.tx.append(e, byCosts);
  return after;
}

/** How the budgets stand that new entries count against, each with the agents through which they do. */
export type CountedBudget = { budget: ScopedBudget; status: BudgetStatus };
/** Counts entries that are new to the ledger against the budgets of subtrees, sessions and the project. */
export async function countSpent(work: Work, fresh: readonly CostEntry[]): Promise<CountedBudget[]> {
  const { budgets } = await settingsOf(work);
  if (budgets.length === 0 || fresh.length === 0) return [];
  const of = new Map<string | null, ScopedBudget[]>();
  for (const b of budgets) of.set(b.agentId, [...(of.get(b.agentId) ?? []), b]);
  const spent = new Map<ScopedBudget, bigint>();
  for (const e of fresh) {
    const at = e.chargedTo.length ? new Set([...e.path, ...e.chargedTo]) : e.path;
    for (const id of [null, ...at]) for (const b of of.get(id) ?? []) spent.set(b, (spent.get(b) ?? 0n) + (e.costNanoUsd ?? 0n));
  }
  if (spent.size === 0) return [];
  await work.tx.budgetTallies.many([...spent.keys()].map((b) => b.id));
  const out: CountedBudget[] = [];
  for (const [budget, nano] of spent) {
    const { spentNanoUsd } = await addTo(work, budget, () => ({ spentNanoUsd: nano }));
    out.push({ budget, status: isOverBudget(spentNanoUsd, budget.hardNanoUsd) ? 'exceeded' : 'ok' });
  }
  return out;
}

/** Counts what a reservation holds at each budget above it, now that it is what it is; `before`: what it was. */
export async function countHeld(work: Work, before: Reservation | null, now: Reservation): Promise<void> {
  for (const budget of budgetsOver((await settingsOf(work)).budgets, [...now.chargedTo, ...now.path]))
    await addTo(work, budget, ({ period }) => {
      const sinceMs = budgetPeriodStartMs(period);
      const was = before ? heldSince(before, sinceMs) : { reservedNanoUsd: 0n, unknownNanoUsd: 0n };
      const is = heldSince(now, sinceMs);
      return { reservedNanoUsd: is.reservedNanoUsd - was.reservedNanoUsd, unknownNanoUsd: is.unknownNanoUsd - was.unknownNanoUsd };
    });
}

/** Where the hard limits of budgets stand that count what these agents spend; of a root that is not there yet: none. */
export async function scopedStandings(work: Work, charged: readonly string[]): Promise<Standing[]> {
  const budgets = budgetsOver((await settingsOf(work)).budgets, charged).filter((b) => b.hardNanoUsd !== null);
  if (budgets.length === 0) return [];
  await work.tx.budgetTallies.many(budgets.map((b) => b.id));
  const out: Standing[] = [];
  for (const b of budgets) {
    const standing = standingOfTally(b, await tallyOf(work, b));
    if (standing) out.push(standing);
  }
  return out;
}
