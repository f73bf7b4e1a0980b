import { expect, test } from 'vitest';
import { withClient } from '../../src/database/connect.ts';
import { livingPostmaster } from '../../src/database/postmaster.ts';
import { identifyProcess, isRunning } from '../../src/database/process-identity.ts';
import { ChildRefused, type ChildServer, killHard, startChildServer, temporaryDir, until, untilGone } from './support.ts';

/** What was acknowledged before the crash is there after it, and a number more at most: the one on its way. */
async function expectNothingLost(acknowledged: readonly number[], url: string): Promise<void> {
  const last = Math.max(...acknowledged);
  const stored = await withClient(url, async (c) => (await c.query('SELECT count(*)::int AS count, max(n) AS max FROM written')).rows[0]);
  expect(stored.count).toBe(stored.max);
  expect(stored.max).toBeGreaterThanOrEqual(last);
}

const someWritten = (server: ChildServer, atLeast = 50) =>
  until(() => server.acknowledged.length >= atLeast, `${atLeast} acknowledged rows, not ${server.acknowledged.length}`);

test('kill -9 of the server: PostgreSQL ends with it, and the next start has every acknowledged row', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir, 'write');
  await someWritten(first);
  await first.killHard();
  await untilGone(first.postmaster);
  await untilGone(first.watchdog);

  const second = await startChildServer(dir);
  expect(second.adopted).toBe(false);
  await expectNothingLost(first.acknowledged, second.url);
  expect(await second.terminate()).toBe(0);
  expect(isRunning(second.postmaster)).toBe(false);
});

test('started again at once, while the watchdog is still stopping PostgreSQL', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir, 'write');
  await someWritten(first);
  first.child.kill('SIGKILL');
  const second = await startChildServer(dir);
  expect(second.postmaster).not.toEqual(first.postmaster);
  await expectNothingLost(first.acknowledged, second.url);
});

test('kill -9 of the postmaster: it is started again under the same address, nothing acknowledged lost', async () => {
  const dir = temporaryDir();
  const server = await startChildServer(dir, 'write');
  await someWritten(server);
  await killHard(server.postmaster);
  const before = server.acknowledged.length;
  await until(() => server.acknowledged.length > before + 50, 'the writer to go on');
  expect(isRunning(server.identity)).toBe(true);
  await expectNothingLost(server.acknowledged, server.url);
  const next = livingPostmaster(`${dir}/postgres/cluster`)?.identity;
  expect(next).toBeDefined();
  expect(await server.terminate()).toBe(0);
  expect(next && isRunning(next)).toBe(false);
});

test('kill -9 of both: a clean start, nothing acknowledged lost', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir, 'write');
  await someWritten(first);
  process.kill(first.postmaster.pid, 'SIGKILL');
  await first.killHard();
  const second = await startChildServer(dir, 'write');
  await expectNothingLost(first.acknowledged, second.url);
  await someWritten(second);
});

test('server and watchdog killed: the living postmaster is adopted, watched again, and stopped in the end', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir, 'write');
  await someWritten(first);
  // the server first, or it would start another watchdog
  process.kill(first.identity.pid, 'SIGSTOP');
  await killHard(first.watchdog);
  await first.killHard();
  expect(isRunning(first.postmaster)).toBe(true);

  const second = await startChildServer(dir, 'write');
  expect(second.adopted).toBe(true);
  expect(second.postmaster).toEqual(first.postmaster);
  await expectNothingLost(first.acknowledged, second.url);
  await second.killHard();
  await untilGone(second.postmaster);
});

test('an adopted postmaster that dies is started again too', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir);
  process.kill(first.identity.pid, 'SIGSTOP');
  await killHard(first.watchdog);
  await first.killHard();
  const second = await startChildServer(dir, 'write');
  expect(second.adopted).toBe(true);
  await someWritten(second);
  await killHard(second.postmaster);
  const before = second.acknowledged.length;
  await until(() => second.acknowledged.length > before + 50, 'the writer to go on');
});

test('a long computation that outlives the killed postmaster is ended before the next one writes', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir);
  // it never waits, so it does not notice that its postmaster is gone
  const endless = withClient(first.url, async (c) => {
    const { rows } = await c.query('SELECT pg_backend_pid() AS pid');
    const done = c.query('SELECT count(*) FROM generate_series(1, 10000000000) AS g WHERE md5(g::text) IS NULL').catch(() => 'ended');
    return { backend: identifyProcess(rows[0].pid), done: await done };
  });
  await until(
    () =>
      withClient(
        first.url,
        async (c) =>
          (await c.query("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()")).rowCount === 1,
      ),
    'the long computation',
  );
  process.kill(first.postmaster.pid, 'SIGKILL');
  await first.killHard();
  const second = await startChildServer(dir);
  expect(second.adopted).toBe(false);
  const { backend, done } = await endless;
  expect(done).toBe('ended');
  expect(backend && isRunning(backend)).toBe(false);
});

test('a second server on the same directory is refused, and the first goes on', async () => {
  const dir = temporaryDir();
  const first = await startChildServer(dir, 'write');
  const refusal = await startChildServer(dir).catch((error) => error);
  expect(refusal).toBeInstanceOf(ChildRefused);
  expect(refusal.message).toMatch(
    new RegExp(
      `^DataDirInUseError: Reeve is already running at http://127.0.0.1:7717 on ${dir}: process ${first.identity.pid}, since .*Z\\.\n$`,
    ),
  );
  const before = first.acknowledged.length;
  await until(() => first.acknowledged.length > before + 20, 'the first to go on');
});
