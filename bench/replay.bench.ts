/**
 * `pnpm bench replay`: opening a point in a day of a million events, through the reading side of the server on PostgreSQL:
 * from the snapshot before it, with the rows of its tree. Figures: docs/benchmarks.md.
 */
import { createDb } from '@reeve/prisma';
import pg from 'pg';
import { historyAt, snapshotEvery, snapshotHistory } from '../apps/server/src/store/history-snapshots.ts';
import { createReads } from '../apps/server/src/store/reads/index.ts';
import { TextReader } from '../apps/server/src/store/text-reader.ts';
import { report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';
import { dayOfEvents } from './replay/day.ts';
import { BenchDatabase, projectId } from './writer/bench-database.ts';

const events = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const points = Number(process.env.BENCH_POINTS ?? 60);
const bench = await BenchDatabase.open();
const db = createDb(bench.url);
const text = new TextReader(bench.url);
try {
  const client = new pg.Client({ connectionString: bench.url });
  await client.connect();
  await dayOfEvents(client, projectId, events);
  await client.query('analyze');
  await client.end();

  const snapshotsMs: number[] = [];
  for (let more = true; more; ) {
    const startedMs = performance.now();
    more = await snapshotHistory(db, text, projectId, events);
    snapshotsMs.push(performance.now() - startedMs);
  }
  const [{ bytes }] = await db.$queryRaw<
    [{ bytes: bigint }]
  >`select coalesce(sum(octet_length(body)), 0)::bigint as bytes from history_snapshot`;
  console.error(`the log and its ${snapshotsMs.length} snapshots are written; opening points`);
  const reads = createReads(db, text, async () => {});
  const openedMs: number[] = [];
  let agents = 0;
  for (let i = 0; i < points; i++) {
    // spread over the day, the last one right before a snapshot: the most to fold
    const seq = i === points - 1 ? events - 1 : Math.max(1, Math.floor(((i * 0.618_033_988_75) % 1) * events));
    const startedMs = performance.now();
    const past = await reads.history(projectId, { seq });
    JSON.stringify(past);
    openedMs.push(performance.now() - startedMs);
    agents = Math.max(agents, past.agents.length);
  }
  const startedMs = performance.now();
  await historyAt(db, text, projectId, events, 'the start');
  const wholeMs = performance.now() - startedMs;
  const p99 = percentile(openedMs, 0.99);
  report(
    'replay',
    [
      { what: `a point of ${events} events, p50`, value: `${round(median(openedMs))} ms` },
      { what: 'p99', value: `${round(p99)} ms`, target: 'under 1,000 ms', met: p99 < 1_000 },
      { what: 'most agents in one answer', value: String(agents) },
      { what: `a snapshot each ${snapshotEvery} events, median`, value: `${round(median(snapshotsMs))} ms` },
      { what: 'all snapshots', value: `${round(Number(bytes) / 1e6)} MB` },
      { what: 'the whole log from its start', value: `${round(wholeMs / 1_000)} s` },
    ],
    { openedMs, snapshotsMs, wholeMs },
  );
} finally {
  await text.close();
  await db.$disconnect();
  await bench.close();
}
