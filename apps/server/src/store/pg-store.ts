import { type Commit, InvariantError, type ReadAhead, type Store, type Tx } from '@reeve/core';
import pg from 'pg';
import { isDatabaseAway, mustTryAgain } from '../database/away.ts';
import type { Sealer } from './columns.ts';
import { Connection, type FirstFailure } from './connection.ts';
import { LedgerFold } from './ledger-fold.ts';
import { PgTx } from './pg-tx.ts';
import { type Place, ProjectCache } from './project-cache.ts';
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
/** A transaction was decided on a state that was not. It is decided again behind the lock, and nobody hears of it. */
class Misjudged extends Error {
  override readonly name = 'Misjudged';
}
/**
 * Locks the project and fails unless it is at this place. The row is locked first and looked at then: one that somebody else has
 * locked is read anew when that has gone, and the division is of the row that is locked.
 */
export const lockAndProve =
  'select 1 / (seq = $2 and revision = $3)::int as proof from (select seq, revision from project where id = $1 for update) p';
/** What a transaction took for granted is not so: the project is elsewhere, or an entry that it took for new is not. */
const isMisjudgement = (cause: unknown): boolean => {
  const { code, table } = cause as { code?: unknown; table?: unknown };
  return code === '22012' || (code === '23505' && table === 'cost_entry');
};
/** One connection, and how many transactions are on their way on it, one behind the other. */
type Line = { client: pg.PoolClient; db: Connection; users: number; unusable: Error | undefined };
type Row = { seq: string; revision: string };
type How = { ahead: ReadAhead | undefined; onDecided: (() => void) | undefined; mayAssume: boolean };

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
  /** Of each project the last transaction that is sent whole and not yet answered: another one may go behind it. */
  private readonly tails = new Map<string, { line: Line; place: Place }>();
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

  async transact<T>(
    projectId: string,
    work: (tx: Tx) => Promise<T>,
    ahead?: ReadAhead,
    onDecided?: () => void,
  ): Promise<{ value: T; commit: Commit }> {
    let mayAssume = true;
    for (let tries = 1; ; tries++) {
      try {
        return await this.transactOnce(projectId, work, { ahead, onDecided, mayAssume });
      } catch (e) {
        if (e instanceof Misjudged) {
          mayAssume = false;
          continue;
        }
        if (!mustTryAgain(e)) throw e;
        if (tries >= mostTries) throw new StoreUnavailable('the database kept refusing the transaction', { cause: e });
      }
    }
  }

  /**
   * One try. Where the last transaction left the project is known, this one is decided as if the lock were held and the project
   * still there, and sent whole behind the last, before that is committed; a statement behind the lock fails the transaction
   * where it is not so (docs/adr/0016). Otherwise it waits for the lock and for what that says.
   */
  private async transactOnce<T>(projectId: string, work: (tx: Tx) => Promise<T>, how: How): Promise<{ value: T; commit: Commit }> {
    const shared = this.cacheOf(projectId);
    const isShared = shared.hold();
    const cache = isShared ? shared : new ProjectCache();
    let holds = isShared;
    const letGo = () => {
      if (holds) shared.release();
      holds = false;
    };
    const tail = isShared && how.mayAssume ? this.tails.get(projectId) : undefined;
    const assumed = tail?.place ?? (how.mayAssume ? cache.assumed : undefined);
    if (isShared) this.tails.delete(projectId);
    let line: Line | undefined = tail?.line;
    let failure: FirstFailure = { error: undefined };
    try {
      line ??= await this.openLine();
      line.users += 1;
      const { client, db } = line;
      failure = db.begin();
      const tx = new PgTx(db, projectId, cache, () => this.costs.settle(projectId), this.secret);
      // all in one flight, which what is only proved need not leave before something else is to be sent. Read committed whatever the database's own default is: the lock orders transactions, and what is read
      // behind it must be the newest
      const open = () => {
        const begun = db.query('begin isolation level read committed');
        const locked = assumed
          ? db.query<Row>(lockAndProve, [projectId, assumed.seq, assumed.revision])
          : db.query<Row>('select seq, revision from project where id = $1 for update', [projectId]);
        if (assumed) tx.begin(this.nowMs(), assumed, true);
        const locking = [begun, locked];
        return { locked, locking, ahead: how.ahead ? tx.readAhead(how.ahead) : [] };
      };
      const opened = assumed ? db.held(open) : db.together(open);
      if (opened.ahead.length) db.flush();
      if (assumed) await Promise.all(opened.ahead);
      else {
        const [[row]] = await Promise.all([opened.locked, ...opened.locking, ...opened.ahead]);
        if (!row) throw new InvariantError(`no project ${projectId}`);
        tx.begin(this.nowMs(), { seq: Number(row.seq), revision: BigInt(row.revision) }, false);
      }
      const value = await work(tx);
      const { commit, place, sent, committed } = db.together(() => ({ ...tx.finish(), committed: client.query('commit') }));
      if (!isShared) shared.passed();
      else if (tx.leave(place)) this.tails.set(projectId, { line, place });
      letGo();
      how.onDecided?.();
      const { command } = await committed;
      // first what failed, then that it did: a transaction in which a statement failed answers its commit with a rollback,
      // and no error
      await Promise.all([...opened.locking, ...sent]);
      if (command !== 'COMMIT') throw new InvariantError(`the commit was answered by ${command}: the work hid a failed statement`);
      this.leaveLine(projectId, line);
      if (tx.appended.lastId) this.costs.appended(projectId, tx.appended, commit.rollups);
      return { value, commit };
    } catch (cause) {
      letGo();
      // whatever was decided behind this one is wrong: nothing of it is kept
      shared.forget();
      this.tails.delete(projectId);
      if (!line || line.users === 0) throw cause;
      throw await this.failed(projectId, line, { cause, failure, wasAssumed: assumed !== undefined });
    }
  }
  /** Why a transaction failed, as its caller is to hear it; its connection is left clean, or closed. */
  private async failed(
    projectId: string,
    line: Line,
    of: { cause: unknown; failure: FirstFailure; wasAssumed: boolean },
  ): Promise<unknown> {
    const { client, db } = line;
    db.flush();
    const gone = this.broken.get(client);
    // behind all that was sent: when it is answered, so is all of that
    const unusable =
      gone ??
      (await client.query('rollback').then(
        () => undefined,
        (e: Error) => e,
      ));
    const cause = of.failure.error ?? of.cause;
    const lost = gone ?? this.broken.get(client) ?? (isDatabaseAway(cause) ? (cause as Error) : undefined);
    this.leaveLine(projectId, line, unusable ?? lost);
    if (lost) return new StoreUnavailable('the database connection broke', { cause: lost });
    if (!of.wasAssumed || !isMisjudgement(cause)) return cause;
    this.cacheOf(projectId).misjudged();
    return new Misjudged('somebody else has written', { cause });
  }

  private async openLine(): Promise<Line> {
    let client: pg.PoolClient;
    try {
      client = await this.pool.connect();
    } catch (cause) {
      throw new StoreUnavailable('the database cannot be reached', { cause });
    }
    try {
      return { client, db: this.connections.get(client) ?? (await this.prepare(client)), users: 0, unusable: undefined };
    } catch (cause) {
      client.release(cause as Error);
      throw isDatabaseAway(cause) ? new StoreUnavailable('the database connection broke', { cause }) : cause;
    }
  }
  /** The last on a connection gives it back. */
  private leaveLine(projectId: string, line: Line, unusable?: Error): void {
    line.unusable ??= unusable;
    line.users -= 1;
    if (line.users > 0) return;
    // committed, and nobody behind it: the next one is told by the cache, and takes whatever connection is free
    if (this.tails.get(projectId)?.line === line) this.tails.delete(projectId);
    line.client.release(line.unusable);
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
