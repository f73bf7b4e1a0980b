import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * A process, and not just its number: numbers are given again, and a lock or a kill that goes by the number alone
 * ends up on a stranger. `startTime` is the kernel's own (clock ticks since boot on Linux, a date elsewhere),
 * empty where neither can be had.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

const onLinux = process.platform === 'linux';

/** The identity of a process that is alive now; undefined where there is none, or only its zombie is left. */
export function identifyProcess(pid: number = process.pid): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (onLinux) return identifyByProc(pid);
  if (!answersSignals(pid)) return undefined;
  return { pid, startTime: ps(pid, 'lstart') };
}

/** Whether this very process, not a later one under the same number, is still running. */
export function isRunning(identity: ProcessIdentity): boolean {
  const now = identifyProcess(identity.pid);
  if (now === undefined) return false;
  return now.startTime === '' || identity.startTime === '' || now.startTime === identity.startTime;
}

/** What tells one boot of this machine from the next: start times begin anew with each. Empty where unknown. */
export function bootId(): string {
  return onLinux ? readOr('/proc/sys/kernel/random/boot_id', '').trim() : '';
}

/** The name of the program a process runs, without its folder; empty where it cannot be told. */
export function programOf(pid: number): string {
  const path = onLinux ? linkOr(`/proc/${pid}/exe`, '') : ps(pid, 'comm');
  // an upgrade replaces the file below a running process, and the kernel then says so in the link
  return (
    path
      .replace(/ \(deleted\)$/, '')
      .split('/')
      .pop() ?? ''
  ).trim();
}

/** The folder a process stands in; undefined where the system does not tell (only Linux does, cheaply). */
export function workingDirectoryOf(pid: number): string | undefined {
  return onLinux ? linkOr(`/proc/${pid}/cwd`, '').replace(/ \(deleted\)$/, '') || undefined : undefined;
}

/** Every process number in use now; empty outside Linux. */
export function allPids(): number[] {
  if (!onLinux) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function identifyByProc(pid: number): ProcessIdentity | undefined {
  const stat = readOr(`/proc/${pid}/stat`, '');
  // the second field is the program's name in brackets and may hold anything, brackets and spaces too
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19]; // field 22 of the line, the first here being field 3
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTime };
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function ps(pid: number, column: 'lstart' | 'comm'): string {
  if (process.platform === 'win32') return '';
  try {
    return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).trim();
  } catch {
    return '';
  }
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}

function linkOr(path: string, otherwise: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return otherwise;
  }
}
