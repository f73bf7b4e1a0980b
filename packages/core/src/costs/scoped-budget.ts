import type { NewEvent } from '../kernel/events.ts';
import { usdOf } from '../kernel/money.ts';
import type { Standing } from './budget.ts';
import type { BudgetAction, BudgetPeriod, BudgetScope } from './budget-scope.ts';
import { positive, type Reservation } from './reservation.ts';

/** A budget that an operator made beside the one that an agent was registered with. Its definition; what stands against it is a `BudgetTally`. */
export type ScopedBudget = {
  id: string;
  name: string;
  scope: BudgetScope;
  /** Whose subtree, or the root of the session; null: the project. */
  agentId: string | null;
  period: BudgetPeriod;
  /** Told once each time it is reached; null: nothing is told. */
  softNanoUsd: bigint | null;
  /** What may be spent at most; null: it only warns. */
  hardNanoUsd: bigint | null;
  action: BudgetAction;
  createdAtMs: number;
  createdBy: string;
};

/** What stands against one scoped budget in one period: carried along with each entry and reservation, in their transaction. */
export type BudgetTally = {
  /** The budget's. */
  id: string;
  projectId: string;
  /** `total`, or the day that it counts, in UTC. */
  period: string;
  spentNanoUsd: bigint;
  reservedNanoUsd: bigint;
  unknownNanoUsd: bigint;
};

const dayMs = 86_400_000;
/**
 * The period that a moment falls in: `total`, or the day in UTC. Days are told by the clock of the supervisor, not by the time
 * that an agent gives its call.
 *
 * Use it to see whether a tally is of now.
 *
 * @example
 * budgetPeriodAt('day', Date.UTC(2026, 10, 27, 23, 59)); // → '2026-11-27'
 * budgetPeriodAt('total', 0); // → 'total'
 */
export const budgetPeriodAt = (period: BudgetPeriod, nowMs: number): string =>
  period === 'total' ? 'total' : new Date(nowMs).toISOString().slice(0, 10);
/**
 * When that period began, in ms since 1970: what is recorded from then on counts.
 *
 * Use it to find the entries behind a figure.
 *
 * @example
 * budgetPeriodStartMs('2026-11-27') === Date.UTC(2026, 10, 27); // → true
 * budgetPeriodStartMs('total'); // → 0
 */
export const budgetPeriodStartMs = (period: string): number => (period === 'total' ? 0 : Date.parse(`${period}T00:00:00Z`));
/**
 * When the period ends and the next one starts from nothing; null: never.
 *
 * Use it to say until when.
 *
 * @example
 * budgetPeriodEndMs('2026-11-27') === Date.UTC(2026, 10, 28); // → true
 */
export const budgetPeriodEndMs = (period: string): number | null => (period === 'total' ? null : budgetPeriodStartMs(period) + dayMs);

/**
 * The tally as it stands at a moment: in a new day nothing is spent and nothing unknown, while what is reserved still is. A
 * clock that goes back does not bring a day back.
 *
 * Use it on each tally that was read, before anything else.
 *
 * @example
 * const before = { id: 'b', projectId: 'p', period: '2026-11-26', spentNanoUsd: 9n, reservedNanoUsd: 2n, unknownNanoUsd: 1n };
 * const now = tallyAt('day', before, Date.UTC(2026, 10, 27));
 * [now.period, now.spentNanoUsd, now.reservedNanoUsd, now.unknownNanoUsd]; // → ['2026-11-27', 0n, 2n, 0n]
 */
export function tallyAt(period: BudgetPeriod, tally: BudgetTally, nowMs: number): BudgetTally {
  const now = budgetPeriodAt(period, nowMs);
  return now <= tally.period ? tally : { ...tally, period: now, spentNanoUsd: 0n, unknownNanoUsd: 0n };
}

/**
 * What a reservation holds of a budget whose period began then: reserved while it is open, unknown where it became so in this
 * period.
 *
 * Use it for the difference that a fact makes, and for the sum of all.
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', amountNanoUsd: 5n, state: 'unknown', endedAtMs: 1_000 });
 * heldSince(r, 0); // → { reservedNanoUsd: 0n, unknownNanoUsd: 5n }
 * heldSince(r, 2_000).unknownNanoUsd; // → 0n
 */
export const heldSince = (r: Reservation, sinceMs: number): Pick<BudgetTally, 'reservedNanoUsd' | 'unknownNanoUsd'> => ({
  reservedNanoUsd: r.state === 'open' ? r.amountNanoUsd : 0n,
  unknownNanoUsd: r.state === 'unknown' && (r.endedAtMs ?? 0) >= sinceMs ? positive(r.amountNanoUsd - positive(r.settledNanoUsd)) : 0n,
});

