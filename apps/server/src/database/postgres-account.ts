import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { EmbeddedPostgresUnsupportedError, type PostgresBinaries } from './postgres-binaries.ts';

/**
 * As whom PostgreSQL runs: it refuses to as root, and initdb wants its user number in /etc/passwd.
 * `command` turns a program and its arguments into what is to be spawned.
 */
export interface PostgresAccount {
  readonly how: 'self' | 'namespace' | 'account';
  readonly name: string;
  command(program: string, args: readonly string[]): { file: string; args: string[] };
  /** For spawn: the account to change to. */
  readonly ids: { uid?: number; gid?: number };
}

export interface Passwd {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const self: PostgresAccount = { how: 'self', name: 'self', command: (file, args) => ({ file, args: [...args] }), ids: {} };

/**
 * Inside a user namespace of its own the process counts as an ordinary user, and outside, on the disk, it is still
 * root: nothing changes hands, and it works below root's home too. Without capabilities, as PostgreSQL wants it.
 */
const inNamespace = ({ name, uid }: Passwd): PostgresAccount => ({
  how: 'namespace',
  name,
  command: (program, args) => ({ file: 'unshare', args: ['--user', `--map-user=${uid}`, `--map-group=${uid}`, '--', program, ...args] }),
  ids: {},
});

const asAccount = ({ name, uid, gid }: Passwd): PostgresAccount => ({ ...self, how: 'account', name, ids: { uid, gid } });

/**
 * Chooses for the directory `dir` (which exists). Each candidate is tried by really running the program and entering
 * the directory, because containers forbid namespaces, and homes forbid other accounts, each in its own way.
 */
export async function choosePostgresAccount(
  dir: string,
  cluster: string,
  binaries: PostgresBinaries,
  only?: 'namespace' | 'account',
): Promise<PostgresAccount> {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return self;
  const ordinary = readPasswd().filter((p) => p.uid !== 0);
  // who owns an existing cluster has to run it; root's own was made in a namespace
  const clusterOwner = await ownerOf(cluster);
  const any = ordinary.find((p) => p.uid === 1000) ?? ordinary[0];
  const candidates: PostgresAccount[] = [];
  if (any && (!isRoot || !clusterOwner)) candidates.push(inNamespace(any));
  if (isRoot && clusterOwner !== 0) {
    const wanted = [clusterOwner, await ownerOf(dirname(dir)), 'postgres', 'nobody'];
    for (const who of wanted) {
      const found = ordinary.find((p) => p.uid === who || p.name === who);
      if (found && (clusterOwner === undefined || found.uid === clusterOwner)) candidates.push(asAccount(found));
    }
  }
  const reasons: string[] = [];
  for (const account of candidates) {
    if (only !== undefined && account.how !== only) continue;
    if (account.how === 'account') await giveTo(dir, account);
    const reason = tryOut(account, dir, binaries);
    if (reason === undefined) return account;
    reasons.push(`${account.how === 'namespace' ? 'in a user namespace' : `as ${account.name}`}: ${reason}`);
  }
  throw new EmbeddedPostgresUnsupportedError(
    `it needs an account with a name that is not root, and neither a user namespace nor another account works for ${dir} (${reasons.join('; ') || 'no other account'})`,
  );
}

/** Containers run under numbers that stand in no list of accounts, and initdb refuses those. */
function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

/** The accounts of this machine. */
export function readPasswd(text: string = readFileSync('/etc/passwd', 'utf8')): Passwd[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return name && /^\d+$/.test(uid ?? '') ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** Only the folder of the database changes hands; through the one above, its group may pass and not look. */
async function giveTo(dir: string, { ids }: PostgresAccount): Promise<void> {
  const { uid = 0, gid = 0 } = ids;
  await chown(dir, uid, gid);
  const parent = dirname(dir);
  const { mode, uid: owner } = await stat(parent);
  if (owner !== 0 || mode & 0o001) return;
  await chown(parent, 0, gid);
  await chmod(parent, (mode & 0o7777) | 0o010);
}

function tryOut(account: PostgresAccount, dir: string, binaries: PostgresBinaries): string | undefined {
  const { file, args } = account.command('/bin/sh', ['-c', 'cd "$1" && test -w . && exec "$2" --version', 'sh', dir, binaries.postgres]);
  const r = spawnSync(file, args, { ...account.ids, cwd: '/', encoding: 'utf8', env: { ...process.env, ...binaries.env } });
  if (r.status === 0) return undefined;
  return (r.error?.message ?? (r.stderr.trim().split('\n').pop() || `exit code ${r.status ?? r.signal}`)).slice(0, 200);
}

const ownerOf = async (path: string): Promise<number | undefined> => (await stat(path).catch(() => undefined))?.uid;
