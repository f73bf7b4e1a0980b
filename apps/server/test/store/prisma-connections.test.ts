import { createDb } from '@reeve/prisma';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PgUnderTest } from './pg-under-test.ts';

let on: PgUnderTest;
beforeAll(async () => {
  on = await PgUnderTest.start();
});
afterAll(() => on?.stop());

it('somebody hears of a connection that breaks, also in the turn in which it changes hands', async () => {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  const db = createDb(on.url);
  // more at once than there are connections, so that they are handed on
  await Promise.all(Array.from({ length: 12 }, () => db.$transaction((tx) => tx.$queryRaw`select 1`)));
  const clients = new Set(query.mock.contexts as pg.Client[]);
  query.mockRestore();
  expect(clients.size).toBeGreaterThan(0);
  // that of the pool goes when a client is handed out, and Prisma's own comes a turn later
  for (const client of clients) expect(client.listenerCount('error')).toBeGreaterThanOrEqual(2);
  // and a break in just that turn does not end the process
  for (const client of clients) client.emit('error', new Error('terminating connection due to administrator command'));
  expect(await db.$queryRaw`select 1 as one`).toEqual([{ one: 1 }]);
  await db.$disconnect();
});
