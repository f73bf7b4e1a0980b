/**
 * `pnpm bench tasks`: claim + complete per second at the store, beside graphile-worker and pg-boss on the same PostgreSQL in
 * the same run, at 1 to 256 claimers, on small and large boards, beside a million done ones and while an old transaction is
 * open; then over HTTP, with how soon a waiting claimer has a new task. BENCH_ONLY=text takes the cases with it in their
 * name, BENCH_SCALE=0.1 boards of a tenth. Figures: docs/benchmarks.md.
 */
import { closedLoop, warmUpMs, watchDatabase } from './lib/closed-loop.ts';
import { postmasterOf } from './lib/cpu.ts';
import { type Line, report } from './lib/report.ts';
import { addAgents, fillBoard, whileHeld } from './tasks/board.ts';
import { overHttp } from './tasks/over-http.ts';
import { bossFetch, bossWork, type Drain, graphile } from './tasks/peers.ts';
import { claimPlainly } from './writer/baselines.ts';
import { BenchDatabase, principal } from './writer/bench-database.ts';

const forMs = Number(process.env.BENCH_CASE_MS ?? 3_000);
const scale = Number(process.env.BENCH_SCALE ?? 1);
const jobs = Math.round(20_000 * scale);
const only = process.env.BENCH_ONLY ?? '';
const sized = (count: number) => Math.round(count * scale);

const db = await BenchDatabase.open();
watchDatabase(postmasterOf(db.dataDir));
const { writer, pool } = db;
const figures: Record<string, unknown> = {};
const lines: Line[] = [];
const note = (what: string, value: string, more: Partial<Line> = {}) => {
  lines.push({ what, value, ...more });
  process.stderr.write(`${what}: ${value}\n`);
};
const rates = new Map<string, number>();

try {
  const agents = await addAgents(pool, (name) => writer.execute(principal, 'agents.register', { name, kind: 'agent', metadata: {} }), 256);
  const pair = async (caller: number) => {
    const agentId = agents[caller % agents.length] as string;
    const input = { agentId, labels: [], leaseMs: 300_000, limit: 1, waitMs: 0 };
    const { taskIds, tokens } = await writer.execute(principal, 'tasks.claim', input);
    const [id] = taskIds;
    if (!id) return 'nothing left';
    await writer.execute(principal, 'tasks.complete', { id, token: tokens[0] as string });
    return undefined;
  };
  const measured = async (name: string, callers: number, board: { ready: number; done?: number }, held = false) => {
    if (!name.includes(only)) return;
    // warmed on a board of its own: a small one would be empty after it
    await fillBoard(pool, { ready: 40_000 });
    await closedLoop(callers, warmUpMs, 1, pair, 0);
    await fillBoard(pool, board);
    const run = () => closedLoop(callers, forMs, 1, pair, 0);
    const t = held ? await whileHeld(pool, run) : await run();
    rates.set(name, t.perSecond);
    figures[name] = t;
    note(name, `${t.perSecond}/s, p50 ${t.p50Ms}, p99 ${t.p99Ms} ms, cpu ${t.nodeUs} + ${t.databaseUs} us`);
  };
  const plainly = async (callers: number) => {
    const name = `a statement per claim, ${callers} clients`;
    if (!name.includes(only)) return;
    await fillBoard(pool, { ready: sized(100_000) });
    const t = await closedLoop(callers, forMs, 1, (c) => claimPlainly(pool, agents[c % agents.length] as string));
    figures[name] = t;
    note(name, `${t.perSecond}/s`);
  };
  const peer = async (name: string, drain: Drain) => {
    if (!name.includes(only)) return;
    await drain(db.url, pool, Math.ceil(jobs / 4)); // its warm-up
    const rate = await drain(db.url, pool, jobs);
    rates.set(name, rate);
    figures[name] = { perSecond: rate };
    note(name, `${rate}/s`);
  };

  const usual = { ready: sized(100_000) };
  for (const callers of [1, 8, 32, 256]) await measured(`reeve, ${callers} claimers, 100k ready`, callers, usual);
  await measured('reeve, 256 claimers, 1M ready', 256, { ready: sized(1_000_000) });
  await measured('reeve, 256 claimers, 100k ready, 1M done', 256, { ...usual, done: sized(1_000_000) });
  await measured('reeve, 256 claimers, 100k ready, old transaction', 256, usual, true);
  await measured('reeve, 256 claimers, 100k ready, 1M done, old transaction', 256, { ...usual, done: sized(1_000_000) }, true);
  await measured('reeve, 32 claimers, 1k ready', 32, { ready: 1_000 });
  await plainly(8);
  await plainly(32);
  await peer('graphile-worker, concurrency 1', graphile(1));
  await peer('graphile-worker, concurrency 32', graphile(32));
  await peer('graphile-worker, concurrency 256, local queue 500', graphile(256, 500));
  await peer('pg-boss, fetch 1, 8 loops', bossFetch(8, 1));
  await peer('pg-boss, fetch 10, 8 loops', bossFetch(8, 10));
  await peer('pg-boss, fetch 100, 8 loops', bossFetch(8, 100));
  await peer('pg-boss, work 100, 8 workers', bossWork(8, 100));

  const ours = rates.get('reeve, 256 claimers, 100k ready');
  const peers = [...rates].filter(([name]) => !name.startsWith('reeve'));
  if (ours && peers.length) {
    const [best, rate] = peers.reduce((a, b) => (b[1] > a[1] ? b : a));
    const ratio = ours / rate;
    note(`256 claimers beside the best peer (${best})`, `${ratio.toFixed(2)} times`, { target: '1.5 times', met: ratio >= 1.5 });
  }
  const both = rates.get('reeve, 256 claimers, 100k ready, 1M done, old transaction');
  if (ours && both)
    note('with 1M done and an old transaction', `${Math.round((both / ours) * 100)} %`, { target: '80 %', met: both / ours >= 0.8 });
} finally {
  await db.close();
}
if ('http'.includes(only)) {
  const claimers = 32;
  const h = await overHttp(claimers, sized(5_000), 200);
  const store = (figures[`reeve, ${claimers} claimers, 100k ready`] as { p50Ms: number } | undefined)?.p50Ms;
  figures.http = h;
  note(`HTTP, ${claimers} claimers`, `${h.pairsPerSecond} pairs/s`);
  note('HTTP, a claim', `p50 ${h.claim.p50Ms}, p99 ${h.claim.p99Ms} ms`);
  note('HTTP, a completion', `p50 ${h.complete.p50Ms}, p99 ${h.complete.p99Ms} ms`);
  if (store) note('HTTP, its share of claim + complete', `${Math.round((1 - store / (h.claim.p50Ms + h.complete.p50Ms)) * 100)} %`);
  note('a new task reaches a waiting agent', `p50 ${h.wake.p50Ms}, p95 ${h.wake.p95Ms}, p99 ${h.wake.p99Ms} ms`, {
    target: 'p95 50 ms',
    met: h.wake.p95Ms < 50,
  });
}
report('tasks', lines, figures);
