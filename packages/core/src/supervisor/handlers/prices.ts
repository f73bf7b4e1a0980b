import type { CostEntry } from '../../costs/cost-entry.ts';
import { decideReprice, type OwnRates, overrideFor, ownPriceOf, ownVersion, type PriceOverride } from '../../costs/price-override.ts';
import { usdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { CommandOf, CommandOutput, PricedCostEntry } from '../commands.ts';
import { actorName, each, isOperator, settingsOf } from '../work.ts';
import { book, holdable } from './booking.ts';

/** They stand in the settings, which each report of costs has at hand. */
const mostPrices = 1_000;
const operatorsAlone = err({ code: 'forbidden', rule: 'only an operator sets prices' } as const);

/** What a call is booked at: what it was told with, or the project's own price for it. */
export function ownPriced(
  prices: readonly PriceOverride[],
  e: PricedCostEntry,
): Pick<CostEntry, 'costNanoUsd' | 'pricedBy' | 'priceVersion'> {
  if (e.pricedBy === 'reported' || prices.length === 0) return e;
  const price = overrideFor(prices, e);
  if (!price?.rates) return e;
  return { costNanoUsd: ownPriceOf(price.rates, e), pricedBy: 'table', priceVersion: ownVersion(price.version) };
}

const ratesOf = (rates: CommandOf<'prices.set'>['input']['rates']): OwnRates | null =>
  rates && {
    inputPico: BigInt(rates.inputPico),
    outputPico: BigInt(rates.outputPico),
    cachedInputPico: rates.cachedInputPico === null ? null : BigInt(rates.cachedInputPico),
    cacheWritePico: rates.cacheWritePico === null ? null : BigInt(rates.cacheWritePico),
    reasoningPico: rates.reasoningPico === null ? null : BigInt(rates.reasoningPico),
  };
type Wanted = Pick<CommandOf<'prices.set'>['input'], 'model' | 'provider' | 'rates' | 'validFromMs'>;
const priceOf = (wanted: Wanted, version: number, by: { nowMs: number; name: string; reason: string }): PriceOverride => ({
  version,
  model: wanted.model,
  provider: wanted.provider,
  rates: ratesOf(wanted.rates),
  validFromMs: wanted.validFromMs,
  createdAtMs: by.nowMs,
  createdBy: by.name,
  reason: by.reason,
});
const nextVersion = (prices: readonly PriceOverride[]): number => (prices.at(-1)?.version ?? 0) + 1;

/** Holds for calls that are told from now on; what stands in the ledger changes by `prices.reprice` alone. */
export const setPrices = each(async (work, { input, actor }: CommandOf<'prices.set'>): Promise<Result<CommandOutput<'prices.set'>>> => {
  const { tx } = work;
  if (!isOperator(actor)) return operatorsAlone;
  const settings = await settingsOf(work);
  if (settings.prices.length >= mostPrices) return err({ code: 'limit_reached', limit: 'prices', max: mostPrices });
  const price = priceOf(input, nextVersion(settings.prices), { nowMs: tx.nowMs, name: actorName(actor), reason: input.reason });
  tx.settings.put({ ...settings, prices: [...settings.prices, price] });
  const { version, model, provider, validFromMs } = price;
  const data = { version, model, provider, rates: input.rates, validFromMs, reason: input.reason };
  tx.append({ type: 'project.price-set', subjectId: tx.projectId, data }, actorName(actor));
  return ok({ version });
});

/**
 * Prices one page of entries anew by what the project pays, each as an adjustment beside it (I-COST-4); done twice it adds nothing. A
 * rehearsal writes nothing, and may try a price that is not given yet.
 */
export const repriceCosts = each(
  async (work, { input, actor }: CommandOf<'prices.reprice'>): Promise<Result<CommandOutput<'prices.reprice'>>> => {
    const { tx } = work;
    if (!isOperator(actor)) return operatorsAlone;
    const { prices } = await settingsOf(work);
    const { model, provider, fromMs, toMs, unpricedOnly, after, limit, dryRun } = input;
    const tried =
      dryRun && input.tried
        ? [...prices, priceOf({ model, provider, ...input.tried }, nextVersion(prices), { nowMs: tx.nowMs, name: '', reason: '' })]
        : prices;
    const page = await tx.ledger.repriceable({ model, provider, fromMs, toMs, unpricedOnly }, after, limit);
    const entries = page.rows.flatMap((r) => decideReprice(r, tried, tx.nowMs) ?? []);
    const nano = entries.reduce((sum, e) => sum + (e.costNanoUsd ?? 0n), 0n);
    const answer = { entries: entries.length, looked: page.rows.length, deltaUsd: usdOf(nano), next: page.next };
    if (dryRun || entries.length === 0) return ok(answer);
    const [fits] = await holdable(work, [entries]);
    if (fits && !fits.ok) return fits;
    const { told } = await book(work, entries, actor);
    const added = entries.filter((_, i) => told[i] === 'accepted');
    return ok({ ...answer, entries: added.length, deltaUsd: usdOf(added.reduce((sum, e) => sum + (e.costNanoUsd ?? 0n), 0n)) });
  },
);
