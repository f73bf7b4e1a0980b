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
