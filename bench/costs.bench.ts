/**
 * `pnpm bench costs`: what the ledger takes in, with its sums current and fsync on, beside (a) a row at a time with an
 * `UPDATE` for each ancestor and (b) a coalesced append from which nothing follows; the same over HTTP; the total of a
 * subtree beside the textbook recursion; and the reads of the Costs page on a day of entries. `BENCH_ONLY` is one of
 * ingest, http, totals, day, page. Figures: docs/benchmarks.md.
 */
import { loadavg } from 'node:os';
import { buildScenario, insertWorld, World } from '@reeve/prisma/seed';
import pg from 'pg';
import { AppendOnly, callOf, entryOf, insertPlainly, type Spender } from './costs/baselines.ts';
import { dayOfEntries, pageReads } from './costs/day.ts';
import { overHttp } from './costs/over-http.ts';
import { costsPage } from './costs/page.ts';
import { type Totals, totalsOf } from './costs/totals.ts';
import { closedLoop, inRounds, type Throughput, watchDatabase } from './lib/closed-loop.ts';
import { postmasterOf } from './lib/cpu.ts';
import { type Line, report } from './lib/report.ts';
import { round } from './lib/statistics.ts';
import { BenchDatabase, principal, projectId, whileFolding } from './writer/bench-database.ts';

