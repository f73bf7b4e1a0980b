import type { PricedCostEntry } from '@reeve/core';
import * as s from '@reeve/core/vocabulary';
import { ownRoot, visibleAgent } from '../access.ts';
import { anyone, operator, router, run } from '../trpc.ts';

const tag = 'costs';

export const costsRouter = router({
  report: anyone
    .meta({ http: { method: 'POST', path: '/costs', tag, summary: 'Report model calls; each event id counts once', batch: true } })
    .input(s.reportCostsInput)
    .mutation(({ ctx, input }) => {
      const now = Date.now();
      const entries = input.events.map((e): PricedCostEntry => {
        const cachedInputTokens = e.cachedInputTokens ?? 0;
        const cacheWriteTokens = e.cacheWriteTokens ?? 0;
        const reported = e.costUsd === undefined ? undefined : s.nanoUsdOf(e.costUsd);
        const price =
          reported === undefined
            ? ctx.services.prices.price({ ...e, cachedInputTokens, cacheWriteTokens })
            : { nanoUsd: reported, version: 'reported' };
        return {
          eventId: e.eventId,
          agentId: e.agentId,
          model: e.model,
          provider: e.provider ?? null,
          inputTokens: e.inputTokens,
          outputTokens: e.outputTokens,
          cachedInputTokens,
          cacheWriteTokens,
          reasoningTokens: e.reasoningTokens ?? 0,
          costNanoUsd: price.nanoUsd,
          pricedBy: reported !== undefined ? 'reported' : price.nanoUsd === null ? 'unpriced' : 'table',
          priceVersion: price.version,
          atMs: e.at ? Date.parse(e.at) : now,
        };
      });
      return run(ctx, 'costs.report', { entries });
    }),
  summary: anyone
    .meta({ http: { method: 'GET', path: '/costs', tag, summary: 'Own and subtree cost by agent, model, day or role' } })
    .input(s.listCostsInput)
    .query(async ({ ctx, input }) => {
      if (input.root) await visibleAgent(ctx.services.reads, ctx.principal, input.root);
      const root = input.root ?? ownRoot(ctx.principal);
      return { items: await ctx.services.reads.costRows(ctx.principal.projectId, { root, groupBy: input.groupBy }), nextCursor: null };
    }),
  series: operator
    .meta({ http: { method: 'GET', path: '/costs/series', tag, summary: 'Cost over time, down-sampled to at most maxPoints' } })
    .input(s.costSeriesInput)
    .query(({ ctx, input }) => ctx.services.reads.costSeries(ctx.principal.projectId, input)),
  entries: operator
    .meta({ http: { method: 'GET', path: '/costs/entries', tag, summary: 'The ledger entries behind a number' } })
    .input(s.listCostEntriesInput)
    .query(({ ctx, input }) => ctx.services.reads.costEntries(ctx.principal.projectId, input)),
});
