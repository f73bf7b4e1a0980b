import * as s from '@reeve/core/vocabulary';
import { visibleAgent } from '../access.ts';
import { anyone, router, run } from '../trpc.ts';

const tag = 'checkpoints';

export const cutsRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/agents/{id}/cuts', tag, summary: 'Cuts of the subtree of an agent, newest first' } })
    .input(s.listCutsInput)
    .query(async ({ ctx, input }) => {
      await visibleAgent(ctx.services.reads, ctx.principal, input.id);
      return ctx.services.reads.cuts(ctx.principal.projectId, input.id, { limit: input.limit });
    }),
  get: anyone
    .meta({ http: { method: 'GET', path: '/cuts/{id}', tag, summary: 'One cut: who is in it, who is missing, how far its restore is' } })
    .input(s.byIdInput)
    .query(async ({ ctx, input }) => {
      const cut = await ctx.services.reads.cut(ctx.principal.projectId, input.id);
      await visibleAgent(ctx.services.reads, ctx.principal, cut.rootId);
      return cut;
    }),
  preview: anyone
    .meta({
      http: { method: 'POST', path: '/cuts/{id}/preview', tag, summary: 'What going back to a cut would do now, agent by agent' },
    })
    .input(s.byIdInput)
    .mutation(({ ctx, input }) => run(ctx, 'cuts.preview', input)),
  restore: anyone
    .meta({
      http: { method: 'POST', path: '/cuts/{id}/restore', status: 202, tag, summary: 'Take a whole subtree back to a cut' },
    })
    .input(s.restoreCutInput)
    .mutation(({ ctx, input }) => run(ctx, 'cuts.restore', input)),
});
