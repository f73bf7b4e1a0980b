import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { withClient } from '../../src/database/connect.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { MigrationError, migrate } from '../../src/database/migrate.ts';
import { silent, temporaryDir } from './support.ts';

const home = mkdtempSync(join(tmpdir(), 'reeve-test-'));
let postgres: EmbeddedPostgres;
let url: string;
let dir: string;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dir: home, log: silent });
});
afterAll(async () => {
  await postgres?.stop();
  rmSync(home, { recursive: true, force: true });
});
beforeEach(() => {
  url = postgres.url.replace('/reeve?', `/${randomUUID()}?`); // a database that does not exist yet
  dir = temporaryDir();
  write('1_first', 'CREATE TABLE first (n int); INSERT INTO first VALUES (1);');
  write('2_second', 'CREATE TABLE second (n int);');
});

function write(name: string, sql: string) {
  mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, name, 'migration.sql'), sql);
}
const rows = (sql: string) => withClient(url, async (c) => (await c.query(sql)).rows);
const records = () =>
  rows(
    'SELECT migration_name AS name, finished_at IS NOT NULL AS finished, applied_steps_count AS steps FROM _prisma_migrations ORDER BY 1',
  );

test('creates the database, applies in order of the names, and nothing the second time', async () => {
  writeFileSync(join(dir, 'migration_lock.toml'), 'provider = "postgresql"\n');
  expect(await migrate(url, dir)).toEqual(['1_first', '2_second']);
  expect(await migrate(url, dir)).toEqual([]);
  expect(await records()).toEqual([
    { name: '1_first', finished: true, steps: 1 },
    { name: '2_second', finished: true, steps: 1 },
  ]);
});

test('replicas that start together apply each migration once', async () => {
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(url, dir)));
  expect(applied.flat().sort()).toEqual(['1_first', '2_second']);
  expect(await rows('SELECT n FROM first')).toEqual([{ n: 1 }]);
});

test('one that fails half-way leaves no trace, names itself, and is tried again', async () => {
  write('3_third', 'CREATE TABLE third (n int); SELECT 1 / 0;');
  await expect(migrate(url, dir)).rejects.toThrow(/^Migration 3_third failed and was rolled back: division by zero$/);
  expect(await records()).toHaveLength(2);
  expect(await rows("SELECT to_regclass('third') AS third")).toEqual([{ third: null }]);
  write('3_third', 'CREATE TABLE third (n int);');
  expect(await migrate(url, dir)).toEqual(['3_third']);
});

test('one that commits by itself is refused and not taken for applied', async () => {
  write('3_third', 'COMMIT; BEGIN;');
  await expect(migrate(url, dir)).rejects.toThrow(/3_third.*must not control transactions/);
  expect(await records()).toHaveLength(2);
});

test('functions with semicolons in their bodies pass whole', async () => {
  write('3_third', "CREATE FUNCTION two() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; RETURN 2; END $$; SELECT 'a;b';");
  await migrate(url, dir);
  expect(await rows('SELECT two()')).toEqual([{ two: 2 }]);
});

test('a file edited after it was applied is refused', async () => {
  await migrate(url, dir);
  write('1_first', 'CREATE TABLE first (n bigint);');
  await expect(migrate(url, dir)).rejects.toThrow(/1_first was edited after/);
});

test('a database of a later version is refused', async () => {
  await migrate(url, dir);
  rmSync(join(dir, '2_second'), { recursive: true });
  await expect(migrate(url, dir)).rejects.toThrow(/has migration 2_second, which this version of Reeve does not/);
});

test("one that failed under Prisma's CLI is not stepped over; one marked rolled back is applied", async () => {
  await migrate(url, dir);
  await rows("UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '2_second'");
  await expect(migrate(url, dir)).rejects.toThrow(/2_second failed earlier.*migrate resolve/);
  await rows("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '2_second'");
  await rows('DROP TABLE second');
  expect(await migrate(url, dir)).toEqual(['2_second']);
});

test('a folder without its file is named', async () => {
  mkdirSync(join(dir, '3_empty'));
  await expect(migrate(url, dir)).rejects.toThrow(MigrationError);
  await expect(migrate(url, dir)).rejects.toThrow(/3_empty has no readable migration.sql/);
});
