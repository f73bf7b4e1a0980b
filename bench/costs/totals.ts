import type pg from 'pg';
import { median, percentile, round } from '../lib/statistics.ts';
import { projectId } from '../writer/bench-database.ts';

/** A tree of so many agents with eight children each, one entry an agent, and its sums; answers the root. */
async function plant(pool: pg.Pool, agents: number): Promise<string> {
  const id = (n: string) => `'tree${agents}_' || (${n})`;
  await pool.query(
    `insert into agent (id, project_id, parent_id, path, session_id, name, kind, state, epoch, version, metadata, process,
       acknowledged, orphan_handled, lease_ms, created_at)
     select ${id('i')}, $1, case when i > 0 then ${id('(i - 1) / 8')} end, array[${id('i')}], ${id('0')}, 'a', 'agent', 'running', 1, 1,
       '{}', 'unknown', false, false, 15000, now()
     from generate_series(0, $2::int - 1) i`,
    [projectId, agents],
  );
  return `tree${agents}_0`;
}

export type Totals = { agents: number; rollupP50Ms: number; rollupP99Ms: number; textbookMs: number; times: number };

/** The total of the root: one row of the rollup, beside a query for each agent (its own cost, its children, their totals). */
export async function totalsOf(pool: pg.Pool, agents: number): Promise<Totals> {
  const root = await plant(pool, agents);
  const like = `tree${agents}\\_%`;
  await pool.query(
    `insert into cost_rollup (agent_id, project_id, own_nano_usd, total_nano_usd, own_input_tokens, own_output_tokens, total_input_tokens,
       total_output_tokens, own_entries, total_entries, own_unpriced, total_unpriced)
     select id, $2, 5, case when id = $3 then 5 * $4::int8 else 5 end, 1, 1, 1, 1, 1, 1, 0, 0 from agent where id like $1`,
    [like, projectId, root, agents],
  );
  await pool.query('vacuum analyze agent, cost_rollup');
  const textbook = async (id: string): Promise<bigint> => {
    const { rows: own } = await pool.query<{ own: string }>('select own_nano_usd as own from cost_rollup where agent_id = $1', [id]);
    const { rows: children } = await pool.query<{ id: string }>('select id from agent where parent_id = $1', [id]);
    let sum = BigInt(own[0]?.own ?? 0);
    for (const c of children) sum += await textbook(c.id);
    return sum;
  };
  const startedMs = performance.now();
  const slow = await textbook(root);
  const textbookMs = performance.now() - startedMs;
  const ms: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    const at = performance.now();
    const { rows } = await pool.query<{ total: string }>({
      name: 'total',
      text: 'select total_nano_usd as total from cost_rollup where agent_id = $1',
      values: [root],
    });
    ms.push(performance.now() - at);
    if (BigInt(rows[0]?.total ?? 0) !== slow) throw new Error('the two ways do not agree');
  }
  const p50 = median(ms);
  return {
    agents,
    rollupP50Ms: round(p50, 3),
    rollupP99Ms: round(percentile(ms, 0.99), 3),
    textbookMs: round(textbookMs),
    times: Math.round(textbookMs / p50),
  };
}
