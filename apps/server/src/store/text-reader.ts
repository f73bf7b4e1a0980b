import type { Prisma } from '@reeve/prisma';
import pg from 'pg';

/**
 * For the few answers that are large text and only pass through: Prisma takes 56 ms of the event loop for the 2.5 MB of
 * ten thousand agents, `pg` alone 9.
 */
export class TextReader {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 2, application_name: 'reeve-reader', connectionTimeoutMillis: 5_000 });
    this.pool.on('error', () => {}); // a connection that breaks also rejects the query that waits on it
  }
  /** The one row of a statement, its columns as the database wrote them. */
  async row<T extends Record<string, string>>(sql: Prisma.Sql): Promise<T> {
    const { rows } = await this.pool.query<T>(sql.text, sql.values as unknown[]);
    return rows[0] as T;
  }
  close(): Promise<void> {
    return this.pool.end();
  }
}
