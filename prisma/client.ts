import { PrismaPg } from '@prisma/adapter-pg';
import { PrismaClient } from './generated/client/client.ts';

export type Db = PrismaClient;
/** A Prisma client over `pg`, for ordinary reads; hot paths and everything that decides use the store. */
export const createDb = (connectionString: string): Db =>
  new PrismaClient({ adapter: new PrismaPg({ connectionString, max: 6, connectionTimeoutMillis: 10_000, query_timeout: 60_000 }) });
export * from './generated/client/client.ts';
