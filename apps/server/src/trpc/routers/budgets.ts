import * as s from '@reeve/core/vocabulary';
import { anyone, router, run } from '../trpc.ts';

const tag = 'budgets';

/** Budgets of subtrees, sessions and the project; that which comes with an agent is its own (`agents.setBudget`). */
export const budgetsRouter = router({
  list: anyone
    .meta({
      http: { method: 'GET', path: '/budgets', tag, summary: 'Budgets of subtrees, sessions and the project, with how they stand now' },
    })
    .query(async ({ ctx }) => ({ items: await ctx.services.reads.scopedBudgets(ctx.principal.projectId), nextCursor: null })),
  create: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/budgets',
        status: 201,
        tag,
        summary: 'A budget of a subtree, a session or the project, in all or a day: soft, hard, and what happens then',
      },
    })
    .input(s.makeBudgetInput)
    .mutation(({ ctx, input }) => run(ctx, 'budgets.make', input)),
  edit: anyone
    .meta({ http: { method: 'PATCH', path: '/budgets/{id}', tag, summary: 'Raise, lower or rename it; it holds at once' } })
    .input(s.editBudgetInput)
    .mutation(({ ctx, input }) => run(ctx, 'budgets.edit', input)),
  remove: anyone
    .meta({ http: { method: 'DELETE', path: '/budgets/{id}', tag, summary: 'Take it away; who waits for it goes on' } })
    .input(s.removeBudgetInput)
    .mutation(({ ctx, input }) => run(ctx, 'budgets.remove', input)),
});
