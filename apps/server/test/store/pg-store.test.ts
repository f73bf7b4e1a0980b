import { randomBytes } from 'node:crypto';
import { type Command, createSupervisor } from '@reeve/core';
import { callOf, commandOf, operator, taskOf } from '@reeve/core/testing';
import { describeStoreContract } from '@reeve/core/testing/store-contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { randomSecrets, uuidIds } from '../../src/auth/secrets.ts';
import { Vault } from '../../src/auth/vault.ts';
import { PgStore } from '../../src/store/pg-store.ts';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
});
afterAll(() => on?.stop());

// sealed, as the server has it
describeStoreContract('on PostgreSQL', async () => on.store({ sealer: new Vault([randomBytes(32)]) }));

describe('PgStore', () => {
  it('knows no project that was not made', async () => {
    const store = new PgStore(on.url);
    await expect(store.transact('prj_none', async () => 1)).rejects.toThrow('no project');
    await store.close();
  });
  it('two stores on one database, as two servers, still give a seq without gaps', async () => {
    const projectId = await on.newProject();
    const stores = [new PgStore(on.url), new PgStore(on.url)];
    const add = (n: number) => {
      const store = stores[n % 2] as PgStore;
      return createSupervisor({ store, ids: uuidIds, secrets: randomSecrets }).executeBatch(projectId, [
        commandOf('tasks.add', { title: `${n}` }, operator),
      ]);
    };
    await Promise.all(Array.from({ length: 40 }, (_, n) => add(n)));
    const seqs = (await on.column('select seq from event where project_id = $1 order by seq', projectId)).map(Number);
    expect(seqs).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    await Promise.all(stores.map((s) => s.close()));
  });
  it('a report of costs reads neither its agents nor their sums again, nor what stands against a budget', async () => {
    const projectId = await on.newProject();
    const store = new PgStore(on.url);
    const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
    const run = async (command: Command) => (await supervisor.executeBatch(projectId, [command])).results[0];
    const register = async (more: object): Promise<string> => {
      const r = await run(commandOf('agents.register', { name: 'x', ...more }, operator));
      return r?.ok ? (r.value as { agentId: string }).agentId : '';
    };
    const statements: string[] = [];
    const query = vi.spyOn(pg.Client.prototype, 'query');
    const countOf = async (command: Command): Promise<number> => {
      query.mockClear();
      expect((await run(command))?.ok).toBe(true);
      statements.push(...query.mock.calls.map(([q]) => (typeof q === 'string' ? q : (q as unknown as { text: string }).text)));
      return query.mock.calls.length;
    };
    const report = (agentId: string, eventId: string, over = {}) =>
      commandOf('costs.report', { entries: [callOf(agentId, eventId, over)] }, operator);
    const free = await register({ parentId: await register({}) });
    const bounded = await register({ parentId: await register({ budgetUsd: '1' }) });
    // the first time, the sums that nobody has asked for yet
    await countOf(report(free, '0'));
    await countOf(report(bounded, '0'));
    statements.splice(0);
    const plain = await countOf(report(free, '1'));
    expect(statements.filter((s) => /^(select|with)/.test(s) && !/insert|from project where/.test(s))).toEqual([]);
    expect(statements.filter((s) => /budget_use|reservation t/.test(s))).toEqual([]);
    expect(await countOf(report(bounded, '1'))).toBe(plain);
    const reserved = await run(commandOf('costs.reserve', { agentId: bounded, amountUsd: '0.5' }, operator));
    const { reservationId } = (reserved?.ok ? reserved.value : {}) as { reservationId: string };
    // one read of the reservation, one of it for writing; both tables written in one statement each
    expect(await countOf(report(bounded, '2', { reservationId }))).toBe(plain + 3);
    query.mockRestore();
    await store.close();
  });
  it('a connection that is killed in the middle fails its transaction as unavailable, whole, and the next one works', async () => {
    const projectId = await on.newProject();
    const store = new PgStore(on.url);
    const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
    const failing = store.transact(projectId, async (tx) => {
      tx.append({ type: 'agent.interrupted', subjectId: 'a', data: { reason: '' } }, 'x');
      tx.tasks.put(taskOf({ id: 'tsk_lost', projectId }));
      await tx.tasks.ready([], 1);
      await on.sql.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reeve-writer' and state = 'idle in transaction'",
      );
      return tx.tasks.ready([], 1);
    });
    await expect(failing).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await supervisor.executeBatch(projectId, [commandOf('tasks.add', { title: 'after' }, operator)]);
    expect(await on.column('select title from task where project_id = $1', projectId)).toEqual(['after']);
    expect((await on.column('select seq from event where project_id = $1', projectId)).map(Number)).toEqual([1]);
    await store.close();
  });
  it('U+0000 and lone surrogates, which PostgreSQL cannot store, are taken out of text and JSON', async () => {
    const projectId = await on.newProject();
    const store = new PgStore(on.url);
    const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
    const odd = 'a\u0000b\ud800c\\u0000';
    const metadata = { [odd]: odd, list: [odd, { [odd]: null }] };
    const { results } = await supervisor.executeBatch(projectId, [commandOf('agents.register', { name: odd, metadata }, operator)]);
    expect(results[0]?.ok).toBe(true);
    const { rows } = await on.sql.query(
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
