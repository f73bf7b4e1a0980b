import * as s from '@reeve/core/vocabulary';
import { anyone, router, run } from '../trpc.ts';

const tag = 'runners';

export const runnersRouter = router({
  register: anyone
    .meta({
      http: { method: 'POST', path: '/runners', status: 201, tag, summary: 'Register a runner: it starts and ends processes on one host' },
    })
    .input(s.registerRunnerInput)
    .mutation(({ ctx, input }) => run(ctx, 'runners.register', input)),
  poll: anyone
    .meta({ http: { method: 'POST', path: '/runners/{id}/poll', tag, summary: 'Wait for orders; name those that are done' } })
    .input(s.pollRunnerInput)
    .mutation(async ({ ctx, input }) => {
      const woken =
        input.waitMs > 0 ? ctx.services.wakeups.wait(ctx.principal.projectId, `orders:${input.id}`, input.waitMs, ctx.signal) : undefined;
      const first = await run(ctx, 'runners.poll', { id: input.id, done: input.done });
      if (first.orders.length || !woken) return first;
      await woken;
      return run(ctx, 'runners.poll', { id: input.id, done: [] });
    }),
  report: anyone
    .meta({ http: { method: 'POST', path: '/runners/{id}/reports', tag, summary: 'What became of orders and processes', batch: true } })
    .input(s.reportRunnerInput)
    .mutation(({ ctx, input }) => run(ctx, 'runners.report', input)),
});
