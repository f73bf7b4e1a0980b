import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PostgresAccount } from './postgres-account.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** A cluster of another major version stands in the data directory. */
export class PostgresVersionMismatchError extends Error {
  readonly code = 'postgres_version_mismatch';
  constructor(cluster: string, found: string, ours: string) {
    super(
      `${cluster} was made by PostgreSQL ${found}, and this Reeve brings ${ours}: move the data over with pg_dump of ${found}, or start with another REEVE_DATA_DIR.`,
    );
    this.name = 'PostgresVersionMismatchError';
  }
}

/**
 * Makes the cluster unless it is there. initdb works in a folder aside that is renamed when all of it is on the disk,
 * so a cluster under its proper name is always a whole one. Returns whether it was made now.
 */
export async function ensureCluster(cluster: string, account: PostgresAccount, binaries: PostgresBinaries): Promise<boolean> {
  const found = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (found !== undefined) {
    if (found.trim() !== binaries.major) throw new PostgresVersionMismatchError(cluster, found.trim(), binaries.major);
    return false;
  }
  if (existsSync(cluster)) throw new Error(`${cluster} is not a PostgreSQL cluster (it has no PG_VERSION): remove it`);
  await removeUnfinished(cluster);
  const unfinished = `${cluster}.new-${randomBytes(4).toString('hex')}`;
  await initdb(unfinished, account, binaries);
  await rename(unfinished, cluster);
  await syncFolder(dirname(cluster));
  return true;
}

/** What an initdb that was cut off has left; one that still runs somewhere keeps its files, and the next start tries again. */
async function removeUnfinished(cluster: string): Promise<void> {
  for (const name of await readdir(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.new-`)) continue;
    await rm(join(dirname(cluster), name), { recursive: true, force: true }).catch(() => {});
  }
}

async function initdb(dir: string, account: PostgresAccount, binaries: PostgresBinaries): Promise<void> {
  const { file, args } = account.command(binaries.initdb, [
    `--pgdata=${dir}`,
    '--username=postgres',
    '--auth=trust', // nobody but the owner can reach the socket
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
  ]);
  const child = spawn(file, args, {
    ...account.ids,
    cwd: '/',
    env: postgresEnv(binaries),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a Ctrl-C is for the server, which waits for this to end
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output = `${output}${chunk}`.slice(-4000)));
  const code = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${output.trim()}`);
}

/** The server's environment without what would point PostgreSQL's programs elsewhere. */
export function postgresEnv(binaries: PostgresBinaries): NodeJS.ProcessEnv {
  const env = { ...process.env, ...binaries.env };
  for (const name of Object.keys(env)) if (/^(PG[A-Z]+|LC_[A-Z]+|LANG|LANGUAGE)$/.test(name)) delete env[name];
  return { ...env, LC_ALL: 'C' };
}

async function syncFolder(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  await handle.sync().finally(() => handle.close());
}
