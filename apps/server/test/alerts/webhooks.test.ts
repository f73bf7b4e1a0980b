import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSupervisor } from '@reeve/core';
import { callOf } from '@reeve/core/testing';
import type { Principal } from '@reeve/core/vocabulary';
import { createDb } from '@reeve/prisma';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sendWebhook } from '../../src/alerts/send-webhook.ts';
import { Webhooks } from '../../src/alerts/webhooks.ts';
import { Vault } from '../../src/auth/vault.ts';
import { GroupWriter } from '../../src/ingest/group-writer.ts';
import { PgUnderTest } from '../store/pg-under-test.ts';

type Got = { headers: IncomingHttpHeaders; body: string };
const cent = 10_000_000n;
const vault = new Vault([randomBytes(32)]);
let pg: PgUnderTest;
let db: ReturnType<typeof createDb>;
let receiver: Server;
let url = '';
let answer: number;
let got: Got[] = [];
beforeAll(async () => {
  pg = await PgUnderTest.start();
  db = createDb(pg.url);
  receiver = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (d: string) => (body += d));
    req.on('end', () => {
      got.push({ headers: req.headers, body });
      res.writeHead(answer, { location: 'http://127.0.0.1:1/elsewhere' }).end('x'.repeat(100_000));
    });
  });
  await new Promise<void>((go) => receiver.listen(0, '127.0.0.1', go));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
}, 60_000);
afterAll(async () => {
  receiver?.closeAllConnections();
  receiver?.close();
  await db?.$disconnect();
  await pg?.stop();
});
beforeEach(() => {
  answer = 204;
  got = [];
});

/** A project with a bounded agent, its webhooks, and a clock that a test moves. */
async function setUp() {
  const projectId = await pg.newProject();
  const store = pg.store();
  const writer = new GroupWriter(createSupervisor(store), () => {});
  const by: Principal = { kind: 'project', projectId, tokenId: 'owner', role: 'owner' };
  const clock = { nowMs: Date.now() };
  const webhooks = new Webhooks(db, vault, undefined, () => clock.nowMs);
  const { agentId } = await writer.execute(by, 'agents.register', { name: 'lead', budgetUsd: '0.10' } as never);
  let made = 0;
  const spend = (cents: bigint) =>
    writer.execute(by, 'costs.report', { entries: [callOf(agentId, `e${made++}`, { costNanoUsd: cents * cent })] } as never);
  const add = (over: object = {}) =>
    webhooks.add(by, { name: 'pager', url, events: ['budget.near', 'budget.exceeded'], allowPrivate: true, ...over });
  const log = async (id: string) => (await webhooks.deliveries(projectId, { id, limit: 50 })).items;
  return { projectId, by, webhooks, clock, agentId, spend, add, log, store };
}

