import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { usdOf } from '../kernel/money.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type BudgetPeriod, type BudgetScope, raisesBudgets } from './budget-scope.ts';

/**
 * What stands against the budget of one agent beside its rollup: a fold of reservations and of the costs of agents
 * that were moved out of its subtree. Kept for every agent of a charged path, bounded or not, so that a budget that is
 * set later meets what is reserved already.
 */
export type BudgetUse = {
  /** The agent's. */
  id: string;
  projectId: string;
  reservedNanoUsd: bigint;
  /** Unsettled after an abort or its deadline: counted until a cost settles it (I-COST-6). */
  unknownNanoUsd: bigint;
  /** Sum of what actual costs took above their reservations. */
  overshootNanoUsd: bigint;
  /** Spent by agents that were below it and have been moved away; its rollup does not have it (I-ORPH-6). */
  movedNanoUsd: bigint;
};
/**
 * What stands against the budget of an agent below which nothing is reserved: all zero.
 *
 * Use it where an agent has no row yet.
 *
 * @example
 * emptyUse('p', 'a').reservedNanoUsd; // → 0n
 */
export const emptyUse = (projectId: string, id: string): BudgetUse => ({
  id,
  projectId,
  reservedNanoUsd: 0n,
  unknownNanoUsd: 0n,
  overshootNanoUsd: 0n,
  movedNanoUsd: 0n,
});

/** Where one budget stands. `settledNanoUsd` is the rollup of the subtree with what moved agents spent. */
export type Standing = {
  /** Whose budget it is, or below whom it counts; null: of the whole project. */
  agentId: string | null;
  budgetNanoUsd: bigint;
  settledNanoUsd: bigint;
  reservedNanoUsd: bigint;
  unknownNanoUsd: bigint;
  /** Of a budget that has a name of its own; missing: the agent's own, over all its time. */
  named?: { id: string; scope: BudgetScope; period: BudgetPeriod };
};
/** That of an agent's own budget. */
export type OwnStanding = Standing & { agentId: string };
/**
 * The standing of one budget, from the agent's rollup and what is held against it; both may be absent.
 *
 * Use it before `admit`, once for each agent above that has a budget.
 *
 * @example
 * const use = useOf({ id: 'a', projectId: 'p', reservedNanoUsd: 3n, unknownNanoUsd: 1n, movedNanoUsd: 2n });
 * const standing = standingOf({ id: 'a' }, 20n, { totalNanoUsd: 5n }, use);
 * standing.settledNanoUsd; // → 7n
 * leftOf(standing); // → 9n
 */
export const standingOf = (
  agent: { id: string },
  budgetNanoUsd: bigint,
  spent: { totalNanoUsd: bigint } | undefined,
  use: BudgetUse | undefined,
): OwnStanding => ({
  agentId: agent.id,
  budgetNanoUsd,
  settledNanoUsd: (spent?.totalNanoUsd ?? 0n) + (use?.movedNanoUsd ?? 0n),
  reservedNanoUsd: use?.reservedNanoUsd ?? 0n,
  unknownNanoUsd: use?.unknownNanoUsd ?? 0n,
});

/**
 * What may still be reserved; negative where actual costs went above.
 *
 * Use it to say how much is left; to admit an amount use `admit`, which looks at every budget above.
 *
 * @example
 * leftOf({ agentId: 'a', budgetNanoUsd: 10n, settledNanoUsd: 4n, reservedNanoUsd: 3n, unknownNanoUsd: 1n }); // → 2n
 */
export const leftOf = (s: Standing): bigint => s.budgetNanoUsd - s.settledNanoUsd - s.reservedNanoUsd - s.unknownNanoUsd;

/**
 * Whether `amountNanoUsd` more fits every budget above (I-COST-5): settled + reserved + unknown + amount ≤ budget. The
 * denial (`budget_exceeded`) names the tightest, of equal ones the first in the order given (root first).
 *
 * Use it for a reservation, and with the smallest amount where something may begin under a budget at all.
 *
 * @example
 * const lead = { agentId: 'lead', budgetNanoUsd: 10n, settledNanoUsd: 4n, reservedNanoUsd: 3n, unknownNanoUsd: 1n };
 * admit([lead], 2n).ok; // → true
 * const denied = admit([lead, { ...lead, agentId: 'low', budgetNanoUsd: 9n }], 2n);
 * denied.ok === false && denied.error.agentId; // → 'low'
 */
export function admit(standings: readonly Standing[], amountNanoUsd: bigint): Result<null> {
  let tightest: Standing | undefined;
  for (const s of standings) if (!tightest || leftOf(s) < leftOf(tightest)) tightest = s;
  return tightest && leftOf(tightest) < amountNanoUsd ? err(exceeded(tightest)) : ok(null);
}
const exceeded = (s: Standing): DomainError => ({
  code: 'budget_exceeded',
  // an agent's own budget goes by the id of the agent
  budgetId: s.named?.id ?? s.agentId ?? '',
  scope: s.named?.scope ?? 'subtree',
  period: s.named?.period ?? 'total',
  agentId: s.agentId,
  budgetUsd: usdOf(s.budgetNanoUsd),
  spentUsd: usdOf(s.settledNanoUsd),
  reservedUsd: usdOf(s.reservedNanoUsd),
  unknownUsd: usdOf(s.unknownNanoUsd),
  mayRaise: { role: raisesBudgets, people: [] },
});

/**
 * An operator's word: at once, up or down, or none (null). A budget below what is spent already is closed, nothing more.
 * Twice equals once.
 *
 * Use it for a budget that changes; at registration it is part of the agent.
 *
 * @example
 * const [set] = decideSetBudget({ id: 'a', budgetNanoUsd: 5n }, 9n, 'more to do');
 * set?.data; // → { beforeNanoUsd: '5', afterNanoUsd: '9', reason: 'more to do' }
 * decideSetBudget({ id: 'a', budgetNanoUsd: 9n }, 9n, ''); // → []
 */
export function decideSetBudget(
  agent: { id: string; budgetNanoUsd: bigint | null },
  budgetNanoUsd: bigint | null,
  reason: string,
): NewEvent[] {
  if (agent.budgetNanoUsd === budgetNanoUsd) return [];
  const text = (n: bigint | null) => (n === null ? null : n.toString());
  const data = { beforeNanoUsd: text(agent.budgetNanoUsd), afterNanoUsd: text(budgetNanoUsd), reason };
  return [{ type: 'budget.set', subjectId: agent.id, data }];
}

/**
 * The largest sum that a store holds, in nano-USD (an int8): 9.2 billion USD.
 *
 * Use it before amounts are added that nobody spends in earnest.
 *
 * @example
 * usdOf(maxNanoUsd); // → '9223372036.854775807'
 */
export const maxNanoUsd = 2n ** 63n - 1n;
