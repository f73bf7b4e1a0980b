/**
 * What is told of a budget as it is spent, once each: four fifths of it, and more than all of it.
 *
 * Use it to list the marks; which one has been passed, `markOf` says.
 *
 * @example
 * budgetMarks; // → ['below', 'near', 'over']
 */
export const budgetMarks = ['below', 'near', 'over'] as const;
/** The last mark that has been passed. */
export type BudgetMark = (typeof budgetMarks)[number];
/**
 * The mark that was passed last by what has been spent of a budget.
 *
 * Use it before and after, to tell of a mark in the moment it is passed.
 *
 * @example
 * markOf(79n, 100n); // → 'below'
 * markOf(80n, 100n); // → 'near'
 * markOf(101n, 100n); // → 'over'
 */
export const markOf = (spentNanoUsd: bigint, budgetNanoUsd: bigint): BudgetMark =>
  isOverBudget(spentNanoUsd, budgetNanoUsd) ? 'over' : budgetNanoUsd > 0n && spentNanoUsd * 5n >= budgetNanoUsd * 4n ? 'near' : 'below';

/**
 * Whether more was spent than a budget allows. Spent to the last nano-USD is used up and not over: nothing was admitted that
 * should not have been. The one rule for facts, answers, conditions and the dashboard.
 *
 * Use it for what has been spent; what may still be reserved is `leftOf`.
 *
 * @example
 * isOverBudget(10n, 10n); // → false
 * isOverBudget(11n, 10n); // → true
 * isOverBudget(11n, null); // → false
 */
export const isOverBudget = (spentNanoUsd: bigint, budgetNanoUsd: bigint | null): boolean =>
  budgetNanoUsd !== null && spentNanoUsd > budgetNanoUsd;
