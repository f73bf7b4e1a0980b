import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { withClient } from '../../src/database/connect.ts';
import { openDataDir } from '../../src/database/data-dir.ts';
import { DatabaseUnusableError, openDatabase, refusalOf } from '../../src/database/open-database.ts';
import { cleanUp, silent, temporaryDir } from './support.ts';

const nowhere = { pgDir: '/nonexistent' };
const refusal = (databaseUrl: string) => openDatabase({ dataDir: nowhere, databaseUrl, log: silent }).catch((e) => e);

test('without DATABASE_URL it is the embedded one in the data directory; with it, that one', async () => {
  const dataDir = await openDataDir(temporaryDir());
  cleanUp(() => dataDir.release());
  const embedded = await openDatabase({ dataDir, databaseUrl: undefined, log: silent });
  cleanUp(() => embedded.stop());
  expect(embedded.embedded).toBe(true);
  expect(embedded.serverVersion).toMatch(/^18\./);

  // any PostgreSQL would do; the database named in the URL is made when the server does not have it
  const databaseUrl = embedded.url.replace('/reeve?', `/${randomUUID()}?`);
  const given = await openDatabase({ dataDir: nowhere, databaseUrl, log: silent });
  expect(given).toMatchObject({ embedded: false, url: databaseUrl });
  await given.stop();
  const withoutHost = databaseUrl.replace('@localhost:5432/', '@/'); // as libpq writes a socket
  expect((await openDatabase({ dataDir: nowhere, databaseUrl: withoutHost, log: silent })).serverVersion).toMatch(/^18/);
  expect(await withClient(databaseUrl, async (c) => (await c.query('SELECT 1 AS one')).rows)).toEqual([{ one: 1 }]);
});

test('a server that is too old is refused by its number', () => {
  expect(refusalOf(140_011, '14.11 (Debian)')).toBe('it is PostgreSQL 14.11 (Debian), and Reeve needs 15 or later');
  expect(refusalOf(150_000, '15.0')).toBeUndefined();
  expect(refusalOf(Number.NaN, 'something else')).toContain('needs 15');
});

test('an address that nobody answers is named without its password', async () => {
  const { address, close } = await listening();
  await close();
  const error = await refusal(`postgresql://reeve:secret@${address}/reeve`);
  expect(error).toBeInstanceOf(DatabaseUnusableError);
  expect(error.message).toMatch(new RegExp(`^The database at ${address}/reeve cannot be used: .*ECONNREFUSED.*DATABASE_URL`));
  expect(error.message).not.toContain('secret');
});

test('what is no address of a PostgreSQL is refused, and not repeated', async () => {
  for (const url of ['not a url with secret', 'mysql://u:secret@localhost/db']) {
    const error = await refusal(url);
    expect(error).toBeInstanceOf(DatabaseUnusableError);
    expect(error.message).toMatch(/^DATABASE_URL .*postgresql:\/\//);
    expect(error.message).not.toContain('secret');
  }
});

async function listening(): Promise<{ address: string; close(): Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { address: `127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
