import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataDirInUseError, openDataDir, readLockHolder } from '../../src/database/data-dir.ts';
import { bootId } from '../../src/database/process-identity.ts';
import { ChildRefused, cleanUp, seedCluster, startBystander, startChildServer, temporaryDir } from './support.ts';

async function open(dir: string) {
  const dataDir = await openDataDir(dir);
  cleanUp(() => dataDir.release());
  return dataDir;
}

/** A claim as another process would have left it. */
function leaveClaim(dir: string, holder: { pid: number; startTime: string; bootId?: string }) {
  mkdirSync(join(dir, 'lock'), { recursive: true });
  const whole = { bootId: bootId(), startedAt: '2026-01-01T00:00:00.000Z', url: 'http://127.0.0.1:7717', ...holder };
  writeFileSync(join(dir, 'lock', `${holder.pid}-${holder.startTime}-x.json`), JSON.stringify({ holder: whole, held: true }));
}

test('makes the directory, closed to other accounts, with all its folders', async () => {
  const dataDir = await open(join(temporaryDir(), 'deep', 'data dir'));
  expect(statSync(dataDir.dir).mode & 0o777).toBe(0o700);
  for (const folder of [dataDir.pgDir, dataDir.runDir, dataDir.logsDir, dataDir.checkpointsDir, dataDir.worktreesDir]) {
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  }
});

test('a second start in this process is refused, and works after the release', async () => {
  const dir = temporaryDir();
  const first = await open(dir);
  await expect(openDataDir(dir)).rejects.toThrow(DataDirInUseError);
  await first.release();
  await open(dir);
});

test('the refusal says in one sentence who holds the directory', async () => {
  const dir = temporaryDir();
  const { pid, startTime } = await startBystander();
  leaveClaim(dir, { pid, startTime });
  const refusal = await openDataDir(dir).catch((error) => error);
  expect(refusal).toBeInstanceOf(DataDirInUseError);
  expect(refusal.message).toBe(
    `Reeve is already running at http://127.0.0.1:7717 on ${dir}: process ${pid}, since 2026-01-01T00:00:00.000Z.`,
  );
  expect(readdirSync(join(dir, 'lock'))).toHaveLength(1);
});

test('the holder can be asked for, with its url', async () => {
  const dir = temporaryDir();
  expect(await readLockHolder(dir)).toBeUndefined();
  const dataDir = await open(dir);
  await dataDir.setUrl('http://127.0.0.1:1234');
  expect(await readLockHolder(dir)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:1234' });
  await dataDir.release();
  await dataDir.setUrl('http://127.0.0.1:1235');
  expect(await readLockHolder(dir)).toBeUndefined();
});

test('what is no longer true holds nobody back: a reused number, an earlier boot, half a file', async () => {
  const dir = temporaryDir();
  const { pid, startTime } = await startBystander();
  leaveClaim(dir, { pid, startTime: '1' });
  leaveClaim(dir, { pid, startTime, bootId: 'an earlier one' });
  writeFileSync(join(dir, 'lock', '1-1-1.json'), '');
  const dataDir = await open(dir);
  expect(dataDir.lock.pid).toBe(process.pid);
});

test('the directory is one, by whatever name it is reached', async () => {
  const dir = temporaryDir();
  await open(dir);
  await expect(openDataDir(join(dir, '..', dir.split('/').pop() ?? ''))).rejects.toThrow(DataDirInUseError);
});

test('a place that cannot be written to is named', async () => {
  const file = join(temporaryDir(), 'file');
  writeFileSync(file, '');
  await expect(openDataDir(join(file, 'data'))).rejects.toThrow(/cannot write to its data directory .*REEVE_DATA_DIR/);
});

test('of many servers that take over at once exactly one holds the directory', async () => {
  const dir = temporaryDir();
  leaveClaim(dir, { pid: 2 ** 22, startTime: '1' });
  await seedCluster(join(dir, 'postgres'));
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => startChildServer(dir)));
  const refused = outcomes.filter((o) => o.status === 'rejected');
  expect(refused).toHaveLength(4);
  for (const { reason } of refused) {
    expect(reason).toBeInstanceOf(ChildRefused);
    expect(String(reason)).toMatch(/DataDirInUseError: Reeve is already running/);
  }
});
