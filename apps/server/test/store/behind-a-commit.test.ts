import { type Agent, createSupervisor, type Store, type Tx } from '@reeve/core';
import { callOf, commandOf, operator } from '@reeve/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomSecrets, uuidIds } from '../../src/auth/secrets.ts';
import { GroupWriter } from '../../src/ingest/group-writer.ts';
import { lockAndProve, PgStore } from '../../src/store/pg-store.ts';
import { until } from '../database/support.ts';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
});
afterAll(() => on?.stop());

const ports = (store: Store) => ({ store, ids: uuidIds, secrets: randomSecrets });
const seqs = async (projectId: string) =>
  (await on.column('select seq from event where project_id = $1 order by seq', projectId)).map(Number);
const oneTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** A project whose agent the store knows, so that nothing has to be read to decide on it. */
async function known(store: Store) {
  const projectId = await on.newProject();
  const supervisor = createSupervisor(ports(store));
  const execute = async (command: Parameters<typeof supervisor.executeBatch>[1][number], onDecided?: () => void) => {
    const { results } = await supervisor.executeBatch(projectId, [command], onDecided);
    const [r] = results;
    return r?.ok ? r.value : Promise.reject(Object.assign(new Error(r?.error.code), { code: r?.error.code }));
  };
  const { agentId } = (await execute(commandOf('agents.register', { name: 'x', kind: 'agent', metadata: {} }, operator))) as {
    agentId: string;
  };
  await execute(commandOf('costs.report', { entries: [callOf(agentId, 'first')] }, operator));
  return { projectId, agentId, execute };
}
/** Makes the facts of a type in a project fail, or wait for `held`, as a database under pressure would. */
async function onFacts(projectId: string, type: string, body: string): Promise<void> {
  const name = `on_${projectId}_${type.replace(/\W/g, '_')}`;
  await on.sql.query(`
    create function ${name}() returns trigger language plpgsql as $$ begin
      if new.project_id = '${projectId}' and new.type = '${type}' then ${body} end if;
      return new;
    end $$;
    create trigger ${name} before insert on event for each row execute function ${name}()`);
}

it('a transaction is decided while the one before it is written, and comes behind it', async () => {
  const store = new PgStore(on.url);
  const { projectId, agentId, execute } = await known(store);
  await onFacts(projectId, 'agent.interrupted', 'perform pg_advisory_xact_lock(77);');
  const holder = await on.sql.connect();
  await holder.query('select pg_advisory_lock(77)');
  const order: string[] = [];
  let second: Promise<unknown> | undefined;
  const first = execute(commandOf('agents.interrupt', { id: agentId, reason: 'slow' }, operator), () => {
    second ??= execute(commandOf('costs.report', { entries: [callOf(agentId, 'second')] }, operator), () =>
      order.push('second decided'),
    ).then(() => order.push('second committed'));
  }).then(() => order.push('first committed'));
  await until(() => order.length > 0, 'the second to be decided');
  expect(order).toEqual(['second decided']);
  await holder.query('select pg_advisory_unlock(77)');
  holder.release();
  await first;
  await second;
  expect(order).toEqual(['second decided', 'first committed', 'second committed']);
  expect(await seqs(projectId)).toEqual(oneTo(4));
  await store.close();
});

it('what was decided behind a transaction that then failed is decided again, on what is really there', async () => {
  const store = new PgStore(on.url);
  const { projectId, agentId, execute } = await known(store);
  // what an agent spends after a stop is late; the stop is not committed
  const stop = commandOf('agents.stop', { id: agentId, reason: 'enough' }, operator);
  await onFacts(projectId, 'stop.accepted', "raise exception 'no' using errcode = '22000';");
  let times = 0;
  let behind: Promise<unknown> | undefined;
  const refused = execute(stop, () => {
    behind ??= execute(commandOf('costs.report', { entries: [callOf(agentId, 'behind')] }, operator), () => (times += 1));
  });
  await expect(refused).rejects.toThrow('no');
  expect(await behind).toMatchObject({ accepted: 1 });
  expect(times).toBe(2);
  expect(await on.column('select late::text from cost_entry where project_id = $1', projectId)).toEqual(['false', 'false']);
  expect(await seqs(projectId)).toEqual(oneTo(3));
  await store.close();
});

it('a transaction that holds the lock sees nothing of one that was begun beside it and is not committed', async () => {
  const [store, other] = [new PgStore(on.url), new PgStore(on.url)];
  const { projectId, agentId } = await known(store);
  const name = (tx: Tx) => tx.agents.get(agentId).then((a) => a?.name);
  const rename = async (tx: Tx, to: string) => tx.agents.put({ ...((await tx.agents.get(agentId)) as Agent), name: to });
  // another server's turn: from here on this one waits for the lock, until it has found the project as it left it often enough
  await other.transact(projectId, (tx) => rename(tx, 'other'));
  expect((await store.transact(projectId, name)).value).toBe('other');
  for (let n = 0; n < 12; n++) {
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((go) => (goOn = go));
    let began: () => void = () => undefined;
    const isBegun = new Promise<void>((go) => (began = go));
    const holder = store.transact(projectId, async (tx) => {
      began();
      await gate;
      return name(tx);
    });
    await isBegun;
    const beside = store.transact(
      projectId,
      (tx) => rename(tx, `turn ${n}`),
      undefined,
      () => goOn(),
    );
    // where the second waits for the lock it is not decided before the first has gone
    setImmediate(() => setImmediate(goOn));
    expect((await holder).value).toBe(n === 0 ? 'other' : `turn ${n - 1}`);
    await beside;
  }
  await Promise.all([store.close(), other.close()]);
});

