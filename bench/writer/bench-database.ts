import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSupervisor } from '@reeve/core';
import type { Principal } from '@reeve/core/vocabulary';
import pg from 'pg';
import { randomSecrets, uuidIds } from '../../apps/server/src/auth/secrets.ts';
import { openDataDir } from '../../apps/server/src/database/data-dir.ts';
import { migrate } from '../../apps/server/src/database/migrate.ts';
import { openDatabase } from '../../apps/server/src/database/open-database.ts';
import { GroupWriter } from '../../apps/server/src/ingest/group-writer.ts';
import { PgStore } from '../../apps/server/src/store/pg-store.ts';

const quiet = { info: () => {}, warn: () => {}, error: (fields: object, message: string) => console.error(message, fields) };

/** The writer as the server has it, on an embedded PostgreSQL of its own with fsync on: no HTTP and no browser in between. */
export class BenchDatabase {
  private constructor(
    readonly url: string,
    readonly dataDir: string,
    readonly writer: GroupWriter,
    readonly pool: pg.Pool,
    readonly commits: { count: number },
    readonly store: PgStore,
    readonly close: () => Promise<void>,
  ) {}

  static async open(): Promise<BenchDatabase> {
    const folder = mkdtempSync(join(tmpdir(), 'reeve-bench-'));
    const dataDir = await openDataDir(folder);
    const database = await openDatabase({ dataDir, databaseUrl: undefined, log: quiet });
    await migrate(database.url, fileURLToPath(new URL('../../prisma/migrations', import.meta.url)));
    const store = new PgStore(database.url);
    const pool = new pg.Pool({ connectionString: database.url, max: 33 });
    pool.on('error', () => undefined); // the database ends before its last connection has heard of the end of the pool
    await pool.query("insert into project (id, name) values ('prj_default', 'default')");
    const commits = { count: 0 };
    const writer = new GroupWriter(createSupervisor({ store, ids: uuidIds, secrets: randomSecrets }), () => {
      commits.count += 1;
    });
    return new BenchDatabase(database.url, folder, writer, pool, commits, store, async () => {
      await writer.settled();
      await store.close();
      await pool.end();
      await database.stop();
      await dataDir.release();
      rmSync(folder, { recursive: true, force: true });
    });
  }
}
/** While this runs the sums of costs are folded as the loop of a server does it; resolves when they are current. */
export async function whileFolding<T>(store: PgStore, run: () => Promise<T>): Promise<T> {
  const folding = setInterval(() => void store.costs.fold(projectId), 1_000);
  const value = await run().finally(() => clearInterval(folding));
  await store.costs.fold(projectId);
  return value;
}
export const projectId = 'prj_default';
export const principal: Principal = { kind: 'project', projectId, tokenId: 'bench', role: 'owner' };
