import { type Commit, InvariantError, type Store, type Tx } from '@reeve/core';
import pg from 'pg';
import { isDatabaseAway } from '../database/away.ts';
import { Connection } from './pg-table.ts';
import { PgTx } from './pg-tx.ts';

/** The commit was sent and its answer lost, or the connection broke: nobody may be told that it happened. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * `Store` on PostgreSQL. Each transaction first locks its project's row: commands of a project are one after the
 * other, whoever sends them, so reads inside stay true and `seq` has no gaps (docs/adr/0001).
 */
export class PgStore implements Store {
  private readonly pool: pg.Pool;
  private readonly connections = new WeakMap<pg.PoolClient, Connection>();

  constructor(
    url: string,
    private readonly nowMs: () => number = Date.now,
  ) {
    this.pool = new pg.Pool({ connectionString: url, max: 4, application_name: 'reeve-writer', connectionTimeoutMillis: 5_000 });
    this.pool.on('error', () => undefined); // an idle connection that broke: the next one is opened anew
  }

  async transact<T>(projectId: string, work: (tx: Tx) => Promise<T>): Promise<{ value: T; commit: Commit }> {
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (cause) {
      throw new StoreUnavailable('the database cannot be reached', { cause });
    }
    let broken: Error | undefined;
    const onError = (e: Error) => {
      broken = e;
    };
    client.on('error', onError);
    let db = this.connections.get(client);
    if (!db) {
      db = new Connection(client);
      this.connections.set(client, db);
    }
    try {
      await client.query('begin');
      const [row] = await db.query<{ seq: string }>('select seq from project where id = $1 for update', [projectId]);
      if (!row) throw new InvariantError(`no project ${projectId}`);
      const startSeq = Number(row.seq);
      const tx = new PgTx(db, projectId, this.nowMs(), startSeq);
      const value = await work(tx);
      const commit = await tx.finish(startSeq);
      await client.query('commit');
      client.removeListener('error', onError);
      client.release();
      return { value, commit };
    } catch (cause) {
      const lost = broken ?? (isDatabaseAway(cause) ? (cause as Error) : undefined);
      if (!lost) await client.query('rollback').catch(onError);
      client.removeListener('error', onError);
      client.release(lost ?? broken);
      throw lost ? new StoreUnavailable('the database connection broke', { cause: lost }) : cause;
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
