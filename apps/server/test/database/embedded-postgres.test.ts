import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { expect, test, vi } from 'vitest';
import { ensureDatabase, withClient } from '../../src/database/connect.ts';
import { EmbeddedPostgresUnsupportedError, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { choosePostgresAccount, readPasswd } from '../../src/database/postgres-account.ts';
import { findPostgresBinaries, linkLibraries } from '../../src/database/postgres-binaries.ts';
import { PostgresVersionMismatchError } from '../../src/database/postgres-cluster.ts';
import { identifyProcess, isRunning } from '../../src/database/process-identity.ts';
import { cleanUp, killHard, seedCluster, silent, startBystander, temporaryDir } from './support.ts';

/** On a cluster that is there already, unless the test is about making it. */
async function start(dir: string, options: { runAs?: 'namespace' | 'account'; seeded?: boolean } = {}) {
  const { runAs, seeded = true } = options;
  if (seeded && !existsSync(join(dir, 'cluster'))) await seedCluster(dir);
  const postgres = await startEmbeddedPostgres({ dir, log: silent, runAs });
  cleanUp(() => postgres.stop());
  await ensureDatabase(postgres.url);
  return postgres;
}
const ask = async (url: string, sql: string) => withClient(url, async (c) => Object.values((await c.query(sql)).rows?.[0] ?? {})[0]);
const isRoot = process.getuid?.() === 0;

test('starts for the first time, then again on what is there, and leaves no process', async () => {
  const dir = temporaryDir();
  const first = await start(dir, { seeded: false });
  const postmaster = identifyProcess(first.pid);
  const watchdog = JSON.parse(readFileSync(join(dir, 'watchdog.json'), 'utf8'));
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  await first.stop();
  expect(postmaster && isRunning(postmaster)).toBe(false);
  expect(isRunning(watchdog)).toBe(false);

  const again = await start(dir);
  expect(again.adopted).toBe(false);
  expect(await ask(again.url, 'SELECT n FROM kept')).toBe(42);
});

test('is durable, in UTF-8 with the C locale, and listens on no network', async () => {
  const { url } = await start(temporaryDir());
  for (const [name, value] of Object.entries({
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    server_encoding: 'UTF8',
    lc_collate: undefined,
    max_connections: '100',
    shared_buffers: '128MB',
    listen_addresses: '',
    TimeZone: 'UTC',
    data_checksums: 'on',
  })) {
    if (value !== undefined) expect(`${name}=${await ask(url, `SHOW ${name}`)}`).toBe(`${name}=${value}`);
  }
  expect(await ask(url, 'SELECT datcollate FROM pg_database WHERE datname = current_database()')).toBe('C');
});

test.each([
  ['with spaces, commas, quotes and other letters', `reeve "a", it's ünï `],
  ['too long for a unix socket', `reeve-${'long-'.repeat(30)}`],
])('works in a path %s', async (_, name) => {
  const { url } = await start(join(temporaryDir(name), 'data'), { seeded: false });
  expect(await ask(url, 'SELECT current_database()')).toBe('reeve');
});

test("the address suits Prisma's adapter", async () => {
  const { url } = await start(join(temporaryDir('reeve a b-'), 'data'));
  const adapter = await new PrismaPg({ connectionString: url }).connect();
  const { rows } = await adapter.queryRaw({ sql: 'SELECT current_database()', args: [], argTypes: [] });
  await adapter.dispose();
  expect(rows).toEqual([['reeve']]);
});

test('a postmaster.pid whose number now belongs to a stranger is cleared, and the stranger left alone', async () => {
  const dir = temporaryDir();
  await (await start(dir)).stop();
  const stranger = await startBystander();
  writeFileSync(join(dir, 'cluster', 'postmaster.pid'), `${stranger.pid}\n${dir}/cluster\n1\n5432\n${dir}/socket\n\n  1 1\nready   \n`);
  writeFileSync(join(dir, 'socket', '.s.PGSQL.5432.lock'), `${stranger.pid}\n${dir}/cluster\n1\n5432\n${dir}/socket\n`);
  const postgres = await start(dir);
  expect(postgres.adopted).toBe(false);
  expect(await ask(postgres.url, 'SELECT 1')).toBe(1);
  expect(isRunning(stranger)).toBe(true);
});

test('an initdb that was cut off is begun anew', async () => {
  const dir = temporaryDir();
  mkdirSync(join(dir, 'cluster.new-0badcafe', 'base'), { recursive: true });
  const { url } = await start(dir, { seeded: false });
  expect(await ask(url, 'SELECT 1')).toBe(1);
  expect(() => readFileSync(join(dir, 'cluster.new-0badcafe'))).toThrow(/ENOENT/);
});

test('a watchdog that was killed is replaced', async () => {
  const dir = temporaryDir();
  const { url } = await start(dir);
  const watchdog = () => JSON.parse(readFileSync(join(dir, 'watchdog.json'), 'utf8'));
  const first = watchdog();
  await killHard(first);
  await expect.poll(() => watchdog().pid).not.toBe(first.pid);
  expect(isRunning(watchdog())).toBe(true);
  expect(await ask(url, 'SELECT 1')).toBe(1);
});

test('a cluster of another version is refused before it is touched', async () => {
  const dir = temporaryDir();
  mkdirSync(join(dir, 'cluster'));
  writeFileSync(join(dir, 'cluster', 'PG_VERSION'), '17\n');
  await expect(startEmbeddedPostgres({ dir, log: silent })).rejects.toThrow(PostgresVersionMismatchError);
});

test('when it cannot start, the reason from its log is in the error', async () => {
  const dir = temporaryDir();
  await (await start(dir)).stop();
  rmSync(join(dir, 'cluster', 'global', 'pg_control'));
  await expect(startEmbeddedPostgres({ dir, log: silent })).rejects.toThrow(/pg_control/);
});

test.each([
  ['win32', 'arm64', /WSL/],
  ['win32', 'x64', /WSL/],
  ['linux', 's390x', /no PostgreSQL binaries for linux-s390x/],
])('%s on %s is pointed to DATABASE_URL', async (platform, arch, why) => {
  const real = { platform: process.platform, arch: process.arch };
  const pretend = (p: object) => Object.entries(p).map(([k, value]) => Object.defineProperty(process, k, { value }));
  pretend({ platform, arch });
  cleanUp(() => pretend(real));
  const refusal = await findPostgresBinaries('/nowhere').catch((e) => e);
  expect(refusal).toBeInstanceOf(EmbeddedPostgresUnsupportedError);
  expect(refusal.message).toMatch(why);
  expect(refusal.message).toContain('DATABASE_URL');
});

test('musl is told from glibc', async () => {
  vi.spyOn(process.report as { getReport(): unknown }, 'getReport').mockReturnValue({ header: {} });
  cleanUp(() => vi.restoreAllMocks());
  await expect(findPostgresBinaries('/nowhere')).rejects.toThrow(/musl.*DATABASE_URL/);
});

test('where no install script made the links of the libraries, ours do', async () => {
  const dir = temporaryDir('reeve links-');
  const { postgres } = await findPostgresBinaries(join(dir, 'lib'));
  const native = dirname(dirname(postgres));
  const notALink = (path: string) => !lstatSync(path).isSymbolicLink();
  for (const part of ['lib', 'pg-symlinks.json', 'bin']) {
    cpSync(join(native, part), join(dir, 'package', 'native', part), { recursive: true, filter: notALink });
  }
  const version = (env: object) =>
    spawnSync(join(dir, 'package/native/bin/postgres'), ['--version'], { env: { ...process.env, ...env } }).status;
  expect(version({})).toBe(127);
  const libraries = await linkLibraries(join(dir, 'package'), join(dir, 'lib'));
  expect(version({ LD_LIBRARY_PATH: libraries, DYLD_LIBRARY_PATH: libraries })).toBe(0);
});

test.runIf(isRoot)('root starts it inside a user namespace, and all files stay its own', async () => {
  const dir = temporaryDir();
  const { url } = await start(dir, { runAs: 'namespace', seeded: false });
  expect(await ask(url, 'SELECT 1')).toBe(1);
});

test.runIf(isRoot)('where namespaces are forbidden root starts it as another account, below a closed folder', async () => {
  const parent = temporaryDir(); // 0700, as the data directory is
  const first = await start(join(parent, 'postgres'), { runAs: 'account', seeded: false });
  await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS n');
  await first.stop();
  // the cluster is that account's now, and stays so without being told
  const again = await start(join(parent, 'postgres'));
  expect(await ask(again.url, 'SELECT n FROM kept')).toBe(42);
});

test.runIf(isRoot)('when nothing works for root the error says what was tried', async () => {
  const dir = temporaryDir();
  const binaries = { ...(await findPostgresBinaries(join(dir, 'lib'))), postgres: '/nonexistent/postgres' };
  await expect(choosePostgresAccount(dir, join(dir, 'cluster'), binaries)).rejects.toThrow(/user namespace: .*as nobody: .*DATABASE_URL/);
});

test('accounts are read from passwd, odd lines left out', () => {
  expect(readPasswd('root:x:0:0::/:\n# no\nnobody:x:65534:65533::/:\nbad:x:-2:-2::/:\n')).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'nobody', uid: 65534, gid: 65533 },
  ]);
});
