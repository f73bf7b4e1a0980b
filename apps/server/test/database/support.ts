import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach } from 'vitest';
import type { DatabaseLog } from '../../src/database/embedded-postgres.ts';
import { choosePostgresAccount } from '../../src/database/postgres-account.ts';
import { findPostgresBinaries } from '../../src/database/postgres-binaries.ts';
import { ensureCluster } from '../../src/database/postgres-cluster.ts';
import { identifyProcess, isRunning, type ProcessIdentity } from '../../src/database/process-identity.ts';

export const silent: DatabaseLog = { info() {}, warn() {}, error() {} };

const cleanups: (() => unknown)[] = [];
/** Undone in reverse order after each test, also when it failed. */
export const cleanUp = (undo: () => unknown) => void cleanups.push(undo);
afterEach(async () => {
  for (const undo of cleanups.splice(0).reverse()) await undo();
});

/** A folder of its own for a test; `name` may hold what paths may hold. */
export function temporaryDir(name = 'reeve-test-'): string {
  const dir = mkdtempSync(join(tmpdir(), name));
  cleanUp(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

let template: Promise<string> | undefined;
afterAll(async () => {
  if (template) rmSync(dirname(await template), { recursive: true, force: true });
});
/** A cluster as initdb leaves it, made once a test file and copied: initdb takes a second, this a twentieth. */
export async function seedCluster(postgresDir: string): Promise<void> {
  template ??= makeTemplate();
  mkdirSync(postgresDir, { recursive: true, mode: 0o700 });
  cpSync(await template, join(postgresDir, 'cluster'), { recursive: true });
}
async function makeTemplate(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-template-'));
  const binaries = await findPostgresBinaries(join(dir, 'lib'));
  const cluster = join(dir, 'cluster');
  await ensureCluster(cluster, await choosePostgresAccount(dir, cluster, binaries), binaries);
  return cluster;
}

export interface ChildServer {
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
  readonly postmaster: ProcessIdentity;
  readonly watchdog: ProcessIdentity;
  readonly url: string;
  readonly adopted: boolean;
  /** Numbers whose insertion the database has acknowledged. */
  readonly acknowledged: number[];
  /** kill -9, and wait until it is gone. */
  killHard(): Promise<void>;
  /** SIGTERM, and wait for its exit code. */
  terminate(): Promise<number | null>;
}

export class ChildRefused extends Error {}

/** Starts `server-child.ts` on a data directory; everything it started is gone when the test ends. */
export async function startChildServer(dataDir: string, ...args: string[]): Promise<ChildServer> {
  if (!existsSync(join(dataDir, 'postgres'))) await seedCluster(join(dataDir, 'postgres'));
  const script = fileURLToPath(new URL('./server-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const identity = identifyProcess(child.pid);
  if (!identity) throw new Error('the child did not start');
  let started: ProcessIdentity[] = [];
  cleanUp(async () => {
    const tooLong = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await exited;
    clearTimeout(tooLong);
    for (const process of started) await untilGone(process);
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const acknowledged: number[] = [];
  const ready = await new Promise<{ postmaster: number; url: string; adopted: boolean } | undefined>((resolve) => {
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => (line.startsWith('{') ? resolve(JSON.parse(line)) : acknowledged.push(Number(line))));
    lines.once('close', () => resolve(undefined));
  });
  if (!ready) {
    await exited;
    throw new ChildRefused(stderr);
  }
  const postmaster = identifyProcess(ready.postmaster);
  const watchdog = JSON.parse(readFileSync(join(dataDir, 'postgres', 'watchdog.json'), 'utf8')) as ProcessIdentity;
  if (!postmaster) throw new Error('the postmaster is not running');
  started = [postmaster, watchdog];
  return {
    ...ready,
    child,
    identity,
    postmaster,
    watchdog,
    acknowledged,
    async killHard() {
      child.kill('SIGKILL');
      await exited;
    },
    async terminate() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/** kill -9 by identity, and wait until it is gone. */
export async function killHard(identity: ProcessIdentity): Promise<void> {
  if (isRunning(identity)) process.kill(identity.pid, 'SIGKILL');
  await untilGone(identity);
}

export const untilGone = (identity: ProcessIdentity) => until(() => !isRunning(identity), `process ${identity.pid} to end`);

/** Polls for a condition; fails with what was waited for. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** An innocent process, to stand in for one that was given a dead one's number. */
export async function startBystander(): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const gone = once(child, 'exit');
  cleanUp(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const identity = identifyProcess(child.pid);
  if (!identity) throw new Error('no bystander');
  return identity;
}
