import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { allPids, identifyProcess, isRunning, type ProcessIdentity, programOf, workingDirectoryOf } from './process-identity.ts';

/** What a postmaster writes about itself into `postmaster.pid`. */
export interface PostmasterFile {
  readonly pid: number;
  readonly socketDir: string;
  readonly status: string;
}

/** Undefined where there is none, or it is not whole yet. */
export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
    return { pid, socketDir: lines[4] ?? '', status: (lines[7] ?? '').trim() };
  } catch {
    return undefined;
  }
}

/** The living postmaster of this cluster; another process that was given its old number is not taken for it. */
export function livingPostmaster(cluster: string): (PostmasterFile & { identity: ProcessIdentity }) | undefined {
  const file = readPostmasterFile(cluster);
  const identity = file && identifyProcess(file.pid);
  return identity && isPostgresOf(identity.pid, cluster) ? { ...file, identity } : undefined;
}

/** Polls until the process has gone; false when it has not within `timeoutMs`. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let pauseMs = 2; isRunning(identity); pauseMs = Math.min(pauseMs * 2, 50)) {
    if (performance.now() > deadlineMs) return false;
    await wait(pauseMs);
  }
  return true;
}

const FAST_SHUTDOWN_MS = 10_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/** Fast shutdown (transactions rolled back, a last checkpoint), then immediate, then the kill. */
export async function shutDown(postmaster: ProcessIdentity): Promise<void> {
  const steps = [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const;
  for (const [signal, waitMs] of steps) {
    if (!signalTo(postmaster, signal) || (await waitUntilGone(postmaster, waitMs))) return;
  }
  throw new Error(`PostgreSQL (process ${postmaster.pid}) survived SIGKILL`);
}

/**
 * Makes way for a new postmaster after an unclean end. A `postmaster.pid` whose process is dead is left to PostgreSQL,
 * which checks more than we can (its shared memory); one whose number is still taken, by a stranger or by the zombie
 * that a lazy init leaves, would keep it from starting, so that one is removed. Backends that outlived a killed postmaster end by themselves as soon as
 * they next wait; one in a long computation is asked, then killed, because two generations must never write together.
 */
export async function clearRemains(cluster: string, socketDir: string): Promise<void> {
  const file = readPostmasterFile(cluster);
  if (file === undefined) return;
  for (const signal of [undefined, 'SIGQUIT', 'SIGKILL'] as const) {
    const left = processesOf(cluster);
    if (signal !== undefined) for (const p of left) signalTo(p, signal);
    await Promise.all(left.map((p) => waitUntilGone(p, IMMEDIATE_SHUTDOWN_MS)));
  }
  const left = processesOf(cluster);
  if (left.length > 0) throw new Error(`processes of an earlier PostgreSQL do not end: ${left.map((p) => p.pid).join(', ')}`);
  if (isTaken(file.pid)) await rm(join(cluster, 'postmaster.pid'), { force: true });
  await rm(join(socketDir, '.s.PGSQL.5432.lock'), { force: true }); // private to this cluster, and judged by number too
}

function processesOf(cluster: string): ProcessIdentity[] {
  return allPids()
    .filter((pid) => isPostgresOf(pid, cluster))
    .flatMap((pid) => identifyProcess(pid) ?? []);
}

/** All of a cluster's processes stand in its folder. Where the system does not tell that, the program has to do. */
function isPostgresOf(pid: number, cluster: string): boolean {
  const dir = workingDirectoryOf(pid);
  if (dir !== undefined && dir !== cluster) return false;
  return programOf(pid) === 'postgres';
}

/** As PostgreSQL asks it: zombies count too. */
function isTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function signalTo(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isRunning(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false; // it went between the look and the signal
  }
}
