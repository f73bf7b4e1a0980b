import { setTimeout as passed } from 'node:timers/promises';
import { createSupervisor, defaultSettings } from '@reeve/core';
import { commandOf, operator } from '@reeve/core/testing';
import { describeStoreUnderFault, type Fault } from '@reeve/core/testing/store-contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomSecrets, uuidIds } from '../../src/auth/secrets.ts';
import { GroupWriter } from '../../src/ingest/group-writer.ts';
import { PgStore } from '../../src/store/pg-store.ts';
import { until } from '../database/support.ts';
import { oneBehindAnother } from './one-behind-another.ts';
import { PgUnderTest } from './pg-under-test.ts';

/** A PostgreSQL for this file alone: it is killed. */
let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
});
afterAll(() => on?.stop());

/** Does something again and again, at random moments, until it is told to end; what it does may fail. */
const againAndAgain =
  (mostMs: number, act: (projectId: string, n: number) => Promise<unknown>): Fault =>
  async (projectId) => {
    let going = true;
    const gone = (async () => {
      for (let n = 0; going; n++) {
        await passed(Math.random() * mostMs);
        await act(projectId, n).catch(() => undefined);
      }
    })();
    return async () => {
      going = false;
      await gone;
      return undefined;
    };
  };
/** A session of somebody else, which holds what the writer needs. */
async function elsewhere(statements: (query: (text: string, values?: unknown[]) => Promise<unknown>) => Promise<void>): Promise<void> {
  const client = await on.sql.connect();
  try {
    await client.query('begin');
    await statements((text, values) => client.query(text, values));
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}
const holdProject = (ms: number) => (projectId: string) =>
  elsewhere(async (query) => {
    await query('select 1 from project where id = $1 for update', [projectId]);
    await passed(ms);
  });
const terminateWriters = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'reeve-writer'";

describeStoreUnderFault(
  'on PostgreSQL, connections killed at random',
  async () => on.store(),
  againAndAgain(150, () => on.sql.query(`${terminateWriters} and random() < 0.5`)),
);

const oneBehindTheOther = () => {
  const under = on.store();
  return { ...under, store: oneBehindAnother(under.store) };
};
describeStoreUnderFault(
  'on PostgreSQL, one transaction behind the other, connections killed at random',
  async () => oneBehindTheOther(),
  againAndAgain(50, () => on.sql.query(`${terminateWriters} and random() < 0.5`)),
);

describeStoreUnderFault(
  'on PostgreSQL, one transaction behind the other, another server in between, and refusals at random',
  async () => oneBehindTheOther(),
  async (projectId) => {
    const name = `refuse_now_and_then_${projectId}`;
    await on.sql.query(`
      create sequence ${name}_times;
      create function ${name}() returns trigger language plpgsql as $$ begin
        if new.project_id = '${projectId}' and random() < 0.05 then perform nextval('${name}_times'); raise exception 'refused' using errcode = '40001'; end if;
        return new;
      end $$;
      create trigger ${name} before insert on event for each row execute function ${name}()`);
    const other = new PgStore(on.url);
    const stop = await againAndAgain(30, () => other.transact(projectId, async (tx) => tx.settings.put(defaultSettings(projectId))))(
      projectId,
    );
    return async () => {
      await stop();
      await other.close();
      return Number((await on.sql.query(`select last_value from ${name}_times`)).rows[0].last_value);
    };
  },
);

describeStoreUnderFault(
  'on PostgreSQL, the database killed and started again in the middle',
  async () => on.store(),
  againAndAgain(150, async (_, n) => {
    if (n > 1) return;
    const { pid } = on.postgres;
    process.kill(pid, 'SIGKILL');
    await until(() => on.postgres.pid !== pid, 'postgres to be started again');
  }),
);

describeStoreUnderFault(
  'on PostgreSQL, its lock held by another session for longer than a writer waits',
  async () => on.store({ lockTimeoutMs: 10 }),
  againAndAgain(200, holdProject(40)),
);

describeStoreUnderFault(
  'on PostgreSQL, statements that take too long',
  async () => on.store({ statementTimeoutMs: 20 }),
  againAndAgain(200, holdProject(60)),
);

// Whoever waits last finds the cycle: the other session waits for the writer already, and never looks again itself.
describeStoreUnderFault(
  'on PostgreSQL, deadlocks with another session',
  async () => on.store(),
  async (projectId) => {
    const deadlocks = async () => Number((await on.sql.query('select sum(deadlocks) as n from pg_stat_database')).rows[0].n);
    const before = await deadlocks();
    await on.sql.query("alter role current_user set deadlock_timeout = '2ms'");
    await on.sql.query(terminateWriters); // the role's setting is for new connections
    const stop = await againAndAgain(15, (id, n) =>
      elsewhere(async (query) => {
        if (n > 30) return; // enough: each costs the writer a transaction
        await query("set local deadlock_timeout = '1min'");
        await query("select 1 from task where project_id = $1 and state = 'claimed' for update", [id]);
        await query('select 1 from project where id = $1 for update', [id]);
      }),
    )(projectId);
    return async () => {
      await stop();
      await on.sql.query('alter role current_user reset deadlock_timeout');
      await on.sql.query(terminateWriters); // a backend tells its counts when it ends, at the latest
      await until(async () => (await deadlocks()) > before, 'a deadlock', 5_000).catch(() => undefined);
      return (await deadlocks()) - before;
    };
  },
);

describe('a transaction that the database rolled back', () => {
  /** Raises `code` on every `nth` fact, as a database under contention would. */
  const refusing = async (code: string, times: number): Promise<string> => {
    const projectId = await on.newProject();
    const name = `refuse_${projectId}`;
    await on.sql.query(`
      create sequence ${name};
      create function ${name}() returns trigger language plpgsql as $$ begin
        if new.project_id = '${projectId}' and nextval('${name}') <= ${times} then raise exception 'refused' using errcode = '${code}'; end if;
        return new;
      end $$;
      create trigger ${name} before insert on event for each row execute function ${name}()`);
    return projectId;
  };
  const add = async (store: PgStore, projectId: string) =>
    createSupervisor({ store, ids: uuidIds, secrets: randomSecrets }).executeBatch(projectId, [
      commandOf('tasks.add', { title: 'again' }, operator),
    ]);
  const titles = (projectId: string) => on.column('select title from task where project_id = $1', projectId);

  it.each(['40001', '40P01'])('with %s is run again, and its caller hears nothing of it', async (code) => {
    const store = new PgStore(on.url);
    const projectId = await refusing(code, 3);
    const { results, commit } = await add(store, projectId);
    expect(results[0]?.ok).toBe(true);
    expect([commit.fromSeq, commit.toSeq]).toEqual([1, 1]);
    expect(await titles(projectId)).toEqual(['again']);
    await store.close();
  });
  it.each(['40001', '57014', '55P03', '53200', '53100'])('with %s again and again is unavailable, not a bug', async (code) => {
    const store = new PgStore(on.url);
    const projectId = await refusing(code, 1_000_000);
    await expect(add(store, projectId)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    expect(await titles(projectId)).toEqual([]);
    await store.close();
  });
  it('is not said to have happened where its work hid the failed statement: the commit is answered by a rollback', async () => {
    const store = new PgStore(on.url);
    const projectId = await on.newProject();
    const hiding = store.transact(projectId, (tx) => tx.tasks.ready([], -1).catch(() => 'fine'));
    await expect(hiding).rejects.toThrow('LIMIT must not be negative');
    await store.close();
  });
});

describe('PgStore', () => {
  it('takes no isolation from the database: the lock orders transactions, whatever the default of the server is', async () => {
    await on.sql.query("alter role current_user set default_transaction_isolation = 'repeatable read'");
    const store = new PgStore(on.url);
    try {
      const projectId = await on.newProject();
      const supervisor = createSupervisor({ store, ids: uuidIds, secrets: randomSecrets });
      const adding = Array.from({ length: 30 }, (_, n) =>
        supervisor.executeBatch(projectId, [commandOf('tasks.add', { title: `${n}` }, operator)]),
      );
      await Promise.all(adding);
      expect((await on.column('select seq from event where project_id = $1 order by seq', projectId)).map(Number)).toEqual(
        Array.from({ length: 30 }, (_, n) => n + 1),
      );
    } finally {
      await on.sql.query('alter role current_user reset default_transaction_isolation');
      await store.close();
    }
  });
  it('gives up on a backend that stands still, and one that stands still between two statements holds nobody up', async () => {
    const projectId = await on.newProject();
    const limits = { statementTimeoutMs: 100, answerSlackMs: 200, idleInTransactionMs: 300, lockTimeoutMs: 10_000 };
    const [store, other] = [new PgStore(on.url, limits), new PgStore(on.url)];
    const stalled: number[] = [];
    const asked = store.transact(projectId, async (tx) => {
      const backends = "select pid from pg_stat_activity where application_name = 'reeve-writer' and state = 'idle in transaction'";
      const { rows } = await on.sql.query(backends);
      for (const { pid } of rows as { pid: number }[]) {
        process.kill(pid, 'SIGSTOP');
        stalled.push(pid);
      }
      await tx.tasks.ready([], 1);
    });
    try {
      await expect(asked).rejects.toMatchObject({ name: 'StoreUnavailable' });
      expect(stalled).toHaveLength(1);
    } finally {
      for (const pid of stalled) process.kill(pid, 'SIGCONT');
    }
    // a writer that was frozen in its transaction, as a paused server is
    let thaw: (() => void) | undefined;
    const frozen = store.transact(projectId, () => new Promise<void>((go) => (thaw = go)));
    frozen.catch(() => undefined);
    await until(() => thaw !== undefined, 'the writer to hold its project');
    await other.transact(projectId, async (tx) => tx.append({ type: 'agent.interrupted', subjectId: 'a', data: { reason: '' } }, 'x'));
    thaw?.();
    await expect(frozen).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await Promise.all([store.close(), other.close()]);
  });
  it('tells callers of the writer 503 while its lock is held, and never that it went well', async () => {
    const projectId = await on.newProject();
    const store = new PgStore(on.url, { lockTimeoutMs: 50 });
    const failures: unknown[] = [];
    const writer = new GroupWriter(
      createSupervisor({ store, ids: uuidIds, secrets: randomSecrets }),
      () => {},
      (e) => failures.push(e),
    );
    const add = (title: string) =>
      writer.execute({ kind: 'project', projectId, tokenId: 'init', role: 'owner' }, 'tasks.add', {
        title,
        priority: 0,
        dependsOn: [],
        maxAttempts: 3,
        labels: [],
      });
    await elsewhere(async (query) => {
      await query('select 1 from project where id = $1 for update', [projectId]);
      const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => add(`${n}`)));
      for (const a of answers) expect(a).toMatchObject({ status: 'rejected', reason: { error: { code: 'unavailable' } } });
    });
    await add('after');
    expect(await on.column('select title from task where project_id = $1', projectId)).toEqual(['after']);
    expect(failures).toEqual([]);
    await store.close();
  });
});
