import { Logger, makeWorkerUtils, run as runWorker } from 'graphile-worker';
import pg from 'pg';
import { PgBoss } from 'pg-boss';

/** How many jobs a second a peer takes and finishes, from the first taken to the last finished. */
export type Drain = (url: string, pool: pg.Pool, jobs: number) => Promise<number>;
const quiet = new Logger(() => () => {});
const perSecond = (jobs: number, startedMs: number): number => Math.round((jobs / (performance.now() - startedMs)) * 1_000);

/** graphile-worker, as many at once as asked, with a local queue where its size is told. */
export const graphile =
  (concurrency: number, localQueue?: number): Drain =>
  async (url, pool, jobs) => {
    // its own pool is not waited for when it ends, and would hear of the end of the database
    const pgPool = new pg.Pool({ connectionString: url, max: Math.min(concurrency, 32) + 2 });
    pgPool.on('error', () => undefined);
    pgPool.on('connect', (client) => client.on('error', () => undefined));
    const utils = await makeWorkerUtils({ pgPool, logger: quiet });
    await utils.migrate();
    await pool.query('delete from graphile_worker._private_jobs');
    await utils.addJobs(Array.from({ length: jobs }, () => ({ identifier: 'noop', payload: {} })));
    await utils.release();
    await pool.query('vacuum analyze graphile_worker._private_jobs');
    let left = jobs;
    let ended = () => {};
    const all = new Promise<void>((go) => {
      ended = go;
    });
    const startedMs = performance.now();
    const runner = await runWorker({
      pgPool,
      logger: quiet,
      noHandleSignals: true,
      concurrency,
      preset: localQueue ? { worker: { localQueue: { size: localQueue }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } } : {},
      taskList: {
        noop: () => {
          left -= 1;
          if (left === 0) ended();
        },
      },
    });
    await all;
    // finished is what is gone from its table
    for (;;) {
      const { rows } = await pool.query('select 1 from graphile_worker._private_jobs limit 1');
      if (rows.length === 0) break;
    }
    const rate = perSecond(jobs, startedMs);
    await runner.stop();
    await pgPool.end();
    return rate;
  };

async function boss(url: string, pool: pg.Pool, jobs: number): Promise<PgBoss> {
  const b = new PgBoss({ connectionString: url, max: 32, supervise: false, schedule: false });
  b.on('error', () => undefined);
  await b.start();
  await b.deleteQueue('bench');
  await b.createQueue('bench');
  for (let i = 0; i < jobs; i += 5_000)
    await b.insert(
      'bench',
      Array.from({ length: Math.min(5_000, jobs - i) }, () => ({ data: {} })),
    );
  await pool.query('vacuum analyze pgboss.job');
  return b;
}

/** pg-boss with `fetch` and `complete` in as many loops as told, so many jobs a fetch. */
export const bossFetch =
  (loops: number, batchSize: number): Drain =>
  async (url, pool, jobs) => {
    const b = await boss(url, pool, jobs);
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: loops }, async () => {
        for (;;) {
          const got = await b.fetch('bench', { batchSize });
          if (got.length === 0) return;
          await b.complete(
            'bench',
            got.map((j) => j.id),
          );
        }
      }),
    );
    const rate = perSecond(jobs, startedMs);
    await b.stop({ graceful: true, timeout: 5_000 });
    return rate;
  };

/** pg-boss with `work`, its polling at the shortest it takes. */
export const bossWork =
  (workers: number, batchSize: number): Drain =>
  async (url, pool, jobs) => {
    const b = await boss(url, pool, jobs);
    let left = jobs;
    let ended = () => {};
    const all = new Promise<void>((go) => {
      ended = go;
    });
    const startedMs = performance.now();
    for (let i = 0; i < workers; i++)
      await b.work('bench', { batchSize, pollingIntervalSeconds: 0.5 }, async (got) => {
        left -= got.length;
        if (left === 0) ended();
      });
    await all;
    const rate = perSecond(jobs, startedMs);
    await b.stop({ graceful: true, timeout: 5_000 });
    return rate;
  };
