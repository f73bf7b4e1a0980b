import { ensureDatabase, withClient } from './connect.ts';
import type { DataDir } from './data-dir.ts';
import { type DatabaseLog, startEmbeddedPostgres } from './embedded-postgres.ts';

/** The server behind DATABASE_URL cannot be used; the message says why, and never holds the URL's password. */
export class DatabaseUnusableError extends Error {
  readonly code = 'database_unusable';
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseUnusableError';
  }
}

export interface Database {
  readonly url: string;
  readonly embedded: boolean;
  /** As the server says it: "18.4". */
  readonly serverVersion: string;
  /** Stops the embedded PostgreSQL; does nothing to one that is not ours. */
  stop(): Promise<void>;
}

export const OLDEST_SUPPORTED_MAJOR = 15;

/**
 * `databaseUrl` where one is given, else the embedded PostgreSQL in the data directory. The database exists when this
 * returns, and its server is of a supported version; `migrate` comes next.
 */
export async function openDatabase(options: {
  dataDir: Pick<DataDir, 'pgDir'>;
  databaseUrl: string | undefined;
  log: DatabaseLog;
}): Promise<Database> {
  const { dataDir, databaseUrl, log } = options;
  if (databaseUrl) {
    const url = withHost(databaseUrl);
    const serverVersion = await prepare(url);
    return { url, embedded: false, serverVersion, stop: async () => {} };
  }
  const postgres = await startEmbeddedPostgres({ dir: dataDir.pgDir, log });
  try {
    const serverVersion = await prepare(postgres.url);
    return { url: postgres.url, embedded: true, serverVersion, stop: () => postgres.stop() };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function prepare(url: string): Promise<string> {
  const where = describe(url);
  try {
    await ensureDatabase(url);
    const version = await withClient(url, async (client) => {
      const { rows } = await client.query<{ number: string; text: string }>(
        "SELECT current_setting('server_version_num') AS number, current_setting('server_version') AS text",
      );
      return rows[0];
    });
    const refusal = refusalOf(Number(version?.number), version?.text ?? 'of unknown version');
    if (refusal !== undefined) throw new Error(refusal);
    return version?.text.split(' ')[0] ?? '';
  } catch (error) {
    throw new DatabaseUnusableError(`The database at ${where} cannot be used: ${messageOf(error)}. Check DATABASE_URL.`, error);
  }
}

/** libpq allows `user@/db?host=/socket`, URL parsers do not; the host in the query goes before this one anyway. */
const withHost = (url: string) => url.replace(/^(\w+:\/\/[^/@]*@)\//, '$1localhost/');

/** Why a server of this version (`server_version_num`) cannot be used; undefined when it can. */
export function refusalOf(versionNumber: number, version: string): string | undefined {
  const supported = Math.floor(versionNumber / 10_000) >= OLDEST_SUPPORTED_MAJOR;
  return supported ? undefined : `it is PostgreSQL ${version}, and Reeve needs ${OLDEST_SUPPORTED_MAJOR} or later`;
}

/** Server and database, without user and password. */
function describe(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new DatabaseUnusableError('DATABASE_URL is not a URL like postgresql://user:password@host:5432/database.');
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw new DatabaseUnusableError('DATABASE_URL must begin with postgresql://.');
  return `${parsed.searchParams.get('host') ?? parsed.host}${parsed.pathname}`;
}

/** A refused connection to a name with two addresses comes as an AggregateError whose own message is empty. */
function messageOf(error: unknown): string {
  const { message, errors } = error as { message?: string; errors?: Error[] };
  return (message || errors?.map((e) => e.message).join(', ') || String(error)).replace(/\.$/, '');
}
