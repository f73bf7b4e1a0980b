import pg from 'pg';

/** SQLSTATEs this folder acts on. */
export const MISSING_DATABASE = '3D000';
export const DUPLICATE_DATABASE = '42P04';
export const UNIQUE_VIOLATION = '23505';
export const LOCK_NOT_AVAILABLE = '55P03';

export const sqlState = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code;

/** Runs `use` on a connection of its own, closed afterwards whatever happened. */
export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'reeve-start', connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // a connection that breaks also rejects the query that waits on it
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Creates the database that `url` names when the server does not have it. Returns whether it was created now. */
export async function ensureDatabase(url: string): Promise<boolean> {
  try {
    await withClient(url, async () => {});
    return false;
  } catch (error) {
    if (sqlState(error) !== MISSING_DATABASE) throw error;
  }
  const name = databaseOf(url);
  return withClient(onDatabase(url, 'postgres'), async (client) => {
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return true;
    } catch (error) {
      // another replica that starts at the same moment was faster
      if (sqlState(error) === DUPLICATE_DATABASE || sqlState(error) === UNIQUE_VIOLATION) return false;
      throw error;
    }
  });
}

const databaseOf = (url: string) => decodeURIComponent(new URL(url).pathname.slice(1));

function onDatabase(url: string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}
