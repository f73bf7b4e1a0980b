import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSupervisor } from '@reeve/core';
import { callOf, commandOf, operator } from '@reeve/core/testing';
import { createDb } from '@reeve/prisma';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkoutDir } from '../../src/config.ts';
import { foldSlots } from '../../src/store/cost-slots.ts';
import { auditSlots } from '../../src/store/reads/slots-audit.ts';
import { PgUnderTest } from './pg-under-test.ts';

const migration = join(checkoutDir, 'prisma/migrations/20261127203000_unpriced_delta/migration.sql');
let pg: PgUnderTest;
let db: ReturnType<typeof createDb>;
beforeAll(async () => {
  pg = await PgUnderTest.start();
  db = createDb(pg.url);
});
afterAll(async () => {
  await db?.$disconnect();
  await pg?.stop();
});

/** A project with three calls without a price of one agent below another, folded wherever sums are kept; `priced`: two have one since. */
async function projectOf(priced: boolean) {
  const projectId = await pg.newProject();
  const store = pg.store();
  const supervisor = createSupervisor(store);
  const run = async (...commands: Parameters<typeof supervisor.executeBatch>[1]) => {
    const { results } = await supervisor.executeBatch(projectId, commands);
    return results.map((r) => (r.ok ? (r.value as { agentId: string }) : expect.fail(JSON.stringify(r.error))));
  };
  const agent = async (parentId: string | null) =>
    (await run(commandOf('agents.register', { name: 'a', parentId }, operator)))[0]?.agentId as string;
  const low = await agent(await agent(null));
  const none = { costNanoUsd: null, pricedBy: 'unpriced', model: 'm' } as const;
  const entries = [callOf(low, '1', none), callOf(low, '2', none), callOf(low, '3', { ...none, model: 'other' }), callOf(low, '4')];
  await run(commandOf('costs.report', { entries }, operator));
  const of = { model: 'm', provider: null };
  const all = { fromMs: null, toMs: null, unpricedOnly: false, after: null, limit: 500, dryRun: false };
  const anew = async (inputPico: string) => {
    const rates = { inputPico, outputPico: '0', cachedInputPico: null, cacheWritePico: null, reasoningPico: null };
    await run(commandOf('prices.set', { ...of, rates, validFromMs: 0, reason: '' }, operator));
    await run(commandOf('prices.reprice', { ...of, ...all }, operator));
  };
  // twice: the first of them alone gave each call its price
  if (priced) for (const pico of ['2000', '3000']) await anew(pico);
  const sums = async () => (await pg.store().rollups(projectId)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const before = await sums();
  await foldSlots(db, projectId);
  await store.close();
  return { projectId, sums, before };
}

it('I-COST-8: what was priced anew before adjustments said so counts as priced once the database is migrated', async () => {
  const anew = await projectOf(true);
  const never = await projectOf(false);
  expect([anew, never].map((p) => p.before.map((r) => r.totalUnpriced))).toEqual([
    [1, 1],
    [3, 3],
  ]);
  // as a server left it that knew nothing of it
  const sql = await readFile(migration, 'utf8');
  const indexes = [...sql.matchAll(/create index "(\w+)"/g)].map(([, name]) => `drop index ${name};`);
  await pg.sql.query(`${indexes.join(' ')} alter table cost_entry drop column unpriced_delta;
    update cost_rollup set own_unpriced = 3 * sign(own_entries), total_unpriced = 3;
    update cost_slot set unpriced = 1`);
  await pg.sql.query(sql);
  for (const p of [anew, never]) {
    expect(await p.sums()).toEqual(p.before);
    while (await foldSlots(db, p.projectId));
  }
  expect(await auditSlots(db, anew.projectId)).toEqual([]);
});
