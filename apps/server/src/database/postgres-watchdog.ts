import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseLog } from './database-log.ts';
import { waitUntilGone } from './postmaster.ts';
import { identifyProcess, type ProcessIdentity } from './process-identity.ts';

export interface Watchdog {
  /** From now on this one is to be stopped when we end. */
  guard(postmaster: ProcessIdentity): void;
  /** Lets the watchdog go; it first stops what it guards, should that still run. */
  end(): Promise<void>;
}

const SCRIPT = fileURLToPath(new URL('./postgres-watchdog.sh', import.meta.url));
/** More than the script itself takes from asking to killing. */
const FORMER_MS = 15_000;

/**
 * Starts the process that stops PostgreSQL when this one is gone, and starts it again should it be killed. First waits
 * for the watchdog of a server before us: while that runs it is stopping PostgreSQL, and adopting a postmaster in the
 * middle of that would be a race.
 */
export async function startWatchdog(dir: string, cluster: string, log: DatabaseLog): Promise<Watchdog> {
  const file = join(dir, 'watchdog.json');
  const former = readIdentity(file);
  if (former && !(await waitUntilGone(former, FORMER_MS))) {
    throw new Error(`PostgreSQL on ${cluster} is still being stopped by process ${former.pid}`);
  }
  let guarded: ProcessIdentity | undefined;
  let ending = false;
  let child: ChildProcess;

  const tell = () => {
    if (guarded) child.stdin?.write(`${guarded.pid} ${guarded.startTime}\n`);
  };
  const start = () => {
    child = spawn('/bin/sh', [SCRIPT, cluster], {
      cwd: '/',
      detached: true, // in a session of its own: a Ctrl-C or a closed terminal must not end it before PostgreSQL
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.on('error', () => {}); // it was killed; `exit` says so too
    child.once('error', (error) => log.error({ err: error }, 'the watchdog of postgres cannot be started'));
    child.once('exit', (code, signal) => {
      if (ending) return;
      log.warn({ code, signal }, 'the watchdog of postgres ended; starting another');
      start();
    });
    child.unref();
    (child.stdin as Socket | null)?.unref();
    if (child.pid === undefined) return;
    writeFileSync(file, JSON.stringify(identifyProcess(child.pid) ?? {}));
    tell();
  };
  start();

  return {
    guard(postmaster) {
      guarded = postmaster;
      tell();
    },
    async end() {
      ending = true;
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.ref();
      child.stdin?.end();
      await gone;
    },
  };
}

function readIdentity(file: string): ProcessIdentity | undefined {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessIdentity>;
    return pid !== undefined && startTime !== undefined ? { pid, startTime } : undefined;
  } catch {
    return undefined;
  }
}
