import * as s from '@reeve/core/vocabulary';
import { anyone, router } from '../trpc.ts';

const tag = 'webhooks';
export const webhooksRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/webhooks', tag, summary: 'Whom alerts are sent to' } })
    .query(async ({ ctx }) => ({ items: await ctx.services.webhooks.list(ctx.principal.projectId), nextCursor: null })),
  add: anyone
    .meta({
      http: { method: 'POST', path: '/webhooks', status: 201, tag, summary: 'Send alerts there; the secret is shown in this answer alone' },
    })
    .input(s.addWebhookInput)
    .mutation(({ ctx, input }) => ctx.services.webhooks.add(ctx.principal, input)),
  remove: anyone
    .meta({ http: { method: 'DELETE', path: '/webhooks/{id}', tag, summary: 'Send nothing there any more' } })
    .input(s.webhookIdInput)
    .mutation(async ({ ctx, input }) => {
      await ctx.services.webhooks.remove(ctx.principal, input.id);
      return {};
    }),
  test: anyone
    .meta({ http: { method: 'POST', path: '/webhooks/{id}/test', tag, summary: 'Send a test message now, and say what came back' } })
    .input(s.webhookIdInput)
    .mutation(({ ctx, input }) => ctx.services.webhooks.test(ctx.principal, input.id)),
  deliveries: anyone
    .meta({
      http: { method: 'GET', path: '/webhooks/{id}/deliveries', tag, summary: 'What was sent, each try with its answer; the newest first' },
    })
    .input(s.listDeliveriesInput)
    .query(({ ctx, input }) => ctx.services.webhooks.deliveries(ctx.principal.projectId, input)),
  retry: anyone
    .meta({ http: { method: 'POST', path: '/deliveries/{id}/retry', tag, summary: 'Send one delivery again now' } })
    .input(s.webhookIdInput)
    .mutation(({ ctx, input }) => ctx.services.webhooks.retry(ctx.principal, input.id)),
});
