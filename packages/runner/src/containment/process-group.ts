import { execFileSync } from 'node:child_process';
import { eventually } from '../processes/poll.ts';
import {
  descendantsOf,
  environmentOf,
  isAlive,
  listProcesses,
  type ProcessId,
  type ProcessStat,
  readStat,
  signalProcess,
} from '../processes/proc.ts';
import type { Containment, ContainmentHost, SpawnSpec } from './containment.ts';
import { type Spawned, spawnDetached } from './spawned.ts';

/** Set by the runner for each agent that it launches; a child agent that a runner launched carries its own. */
export const containmentMarker = 'REEVE_CONTAINED_AS';

/**
 * The weakest level: a process group, and a search for what has left it. A process is found by its group, by its
 * descent from one that was found, or by the marker in its environment; one that gave up all three (`env -i setsid`
 * from a parent that has ended) is not, and the evidence says that it cannot be excluded.
 */
class ProcessGroupContainment implements Containment {
  readonly level = 'process-group';
  readonly caveat = 'a process that left the group and cleared its environment cannot be seen at this level';
  readonly main;
  readonly output;
  readonly exited;
  /** Once seen always known, even after its parent has ended. */
  private readonly known = new Map<number, ProcessId>();

  constructor(
    private readonly agentId: string,
    spawned: Spawned,
  ) {
    this.main = spawned.id;
    this.output = spawned.output;
    this.exited = spawned.exited;
  }
  members(): ProcessId[] {
    return this.find().map(({ pid, startTime }) => ({ pid, startTime }));
  }
  private find(): ProcessStat[] {
    const all = listProcesses();
    const isOther = (pid: number) => {
      const id = environmentOf(pid, containmentMarker);
      return id !== undefined && id !== this.agentId;
    };
    const roots = new Set<number>();
    for (const p of all) {
      const known = this.known.get(p.pid)?.startTime === p.startTime;
      // The group first, since it costs nothing to know; a child agent started by this one is not its own.
      if (known || ((p.pgid === this.main.pid || environmentOf(p.pid, containmentMarker) === this.agentId) && !isOther(p.pid)))
        roots.add(p.pid);
    }
    const found = descendantsOf(all, roots, (p) => p.pid === process.pid || isOther(p.pid));
    for (const { pid, startTime } of found) this.known.set(pid, { pid, startTime });
    return found;
  }
  /** Groups of members: one signal to a group reaches forks in progress too, which signals to pids do not. */
  private signalGroups(members: ProcessStat[], signal: NodeJS.Signals): void {
    const own = readStat(process.pid)?.pgid;
    for (const pgid of new Set(members.map((p) => p.pgid))) {
      if (pgid === own || pgid <= 1) continue;
      try {
        process.kill(-pgid, signal);
      } catch {
        // gone meanwhile
      }
    }
  }
  terminate(): void {
    const members = this.members();
    for (const signal of ['SIGTERM', 'SIGCONT'] as const) for (const p of members) signalProcess(p, signal);
  }
  async kill(timeoutMs = 5_000): Promise<void> {
    await eventually(() => {
      const members = this.find();
      this.signalGroups(members, 'SIGKILL');
      for (const p of members) signalProcess(p, 'SIGKILL');
      return members.length === 0;
    }, timeoutMs);
  }
  async verifyGone(timeoutMs: number): Promise<ProcessId[]> {
    await eventually(() => this.members().length === 0, timeoutMs);
    return this.members();
  }
  freeze(frozen: boolean): boolean {
    for (const p of this.members()) signalProcess(p, frozen ? 'SIGSTOP' : 'SIGCONT');
    return true;
  }
  dispose(): void {}
}

/** macOS has no `/proc` to search, Windows no groups: there only what the system itself ends together is ended. */
class BareContainment implements Containment {
  readonly level = 'process-group';
  readonly caveat = `on ${process.platform} only the process group is held; a process that left it cannot be seen`;
  readonly main;
  readonly output;
  readonly exited;
  constructor(spawned: Spawned) {
    this.main = spawned.id;
    this.output = spawned.output;
    this.exited = spawned.exited;
  }
  private signalGroup(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-this.main.pid, signal);
    } catch {
      return false;
    }
  }
  members(): ProcessId[] {
    if (process.platform === 'win32') return isAlive(this.main) ? [this.main] : [];
    return this.signalGroup(0) ? [this.main] : [];
  }
  terminate(): void {
    if (process.platform === 'win32') this.endTree();
    else for (const signal of ['SIGTERM', 'SIGCONT'] as const) this.signalGroup(signal);
  }
  async kill(timeoutMs = 5_000): Promise<void> {
    await eventually(() => {
      if (process.platform === 'win32') this.endTree();
      else this.signalGroup('SIGKILL');
      return this.members().length === 0;
    }, timeoutMs);
  }
  private endTree(): void {
    try {
      execFileSync('taskkill', ['/PID', String(this.main.pid), '/T', '/F'], { stdio: 'ignore' });
    } catch {
      // gone already
    }
  }
  async verifyGone(timeoutMs: number): Promise<ProcessId[]> {
    await eventually(() => this.members().length === 0, timeoutMs);
    return this.members();
  }
  freeze(frozen: boolean): boolean {
    return process.platform !== 'win32' && this.signalGroup(frozen ? 'SIGSTOP' : 'SIGCONT');
  }
  dispose(): void {}
}

/** Holds each agent in a session and process group of its own; works everywhere, proves the least. */
export class ProcessGroupHost implements ContainmentHost {
  readonly level = 'process-group';
  readonly folder = undefined;
  async spawn(spec: SpawnSpec): Promise<Containment> {
    const spawned = await spawnDetached(spec.command, spec.args, spec);
    return process.platform === 'linux' ? new ProcessGroupContainment(spec.agentId, spawned) : new BareContainment(spawned);
  }
  close(): void {}
}
