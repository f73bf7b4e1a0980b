import { z } from 'zod';

/**
 * Events that somebody has to hear of who does not look at the dashboard.
 *
 * Use it to choose what a webhook is told.
 *
 * @example
 * alertTypes.includes('budget.exceeded'); // → true
 */
export const alertTypes = [
  'budget.near',
  'budget.exceeded',
  'budget.warned',
  'budget.reached',
  'cost.mismatch',
  'orphans.halted',
  'agent.unconfirmed',
  'agent.restarts-exhausted',
  'project.halted',
  'change.unhealthy',
  'change.rollback-failed',
] as const;
/** One of `alertTypes`. */
export type AlertType = (typeof alertTypes)[number];

const id = z.string().min(1).max(200);
/**
 * Where alerts are to be sent, and which. https to public addresses, unless `allowPrivate`; never with a name or password in it.
 *
 * Use it for a new one; its secret is made by the server.
 *
 * @example
 * addWebhookInput.safeParse({ name: 'pager', url: 'https://example.com/hook' }).success; // → true
 * addWebhookInput.safeParse({ name: 'pager', url: 'http://127.0.0.1/hook' }).success; // → false
 * addWebhookInput.safeParse({ name: 'pager', url: 'http://127.0.0.1/hook', allowPrivate: true }).success; // → true
 */
export const addWebhookInput = z
  .object({
    name: z.string().min(1).max(100),
    url: z.url({ protocol: /^https?$/ }).max(2000),
    events: z
      .array(z.enum(alertTypes))
      .min(1)
      .default([...alertTypes]),
    allowPrivate: z.boolean().default(false),
  })
  .refine((w) => w.allowPrivate || w.url.startsWith('https:'), {
    path: ['url'],
    message: 'must be https unless addresses that are not public are allowed',
  })
  .refine((w) => !/^https?:\/\/[^/?#]*@/.test(w.url), { path: ['url'], message: 'must not hold a name or password' });
/**
 * One webhook, or one delivery, by its id.
 *
 * Use it to remove or to try a webhook, and to send a delivery again.
 *
 * @example
 * webhookIdInput.safeParse({ id: '' }).success; // → false
 */
export const webhookIdInput = z.object({ id });
/**
 * Deliveries of one webhook by page, the newest first.
 *
 * Use it to see what was sent and what came back.
 *
 * @example
 * listDeliveriesInput.parse({ id: 'whk_1' }); // → { id: 'whk_1', limit: 50 }
 */
export const listDeliveriesInput = z.object({
  id,
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(100).optional(),
});

/** Whom to tell of alerts; the secret is shown once, when it is made. */
export type WebhookView = {
  id: string;
  name: string;
  url: string;
  events: AlertType[];
  allowPrivate: boolean;
  /** Why nothing is sent to it any more: it has answered 410. */
  disabledBecause: string | null;
  createdAt: string;
};
/** One try to send an alert: what was answered, or why there was no answer. */
export type DeliveryTry = { at: string; status: number | null; error: string | null; ms: number };
/** One alert for one webhook. */
export type DeliveryView = {
  id: string;
  type: string;
  state: 'waiting' | 'delivered' | 'failed';
  tries: DeliveryTry[];
  nextAt: string | null;
  createdAt: string;
  body: string;
};
