import { readdirSync, readFileSync } from 'node:fs';

/** A process is (pid, start time): a pid alone may be another's by now. */
export type ProcessId = { pid: number; startTime: string };

/** Field 22 of /proc/<pid>/stat, or undefined when there is no such process (a zombie has ended). */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
export const isAlive = (p: ProcessId): boolean => startTimeOf(p.pid) === p.startTime;
export const alive = (list: readonly ProcessId[]): ProcessId[] => list.filter(isAlive);

/** Every process whose environment holds all of these lines: children inherit it, also across `setsid`. */
export function processesWith(...lines: string[]): ProcessId[] {
  const found: ProcessId[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      const startTime = startTimeOf(Number(name));
      if (startTime && lines.every((l) => environment.includes(l))) found.push({ pid: Number(name), startTime });
    } catch {
      // ended meanwhile, or not ours to read
    }
  }
  return found;
}
/** The command line, for messages. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
