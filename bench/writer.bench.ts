/**
 * `pnpm bench writer`: what the group-committing writer takes in, on PostgreSQL with fsync, beside a row at a time in
 * the same run. Figures: docs/benchmarks.md.
 */
import { buildScenario, insertWorld, World } from '@reeve/prisma/seed';
import pg from 'pg';
import { closedLoop, inRounds, type Throughput, watchDatabase } from './lib/closed-loop.ts';
import { postmasterOf } from './lib/cpu.ts';
import { type Line, report } from './lib/report.ts';
import { median, round } from './lib/statistics.ts';
import { beatPlainly, claimPlainly, insertCostPlainly } from './writer/baselines.ts';
import { BenchDatabase, principal, projectId } from './writer/bench-database.ts';

const forMs = Number(process.env.BENCH_CASE_MS ?? 3_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const only = process.env.BENCH_ONLY;
const db = await BenchDatabase.open();
watchDatabase(postmasterOf(db.dataDir));
const { writer, pool } = db;
const withClient = async <T>(use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();
  return use(client).finally(() => client.end());
};
let counter = 0;
const next = () => counter++;

try {
  const live = await seedFleet();
  const agentAt = (i: number) => live[i % live.length] as (typeof live)[number];

  const beat = (activity?: () => string) => () =>
    writer.execute(principal, 'agents.heartbeat', {
      id: agentAt(next() * 7).id,
      progress: (next() % 100) / 100,
      ...(activity && { activity: activity() }),
    });
  const entry = () => ({
    eventId: `bench-${next()}`,
    agentId: agentAt(next() * 13).id,
    model: 'claude-haiku-4-5',
    provider: 'anthropic',
    inputTokens: 2_000,
    outputTokens: 150,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    reasoningTokens: 0,
    costNanoUsd: 1_234_000n,
    pricedBy: 'reported' as const,
    priceVersion: 'reported',
    atMs: Date.now(),
  });
  const cost = (entries: number) => () => writer.execute(principal, 'costs.report', { entries: Array.from({ length: entries }, entry) });
  const work = async (caller: number) => {
    const agentId = agentAt(caller).id;
    const { taskIds } = await writer.execute(principal, 'tasks.claim', { agentId, labels: [], leaseMs: 300_000, limit: 1, waitMs: 0 });
    const [id] = taskIds;
    if (!id) return 'nothing left';
    // the token of a first claim; the reading side is not what is measured here
    await writer.execute(principal, 'tasks.complete', { id, token: '1' });
    return undefined;
  };
  const withTasks = (run: () => Promise<Throughput>) => async () => {
    await addTasks(60_000);
    return run();
  };

  const cases: [string, () => Promise<Throughput>][] = [
    ['heartbeat, plain UPDATE, 32 clients', () => closedLoop(32, forMs, 1, () => beatPlainly(pool, agentAt(next() * 7).id))],
    ['heartbeat, 64 callers', () => closedLoop(64, forMs, 1, beat())],
    ['heartbeat, 1024 callers', () => closedLoop(1_024, forMs, 1, beat())],
    [
      'heartbeat with a new activity, 1024 callers',
      () =>
        closedLoop(
          1_024,
          forMs,
          1,
          beat(() => `step ${next()}`),
        ),
    ],
    [
      'heartbeats of a runner, 1000 a call, 4 callers',
      () => closedLoop(4, forMs, 1_000, () => Promise.all(Array.from({ length: 1_000 }, beat()))),
    ],
    [
      'cost, row at a time, UPDATE per ancestor, 16 clients',
      () => closedLoop(16, forMs, 1, () => insertCostPlainly(pool, agentAt(next() * 13))),
    ],
    ['cost, 1 an entry call, 64 callers', () => closedLoop(64, forMs, 1, cost(1))],
    ['cost, 1 an entry call, 1024 callers', () => closedLoop(1_024, forMs, 1, cost(1))],
    ['cost, 1000 entries a call, 4 callers', () => closedLoop(4, forMs, 1_000, cost(1_000))],
    ['task, statement per claim, 1 client', withTasks(() => closedLoop(1, forMs, 1, (c) => claimPlainly(pool, agentAt(c).id)))],
    ['task, statement per claim, 32 clients', withTasks(() => closedLoop(32, forMs, 1, (c) => claimPlainly(pool, agentAt(c).id)))],
    ['task, claim + complete, 1 caller', withTasks(() => closedLoop(1, forMs, 1, work))],
    ['task, claim + complete, 32 callers', withTasks(() => closedLoop(32, forMs, 1, work))],
    ['task, claim + complete, 256 callers', withTasks(() => closedLoop(256, forMs, 1, work))],
  ];
  const results = await inRounds(rounds, only ? cases.filter(([name]) => name.includes(only)) : cases);
  const stops = only && !'stop'.includes(only) ? {} : await stopTimes();
  const lines: Line[] = [...results].map(([what, t]) => ({
    what,
    value: `${t.perSecond}/s, p50 ${t.p50Ms}, p99 ${t.p99Ms} ms, cpu ${t.nodeUs} + ${t.databaseUs} us`,
  }));
  for (const [agents, ms] of Object.entries(stops)) lines.push({ what: `stop accepted and fenced, ${agents} agents`, value: `${ms} ms` });
  report('writer', lines, { cases: Object.fromEntries(results), stopMs: stops, commits: db.commits.count });
} finally {
  await db.close();
}

/** Ten thousand agents on the database; only what the callers need stays in this process. */
async function seedFleet(): Promise<{ id: string; path: string[] }[]> {
  const world = buildScenario({ scenario: 'huge', seed: 1 });
  await withClient((client) => insertWorld(client, world));
  return [...world.agents.values()].filter((a) => a.state === 'running').map(({ id, path }) => ({ id, path }));
}

/** A full board of ready tasks, nothing else on it. */
async function addTasks(count: number): Promise<void> {
  await pool.query('delete from task');
  await pool.query(
    `insert into task (id, project_id, title, state, priority, labels, depends_on, attempts, max_attempts, claim_token, failures, created_by, created_at, updated_at)
     select 'tsk_' || lpad(to_hex(i), 32, '0'), $1, 'task ' || i, 'ready', i % 5, '{}', '{}', 0, 3, 0, '[]', 'bench', now(), now()
     from generate_series(1, $2) i`,
    [projectId, count],
  );
  await pool.query('vacuum analyze task');
}

/** How long until the whole subtree is fenced and its first wave asked, all in one transaction. */
async function stopTimes(): Promise<Record<number, number>> {
  const times: Record<number, number> = {};
  for (const agents of [10, 1_000, 10_000]) {
    const one: number[] = [];
    for (let i = 0; i < rounds; i++) {
      const world = new World(projectId, agents + i, Date.now());
      const atMs = world.nowMs - 60_000;
      const root = world.register(null, { name: `stop-${agents}-${i}` }, atMs);
      const ids = [root];
      // eight children each: as deep as real trees are
      for (let k = 1; k < agents; k++) ids.push(world.register(ids[Math.floor((k - 1) / 8)] as string, { name: `member-${k}` }, atMs + k));
      for (const id of ids) world.beat(id, world.nowMs);
      await withClient((client) => insertWorld(client, world));
      const startedMs = performance.now();
      const request = { id: root, mode: 'graceful', graceMs: 30_000, killConfirmMs: 5_000, reason: 'bench', dryRun: false } as const;
      const { members } = await writer.execute(principal, 'agents.stop', request);
      if (members !== agents) throw new Error(`${members} of ${agents} were fenced`);
      one.push(performance.now() - startedMs);
    }
    times[agents] = round(median(one));
    process.stderr.write(`stop of ${agents}: ${times[agents]} ms\n`);
  }
  return times;
}
