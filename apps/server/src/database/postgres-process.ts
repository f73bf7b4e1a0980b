import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { PostgresAccount } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { postgresEnv } from './postgres-cluster.ts';
import type { Watchdog } from './postgres-watchdog.ts';
import { livingPostmaster, readPostmasterFile, shutDown, waitUntilGone } from './postmaster.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

export interface PostmasterSetup {
  readonly cluster: string;
  readonly socketDir: string;
  readonly logFile: string;
  readonly binaries: PostgresBinaries;
  readonly account: PostgresAccount;
}

export interface Postmaster {
  readonly identity: ProcessIdentity;
  readonly socketDir: string;
  readonly adopted: boolean;
  /** Resolves when it is gone, whyever. */
  readonly ended: Promise<void>;
}

const LOG_ROTATE_BYTES = 10 * 1024 * 1024;
const POLL_READY_MS = 4;
const POLL_ADOPTED_MS = 250;

/** Given on the command line, so that they change with this file and not with the age of the data directory. */
function settings(socketDir: string): string[] {
  const values = {
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`, // a list: quoted for commas and spaces
    unix_socket_permissions: '0700',
    max_connections: '100',
    shared_buffers: '128MB',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    jit: 'off', // short statements only: compiling one costs more than running it
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_checkpoints: 'off',
    cluster_name: 'reeve', // shows in `ps`
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Starts a postmaster and waits until it takes connections, recovery included. */
export async function startPostmaster(setup: PostmasterSetup, watchdog: Watchdog): Promise<Postmaster> {
  const { cluster, socketDir, logFile, binaries, account } = setup;
  rotate(logFile);
  const logOffset = existsSync(logFile) ? statSync(logFile).size : 0;
  const output = openSync(logFile, 'a', 0o600);
  const { file, args } = account.command(binaries.postgres, ['-D', cluster, ...settings(socketDir)]);
  const child = spawn(file, args, {
    ...account.ids,
    cwd: '/',
    env: postgresEnv(binaries),
    stdio: ['ignore', output, output],
    detached: true, // a session of its own: Ctrl-C is for the server, which stops PostgreSQL last
  });
  closeSync(output);
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity) watchdog.guard(identity); // in the same tick as the spawn: no gap for a kill -9 to fall into
  let failure = '';
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      failure = `it ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  child.unref();
  while (failure === '') {
    const found = readPostmasterFile(cluster);
    if (identity && found?.pid === identity.pid && found.status === 'ready') return { identity, socketDir, adopted: false, ended };
    await Promise.race([wait(POLL_READY_MS), ended]);
  }
  const said = readFileSync(logFile).subarray(logOffset).toString().trim().split('\n').slice(-8).join('\n');
  throw new Error(`PostgreSQL did not start (${failure}); the end of ${logFile}:\n${said}`);
}

/**
 * Takes over the postmaster that is alive on this cluster. Undefined when it went down after all, or cannot be reached
 * any more; then it has ended when this returns.
 */
export async function adoptPostmaster(cluster: string, watchdog: Watchdog): Promise<Postmaster | undefined> {
  let found = livingPostmaster(cluster);
  if (!found) return undefined;
  const { identity, socketDir } = found;
  watchdog.guard(identity);
  while (found && found.status !== 'stopping') {
    if (found.status === 'ready') {
      if (existsSync(`${socketDir}/.s.PGSQL.5432`)) return { identity, socketDir, adopted: true, ended: pollUntilGone(identity) };
      break; // its socket was swept away, as temporary folders are
    }
    await wait(POLL_READY_MS);
    found = livingPostmaster(cluster);
  }
  await shutDown(identity);
  await waitUntilGone(identity, 0);
  return undefined;
}

async function pollUntilGone(identity: ProcessIdentity): Promise<void> {
  while (isRunning(identity)) await wait(POLL_ADOPTED_MS, undefined, { ref: false });
}

function rotate(logFile: string): void {
  if (existsSync(logFile) && statSync(logFile).size > LOG_ROTATE_BYTES) renameSync(logFile, `${logFile}.1`);
}
