import * as s from '@reeve/core/vocabulary';
import { anyone, router, run } from '../trpc.ts';

const tag = 'orphans';
export const orphansRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/orphans', tag, summary: 'Orphans with their evidence, and a dry run of the sweep' } })
    .input(s.listOrphansInput)
    .query(async ({ ctx, input }) => {
      const agentIds = await ctx.services.reads.suspectedOrphans(ctx.principal.projectId);
      return run(ctx, 'orphans.plan', { agentIds, limit: input.limit });
    }),
  handle: anyone
    .meta({
      http: { method: 'POST', path: '/orphans/handle', tag, summary: 'Stop, move or leave alone orphans by name, also past a halt' },
    })
    .input(s.handleOrphansInput)
    .mutation(({ ctx, input }) => run(ctx, 'orphans.handle', input)),
});
