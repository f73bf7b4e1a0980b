import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ticksPerSecond = 100;
type Stat = { pid: number; parent: number; cpuMs: number };

function stats(): Map<number, Stat> {
  const all = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'utf8');
      const f = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const cpuMs = ((Number(f[11]) + Number(f[12])) * 1_000) / ticksPerSecond;
      all.set(Number(name), { pid: Number(name), parent: Number(f[1]), cpuMs });
    } catch {
      // ended meanwhile
    }
  }
  return all;
}

/** Processor time so far of a process and everything it started, by pid; the subtrees of `without` left out. */
export function cpuOf(pid: number, without: readonly number[] = []): Map<number, number> {
  const all = stats();
  const inside = (s: Stat): boolean => {
    for (let at: Stat | undefined = s; at; at = all.get(at.parent)) {
      if (without.includes(at.pid)) return false;
      if (at.pid === pid) return true;
    }
    return false;
  };
  return new Map([...all.values()].filter(inside).map((s) => [s.pid, s.cpuMs]));
}
/** What was used between two readings; a process that ended meanwhile takes its share with it. */
export const cpuMsBetween = (before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number =>
  [...after].reduce((sum, [pid, cpuMs]) => sum + cpuMs - (before.get(pid) ?? 0), 0);

/** The postmaster of the embedded database in a data directory. */
export const postmasterOf = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
