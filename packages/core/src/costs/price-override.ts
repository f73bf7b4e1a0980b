import { adjustmentOf, type CostEntry } from './cost-entry.ts';
import { priceOf, type Rate } from './pricing.ts';

/** What a project pays for a model, in pico-USD a token; null: as the whole that the part belongs to. */
export type OwnRates = {
  inputPico: bigint;
  outputPico: bigint;
  cachedInputPico: bigint | null;
  cacheWritePico: bigint | null;
  reasoningPico: bigint | null;
};
/** A price of a project's own, for calls from a moment on. Never edited: another one is a later version. */
export type PriceOverride = {
  /** Grows by one with each price that the project is given. */
  version: number;
  model: string;
  /** Of this provider alone; null: whoever answers the call. */
  provider: string | null;
  /** Null: the list price again. */
  rates: OwnRates | null;
  validFromMs: number;
  createdAtMs: number;
  createdBy: string;
  reason: string;
};

const flat = (pico: bigint): Rate => ({ pico, above: [] });
const some = (pico: bigint | null): { pico: bigint; above: [] } | undefined => (pico === null ? undefined : { pico, above: [] });
type Call = Pick<
  CostEntry,
  'model' | 'provider' | 'atMs' | 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens' | 'reasoningTokens'
>;

/**
 * The price that holds for a call: the one of its model that is valid from the latest moment up to its time, a provider's own before
 * one for all, of equal ones the later version. Undefined: the project has none for it.
 *
 * Use it for the version; the amount is `ownPriceOf`.
 *
 * @example
 * const price = priceOverrideOf({ version: 1, validFromMs: 10 });
 * const call = { model: price.model, provider: null };
 * overrideFor([price, { ...price, version: 2 }], { ...call, atMs: 10 }).version; // → 2
 * overrideFor([price], { ...call, atMs: 9 }); // → undefined
 * overrideFor([price], { ...call, model: 'another', atMs: 10 }); // → undefined
 */
export function overrideFor(prices: readonly PriceOverride[], call: Pick<Call, 'model' | 'provider' | 'atMs'>): PriceOverride | undefined {
  let best: PriceOverride | undefined;
  const rank = (p: PriceOverride) => [p.provider === null ? 0 : 1, p.validFromMs, p.version];
  for (const p of prices) {
    if (p.model !== call.model || (p.provider !== null && p.provider !== call.provider) || p.validFromMs > call.atMs) continue;
    if (!best || isBelow(rank(best), rank(p))) best = p;
  }
  return best;
}
function isBelow(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((x, i) => x !== b[i]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}

/**
 * What a call costs at such rates, in nano-USD: exact in pico-USD, rounded half up once (I-COST-2).
 *
 * Use it for a price that a project was given, or might be.
 *
 * @example
 * const rates = { inputPico: 3_000_000n, outputPico: 15_000_000n, cachedInputPico: 300_000n, cacheWritePico: null, reasoningPico: null };
 * ownPriceOf(rates, { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 900, cacheWriteTokens: 0, reasoningTokens: 0 }); // → 2_070_000n
 */
export function ownPriceOf(rates: OwnRates, call: Omit<Call, 'model' | 'provider' | 'atMs'>): bigint {
  const [cachedInput, cacheWrite, reasoning] = [some(rates.cachedInputPico), some(rates.cacheWritePico), some(rates.reasoningPico)];
  return priceOf(
    {
      input: flat(rates.inputPico),
      output: flat(rates.outputPico),
      ...(cachedInput && { cachedInput }),
      ...(cacheWrite && { cacheWrite }),
      ...(reasoning && { reasoning }),
    },
    call,
  );
}

/**
 * How the version of a project's own price is written into an entry.
 *
 * Use it to tell those from versions of the price table.
 *
 * @example
 * ownVersion(3); // → 'project@3'
 */
export const ownVersion = (version: number): string => `project@${version}`;

/** An entry that may be priced anew, with what earlier re-pricing has added to it, and whether it has no price even so. */
export type Repriceable = { entry: CostEntry; repricedNanoUsd: bigint; isUnpriced: boolean };

/**
 * What pricing an entry anew adds to it, as an entry beside it (I-COST-4); null: nothing, it is priced so already. What the agent
 * reported itself is a bill and stays. Operators' corrections stay too: they are no part of its price. An entry that had no price counts
 * no longer as one without (I-COST-8), also where the call costs nothing.
 *
 * Use it with everything that earlier re-pricing has added: done twice it then adds nothing.
 *
 * @example
 * const entry = entryOf({ projectId: 'p', agentId: 'a', eventId: 'e', costNanoUsd: null, pricedBy: 'unpriced', provider: null });
 * const price = priceOverrideOf({ version: 7, model: entry.model, validFromMs: 0 });
 * const added = decideReprice({ entry, repricedNanoUsd: 0n, isUnpriced: true }, [price], 5);
 * [added.eventId, added.costNanoUsd === ownPriceOf(price.rates, entry), added.unpricedDelta]; // → ['reprice@7:e', true, -1]
 * decideReprice({ entry, repricedNanoUsd: added.costNanoUsd, isUnpriced: false }, [price], 6); // → null
 */
export function decideReprice(
  { entry, repricedNanoUsd, isUnpriced }: Repriceable,
  prices: readonly PriceOverride[],
  nowMs: number,
): CostEntry | null {
  const price = overrideFor(prices, entry);
  if (!price || entry.pricedBy === 'reported' || entry.pricedBy === 'adjustment') return null;
  const wanted = price.rates ? ownPriceOf(price.rates, entry) : (entry.costNanoUsd ?? 0n);
  const costNanoUsd = wanted - (entry.costNanoUsd ?? 0n) - repricedNanoUsd;
  const staysUnpriced = !price.rates && entry.costNanoUsd === null;
  // told already, by the price that it was booked at
  if (costNanoUsd === 0n && staysUnpriced === isUnpriced) return null;
  return adjustmentOf(entry, {
    eventId: `reprice@${price.version}:${entry.eventId}`,
    costNanoUsd,
    priceVersion: ownVersion(price.version),
    late: entry.late,
    reason: `priced anew by version ${price.version}`,
    // at the time of the call: a correction of its price is nothing that is spent now
    atMs: entry.atMs,
    recordedAtMs: nowMs,
    ...(staysUnpriced !== isUnpriced && { unpricedDelta: staysUnpriced ? 1 : -1 }),
  });
}
