import type { CostGroup } from '@reeve/core/vocabulary';
import { createDb } from '@reeve/prisma';
import type pg from 'pg';
import { foldSlots } from '../../apps/server/src/store/cost-slots.ts';
import { costSeries } from '../../apps/server/src/store/reads/cost-series.ts';
import { costEntries, costRows } from '../../apps/server/src/store/reads/costs.ts';
import { median, percentile, round } from '../lib/statistics.ts';
import { projectId } from '../writer/bench-database.ts';

/**
 * A day of entries over all agents of the project that stand in the tables: each works for two hours of it. Five models, a
 * hundredth without a price.
 */
export async function dayOfEntries(pool: pg.Pool, entries: number): Promise<void> {
  const batch = 50_000;
  await pool.query(
    `create unlogged table spender as select row_number() over (order by id) - 1 as n, id, path, session_id, role from agent where project_id = $1`,
    [projectId],
  );
  await pool.query('alter table spender add primary key (n)');
  const { rows } = await pool.query<{ all: string }>('select count(*) as all from spender');
  const agents = Number(rows[0]?.all);
  for (let from = 0; from < entries; from += batch)
    await pool.query(
      `insert into cost_entry (project_id, agent_id, event_id, path, session_id, role, model, provider, input_tokens, output_tokens,
         cached_input_tokens, cache_write_tokens, reasoning_tokens, cost_nano_usd, priced_by, price_version, late, at, recorded_at)
       select $1, a.id, 'day-' || x.i, a.path, a.session_id, a.role, m.names[(x.n % 5) + 1], 'anthropic', 2000, 150, 500, 0, 0,
         case when x.i % 100 = 0 then null else 1234000 + x.i % 1000 end, case when x.i % 100 = 0 then 'unpriced' else 'table' end, 'bench',
         false, x.at, x.at
       from (select i, now() - interval '24 hours' * (1 - i / $4::float8) as at,
               (i::int8 * 11 / $4::int8 * ($5::int8 / 12) + i * 7919::int8 % ($5::int8 / 6)) % $5::int8 as n
             from generate_series($2::int, $3::int) i) x
       join spender a on a.n = x.n,
       (select array['claude-sonnet-4-5', 'claude-haiku-4-5', 'gpt-5', 'gpt-5-mini', 'gemini-2.5-pro'] as names) m`,
      [projectId, from, Math.min(from + batch, entries) - 1, entries, agents],
    );
  await pool.query('vacuum analyze');
}

/** Every read of the Costs page, so often each; milliseconds. */
export async function pageReads(url: string, pool: pg.Pool, times: number): Promise<Map<string, { p50Ms: number; p95Ms: number }>> {
  const db = createDb(url);
  const startedMs = performance.now();
  while (await foldSlots(db, projectId));
  process.stderr.write(`folded in ${round(performance.now() - startedMs)} ms\n`);
  const { rows } = await pool.query<{ id: string }>(
    `select path[2] as id from cost_entry where project_id = $1 and path[2] is not null group by 1 order by count(*) desc limit 1`,
    [projectId],
  );
  const subtree = rows[0]?.id ?? '';
  const series = (windowMinutes: number, by: 'subtree' | 'model' | 'role', root?: string) => () =>
    costSeries(db, projectId, { by, windowMinutes, maxPoints: 120, ...(root && { root }) });
  const sums = (groupBy: CostGroup, root?: string) => () => costRows(db, projectId, { groupBy, limit: 1_000, ...(root && { root }) });
  const reads: [string, () => Promise<unknown>][] = [
    ...([15, 60, 360, 1_440] as const).flatMap((m) =>
      (['subtree', 'model', 'role'] as const).map((by) => [`series, ${m} min by ${by}`, series(m, by)] as [string, () => Promise<unknown>]),
    ),
    ['series, 1440 min by subtree, below the largest', series(1_440, 'subtree', subtree)],
    ['series, 1440 min by model, below the largest', series(1_440, 'model', subtree)],
    ...(['agent', 'session', 'model', 'role', 'day'] as const).map((g) => [`table by ${g}`, sums(g)] as [string, () => Promise<unknown>]),
    ['table by model, below the largest', sums('model', subtree)],
    ['entries of a subtree, first page', () => costEntries(db, projectId, { agentId: subtree, subtree: true, limit: 100 })],
    ['entries of a model, first page', () => costEntries(db, projectId, { model: 'gpt-5', limit: 100 })],
  ];
  const out = new Map<string, { p50Ms: number; p95Ms: number }>();
  try {
    for (const [name, read] of reads) {
      const ms: number[] = [];
      await read();
      for (let i = 0; i < times; i++) {
        const at = performance.now();
        await read();
        ms.push(performance.now() - at);
      }
      out.set(name, { p50Ms: round(median(ms)), p95Ms: round(percentile(ms, 0.95)) });
      process.stderr.write(`${name}: p50 ${round(median(ms))}, p95 ${round(percentile(ms, 0.95))} ms\n`);
    }
  } finally {
    await db.$disconnect();
  }
  return out;
}
