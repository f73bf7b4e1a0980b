import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../processes/poll.ts';
import { isAlive, type ProcessId, readStat } from '../processes/proc.ts';
import type { Containment, ContainmentHost, SpawnSpec } from './containment.ts';
import { type Spawned, spawnDetached } from './spawned.ts';

const procs = 'cgroup.procs';

/**
 * The cgroup under which this process may make its own: where the cgroup2 file system is mounted, plus our own place
 * in it, outside of any agent that we run in (so that agents lie side by side, never inside each other). Undefined
 * without cgroup2.
 */
export function findBaseCgroup(
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
  own = readFileSync('/proc/self/cgroup', 'utf8'),
): string | undefined {
  const mount = mountinfo.split('\n').find((line) => line.includes(' - cgroup2 '));
  const [, , , root, point] = mount?.split(' ') ?? [];
  const path = /^0::(.*)$/m.exec(own)?.[1];
  if (!point || root === undefined || path === undefined) return undefined;
  const unescaped = point.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  if (path.includes('/..')) return unescaped;
  const below = root !== '/' && path.startsWith(root) ? path.slice(root.length) : path;
  return join(unescaped, below.replace(/\/reeve-[^/]*\/.*$/, ''));
}

/** Pids in the cgroup, without those below it; 0 stands for processes of a foreign PID namespace. */
export function pidsIn(dir: string): number[] {
  try {
    return readFileSync(join(dir, procs), 'utf8')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}
/** Whether any living process is in the cgroup or below it. */
export function isPopulated(dir: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(join(dir, 'cgroup.events'), 'utf8'));
  } catch {
    return false;
  }
}
function childrenOf(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((e) => e.isDirectory())
      .map((e) => join(dir, e.name));
  } catch {
    return [];
  }
}
/** Every process of the cgroup and below it gets a KILL, forks in progress included; false before Linux 5.14. */
function killAtomically(dir: string): boolean {
  try {
    writeFileSync(join(dir, 'cgroup.kill'), '1');
    return true;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === 'ENOENT' && !isPopulated(dir);
  }
}
function killEach(dir: string): void {
  for (const child of childrenOf(dir)) killEach(child);
  for (const pid of pidsIn(dir)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // gone meanwhile
    }
  }
}
/** Ends everything in the cgroup and below it; true when nothing is left after at most `timeoutMs`. */
export function killCgroup(dir: string, timeoutMs: number): Promise<boolean> {
  return eventually(() => {
    if (!isPopulated(dir)) return true;
    if (!killAtomically(dir)) killEach(dir);
    return !isPopulated(dir);
  }, timeoutMs);
}
/** Removes an empty cgroup and the empty ones below it; leaves what is still in use. */
export function removeCgroup(dir: string): void {
  for (const child of childrenOf(dir)) removeCgroup(child);
  try {
    rmdirSync(dir);
  } catch {
    // still in use, or gone already
  }
}

/** The shell puts itself into the cgroup and then becomes the command: no moment outside, nothing interpolated. */
const enter = 'echo $$ > "$1/cgroup.procs" || exit 126; shift; exec "$@"';

class CgroupContainment implements Containment {
  readonly level = 'cgroup';
  readonly caveat = undefined;
  readonly main;
  readonly output;
  readonly exited;
  constructor(
    private readonly dir: string,
    spawned: Spawned,
  ) {
    this.main = spawned.id;
    this.output = spawned.output;
    this.exited = spawned.exited;
  }
  members(): ProcessId[] {
    return pidsIn(this.dir)
      .flatMap((pid) => readStat(pid) ?? [])
      .filter(isAlive)
      .map(({ pid, startTime }) => ({ pid, startTime }));
  }
  terminate(): void {
    this.freeze(false);
    for (const signal of ['SIGTERM', 'SIGCONT'] as const)
      for (const pid of pidsIn(this.dir)) {
        try {
          process.kill(pid, signal);
        } catch {
          // gone meanwhile
        }
      }
  }
  async kill(timeoutMs = 5_000): Promise<void> {
    await killCgroup(this.dir, timeoutMs);
  }
  async verifyGone(timeoutMs: number): Promise<ProcessId[]> {
    return (await eventually(() => !isPopulated(this.dir), timeoutMs)) ? [] : this.members();
  }
  freeze(frozen: boolean): boolean {
    try {
      writeFileSync(join(this.dir, 'cgroup.freeze'), frozen ? '1' : '0');
      return true;
    } catch {
      return false;
    }
  }
  dispose(): void {
    removeCgroup(this.dir);
  }
}

/** Holds each agent in a cgroup of its own: nothing that it starts can leave, and one write ends all of it. */
export class CgroupHost implements ContainmentHost {
  readonly level = 'cgroup';
  readonly folder: string;
  private readonly agents: string;

  /** Throws when no cgroup can be made here. */
  constructor(instance: string, base = findBaseCgroup()) {
    if (!base) throw new Error('no cgroup2 file system is mounted');
    this.folder = join(base, `reeve-${instance}`);
    this.agents = join(this.folder, 'agents');
    mkdirSync(this.agents, { recursive: true });
  }
  async spawn(spec: SpawnSpec): Promise<Containment> {
    const dir = join(this.agents, spec.agentId.replace(/[^A-Za-z0-9_-]/g, '_'));
    // A former execution of the same agent must be over before this one takes its place.
    if (!(await killCgroup(dir, 5_000))) throw new Error(`processes of a former ${spec.agentId} do not end`);
    mkdirSync(dir, { recursive: true });
    try {
      const spawned = await spawnDetached('/bin/sh', ['-c', enter, 'reeve', dir, spec.command, ...spec.args], spec);
      // Until it is inside, a kill of the cgroup would miss it and an empty cgroup would prove nothing.
      await eventually(() => pidsIn(dir).includes(spawned.pid) || !isAlive(spawned.id), 10_000);
      return new CgroupContainment(dir, spawned);
    } catch (e) {
      removeCgroup(dir);
      throw e;
    }
  }
  close(): void {
    removeCgroup(this.folder);
  }
}
