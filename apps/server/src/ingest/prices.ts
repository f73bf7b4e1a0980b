import { calcPrice } from '@pydantic/genai-prices';
import { modelNames, priceOf, type Rate, type Rates } from '@reeve/core';
import type { Prices } from '../trpc/context.ts';

const version = 'genai-prices@0.1.8';
type Told = NonNullable<ReturnType<typeof calcPrice>>['model_price'][string];
/** `rates` of any moment, or of one where the table changes them with time. */
type Known = { rates: Rates | null; at: ((atMs: number) => Rates) | null; version: string };

/** USD a million tokens is pico-USD a token, but for its point. */
const pico = (usd: number): bigint => BigInt(Math.round(usd * 1e6));
function rate(told: Told): Rate | undefined {
  if (told === undefined) return undefined;
  if (typeof told === 'number') return { pico: pico(told), above: [] };
  const above = [...told.tiers].sort((a, b) => a.start - b.start).map((t) => ({ tokens: t.start, pico: pico(t.price) }));
  return { pico: pico(told.base), above };
}
const free: Rate = { pico: 0n, above: [] };
function ratesOf(price: Record<string, Told>): Rates {
  const [cachedInput, cacheWrite, reasoning] = [price.cache_read_mtok, price.cache_write_mtok, price.output_reasoning_mtok].map(rate);
  return {
    input: rate(price.input_mtok) ?? free,
    output: rate(price.output_mtok) ?? free,
    ...(cachedInput && { cachedInput }),
    ...(cacheWrite && { cacheWrite }),
    ...(reasoning && { reasoning }),
    ...(typeof price.requests_kcount === 'number' && { perCall: BigInt(Math.round(price.requests_kcount * 1e9)) }),
  };
}

const nothing = { input_tokens: 0, output_tokens: 0 };
function lookUp(model: string, provider: string | undefined): Known {
  for (const name of modelNames(model, provider)) {
    const ask = (at?: Date) => {
      try {
        return calcPrice(nothing, name.model, { ...(name.provider && { providerId: name.provider }), ...(at && { timestamp: at }) });
      } catch {
        return null; // an entry of the table that it does not understand itself
      }
    };
    const found = ask();
    if (!found) continue;
    const changes = Array.isArray(found.model.prices) && found.model.prices.length > 1;
    return {
      rates: ratesOf(found.model_price),
      at: changes ? (atMs) => ratesOf(ask(new Date(atMs))?.model_price ?? found.model_price) : null,
      version: `${version} ${found.provider.id}/${found.model.id}`,
    };
  }
  return { rates: null, at: null, version };
}

/** Looking one up takes a tenth of a millisecond; names come from callers, so there is an end to how many are kept. */
const mostKnown = 2_000;
const known = new Map<string, Known>();
function find(model: string, provider: string | undefined): Known {
  const key = `${provider ?? ''}\u0000${model}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= mostKnown) known.clear();
  const found = lookUp(model, provider);
  known.set(key, found);
  return found;
}

/**
 * List prices of `@pydantic/genai-prices` as they were when the call was made. Unknown models are unpriced, and so is a
 * model of a provider whose prices nobody knows: what another one takes for it says nothing.
 */
export const listPrices: Prices = {
  price({ model, provider, atMs, ...usage }) {
    const { rates, at, version } = find(model, provider);
    const then = at?.(atMs) ?? rates;
    return { nanoUsd: then && priceOf(then, usage), version };
  },
};
