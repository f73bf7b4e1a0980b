import { type Commit, InvariantError, type ReadAhead, type Store, type Tx } from '@reeve/core';
import pg from 'pg';
import { isDatabaseAway, mustTryAgain } from '../database/away.ts';
import type { Sealer } from './columns.ts';
import { Connection } from './connection.ts';
import { LedgerFold } from './ledger-fold.ts';
import { PgTx } from './pg-tx.ts';
import { ProjectCache } from './project-cache.ts';
import { type SecretColumns, secretColumns } from './rows.ts';

/** The commit was sent and its answer lost, or the connection broke: nobody may be told that it happened. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** How long the database may take before callers are told 503; a limit on everything. */
export type StoreLimits = {
  /** For a connection, be it a new one or one that others use. */
  connectTimeoutMs: number;
  /** For the project's lock, while another session holds it. */
  lockTimeoutMs: number;
  /** For one statement; a stop of thousands takes a second. */
  statementTimeoutMs: number;
  /** Between two statements: a writer that stands still (SIGSTOP, a frozen host) must not hold its project against others for ever. */
  idleInTransactionMs: number;
  /** Beyond the limit of a statement, for an answer that never comes: a network that is cut sends no error. */
  answerSlackMs: number;
};
const defaultLimits: StoreLimits = {
  connectTimeoutMs: 5_000,
  lockTimeoutMs: 10_000,
  statementTimeoutMs: 30_000,
  idleInTransactionMs: 30_000,
  answerSlackMs: 5_000,
};
/** Deadlock and serialization failures are answers that say "again": so often at most. */
const mostTries = 4;

/**
 * `Store` on PostgreSQL. Each transaction first locks its project's row: commands of a project are one after the
 * other, whoever sends them, so reads inside stay true and `seq` has no gaps (docs/adr/0001).
 */
export class PgStore implements Store {
  private readonly pool: pg.Pool;
  private readonly connections = new WeakMap<pg.PoolClient, Connection>();
  private readonly broken = new WeakMap<pg.PoolClient, Error>();
  private readonly folds: pg.Pool;
  private readonly caches = new Map<string, ProjectCache>();
  /** Keeps the sums of costs behind the ledger. */
  readonly costs: LedgerFold;
  private readonly limits: StoreLimits;
  private readonly nowMs: () => number;
  private readonly secret: SecretColumns;

  constructor(url: string, options: Partial<StoreLimits> & { nowMs?: () => number; sealer?: Sealer } = {}) {
    const { nowMs = Date.now, sealer, ...limits } = options;
    this.secret = secretColumns(sealer);
    this.nowMs = nowMs;
    this.limits = { ...defaultLimits, ...limits };
    const connections = {
      connectionString: url,
      application_name: 'reeve-writer',
      connectionTimeoutMillis: this.limits.connectTimeoutMs,
      query_timeout: this.limits.statementTimeoutMs + this.limits.answerSlackMs,
      keepAlive: true,
    };
    this.pool = new pg.Pool({ ...connections, max: 4, pipeline: true });
    // of its own: a transaction may wait for a fold, and one that waited for a connection of those that wait would never come
    this.folds = new pg.Pool({ ...connections, max: 2 });
    this.costs = new LedgerFold(this.folds);
    for (const pool of [this.pool, this.folds]) pool.on('error', () => undefined); // an idle connection that broke: the next one is opened anew
    this.folds.on('connect', (client) => client.on('error', () => undefined));
    // For the whole life of a connection. One that is listened to only while a transaction uses it can break in the turn in
    // which it changes hands, and an error that nobody hears ends the process.
    this.pool.on('connect', (client) => client.on('error', (e) => void this.broken.set(client as pg.PoolClient, e)));
  }

  async transact<T>(projectId: string, work: (tx: Tx) => Promise<T>, ahead?: ReadAhead): Promise<{ value: T; commit: Commit }> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.transactOnce(projectId, work, ahead);
      } catch (e) {
        if (!mustTryAgain(e)) throw e;
        if (tries === mostTries) throw new StoreUnavailable('the database kept refusing the transaction', { cause: e });
      }
    }
  }

  private async transactOnce<T>(projectId: string, work: (tx: Tx) => Promise<T>, ahead?: ReadAhead): Promise<{ value: T; commit: Commit }> {
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (cause) {
      throw new StoreUnavailable('the database cannot be reached', { cause });
    }
    try {
      const db = this.connections.get(client) ?? (await this.prepare(client));
      const tx = new PgTx(db, projectId, this.cacheOf(projectId), () => this.costs.settle(projectId), this.secret);
      // all in one flight. Read committed whatever the database's own default is: the lock orders transactions, and what is read
      // behind it must be the newest
      const [locked] = await db.together(() =>
        Promise.all([
          client.query<{ seq: string; revision: string }>(
            `begin isolation level read committed; select seq, revision from project where id = ${pg.escapeLiteral(projectId)} for update`,
          ),
          ...(ahead ? tx.readAhead(ahead) : []),
        ]),
      );
      const row = (locked as unknown as (typeof locked)[])[1]?.rows[0];
      if (!row) throw new InvariantError(`no project ${projectId}`);
      tx.begin(this.nowMs(), Number(row.seq), BigInt(row.revision));
      const value = await work(tx);
      const { commit, revision, sent, committed } = db.together(() => ({ ...tx.finish(), committed: client.query('commit') }));
      const { command } = await committed;
      // first what failed, then that it did: a transaction in which a statement failed answers its commit with a rollback,
      // and no error
      await Promise.all(sent);
      if (command !== 'COMMIT') throw new InvariantError(`the commit was answered by ${command}: the work hid a failed statement`);
      client.release();
      tx.committed(revision);
      if (tx.appended.lastId) this.costs.appended(projectId, tx.appended, commit.rollups);
      return { value, commit };
    } catch (cause) {
      const lost = this.broken.get(client) ?? (isDatabaseAway(cause) ? (cause as Error) : undefined);
      const unusable =
        lost ??
        (await client.query('rollback').then(
          () => undefined,
          (e: Error) => e,
        ));
      client.release(unusable);
      throw lost ? new StoreUnavailable('the database connection broke', { cause: lost }) : cause;
    }
  }

  private cacheOf(projectId: string): ProjectCache {
    let cache = this.caches.get(projectId);
    if (!cache) {
      cache = new ProjectCache();
      this.caches.set(projectId, cache);
    }
    return cache;
  }

  /** Limits are set by a statement, not when connecting: poolers refuse such parameters at the connect. */
  private async prepare(client: pg.PoolClient): Promise<Connection> {
    const { lockTimeoutMs, statementTimeoutMs, idleInTransactionMs } = this.limits;
    await client.query(
      `set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementTimeoutMs}; set idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
    );
    const db = new Connection(client);
    this.connections.set(client, db);
    return db;
  }

  async close(): Promise<void> {
    await Promise.all([this.pool.end(), this.folds.end()]);
  }
}
