import { mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DatabaseLog } from './database-log.ts';
import { choosePostgresAccount } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { ensureCluster } from './postgres-cluster.ts';
import { adoptPostmaster, type Postmaster, type PostmasterSetup, startPostmaster } from './postgres-process.ts';
import { makeSocketDir, socketUrl } from './postgres-socket.ts';
import { startWatchdog, type Watchdog } from './postgres-watchdog.ts';
import { clearRemains, shutDown } from './postmaster.ts';

export type { DatabaseLog } from './database-log.ts';
export { EmbeddedPostgresUnsupportedError } from './postgres-binaries.ts';

export interface EmbeddedPostgres {
  readonly url: string;
  /** The postmaster's; another after it had to be started again. */
  readonly pid: number;
  /** Whether it was found running, left by a server that could not stop it. */
  readonly adopted: boolean;
  /** Resolves when PostgreSQL and its watchdog have ended; calling it again waits for the same. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a cluster inside `dir`, made on the first call. The caller holds the lock of the data directory
 * (`openDataDir`): a postmaster found running here is taken to be the orphan of a dead server, and adopted.
 *
 * However this process ends, PostgreSQL ends with it (`postgres-watchdog.sh`). Should PostgreSQL end by itself, it is
 * started again under the same address, where a pool finds it; after five times within a minute it is left down.
 */
export async function startEmbeddedPostgres(options: {
  dir: string;
  log: DatabaseLog;
  /** For tests: the one way out of being root to take. */
  runAs?: 'namespace' | 'account';
}): Promise<EmbeddedPostgres> {
  const { log } = options;
  const startedMs = performance.now();
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const dir = await realpath(options.dir);
  const cluster = join(dir, 'cluster');
  const binaries = await findPostgresBinaries(join(dir, 'lib'));
  const account = await choosePostgresAccount(dir, cluster, binaries, options.runAs);
  const made = await ensureCluster(cluster, account, binaries);
  const setup = { cluster, socketDir: await makeSocketDir(dir, account.ids), binaries, account, logFile: join(dir, 'postgres.log') };

  const watchdog = await startWatchdog(dir, cluster, log);
  try {
    const postmaster = (await adoptPostmaster(cluster, watchdog)) ?? (await startAfresh(setup, watchdog));
    const { identity, adopted, socketDir } = postmaster;
    log.info({ pid: identity.pid, made, adopted, as: account.how, ms: Math.round(performance.now() - startedMs) }, 'postgres is ready');
    return supervise(postmaster, { ...setup, socketDir }, watchdog, log);
  } catch (error) {
    await watchdog.end();
    throw error;
  }
}

async function startAfresh(setup: PostmasterSetup, watchdog: Watchdog): Promise<Postmaster> {
  await clearRemains(setup.cluster, setup.socketDir);
  return startPostmaster(setup, watchdog);
}

/** One that had to be made elsewhere would be left in the system's temporary folder for good. */
async function removeSocketDir({ socketDir, cluster }: PostmasterSetup): Promise<void> {
  if (dirname(socketDir) !== dirname(cluster)) await rmdir(socketDir).catch(() => {});
}

const MOST_RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;

function supervise(first: Postmaster, setup: PostmasterSetup, watchdog: Watchdog, log: DatabaseLog): EmbeddedPostgres {
  let current = first;
  let stopped: Promise<void> | undefined;
  let restart = Promise.resolve();
  let restartedAtMs: number[] = [];

  function watch(): void {
    void current.ended.then(() => {
      if (!stopped) restart = startAgain();
    });
  }
  async function startAgain(): Promise<void> {
    log.error({ pid: current.identity.pid, log: setup.logFile }, 'postgres ended unexpectedly');
    while (!stopped) {
      const nowMs = performance.now();
      restartedAtMs = [...restartedAtMs.filter((atMs) => nowMs - atMs < RESTARTS_WITHIN_MS), nowMs];
      if (restartedAtMs.length > MOST_RESTARTS) return log.error({ log: setup.logFile }, 'postgres keeps ending and is left down');
      try {
        current = await startAfresh(setup, watchdog);
        log.warn({ pid: current.identity.pid, ms: Math.round(performance.now() - nowMs) }, 'postgres was started again');
        return watch();
      } catch (error) {
        log.error({ err: error }, 'postgres could not be started again');
      }
    }
  }
  async function stop(): Promise<void> {
    await restart; // a postmaster half started would be missed
    await shutDown(current.identity);
    await watchdog.end();
    await removeSocketDir(setup);
    log.info({ pid: current.identity.pid }, 'postgres has stopped');
  }
  watch();
  return {
    url: socketUrl(setup.socketDir, 'reeve'),
    get pid() {
      return current.identity.pid;
    },
    adopted: first.adopted,
    stop: () => (stopped ??= stop()),
  };
}
