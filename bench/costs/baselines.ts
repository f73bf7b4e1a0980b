import { type CostEntry, type PricedCostEntry, payloadOf } from '@reeve/core';
import pg from 'pg';
import { Connection } from '../../apps/server/src/store/connection.ts';
import { appendEntries } from '../../apps/server/src/store/pg-ledger.ts';
import { projectId } from '../writer/bench-database.ts';

export type Spender = { id: string; path: string[] };
let made = 0;

/** One call of a model, as the table of agents and the clock have it. */
export const entryOf = (agent: Spender): CostEntry => ({
  projectId,
  agentId: agent.id,
  eventId: `floor-${made++}`,
  path: agent.path,
  chargedTo: [],
  sessionId: agent.path[0] as string,
  role: 'coder',
  model: 'claude-haiku-4-5',
  provider: 'anthropic',
  inputTokens: 2_000,
  outputTokens: 150,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 1_234_000n,
  pricedBy: 'reported',
  priceVersion: 'reported',
  late: false,
  reservationId: null,
  refersTo: null,
  reason: null,
  atMs: Date.now(),
  recordedAtMs: Date.now(),
});

/** The same as its agent tells it. */
export const callOf = (agent: Spender): PricedCostEntry => ({
  eventId: `floor-${made++}`,
  agentId: agent.id,
  model: 'claude-haiku-4-5',
  provider: 'anthropic',
  inputTokens: 2_000,
  outputTokens: 150,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 1_234_000n,
  pricedBy: 'reported',
  priceVersion: 'reported',
  atMs: Date.now(),
});

/**
 * The floor: what waits goes into one `INSERT … SELECT FROM unnest` on one of two connections, and nothing follows from
 * it: no sums, no facts, no lock, no check of who spends.
 */
export class AppendOnly {
  private waiting: { entry: CostEntry; done(): void; failed(e: unknown): void }[] = [];
  private idle: Connection[];
  private constructor(private readonly clients: pg.Client[]) {
    this.idle = clients.map((c) => new Connection(c as unknown as pg.PoolClient));
  }
  static async open(url: string): Promise<AppendOnly> {
    const clients = [1, 2].map(() => new pg.Client({ connectionString: url }));
    await Promise.all(clients.map((c) => c.connect()));
    return new AppendOnly(clients);
  }
  append(entry: CostEntry): Promise<void> {
    return new Promise((done, failed) => {
      this.waiting.push({ entry, done, failed });
      if (this.idle.length) setImmediate(() => this.flush());
    });
  }
  private flush(): void {
    const db = this.waiting.length ? this.idle.pop() : undefined;
    if (!db) return;
    const batch = this.waiting.splice(0, 1_000);
    appendEntries(
      db,
      batch.map((w) => w.entry),
      payloadOf,
    )
      .then(() => batch.forEach((w) => void w.done()))
      .catch((e: unknown) => batch.forEach((w) => void w.failed(e)))
      .finally(() => {
        this.idle.push(db);
        this.flush();
      });
  }
  async close(): Promise<void> {
    await Promise.all(this.clients.map((c) => c.end()));
  }
}

/** What one would write first: the entry, then an `UPDATE` for each ancestor; answers whether a deadlock threw it away. */
export async function insertPlainly(pool: pg.Pool, agent: Spender): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into cost_entry (project_id, agent_id, event_id, path, session_id, model, input_tokens, output_tokens, cached_input_tokens,
         cache_write_tokens, reasoning_tokens, cost_nano_usd, priced_by, late, at, recorded_at)
       values ($5, $1, $2, $3, $4, 'claude-haiku-4-5', 2000, 150, 0, 0, 0, 1234000, 'reported', false, now(), now())`,
      [agent.id, `plain-${made++}`, agent.path, agent.path[0], projectId],
    );
    // from the spender up, as the code that walks to the root does it
    for (const id of [...agent.path].reverse())
      await client.query(
        `update cost_rollup set total_nano_usd = total_nano_usd + 1234000, total_entries = total_entries + 1,
           own_nano_usd = own_nano_usd + case when agent_id = $2 then 1234000 else 0 end where agent_id = $1`,
        [id, agent.id],
      );
    await client.query('commit');
    return false;
  } catch (e) {
    await client.query('rollback');
    if ((e as { code?: string }).code !== '40P01') throw e;
    return true;
  } finally {
    client.release();
  }
}
