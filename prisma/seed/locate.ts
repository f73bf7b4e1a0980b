import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/**
 * The database of the server that runs on this data directory: `postmaster.pid` of the embedded PostgreSQL names its
 * socket (line 5) and the port in the socket's name (line 4).
 */
export async function databaseUrlOf(dataDir: string): Promise<string> {
  const file = join(resolve(dataDir), 'postgres/cluster/postmaster.pid');
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new Error(`No server runs on ${dataDir} (there is no ${file}): start it, or give DATABASE_URL.`, { cause });
  });
  const [, , , port = '5432', socketDir = ''] = text.split('\n');
  return `postgresql://postgres@localhost:${port.trim()}/reeve?host=${encodeURIComponent(socketDir.trim())}`;
}
