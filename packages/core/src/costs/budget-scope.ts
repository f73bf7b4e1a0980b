import type { Role } from '../api/roles.ts';

/**
 * What a budget may bound: an agent with all below it, a root with all below it, everything.
 *
 * Use it to offer the choice.
 *
 * @example
 * budgetScopes; // → ['subtree', 'session', 'project']
 */
export const budgetScopes = ['subtree', 'session', 'project'] as const;
/**
 * Over which time a budget counts: for ever, or each day in UTC anew.
 *
 * Use it to offer the choice.
 *
 * @example
 * budgetPeriods; // → ['total', 'day']
 */
export const budgetPeriods = ['total', 'day'] as const;
/**
 * What happens when the hard limit is reached: what would cost more is refused, and beside that all below pauses, or is stopped.
 *
 * Use it to offer the choice.
 *
 * @example
 * budgetActions; // → ['deny', 'pause', 'stop']
 */
export const budgetActions = ['deny', 'pause', 'stop'] as const;
/** One of `budgetScopes`. */
export type BudgetScope = (typeof budgetScopes)[number];
/** One of `budgetPeriods`. */
export type BudgetPeriod = (typeof budgetPeriods)[number];
/** One of `budgetActions`. */
export type BudgetAction = (typeof budgetActions)[number];

/**
 * The least role that makes, raises, lowers and removes budgets: what a denial names, and what the table of rules asks for.
 *
 * Use it in both places, so that they cannot say different things.
 *
 * @example
 * raisesBudgets; // → 'operator'
 */
export const raisesBudgets: Role = 'operator';
