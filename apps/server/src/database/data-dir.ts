import { chmod, mkdir, readdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type LockHolder, takeLock } from './data-dir-lock.ts';

export { DataDirInUseError, type LockHolder, readLockHolder } from './data-dir-lock.ts';

/** `REEVE_DATA_DIR`, held by this process until `release()`. */
export interface DataDir {
  readonly dir: string;
  readonly lock: LockHolder;
  /** The embedded PostgreSQL: cluster, socket, log. */
  readonly pgDir: string;
  /** Sockets and files that mean nothing after the server has ended. */
  readonly runDir: string;
  readonly logsDir: string;
  readonly checkpointsDir: string;
  readonly worktreesDir: string;
  /** Writes into the lock where the dashboard answers, for whoever asks next who holds the directory. */
  setUrl(url: string): Promise<void>;
  /** Gives the directory back; calling it again does nothing. */
  release(): Promise<void>;
}

/** The directory cannot be made or written to. */
export class DataDirUnusableError extends Error {
  readonly code = 'data_dir_unusable';
  constructor(
    readonly dir: string,
    cause: unknown,
  ) {
    super(`Reeve cannot write to its data directory ${dir} (${(cause as Error).message}): choose another with REEVE_DATA_DIR.`, { cause });
    this.name = 'DataDirUnusableError';
  }
}

/**
 * Makes the data directory, closed to other accounts, and locks it for this process. A second server on the same
 * directory is refused with `DataDirInUseError`; what a dead server left is taken over.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  let dir = resolve(path);
  try {
    dir = await makePrivate(dir);
    const sub = async (name: string) => {
      const folder = join(dir, name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    };
    const folders = {
      pgDir: await sub('postgres'),
      runDir: await sub('run'),
      logsDir: await sub('logs'),
      checkpointsDir: await sub('checkpoints'),
      worktreesDir: await sub('worktrees'),
    };
    const lock = await takeLock(dir);
    return {
      dir,
      ...folders,
      get lock() {
        return lock.holder;
      },
      setUrl: (url) => lock.update({ url }),
      release: () => lock.release(),
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && /^E[A-Z]+$/.test(code)) throw new DataDirUnusableError(dir, error);
    throw error;
  }
}

/** 0700 for what we make and for what is still empty; a directory with something in it keeps its owner's choice. */
async function makePrivate(dir: string): Promise<string> {
  const made = await mkdir(dir, { recursive: true, mode: 0o700 });
  if (made === undefined && (await readdir(dir)).length === 0) await chmod(dir, 0o700);
  return realpath(dir); // one directory, one name: also when it is reached through a link
}
