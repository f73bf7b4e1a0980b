import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * A process is named by its pid and its start time together: a pid alone is used again by the system, and signals
 * sent by it have killed strangers.
 */
export type ProcessId = { pid: number; startTime: string };
export type ProcessStat = ProcessId & { ppid: number; pgid: number; sessionId: number; state: string };

/** What `/proc` tells of a process; undefined when it is gone. Linux only. */
export function readStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const f = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid, state: f[0] ?? '?', ppid: Number(f[1]), pgid: Number(f[2]), sessionId: Number(f[3]), startTime: f[19] ?? '' };
}

/**
 * When the process started, in a form that only compares: clock ticks since boot on Linux, a date elsewhere. Undefined
 * when there is no such process.
 */
export function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return readStat(pid)?.startTime;
  if (process.platform === 'win32') return isPidUsed(pid) ? 'unknown' : undefined;
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() ||
      undefined
    );
  } catch {
    return undefined;
  }
}
function isPidUsed(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether exactly this process still runs; one that is dead but not yet collected by its parent (Z) does not. */
export function isAlive(p: ProcessId): boolean {
  if (process.platform !== 'linux') return startTimeOf(p.pid) === p.startTime;
  const stat = readStat(p.pid);
  return stat !== undefined && stat.startTime === p.startTime && !isDead(stat);
}
export const isDead = (stat: ProcessStat): boolean => stat.state === 'Z' || stat.state === 'X';

/** Every living process. One that ends during the listing may be missing or still be in it. */
export function listProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
    .filter((stat) => !isDead(stat));
}

/** The processes of `all` that descend from `roots`, the roots included. `leaveOut` cuts a branch off. */
export function descendantsOf(all: ProcessStat[], roots: Set<number>, leaveOut: (p: ProcessStat) => boolean = () => false): ProcessStat[] {
  const childrenOf = new Map<number, ProcessStat[]>();
  for (const p of all) childrenOf.set(p.ppid, [...(childrenOf.get(p.ppid) ?? []), p]);
  const found = new Map<number, ProcessStat>();
  const queue = all.filter((p) => roots.has(p.pid));
  for (let p = queue.pop(); p; p = queue.pop()) {
    if (found.has(p.pid) || leaveOut(p)) continue;
    found.set(p.pid, p);
    queue.push(...(childrenOf.get(p.pid) ?? []));
  }
  return [...found.values()];
}

/** The value of a variable in the environment that a process was started with; undefined where it cannot be read. */
export function environmentOf(pid: number, name: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return undefined;
  }
  const entry = text.split('\0').find((e) => e.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** Signals exactly this process; false when it is gone or not ours to signal. */
export function signalProcess(p: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(p)) return false;
  try {
    process.kill(p.pid, signal);
    return true;
  } catch {
    return false;
  }
}
