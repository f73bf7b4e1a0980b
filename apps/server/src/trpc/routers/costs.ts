import { normaliseUsage, type PricedCostEntry } from '@reeve/core';
import * as s from '@reeve/core/vocabulary';
import { ownRoot, visibleAgent } from '../access.ts';
import { anyone, router, run } from '../trpc.ts';

const tag = 'costs';

export const costsRouter = router({
  report: anyone
    .meta({ http: { method: 'POST', path: '/costs', tag, summary: 'Report model calls; each event id counts once', batch: true } })
    .input(s.reportCostsInput)
    .mutation(({ ctx, input }) => {
      const now = Date.now();
      const entries = input.events.map((e): PricedCostEntry => {
        const usage = normaliseUsage(e);
        const atMs = e.at ? Date.parse(e.at) : now;
        const reported = e.costUsd === undefined ? undefined : s.nanoUsdOf(e.costUsd);
        const price =
          reported === undefined
            ? ctx.services.prices.price({ model: e.model, provider: e.provider, atMs, ...usage })
            : { nanoUsd: reported, version: 'reported' };
        return {
          eventId: e.eventId,
          agentId: e.agentId,
          model: e.model,
          provider: e.provider ?? null,
          ...usage,
          costNanoUsd: price.nanoUsd,
          pricedBy: reported !== undefined ? 'reported' : price.nanoUsd === null ? 'unpriced' : 'table',
          priceVersion: price.version,
          reservationId: e.reservationId ?? null,
          atMs,
        };
      });
      return run(ctx, 'costs.report', { entries });
    }),
  reserve: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/costs/reservations',
        status: 201,
        tag,
        summary: 'Set money aside before a call, at every budget above',
      },
    })
    .input(s.reserveCostInput)
    .mutation(({ ctx, input }) => run(ctx, 'costs.reserve', input)),
  release: anyone
    .meta({ http: { method: 'POST', path: '/costs/reservations/{id}/release', tag, summary: 'Give an unused reservation back' } })
    .input(s.releaseReservationInput)
    .mutation(({ ctx, input }) => run(ctx, 'costs.release', input)),
  /** The same, as HTTP has it. */
  drop: anyone
    .meta({ http: { method: 'DELETE', path: '/costs/reservations/{id}', tag, summary: 'Give an unused reservation back' } })
    .input(s.releaseReservationInput)
    .mutation(({ ctx, input }) => run(ctx, 'costs.release', input)),
  adjust: anyone
    .meta({ http: { method: 'POST', path: '/costs/adjustments', status: 201, tag, summary: 'Correct an entry by another one beside it' } })
    .input(s.adjustCostInput)
    .mutation(({ ctx, input }) => run(ctx, 'costs.adjust', input)),
  summary: anyone
    .meta({ http: { method: 'GET', path: '/costs', tag, summary: 'Own and subtree cost by agent, model, day or role' } })
    .input(s.listCostsInput)
    .query(async ({ ctx, input }) => {
      if (input.root) await visibleAgent(ctx.services.reads, ctx.principal, input.root);
      const root = input.root ?? ownRoot(ctx.principal);
      return ctx.services.reads.costRows(ctx.principal.projectId, { ...input, root });
    }),
  tree: anyone
    .meta({
      http: { method: 'GET', path: '/costs/tree', tag, summary: 'Own and subtree cost of the agents right below one, or of the roots' },
    })
    .input(s.listCostTreeInput)
    .query(async ({ ctx, input }) => {
      if (input.parent) await visibleAgent(ctx.services.reads, ctx.principal, input.parent);
      const parent = input.parent ?? ownRoot(ctx.principal);
      return ctx.services.reads.costLevel(ctx.principal.projectId, { ...input, parent });
    }),
  burn: anyone
    .meta({ http: { method: 'GET', path: '/costs/burn', tag, summary: 'What the subtrees of some agents spend an hour now' } })
    .input(s.costBurnInput)
    .query(({ ctx, input }) => ctx.services.reads.costBurn(ctx.principal.projectId, [...new Set(input.agentIds.split(','))])),
  series: anyone
    .meta({ http: { method: 'GET', path: '/costs/series', tag, summary: 'Cost over time, down-sampled to at most maxPoints' } })
    .input(s.costSeriesInput)
    .query(({ ctx, input }) => ctx.services.reads.costSeries(ctx.principal.projectId, input)),
  entries: anyone
    .meta({ http: { method: 'GET', path: '/costs/entries', tag, summary: 'The ledger entries behind a number' } })
    .input(s.listCostEntriesInput)
    .query(({ ctx, input }) => ctx.services.reads.costEntries(ctx.principal.projectId, input)),
  reservations: anyone
    .meta({ http: { method: 'GET', path: '/costs/reservations', tag, summary: 'The reservations behind what is reserved, or unknown' } })
    .input(s.listReservationsInput)
    .query(({ ctx, input }) => ctx.services.reads.reservations(ctx.principal.projectId, input)),
  budgets: anyone
    .meta({
      http: {
        method: 'GET',
        path: '/costs/budgets',
        tag,
        summary: 'Every budget with what is spent, reserved and left, the tightest first',
      },
    })
    .input(s.listBudgetsInput)
    .query(({ ctx, input }) => ctx.services.reads.budgets(ctx.principal.projectId, input)),
});
