import { isoOf, type PriceOverride } from '@reeve/core';
import { type PricesView, usdOf } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { priceOf, type StoredPrice } from '../rows.ts';

const usd = (pico: bigint): string => usdOf(pico * 1_000n);
const some = (pico: bigint | null): string | null => (pico === null ? null : usd(pico));

/** Every price that the project was given, the newest first, and the models whose calls wait for one. */
export async function listPrices(db: Db, projectId: string): Promise<PricesView> {
  const settings = await db.projectSettings.findUnique({ where: { id: projectId }, select: { prices: true } });
  const prices: PriceOverride[] = ((settings?.prices ?? []) as unknown as StoredPrice[]).map(priceOf);
  const waiting = await db.$queryRaw<
    { model: string; provider: string | null; entries: bigint; input: string; output: string; since: Date }[]
  >`
    select e.model, e.provider, count(*) as entries, sum(e.input_tokens)::text as input, sum(e.output_tokens)::text as output, min(e.at) as since
    from cost_entry e where e.project_id = ${projectId} and e.cost_nano_usd is null and 1 + (
      select coalesce(sum(a.unpriced_delta), 0) from cost_entry a
      where a.agent_id = e.agent_id and a.refers_to = e.event_id and a.refers_to is not null) > 0
    group by 1, 2 order by entries desc, e.model limit 200`;
  return {
    items: prices.reverse().map((p) => ({
      version: p.version,
      model: p.model,
      provider: p.provider,
      rates: p.rates && {
        inputUsd: usd(p.rates.inputPico),
        outputUsd: usd(p.rates.outputPico),
        cachedInputUsd: some(p.rates.cachedInputPico),
        cacheWriteUsd: some(p.rates.cacheWritePico),
        reasoningUsd: some(p.rates.reasoningPico),
      },
      validFrom: isoOf(p.validFromMs),
      createdAt: isoOf(p.createdAtMs),
      createdBy: p.createdBy,
      reason: p.reason,
    })),
    unknown: waiting.map((w) => ({
      model: w.model,
      provider: w.provider,
      entries: Number(w.entries),
      inputTokens: Number(w.input),
      outputTokens: Number(w.output),
      since: w.since.toISOString(),
    })),
  };
}