/**
 * Those of the budgets that count what these agents spend: a path, and what it is charged to beside it.
 *
 * Use it with `chargedOf`; none: what a new root would be under.
 *
 * @example
 * const budget = { ...scopedBudgetOf({ id: 'b' }), agentId: 'lead' };
 * budgetsOver([budget, { ...budget, id: 'all', scope: 'project', agentId: null }], ['lead', 'a']).length; // → 2
 * budgetsOver([budget], ['other', 'a']); // → []
 */
export const budgetsOver = (budgets: readonly ScopedBudget[], charged: readonly string[]): ScopedBudget[] =>
  budgets.filter((b) => b.agentId === null || charged.includes(b.agentId));

/**
 * Where the hard limit of a budget stands; undefined where it has none.
 *
 * Use it before `admit`, beside the standings of agents' own budgets: the tightest of all decides.
 *
 * @example
 * standingOfTally({ ...scopedBudgetOf({ id: 'b' }), hardNanoUsd: null }, tallyOf({ id: 'b', projectId: 'p' })); // → undefined
 * leftOf(standingOfTally({ ...scopedBudgetOf({ id: 'b' }), hardNanoUsd: 10n }, tallyOf({ id: 'b', projectId: 'p', spentNanoUsd: 4n, reservedNanoUsd: 3n }))); // → 3n
 */
export const standingOfTally = (budget: ScopedBudget, tally: BudgetTally): Standing | undefined =>
  budget.hardNanoUsd === null
    ? undefined
    : {
        agentId: budget.agentId,
        budgetNanoUsd: budget.hardNanoUsd,
        settledNanoUsd: tally.spentNanoUsd,
        reservedNanoUsd: tally.reservedNanoUsd,
        unknownNanoUsd: tally.unknownNanoUsd,
        named: { id: budget.id, scope: budget.scope, period: budget.period },
      };

/**
 * Whether a hard limit is reached: nothing more may be spent. A limit of nothing is reached from the start.
 *
 * Use it to know whether a budget acts, and for how long.
 *
 * @example
 * isReached({ ...scopedBudgetOf({ id: 'b' }), hardNanoUsd: 10n }, 9n); // → false
 * isReached({ ...scopedBudgetOf({ id: 'b' }), hardNanoUsd: 10n }, 10n); // → true
 * isReached({ ...scopedBudgetOf({ id: 'b' }), hardNanoUsd: null }, 10n); // → false
 */
export const isReached = (budget: Pick<ScopedBudget, 'hardNanoUsd'>, spentNanoUsd: bigint): boolean =>
  budget.hardNanoUsd !== null && spentNanoUsd >= budget.hardNanoUsd;
const isWarned = (budget: Pick<ScopedBudget, 'softNanoUsd'>, spentNanoUsd: bigint): boolean =>
  budget.softNanoUsd !== null && spentNanoUsd >= budget.softNanoUsd;

type Line = { budget: Pick<ScopedBudget, 'softNanoUsd' | 'hardNanoUsd'>; spentNanoUsd: bigint };
/**
 * What is told when a budget and what is spent of it go from `before` to `now`: each limit once for each time it is reached
 * from below, by a cost or by an operator's word; and that a reached one is open again.
 *
 * Use it in the transaction that changes either of them.
 *
 * @example
 * const budget = { ...scopedBudgetOf({ id: 'b' }), softNanoUsd: 5n, hardNanoUsd: 10n };
 * const told = (before, after) => decideCrossed(budget, { budget, spentNanoUsd: before }, after).map((e) => e.type);
 * told(4n, 5n); // → ['budget.warned']
 * told(5n, 6n); // → []
 * told(0n, 10n); // → ['budget.warned', 'budget.reached']
 * told(10n, 0n); // → ['budget.reopened']
 */
export function decideCrossed(budget: ScopedBudget, before: Line, spentNanoUsd: bigint): NewEvent[] {
  const { id: subjectId, name, scope, agentId, period, action, softNanoUsd, hardNanoUsd } = budget;
  const events: NewEvent[] = [];
  const about = { name, scope, agentId, period, spentUsd: usdOf(spentNanoUsd) };
  if (isWarned(budget, spentNanoUsd) && !isWarned(before.budget, before.spentNanoUsd))
    events.push({ type: 'budget.warned', subjectId, data: { ...about, softUsd: usdOf(softNanoUsd ?? 0n) } });
  const [was, is] = [isReached(before.budget, before.spentNanoUsd), isReached(budget, spentNanoUsd)];
  if (is && !was) events.push({ type: 'budget.reached', subjectId, data: { ...about, action, hardUsd: usdOf(hardNanoUsd ?? 0n) } });
  if (was && !is) events.push({ type: 'budget.reopened', subjectId, data: about });
  return events;
}
