import { randomBytes } from 'node:crypto';
import type { AlertType, DeliveryTry, DeliveryView, Page, Principal, WebhookView } from '@reeve/core/vocabulary';
import { alertTypes, eventSentence } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';
import { decided } from '../auth/decided.ts';
import type { Vault } from '../auth/vault.ts';
import { DomainFailure, notFound } from '../trpc/failure.ts';
import { type Message, sendWebhook } from './send-webhook.ts';

const mostWebhooks = 200;
/** After the first try, and each further one; after the last the delivery has failed and can be sent again by hand. */
const backoffMs = [5_000, 60_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000];
const atOnce = 20;
const keptDays = 30;

/** Spelled out as the index has them. */
const types = Prisma.raw(alertTypes.map((t) => `'${t}'`).join(', '));

type Row = Prisma.WebhookGetPayload<object>;
type NewWebhook = { name: string; url: string; events: AlertType[]; allowPrivate: boolean };
const viewOf = (w: Row): WebhookView => ({
  id: w.id,
  name: w.name,
  url: w.url,
  events: w.events as AlertType[],
  allowPrivate: w.allowPrivate,
  disabledBecause: w.disabledBecause,
  createdAt: w.createdAt.toISOString(),
});
const newId = (prefix: string) => `${prefix}_${randomBytes(12).toString('hex')}`;

/**
 * Tells people elsewhere of alerts. The event log is the outbox: what each webhook has been told up to stands in its row and moves in
 * the transaction that makes its deliveries, so a crash loses no alert and makes none twice. A delivery may arrive twice, with the
 * same `webhook-id`, where the answer to it was lost.
 */
