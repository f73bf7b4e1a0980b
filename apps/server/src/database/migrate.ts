import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { ensureDatabase, LOCK_NOT_AVAILABLE, sqlState, withClient } from './connect.ts';

/** The migrations cannot be applied as they are; the message says which and what to do. */
export class MigrationError extends Error {
  readonly code = 'migration_failed';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MigrationError';
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** The advisory lock that Prisma's own engine takes, so that its CLI and several replicas wait for each other. */
const PRISMA_LOCK = 72_707_369;
const LOCK_WAIT_MS = 60_000;

/**
 * `prisma migrate deploy` without the CLI and its engine: applies `<dir>/<name>/migration.sql` in order of their names
 * and keeps Prisma's own `_prisma_migrations` table, so that the ordinary commands go on from there. Creates the
 * database when it is missing. Returns the names applied now.
 *
 * A migration and its record are one transaction: killed at any moment, the next start finds it wholly there or not
 * at all. (Prisma records in a transaction of its own, and is stuck after a kill between the two.) A failed one
 * leaves no trace, and is tried again by the next start.
 */
export async function migrate(url: string, dir: string): Promise<string[]> {
  const migrations = await readMigrations(dir);
  await ensureDatabase(url);
  return withClient(url, async (client) => {
    await takeLock(client); // released with the connection
    await client.query('SET statement_timeout = 0');
    await client.query(CREATE_TABLE);
    const pending = await pendingOf(client, migrations);
    for (const migration of pending) await apply(client, migration);
    return pending.map((m) => m.name);
  });
}

async function readMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((e) => e.isDirectory()).map((e) => e.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(dir, name, 'migration.sql'), 'utf8').catch((error) => {
        throw new MigrationError(`Migration ${name} has no readable migration.sql.`, error);
      });
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function takeLock(client: pg.Client): Promise<void> {
  try {
    await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
    await client.query('SELECT pg_advisory_lock($1)', [PRISMA_LOCK]);
    await client.query('SET lock_timeout = 0');
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    throw new MigrationError(`Another process has been migrating this database for over ${LOCK_WAIT_MS / 1000} s.`, error);
  }
}

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

async function pendingOf(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    'SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const ours = new Map(migrations.map((m) => [m.name, m]));
  for (const { name, checksum, finished } of rows) {
    const migration = ours.get(name);
    if (!finished) throw new MigrationError(`Migration ${name} failed earlier under Prisma's CLI: see \`prisma migrate resolve\`.`);
    if (!migration)
      throw new MigrationError(`The database has migration ${name}, which this version of Reeve does not: start a later version.`);
    if (migration.checksum !== checksum)
      throw new MigrationError(`Migration ${name} was edited after it had been applied: restore its file.`);
  }
  const applied = new Set(rows.map((r) => r.name));
  return migrations.filter((m) => !applied.has(m.name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  try {
    await client.query('BEGIN');
    const before = await client.query<{ xid: string }>(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), 1) RETURNING pg_current_xact_id()::text AS xid`,
      [id, checksum, name],
    );
    await client.query(sql);
    const after = await client.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
    // a COMMIT inside the file would make a half-applied migration look whole
    if (before.rows[0]?.xid !== after.rows[0]?.xid) throw new Error('it must not control transactions itself');
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    await client.query('DELETE FROM _prisma_migrations WHERE id = $1', [id]).catch(() => {}); // where the file itself committed it
    throw new MigrationError(`Migration ${name} failed and was rolled back: ${(error as Error).message}`, error);
  }
}
