import { randomInt } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { bootId, identifyProcess, isRunning, type ProcessIdentity } from './process-identity.ts';

/** Who holds a data directory, as its lock file says it. */
export interface LockHolder extends ProcessIdentity {
  /** The boot of the machine that `startTime` counts from; empty where unknown. */
  readonly bootId: string;
  readonly startedAt: string;
  /** Where the dashboard answers; null until the server listens. */
  readonly url: string | null;
}

/** A second server on one data directory. The message says in one sentence who has it. */
export class DataDirInUseError extends Error {
  readonly code = 'data_dir_in_use';
  constructor(
    readonly dir: string,
    readonly holder: LockHolder,
  ) {
    const where = holder.url === null ? '' : ` at ${holder.url}`;
    super(`Reeve is already running${where} on ${dir}: process ${holder.pid}, since ${holder.startedAt}.`);
    this.name = 'DataDirInUseError';
  }
}

export interface Lock {
  readonly holder: LockHolder;
  update(change: { url: string | null }): Promise<void>;
  release(): Promise<void>;
}

const ATTEMPTS = 40;

/**
 * Takes the lock: one file per claimant in `lock/`, named after the claimant's own (pid, start time).
 *
 * Why not one file for all: Node has no flock, and taking over a single stale file is a race that a rename or an
 * unlink cannot close (two find it stale, the slower removes the faster one's fresh lock). Here no name is ever
 * shared. Each writes its own file and only then looks for others: of two who start together at least one sees the
 * other, so both can never hold. A dead claimant's file can be removed by anybody at any time, for its name can
 * belong to nobody else.
 */
export async function takeLock(dir: string): Promise<Lock> {
  const claims = join(dir, 'lock');
  await mkdir(claims, { recursive: true, mode: 0o700 });
  const self = identifyProcess();
  if (self === undefined) throw new Error('cannot identify this process');
  let holder: LockHolder = { ...self, bootId: bootId(), startedAt: new Date().toISOString(), url: null };
  const file = join(claims, nameOf(holder));

  for (let attempt = 1; ; attempt++) {
    if (!createOnce(file, holder)) throw new DataDirInUseError(dir, (await readClaim(file))?.holder ?? holder);
    const other = await livingOther(claims, file);
    if (other === undefined) break;
    await rm(file, { force: true });
    // an established holder is final; another that is only just claiming may be about to step back, as we did
    if (other.held || attempt === ATTEMPTS) throw new DataDirInUseError(dir, other.holder);
    await wait(randomInt(5, 50));
  }
  writeWhole(file, { holder, held: true });
  let released = false;
  return {
    get holder() {
      return holder;
    },
    async update(change) {
      if (released) return;
      holder = { ...holder, ...change };
      writeWhole(file, { holder, held: true });
    },
    async release() {
      released = true;
      await rm(file, { force: true });
    },
  };
}

/** The living process that holds `dir`, without taking anything; undefined where nobody does. */
export async function readLockHolder(dir: string): Promise<LockHolder | undefined> {
  const other = await livingOther(join(dir, 'lock'), '', { removeDead: false }).catch(() => undefined);
  return other?.held ? other.holder : undefined;
}

interface Claim {
  readonly holder: LockHolder;
  /** False while its maker still looks around for others. */
  readonly held: boolean;
}

const nameOf = (id: ProcessIdentity & { bootId: string }) => `${id.pid}-${id.startTime.replace(/\W+/g, '_')}-${id.bootId.slice(0, 8)}.json`;

async function livingOther(claims: string, own: string, options = { removeDead: true }): Promise<Claim | undefined> {
  let pending: Claim | undefined;
  for (const name of await readdir(claims)) {
    const file = join(claims, name);
    if (file === own || !name.endsWith('.json')) continue;
    const claim = await readClaim(file);
    if (claim === undefined) continue; // withdrawn between the listing and the reading
    if (!isAlive(claim.holder)) {
      if (options.removeDead) await rm(file, { force: true });
      continue;
    }
    if (claim.held) return claim;
    pending = claim;
  }
  return pending;
}

const isAlive = (holder: LockHolder) => holder.bootId === bootId() && isRunning(holder);

/** In one tick, so that two calls within this process cannot both pass; between processes the name itself is exclusive. */
function createOnce(file: string, holder: LockHolder): boolean {
  if (existsSync(file)) return false;
  writeWhole(file, { holder, held: false });
  return true;
}

/** Nobody ever reads half a claim. */
function writeWhole(file: string, claim: Claim): void {
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(claim), { mode: 0o600 });
  renameSync(next, file);
}

async function readClaim(file: string): Promise<Claim | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Claim;
  } catch {
    return undefined; // emptied by a power cut: its maker did not survive that either
  }
}
