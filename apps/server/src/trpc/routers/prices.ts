import type { CommandMap, ToldRates } from '@reeve/core';
import type { Principal } from '@reeve/core/vocabulary';
import * as s from '@reeve/core/vocabulary';
import type { Services } from '../context.ts';
import { anyone, router, run } from '../trpc.ts';

const tag = 'prices';
/** As many entries are priced in one transaction; others get their turn in between. */
const pageSize = 500;

/** USD a million tokens is pico-USD a token, but for its point: six places are exact. */
const picoOf = (usd: string | number): string => ((s.nanoUsdOf(usd) ?? 0n) / 1_000n).toString();
const some = (usd: string | number | null): string | null => (usd === null ? null : picoOf(usd));
const ratesOf = (r: s.RatesInput | null): ToldRates | null =>
  r && {
    inputPico: picoOf(r.inputUsd),
    outputPico: picoOf(r.outputUsd),
    cachedInputPico: some(r.cachedInputUsd),
    cacheWritePico: some(r.cacheWriteUsd),
    reasoningPico: some(r.reasoningUsd),
  };
const msOf = (at: string | undefined): number | null => (at === undefined ? null : Date.parse(at));

type Ctx = { services: Services; principal: Principal };
/** Every page of it. What was done before a crash is not done again: the same call goes on where it was. */
async function repriceAll(ctx: Ctx, input: Omit<CommandMap['prices.reprice']['in'], 'after' | 'limit'>): Promise<s.Repriced> {
  let after: string | null = null;
  let [entries, looked, delta] = [0, 0, 0n];
  do {
    const page: CommandMap['prices.reprice']['out'] = await run(ctx, 'prices.reprice', { ...input, after, limit: pageSize });
    entries += page.entries;
    looked += page.looked;
    delta += s.nanoUsdOf(page.deltaUsd) ?? 0n;
    after = page.next;
  } while (after !== null);
  return { entries, looked, deltaUsd: s.usdOf(delta), dryRun: input.dryRun };
}

export const pricesRouter = router({
  list: anyone
    .meta({
      http: { method: 'GET', path: '/prices', tag, summary: 'Prices of the project’s own, and models without any, with what they hold up' },
    })
    .query(({ ctx }) => ctx.services.reads.prices(ctx.principal.projectId)),
  set: anyone
    .meta({ http: { method: 'POST', path: '/prices', status: 201, tag, summary: 'What the project pays for a model, from a moment on' } })
    .input(s.setPriceInput)
    .mutation(({ ctx, input }) =>
      run(ctx, 'prices.set', {
        model: input.model,
        provider: input.provider ?? null,
        rates: ratesOf(input.rates),
        validFromMs: msOf(input.validFrom) ?? Date.now(),
        reason: input.reason,
      }),
    ),
  reprice: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/prices/reprice',
        tag,
        summary: 'Price entries anew, as adjustments beside them; dryRun: what that would add',
      },
    })
    .input(s.repriceInput)
    .mutation(({ ctx, input }) =>
      repriceAll(ctx, {
        model: input.model,
        provider: input.provider ?? null,
        fromMs: msOf(input.from),
        toMs: msOf(input.to),
        unpricedOnly: input.unpricedOnly,
        dryRun: input.dryRun,
        tried: input.tried && { rates: ratesOf(input.tried.rates), validFromMs: msOf(input.tried.validFrom) ?? Date.now() },
      }),
    ),
});
