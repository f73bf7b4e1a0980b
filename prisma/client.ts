import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client/client.ts';

export type Db = PrismaClient;
/** A Prisma client over `pg`, for ordinary reads; hot paths and everything that decides use the store. */
export const createDb = (connectionString: string): Db => {
  const pool = new pg.Pool({ connectionString, max: 6, connectionTimeoutMillis: 10_000, query_timeout: 60_000 });
  pool.on('error', () => undefined); // an idle connection that broke: the next one is opened anew
  // For the whole life of a connection. Prisma listens to one only from the turn after it got it: what ends the connection can
  // come in the same packet as the answer that freed it, and an error that nobody hears ends the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: true }) });
};
export * from './generated/client/client.ts';
