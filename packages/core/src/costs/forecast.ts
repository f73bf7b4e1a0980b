import { leftOf, type Standing } from './budget.ts';

/** How a budget stands, for whoever looks at many: `near` from four fifths on, `used` where nothing may be reserved any more. */
export type BudgetLevel = 'ok' | 'near' | 'used' | 'exceeded';
const hourMs = 3_600_000;
/** Further away than this a forecast says nothing. */
const farMs = 365 * 24 * hourMs;

/**
 * The level of one budget, from what was spent, reserved and is unknown.
 *
 * Use it to colour and to order; whether an amount fits is `admit`.
 *
 * @example
 * const lead = { agentId: 'a', budgetNanoUsd: 10n, settledNanoUsd: 4n, reservedNanoUsd: 3n, unknownNanoUsd: 0n };
 * levelOf(lead); // → 'ok'
 * levelOf({ ...lead, reservedNanoUsd: 4n }); // → 'near'
 * levelOf({ ...lead, reservedNanoUsd: 6n }); // → 'used'
 * levelOf({ ...lead, settledNanoUsd: 11n }); // → 'exceeded'
 */
export function levelOf(s: Standing): BudgetLevel {
  if (s.settledNanoUsd > s.budgetNanoUsd) return 'exceeded';
  const left = leftOf(s);
  if (left <= 0n) return 'used';
  return left * 5n <= s.budgetNanoUsd ? 'near' : 'ok';
}

/**
 * When a budget is used up if all below it goes on to spend as it did; null where it does not spend, or not within a year.
 *
 * Use it with the burn of the last minutes: it is a hint of when to look, not a promise.
 *
 * @example
 * const lead = { agentId: 'a', budgetNanoUsd: 10n, settledNanoUsd: 4n, reservedNanoUsd: 0n, unknownNanoUsd: 0n };
 * exhaustedAtMs(lead, 12n, 0); // → 1_800_000
 * exhaustedAtMs(lead, 0n, 0); // → null
 * exhaustedAtMs({ ...lead, settledNanoUsd: 10n }, 1n, 5); // → 5
 */
export function exhaustedAtMs(s: Standing, burnNanoUsdPerHour: bigint, nowMs: number): number | null {
  const left = leftOf(s);
  if (left <= 0n) return nowMs;
  if (burnNanoUsdPerHour <= 0n) return null;
  const ms = Number((left * BigInt(hourMs)) / burnNanoUsdPerHour);
  return ms > farMs ? null : nowMs + ms;
}
