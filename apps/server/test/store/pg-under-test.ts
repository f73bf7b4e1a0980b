import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CostEntry } from '@reeve/core';
import type { StoreUnderTest } from '@reeve/core/testing/store-contract';
import pg from 'pg';
import { randomSecrets, uuidIds } from '../../src/auth/secrets.ts';
import { checkoutDir } from '../../src/config.ts';
import { ensureDatabase } from '../../src/database/connect.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { migrate } from '../../src/database/migrate.ts';
import { PgStore } from '../../src/store/pg-store.ts';
import { silent } from '../database/support.ts';

let projects = 0;
const number = (v: unknown) => Number(v);

/** One PostgreSQL for a test file, migrated, with a pool that looks past the store. */
export class PgUnderTest {
  private constructor(
    private readonly dir: string,
    readonly postgres: EmbeddedPostgres,
    readonly sql: pg.Pool,
  ) {}
  static async start(): Promise<PgUnderTest> {
    const dir = await mkdtemp(join(tmpdir(), 'reeve-store-'));
    const postgres = await startEmbeddedPostgres({ dir: join(dir, 'postgres'), log: silent });
    await ensureDatabase(postgres.url);
    await migrate(postgres.url, join(checkoutDir, 'prisma/migrations'));
    const sql = new pg.Pool({ connectionString: postgres.url, max: 3 });
    sql.on('error', () => {}); // tests kill connections, and the database
    return new PgUnderTest(dir, postgres, sql);
  }
  async stop(): Promise<void> {
    await this.sql.end();
    await this.postgres.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
  get url(): string {
    return this.postgres.url;
  }
  newProject = async (): Promise<string> => {
    const id = `prj_${++projects}`;
    await this.sql.query('insert into project (id, name) values ($1, $1)', [id]);
    return id;
  };
  /** The first column, as text. */
  column = async (text: string, projectId: string): Promise<string[]> =>
    (await this.sql.query({ text, values: [projectId], rowMode: 'array' })).rows.flat();

  /** A store of its own on this database, with what the contract wants to see of it. */
  store(options: ConstructorParameters<typeof PgStore>[1] = {}): StoreUnderTest {
    // fifty callers on four connections, on a machine that may be busy
    const store = new PgStore(this.url, { connectTimeoutMs: 60_000, ...options });
    const { sql, column } = this;
    return {
      store,
      ids: uuidIds,
      secrets: randomSecrets,
      newProject: this.newProject,
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
            chargedTo: r.charged_to,
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
            reservationId: r.reservation_id,
            refersTo: r.refers_to,
            reason: r.reason,
            atMs: r.at.getTime(),
            recordedAtMs: r.recorded_at.getTime(),
          }),
        );
      },
      conflicts: (projectId) => column('select event_id from cost_conflict where project_id = $1 order by id', projectId),
      async rollups(projectId) {
        await store.costs.fold(projectId);
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
  }
}