export class Webhooks {
  constructor(
    private readonly db: Db,
    private readonly vault: Vault,
    private readonly send: (m: Message, now: Date) => Promise<DeliveryTry> = sendWebhook,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async list(projectId: string): Promise<WebhookView[]> {
    return (await this.db.webhook.findMany({ where: { projectId }, orderBy: { createdAt: 'asc' } })).map(viewOf);
  }
  /** With its secret, which is shown this once. */
  async add(by: Principal, input: NewWebhook): Promise<WebhookView & { secret: string }> {
    const { projectId } = by;
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    const id = newId('whk');
    const row = await decided(this.db, by, async (tx) => {
      if ((await tx.webhook.count({ where: { projectId } })) >= mostWebhooks)
        throw new DomainFailure({ code: 'invalid_input', issues: [{ path: '', message: `there are ${mostWebhooks} webhooks already` }] });
      const { seq } = await tx.project.findUniqueOrThrow({ where: { id: projectId }, select: { seq: true } });
      const { name, url, events, allowPrivate } = input;
      const value = await tx.webhook.create({
        data: { id, projectId, secret: this.vault.seal(secret, id), lastSeq: seq, name, url, events, allowPrivate },
      });
      return {
        value,
        about: { action: 'webhooks.add', subjectKind: 'webhook', subjectId: id, after: { name, url, events, allowPrivate } },
      };
    });
    return { ...viewOf(row), secret };
  }
  async remove(by: Principal, id: string): Promise<void> {
    const { projectId } = by;
    await decided(this.db, by, async (tx) => {
      const w = await tx.webhook.findFirst({ where: { id, projectId } });
      if (!w) throw notFound('webhook', id);
      await tx.webhook.delete({ where: { id } });
      const before = { name: w.name, url: w.url };
      return { value: null, about: { action: 'webhooks.remove', subjectKind: 'webhook', subjectId: id, before } };
    });
  }
  /** A message that is no alert, to see that it arrives; answers what came back. */
  async test(by: Principal, id: string): Promise<DeliveryView> {
    const w = await this.find(by.projectId, id);
    const body = { type: 'webhook.test', timestamp: new Date(this.nowMs()).toISOString(), data: { text: 'A test, sent by hand.' } };
    const d = await this.db.webhookDelivery.create({
      data: { id: newId('msg'), projectId: w.projectId, webhookId: w.id, type: body.type, body: JSON.stringify(body), state: 'waiting' },
    });
    return this.attempt(w, d, []);
  }
  async retry(by: Principal, deliveryId: string): Promise<DeliveryView> {
    const d = await this.db.webhookDelivery.findFirst({ where: { id: deliveryId, projectId: by.projectId }, include: { webhook: true } });
    if (!d) throw notFound('delivery', deliveryId);
    return this.attempt(d.webhook, d);
  }
  async deliveries(projectId: string, q: { id: string; limit: number; cursor?: string | undefined }): Promise<Page<DeliveryView>> {
    await this.find(projectId, q.id);
    const before = q.cursor ? await this.db.webhookDelivery.findFirst({ where: { id: q.cursor, webhookId: q.id } }) : null;
    const rows = await this.db.webhookDelivery.findMany({
      where: {
        webhookId: q.id,
        ...(before && { OR: [{ createdAt: { lt: before.createdAt } }, { createdAt: before.createdAt, id: { lt: before.id } }] }),
      },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: q.limit + 1,
    });
    const items = rows.slice(0, q.limit).map(deliveryOf);
    return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** Alerts become deliveries, and those that are due are sent; twice equals once. */
  async tick(projectId: string): Promise<void> {
    const behind = await this.db.$queryRaw<{ id: string }[]>`
      select w.id from webhook w where w.project_id = ${projectId} and w.disabled_because is null and exists (
        select 1 from event e where e.project_id = ${projectId} and e.seq > w.last_seq and e.type in (${types}))`;
    for (const { id } of behind) await this.enqueue(projectId, id);
    const due = await this.db.webhookDelivery.findMany({
      where: { projectId, state: 'waiting', nextAt: { lte: new Date(this.nowMs()) }, webhook: { disabledBecause: null } },
      include: { webhook: true },
      orderBy: { nextAt: 'asc' },
      take: atOnce,
    });
    await Promise.all(due.map((d) => this.attempt(d.webhook, d)));
  }
  async prune(): Promise<void> {
    const before = new Date(this.nowMs() - keptDays * 86_400_000);
    await this.db.webhookDelivery.deleteMany({ where: { createdAt: { lt: before }, state: { not: 'waiting' } } });
  }

  private enqueue(projectId: string, webhookId: string): Promise<void> {
    return this.db.$transaction(async (tx) => {
      const [w] = await tx.$queryRaw<{ last: bigint; events: string[] }[]>`
        select last_seq as last, events from webhook where id = ${webhookId} for update`;
      if (!w) return;
      const facts = await tx.$queryRaw<
        { seq: bigint; at: Date; type: string; subjectId: string; data: Record<string, unknown>; name: string | null }[]
      >`
        select e.seq, e.at, e.type, e.subject_id as "subjectId", e.data, a.name from event e left join agent a on a.id = e.subject_id
        where e.project_id = ${projectId} and e.seq > ${w.last} and e.type in (${types}) order by e.seq limit 500`;
      const last = facts.at(-1);
      if (!last) return;
      await tx.webhookDelivery.createMany({
        data: facts
          .filter((f) => w.events.includes(f.type))
          .map((f) => ({
            // the same alert has the same id whoever makes it
            id: `msg_${webhookId.slice(4)}_${f.seq}`,
            projectId,
            webhookId,
            type: f.type,
            state: 'waiting',
            nextAt: new Date(this.nowMs()),
            body: JSON.stringify({
              type: f.type,
              timestamp: f.at.toISOString(),
              data: { projectId, seq: Number(f.seq), subjectId: f.subjectId, subjectName: f.name, text: eventSentence(f), ...f.data },
            }),
          })),
        skipDuplicates: true,
      });
      await tx.webhook.update({ where: { id: webhookId }, data: { lastSeq: last.seq } });
    });
  }
  private async attempt(
    w: Row,
    d: Prisma.WebhookDeliveryGetPayload<object>,
    retries: readonly number[] = backoffMs,
  ): Promise<DeliveryView> {
    const now = new Date(this.nowMs());
    const t = await this.send(
      { id: d.id, url: w.url, secret: this.vault.open(w.secret, w.id), body: d.body, allowPrivate: w.allowPrivate },
      now,
    );
    const tries = [...(d.tries as DeliveryTry[]), t];
    const delivered = t.status !== null && t.status >= 200 && t.status < 300;
    const waitMs = t.status === 410 ? undefined : retries[tries.length - 1];
    const state = delivered ? 'delivered' : waitMs === undefined ? 'failed' : 'waiting';
    const nextAt = state === 'waiting' ? new Date(now.getTime() + (waitMs ?? 0)) : null;
    if (t.status === 410) await this.db.webhook.update({ where: { id: w.id }, data: { disabledBecause: 'it answered 410: it is gone' } });
    return deliveryOf(await this.db.webhookDelivery.update({ where: { id: d.id }, data: { tries, state, nextAt } }));
  }
  private async find(projectId: string, id: string): Promise<Row> {
    const w = await this.db.webhook.findFirst({ where: { id, projectId } });
    if (!w) throw notFound('webhook', id);
    return w;
  }
  /** Secrets that stand in clear, or under a key that is to go, are sealed with the first key. */
  async reseal(): Promise<number> {
    const stale = (await this.db.webhook.findMany({ select: { id: true, secret: true } })).filter((w) => this.vault.isStale(w.secret));
    for (const { id, secret } of stale)
      await this.db.webhook.updateMany({ where: { id, secret }, data: { secret: this.vault.seal(this.vault.open(secret, id), id) } });
    return stale.length;
  }
}
const deliveryOf = (d: Prisma.WebhookDeliveryGetPayload<object>): DeliveryView => ({
  id: d.id,
  type: d.type,
  state: d.state as DeliveryView['state'],
  tries: d.tries as DeliveryTry[],
  nextAt: d.nextAt?.toISOString() ?? null,
  createdAt: d.createdAt.toISOString(),
  body: d.body,
});
