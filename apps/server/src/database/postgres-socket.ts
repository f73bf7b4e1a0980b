import { createHash } from 'node:crypto';
import { chown, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The kernel's `sun_path` without its closing zero. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;
const PORT = 5432; // part of the socket's name only: nothing listens on TCP

const fits = (dir: string) => Buffer.byteLength(join(dir, `.s.PGSQL.${PORT}`)) <= MAX_SOCKET_PATH_BYTES;

/**
 * A folder for the socket that only its owner can enter: that is the whole of the access control, hence no password.
 * Beside the cluster where its path is short enough, else in the system's folder for temporary files.
 */
export async function makeSocketDir(dir: string, ids: { uid?: number; gid?: number }): Promise<string> {
  const beside = join(dir, 'socket');
  if (fits(beside)) return makeOwned(beside, ids);
  const short = `reeve-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`;
  const elsewhere = [tmpdir(), '/tmp'].map((base) => join(base, short)).find(fits);
  if (elsewhere === undefined) throw new Error(`no folder has a path short enough for a unix socket (${tmpdir()}, /tmp)`);
  return makeOwned(elsewhere, ids);
}

/** The database's address as `pg`, Prisma and libpq read it; the host before the `?` only keeps URL parsers content. */
export function socketUrl(socketDir: string, database: string): string {
  return `postgresql://postgres@localhost:${PORT}/${encodeURIComponent(database)}?host=${encodeURIComponent(socketDir)}`;
}

async function makeOwned(dir: string, { uid, gid }: { uid?: number; gid?: number }): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  // in a folder that everybody may write to, somebody else may have come first, or laid a link
  const found = await lstat(dir);
  const self = process.getuid?.();
  if (!found.isDirectory() || (found.mode & 0o077) !== 0 || (found.uid !== self && found.uid !== uid)) {
    throw new Error(`${dir} is not a private folder of our own: remove it`);
  }
  if (uid !== undefined && gid !== undefined) await chown(dir, uid, gid);
  return dir;
}