describe('webhooks', () => {
  it('an alert arrives once, signed; what happened before and what was not asked for does not', async () => {
    const { projectId, webhooks, spend, add, log, agentId } = await setUp();
    await spend(8n);
    const hook = await add({ events: ['budget.exceeded'] });
    await spend(1n);
    await webhooks.tick(projectId);
    expect(got).toEqual([]);
    await spend(5n);
    await Promise.all([webhooks.tick(projectId), webhooks.tick(projectId)]);
    await webhooks.tick(projectId);
    const ids = new Set(got.map((g) => g.headers['webhook-id']));
    expect(ids.size).toBe(1);
    const [{ headers, body }] = got as [Got];
    const told = new Webhook(hook.secret).verify(body, headers as Record<string, string>);
    expect(told).toMatchObject({
      type: 'budget.exceeded',
      data: {
        projectId,
        subjectId: agentId,
        subjectName: 'lead',
        budgetUsd: '0.100000000',
        spentUsd: '0.140000000',
        text: expect.stringContaining('over its budget'),
      },
    });
    expect(() => new Webhook(hook.secret).verify(body.replace('0.14', '0.04'), headers as Record<string, string>)).toThrow();
    expect(await log(hook.id)).toMatchObject([{ type: 'budget.exceeded', state: 'delivered', nextAt: null }]);
  });
  it('a failed one comes again, later and later, under the same id; then it has failed, and can be sent by hand', async () => {
    const { projectId, by, webhooks, clock, spend, add, log } = await setUp();
    const hook = await add();
    answer = 503;
    await spend(9n);
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      await webhooks.tick(projectId);
      const [d] = await log(hook.id);
      if (d?.state === 'failed') break;
      const waitMs = Date.parse(d?.nextAt ?? '') - clock.nowMs;
      waits.push(waitMs / 1000);
      clock.nowMs += waitMs - 1;
      const before = got.length;
      await webhooks.tick(projectId);
      expect(got).toHaveLength(before);
      clock.nowMs += 1;
    }
    expect(waits).toEqual([5, 60, 300, 1_800, 7_200, 18_000, 36_000]);
    expect(new Set(got.map((g) => g.headers['webhook-id'])).size).toBe(1);
    const [failed] = await log(hook.id);
    expect(failed?.tries.map((t) => t.status)).toEqual(Array.from({ length: 8 }, () => 503));
    answer = 200;
    expect(await webhooks.retry(by, failed?.id ?? '')).toMatchObject({ state: 'delivered' });
  });
  it('a redirect is followed nowhere; one that is gone is told nothing more', async () => {
    const { projectId, webhooks, spend, add, log, by } = await setUp();
    const hook = await add();
    answer = 302;
    expect((await webhooks.test(by, hook.id)).tries).toMatchObject([{ status: 302, error: null }]);
    expect(got).toHaveLength(1);
    answer = 410;
    await spend(9n);
    await webhooks.tick(projectId);
    await spend(9n);
    await webhooks.tick(projectId);
    expect(got).toHaveLength(2);
    expect((await webhooks.list(projectId))[0]?.disabledBecause).toMatch(/410/);
    expect((await log(hook.id)).map((d) => d.state)).toEqual(['failed', 'failed']);
  });
  it('it is never sent into this network unless an owner allowed it, by name or by number, and says why', async () => {
    const { by, webhooks, add } = await setUp();
    const port = new URL(url).port;
    for (const refused of [
      `https://127.0.0.1:${port}/`,
      `https://[::ffff:127.0.0.1]:${port}/`,
      `https://localhost:${port}/`,
      'https://169.254.169.254/latest',
    ]) {
      const hook = await add({ url: refused, allowPrivate: false });
      const [tried] = (await webhooks.test(by, hook.id)).tries;
      expect(tried).toMatchObject({ status: null, error: expect.stringMatching(/no public address/) });
    }
    expect(got).toEqual([]);
  });
  it('a name that leads elsewhere the second time is asked once: the socket goes where the check went', async () => {
    let asked = 0;
    const once = await sendWebhook(
      { id: 'm', url: `https://rebinding.test:${new URL(url).port}/`, secret: 'whsec_c2VjcmV0', body: '{}', allowPrivate: false },
      new Date(),
      (_, __, done) => {
        asked += 1;
        // what a guard that looked and let the socket look again would connect to the second time
        (done as (e: Error | null, a: string, f: number) => void)(
          asked === 1 ? new Error('refused at the first look') : null,
          '127.0.0.1',
          4,
        );
      },
    );
    expect([once.status, once.error, asked]).toEqual([null, 'refused at the first look', 1]);
    expect(got).toEqual([]);
  });
  it('its secret stands sealed in the database; what was in clear is sealed at the next start, and signs as before', async () => {
    const { webhooks, by, add } = await setUp();
    const hook = await add();
    const stored = async () => (await db.webhook.findUniqueOrThrow({ where: { id: hook.id } })).secret;
    expect(await stored()).not.toContain(hook.secret.slice(6));
    await db.webhook.update({ where: { id: hook.id }, data: { secret: hook.secret } });
    expect(await webhooks.reseal()).toBe(1);
    expect(await webhooks.reseal()).toBe(0);
    expect(vault.isStale(await stored())).toBe(false);
    await webhooks.test(by, hook.id);
    const [{ headers, body }] = got as [Got];
    expect(new Webhook(hook.secret).verify(body, headers as Record<string, string>)).toMatchObject({ type: 'webhook.test' });
  });
  it('it and its entry in the audit log come together or not at all', async () => {
    const { projectId, by, webhooks, add } = await setUp();
    const hook = await add();
    await db.$executeRawUnsafe(`alter table audit_entry add constraint full_up check (project_id <> '${projectId}') not valid`);
    try {
      await expect(webhooks.remove(by, hook.id)).rejects.toThrow();
      await expect(add({ name: 'second' })).rejects.toThrow();
    } finally {
      await db.$executeRawUnsafe('alter table audit_entry drop constraint full_up');
    }
    expect((await webhooks.list(projectId)).map((w) => w.name)).toEqual(['pager']);
  });
  it('is decided by people and tokens, and kept in the audit log without its secret', async () => {
    const { projectId, by, webhooks, add, store } = await setUp();
    const hook = await add();
    expect((await webhooks.list(projectId))[0]).not.toHaveProperty('secret');
    await webhooks.remove(by, hook.id);
    expect(await webhooks.list(projectId)).toEqual([]);
    const { rows } = await pg.sql.query('select action, body from audit_entry where project_id = $1 order by n', [projectId]);
    expect(rows.map((r) => r.action)).toEqual(['webhooks.add', 'webhooks.remove']);
    expect(JSON.stringify(rows)).not.toContain(hook.secret.slice(6));
    await expect(webhooks.remove(by, hook.id)).rejects.toThrow();
    await store.close();
  });
});