const forMs = Number(process.env.BENCH_CASE_MS ?? 3_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const entries = Number(process.env.BENCH_ENTRIES ?? 1_000_000);
const only = process.env.BENCH_CASE;
const wanted = (part: string) => !process.env.BENCH_ONLY || process.env.BENCH_ONLY === part;
const loadBefore = loadavg().map((l) => round(l));
const lines: Line[] = [{ what: 'load average before', value: loadBefore.join(' ') }];
const figures: Record<string, unknown> = { loadBefore };

const db = await BenchDatabase.open();
watchDatabase(postmasterOf(db.dataDir));
try {
  if (wanted('ingest') || wanted('day')) {
    const tree = await seedTree();
    if (wanted('ingest')) await ingest(tree, await seedChain());
    if (wanted('day')) await day();
  }
  if (wanted('totals')) await totals();
} finally {
  await db.close();
}
if (wanted('page')) {
  const t = await costsPage(entries);
  figures.page = t;
  lines.push({
    what: `${entries} entries: the Costs page until a click is answered`,
    value: `${t.interactiveMs} ms (worst ${t.worstMs}), all of it drawn ${t.drawnMs} ms`,
    target: '2,000 ms',
    met: t.interactiveMs < 2_000,
  });
}
if (wanted('http')) {
  const t = await overHttp(forMs * 2);
  figures.http = t;
  lines.push({ what: 'over HTTP, 1,000 an entry call, 1 connection', value: told(t), target: '20,000/s', met: t.perSecond >= 20_000 });
}
report('costs', lines, figures);

function told(t: Throughput): string {
  return `${t.perSecond}/s, p50 ${t.p50Ms}, p99 ${t.p99Ms} ms, cpu ${t.nodeUs} + ${t.databaseUs} us`;
}
async function insert(world: World): Promise<void> {
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  await insertWorld(client, world).finally(() => client.end());
  await db.store.costs.fold(projectId);
}
/** Ten thousand agents with their sums. */
async function seedTree(): Promise<Spender[]> {
  const world = buildScenario({ scenario: 'huge', seed: 1 });
  await insert(world);
  return [...world.agents.values()].filter((a) => a.state === 'running').map(({ id, path }) => ({ id, path }));
}
/** As deep as the limit lets it be. */
async function seedChain(): Promise<Spender[]> {
  const world = new World(projectId, 2, Date.now());
  const atMs = world.nowMs - 60_000;
  const ids: string[] = [];
  for (let i = 0; i < 64; i++) ids.push(world.register(ids.at(-1) ?? null, { name: `link ${i}` }, atMs + i));
  for (const id of ids) world.beat(id, world.nowMs);
  await insert(world);
  await db.pool.query(
    `insert into cost_rollup (agent_id, project_id, own_nano_usd, total_nano_usd, own_input_tokens, own_output_tokens, total_input_tokens,
       total_output_tokens, own_entries, total_entries, own_unpriced, total_unpriced)
     select id, $2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from unnest($1::text[]) id on conflict do nothing`,
    [ids, projectId],
  );
  return ids.map((id) => ({ id, path: world.agent(id).path }));
}

async function ingest(tree: Spender[], chain: Spender[]): Promise<void> {
  let n = 0;
  let deadlocks = 0;
  const at = (list: Spender[]) => list[(n++ * 13) % list.length] as Spender;
  const clients = new pg.Pool({ connectionString: db.url, max: 64 });
  const floor = await AppendOnly.open(db.url);
  const plainly = (list: Spender[]) => () =>
    closedLoop(64, forMs, 1, async () => {
      // what a deadlock threw away is recorded by another try
      while (await insertPlainly(clients, at(list))) deadlocks += 1;
    });
  const append = (callers: number, list: Spender[]) => () => closedLoop(callers, forMs, 1, () => floor.append(entryOf(at(list))));
  const book = (callers: number, list: Spender[]) => () =>
    closedLoop(callers, forMs, 1, () => db.writer.execute(principal, 'costs.report', { entries: [callOf(at(list))] }));
  /** With its sums, which are current a fold after the last answer. */
  const folded = (run: () => Promise<Throughput>) => async () => {
    await skipFold();
    return whileFolding(db.store, run);
  };
  try {
    const cases: [string, () => Promise<Throughput>][] = [
      ['tree, (a) an UPDATE an ancestor, 64 clients', plainly(tree)],
      ['tree, (b) append alone, 64 callers', append(64, tree)],
      ['tree, ledger with sums, 64 callers', folded(book(64, tree))],
      ['tree, (b) append alone, 1024 callers', append(1_024, tree)],
      ['tree, ledger with sums, 1024 callers', folded(book(1_024, tree))],
      ['chain of 64, (a) an UPDATE an ancestor, 64 clients', plainly(chain)],
      ['chain of 64, (b) append alone, 64 callers', append(64, chain)],
      ['chain of 64, ledger with sums, 64 callers', folded(book(64, chain))],
      ['chain of 64, ledger with sums, 1024 callers', folded(book(1_024, chain))],
    ];
    const results = await inRounds(rounds, only ? cases.filter(([name]) => name.includes(only)) : cases);
    const rate = (name: string) => results.get(name)?.perSecond ?? 0;
    for (const [what, t] of results) lines.push({ what, value: told(t) });
    const times = rate('tree, ledger with sums, 64 callers') / rate('tree, (a) an UPDATE an ancestor, 64 clients');
    lines.push({ what: 'ledger / (a), 64', value: `${round(times)} times`, target: '50', met: times >= 50 });
    for (const callers of [64, 1_024]) {
      const share = rate(`tree, ledger with sums, ${callers} callers`) / rate(`tree, (b) append alone, ${callers} callers`);
      lines.push({ what: `ledger / (b), ${callers}`, value: `${round(share, 2)}`, target: '0.85', met: share >= 0.85 });
    }
    const p99 = results.get('tree, ledger with sums, 64 callers')?.p99Ms ?? 0;
    lines.push({ what: 'p99 of the ledger, 64 callers', value: `${p99} ms`, target: '15 ms', met: p99 <= 15 });
    lines.push({ what: 'deadlocks of (a) in all rounds', value: String(deadlocks) });
    figures.ingest = Object.fromEntries(results);
    figures.deadlocksOfA = deadlocks;
  } finally {
    await clients.end();
    await floor.close();
  }
}

/** What the two baselines appended is no work for the fold. */
async function skipFold(): Promise<void> {
  await db.pool.query(
    `insert into cost_rollup_place (project_id, last_id) select project_id, max(id) from cost_entry where project_id = $1 group by 1
     on conflict (project_id) do update set last_id = excluded.last_id`,
    [projectId],
  );
}

async function totals(): Promise<void> {
  const all: Totals[] = [];
  for (const agents of [1_000, 10_000, 100_000]) {
    const t = await totalsOf(db.pool, agents);
    all.push(t);
    lines.push({
      what: `total of ${agents} agents, beside the textbook`,
      value: `p50 ${t.rollupP50Ms}, p99 ${t.rollupP99Ms} ms; ${t.textbookMs} ms, ${t.times} times`,
      ...(agents === 10_000 && { target: '10,000 times', met: t.times >= 10_000 }),
    });
  }
  figures.totals = all;
}

async function day(): Promise<void> {
  await db.pool.query('truncate cost_entry');
  await dayOfEntries(db.pool, entries);
  const reads = await pageReads(db.url, db.pool, 20);
  for (const [what, t] of reads)
    lines.push({ what: `${entries} entries: ${what}`, value: `p50 ${t.p50Ms}, p95 ${t.p95Ms} ms`, target: '200 ms', met: t.p95Ms <= 200 });
  figures.day = Object.fromEntries(reads);
}