it.each([
  { waitsFor: [0, 0], outcome: '22012' },
  { waitsFor: [6, 78], outcome: 'proven' },
])('the proof is of the row as it is when the lock is got: at $waitsFor it is $outcome', async ({ waitsFor, outcome }) => {
  const projectId = await on.newProject();
  const [first, second] = [await on.sql.connect(), await on.sql.connect()];
  try {
    await first.query('begin');
    await first.query('select 1 from project where id = $1 for update', [projectId]);
    await second.query('begin');
    const proof = second.query(lockAndProve, [projectId, ...waitsFor]).then(
      () => 'proven',
      (e: { code: string }) => e.code,
    );
    const { rows } = await first.query('select pg_backend_pid() as pid');
    const waiting = 'select 1 from pg_stat_activity where $1 = any(pg_blocking_pids(pid))';
    await until(async () => (await on.sql.query(waiting, [rows[0].pid])).rows.length === 1, 'the second to wait for the lock');
    await first.query('update project set seq = 6, revision = 78 where id = $1', [projectId]);
    await first.query('commit');
    expect(await proof).toBe(outcome);
    await second.query('rollback');
  } finally {
    first.release();
    second.release();
  }
});

it('an entry that stands there already is told as what it is, and counted once, though it was taken for new', async () => {
  const store = new PgStore(on.url);
  const { projectId, agentId, execute } = await known(store);
  const report = (eventId: string, over = {}) =>
    execute(commandOf('costs.report', { entries: [callOf(agentId, eventId, over)] }, operator));
  await Promise.all(oneTo(8).map((n) => report(`call ${n}`)));
  expect(await report('call 3')).toMatchObject({ accepted: 0, duplicates: 1 });
  expect(await report('call 9')).toMatchObject({ accepted: 1 });
  expect(await report('call 9', { outputTokens: 7 })).toMatchObject({ accepted: 0, conflicts: ['call 9'] });
  expect(await on.column('select event_id from cost_entry where project_id = $1 order by id', projectId)).toHaveLength(10);
  await store.costs.settle();
  expect((await on.column('select total_entries from cost_rollup where project_id = $1', projectId)).map(Number)).toEqual([10]);
  await store.close();
});

it('two servers whose writers send one batch behind another agree, whoever was in between (I-STOP-1, I-COST-1)', async () => {
  const stores = [new PgStore(on.url), new PgStore(on.url)];
  const { projectId, agentId } = await known(stores[0] as PgStore);
  const writers = stores.map((store) => new GroupWriter(createSupervisor(ports(store)), () => {}));
  const principal = { kind: 'project', projectId, tokenId: 'init', role: 'owner' } as const;
  let accepted = 0;
  const refused = new Set<string>();
  const turns = Array.from({ length: 400 }, async (_, n) => {
    const writer = writers[n % 2] as GroupWriter;
    // every call is asked by both servers, and each pair asks for its own child
    const entries = [callOf(agentId, `call ${n >> 1}`)];
    const told = await writer.execute(principal, 'costs.report', { entries: entries as never });
    accepted += told.accepted;
    await writer
      .execute(principal, 'agents.register', { name: `c${n}`, kind: 'agent', metadata: {}, parentId: agentId })
      .catch((e: Error) => refused.add(e.message));
  });
  await Promise.all(turns);
  expect(accepted).toBe(200);
  expect([...refused]).toEqual([]);
  expect(await seqs(projectId)).toEqual(oneTo((await seqs(projectId)).length));
  expect(await on.column('select id from agent where project_id = $1', projectId)).toHaveLength(401);
  await Promise.all(stores.map((s) => s.costs.settle()));
  const totals = await on.column('select total_entries from cost_rollup where project_id = $1 order by total_entries', projectId);
  expect(totals.map(Number)).toEqual([201]);
  await Promise.all(writers.map((w) => w.settled()));
  await Promise.all(stores.map((s) => s.close()));
});

const nothingAhead = { agents: [], tasks: [], ending: [], settings: false, ready: [], requests: [] };
it('the lock that waits for company goes with the first question, announced or not, and with the end of work that fails', async () => {
  const store = new PgStore(on.url);
  const { projectId, agentId, execute } = await known(store);
  expect(await store.transact(projectId, (tx) => tx.stops.open())).toMatchObject({ value: [] });
  const unknown = (tx: Tx) => tx.agents.get('agt_unknown');
  expect(await store.transact(projectId, unknown, { ...nothingAhead, agents: ['agt_unknown'] })).toMatchObject({ value: undefined });
  const failed = store.transact(projectId, () => Promise.reject(new Error('a bug')));
  await expect(failed).rejects.toThrow('a bug');
  await execute(commandOf('costs.report', { entries: [callOf(agentId, 'after')] }, operator));
  expect(await seqs(projectId)).toEqual(oneTo(3));
  await store.close();
});

it('a transaction keeps what it began with when everything is forgotten beside it', async () => {
  const store = new PgStore(on.url);
  const { projectId, agentId } = await known(store);
  const { value } = await store.transact(projectId, async (tx) => {
    const agent = (await tx.agents.get(agentId)) as Agent;
    // what fails beside it forgets all that is kept of the project
    const beside = new Error('beside it');
    await expect(store.transact(projectId, () => Promise.reject(beside), undefined)).rejects.toBe(beside);
    tx.agents.put({ ...agent, name: 'renamed' });
    return agent.name;
  });
  expect(value).toBe('x');
  expect(await on.column('select name from agent where id = $1', agentId)).toEqual(['renamed']);
  await store.close();
});
