import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CostEntry, createSupervisor } from '@reeve/core';
import { commandOf, operator, taskOf } from '@reeve/core/testing';
import { describeStoreContract, type StoreUnderTest } from '@reeve/core/testing/store-contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomSecrets, uuidIds } from '../../src/auth/secrets.ts';
import { checkoutDir } from '../../src/config.ts';
import { migrate } from '../../src/database/migrate.ts';
import { type Database, openDatabase } from '../../src/database/open-database.ts';
import { PgStore } from '../../src/store/pg-store.ts';
import { silent } from '../database/support.ts';

/** One PostgreSQL for the file. */
let dir: string;
let database: Database;
let sql: pg.Pool;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'reeve-store-'));
  database = await openDatabase({ dataDir: { pgDir: join(dir, 'postgres') }, databaseUrl: undefined, log: silent });
  await migrate(database.url, join(checkoutDir, 'prisma/migrations'));
  sql = new pg.Pool({ connectionString: database.url, max: 3 });
  sql.on('error', () => {}); // one that PostgreSQL ends before it has said goodbye
});
afterAll(async () => {
  await sql?.end();
  await database?.stop();
  if (dir) await rm(dir, { recursive: true, force: true });
});

let projects = 0;
const newProject = async (): Promise<string> => {
  const id = `prj_${++projects}`;
  await sql.query('insert into project (id, name) values ($1, $1)', [id]);
  return id;
};
const number = (v: unknown) => Number(v);
const column = async (text: string, projectId: string): Promise<string[]> =>
  (await sql.query({ text, values: [projectId], rowMode: 'array' })).rows.flat();

describeStoreContract('on PostgreSQL', async (): Promise<StoreUnderTest> => {
  const store = new PgStore(database.url);
  return {
    store,
    ids: uuidIds,
    secrets: randomSecrets,
    newProject,
    async events(projectId) {
      const { rows } = await sql.query('select seq, type, subject_id, actor, data from event where project_id = $1 order by seq', [
        projectId,
      ]);
      return rows.map((r) => ({ seq: number(r.seq), type: r.type, subjectId: r.subject_id, actor: r.actor, data: r.data }));
    },
    async entries(projectId) {
      const { rows } = await sql.query('select * from cost_entry where project_id = $1 order by id', [projectId]);
      return rows.map(
        (r): CostEntry => ({
          projectId: r.project_id,
          agentId: r.agent_id,
          eventId: r.event_id,
          path: r.path,
          sessionId: r.session_id,
          role: r.role,
          model: r.model,
          provider: r.provider,
          inputTokens: number(r.input_tokens),
          outputTokens: number(r.output_tokens),
          cachedInputTokens: number(r.cached_input_tokens),
          cacheWriteTokens: number(r.cache_write_tokens),
          reasoningTokens: number(r.reasoning_tokens),
          costNanoUsd: r.cost_nano_usd === null ? null : BigInt(r.cost_nano_usd),
          pricedBy: r.priced_by,
          priceVersion: r.price_version,
          late: r.late,
          atMs: r.at.getTime(),
          recordedAtMs: r.recorded_at.getTime(),
        }),
      );
    },
    conflicts: (projectId) => column('select event_id from cost_conflict where project_id = $1 order by id', projectId),
    async rollups(projectId) {
      const { rows } = await sql.query('select * from cost_rollup where project_id = $1', [projectId]);
      return rows.map((r) => ({
        id: r.agent_id,
        projectId: r.project_id,
        ownNanoUsd: BigInt(r.own_nano_usd),
        totalNanoUsd: BigInt(r.total_nano_usd),
        ownInputTokens: number(r.own_input_tokens),
        ownOutputTokens: number(r.own_output_tokens),
        totalInputTokens: number(r.total_input_tokens),
        totalOutputTokens: number(r.total_output_tokens),
        ownEntries: number(r.own_entries),
        totalEntries: number(r.total_entries),
        ownUnpriced: number(r.own_unpriced),
        totalUnpriced: number(r.total_unpriced),
      }));
    },
    logs: (projectId) => column('select text from agent_log where project_id = $1 order by id', projectId),
    tokens: (projectId) => column('select hash from token where project_id = $1', projectId),
    close: () => store.close(),
  };
});

describe('PgStore', () => {
  it('knows no project that was not made', async () => {
    const store = new PgStore(database.url);
    await expect(store.transact('prj_none', async () => 1)).rejects.toThrow('no project');
    await store.close();
  });
  it('two stores on one database, as two servers, still give a seq without gaps', async () => {
    const projectId = await newProject();
    const stores = [new PgStore(database.url), new PgStore(database.url)];
    const add = (n: number) => {
      const store = stores[n % 2] as PgStore;
      return createSupervisor({ store, ids: uuidIds, secrets: randomSecrets }).executeBatch(projectId, [
        commandOf('tasks.add', { title: `${n}` }, operator),
      ]);
    };
    await Promise.all(Array.from({ length: 40 }, (_, n) => add(n)));
    const seqs = (await column('select seq from event where project_id = $1 order by seq', projectId)).map(Number);
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await Promise.all(stores.map((s) => s.close()));
  });
  it('a connection that is killed in the middle fails its transaction as unavailable, whole, and the next one works', async () => {
    const projectId = await newProject();
    const store = new PgStore(database.url);
    const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
    const failing = store.transact(projectId, async (tx) => {
      tx.append({ type: 'agent.interrupted', subjectId: 'a', data: { reason: '' } }, 'x');
      tx.tasks.put(taskOf({ id: 'tsk_lost', projectId }));
      await tx.tasks.ready([], 1);
      await sql.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reeve-writer' and state = 'idle in transaction'",
      );
      return tx.tasks.ready([], 1);
    });
    await expect(failing).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await supervisor.executeBatch(projectId, [commandOf('tasks.add', { title: 'after' }, operator)]);
    expect(await column('select title from task where project_id = $1', projectId)).toEqual(['after']);
    expect((await column('select seq from event where project_id = $1', projectId)).map(Number)).toEqual([1]);
    await store.close();
  });
  it('U+0000 and lone surrogates, which PostgreSQL cannot store, are taken out of text and JSON', async () => {
    const projectId = await newProject();
    const store = new PgStore(database.url);
    const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
    const odd = 'a\u0000b\ud800c\\u0000';
    const metadata = { [odd]: odd, list: [odd, { [odd]: null }] };
    const { results } = await supervisor.executeBatch(projectId, [commandOf('agents.register', { name: odd, metadata }, operator)]);
    expect(results[0]?.ok).toBe(true);
    const { rows } = await sql.query(
      'select a.name, a.metadata, e.data from agent a join event e on e.subject_id = a.id where a.project_id = $1',
      [projectId],
    );
    const clean = 'abc\\u0000';
    expect(rows[0].metadata).toEqual({ [clean]: clean, list: [clean, { [clean]: null }] });
    expect(rows[0].data.name).toBe(clean);
    expect(rows[0].name.replace('\ufffd', '')).toBe(clean);
    await store.close();
  });
});
