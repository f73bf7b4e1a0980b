import { constants } from 'node:os';
import { eventually } from '../processes/poll.ts';
import { descendantsOf, isAlive, listProcesses, type ProcessId, type ProcessStat, signalProcess } from '../processes/proc.ts';
import type { Containment, ContainmentHost, Exit, SpawnSpec } from './containment.ts';
import { type Spawned, spawnDetached } from './spawned.ts';

/**
 * Process 1 of the namespace. The command itself must not be it: the kernel withholds from process 1 every signal that
 * it does not handle, so that a TERM would be lost on most programs. The shell collects orphans, keeps its hands off
 * standard input, and undoes that a shell lets background commands ignore INT and QUIT.
 */
const init =
  'exec 3<&0; /usr/bin/env --default-signal=INT,QUIT /bin/sh -c \'exec "$@"\' sh "$@" <&3 3<&- & exec 3<&- </dev/null; wait $!; exit $?';

/** An ordinary user needs a user namespace of the same user around it; root does without. */
const unshareArgs = (): string[] => [
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-current-user']),
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
  '--',
  '/bin/sh',
  '-c',
  init,
  'reeve',
];

/** A shell tells of a signal as 128 + its number. */
function exitOfShell(exit: Exit): Exit {
  const code = exit.exitCode;
  const name = code !== null && code > 128 && Object.entries(constants.signals).find(([, n]) => n === code - 128)?.[0];
  return name ? { exitCode: null, signal: name } : exit;
}

class PidNamespaceContainment implements Containment {
  readonly level = 'pid-namespace';
  readonly caveat = undefined;
  readonly output;
  readonly exited;
  constructor(
    private readonly outer: ProcessId,
    private readonly first: ProcessId,
    readonly main: ProcessId,
    spawned: Spawned,
  ) {
    this.output = spawned.output;
    this.exited = spawned.exited.then(exitOfShell);
  }
  /** Inside, orphans go to process 1: every member descends from it. */
  members(): ProcessId[] {
    return this.inside().map(({ pid, startTime }) => ({ pid, startTime }));
  }
  private inside(): ProcessStat[] {
    return isAlive(this.first) ? descendantsOf(listProcesses(), new Set([this.first.pid])) : [];
  }
  terminate(): void {
    const members = this.inside().filter((p) => p.pid !== this.first.pid);
    for (const signal of ['SIGTERM', 'SIGCONT'] as const) for (const p of members) signalProcess(p, signal);
  }
  /**
   * Process 1 is enough: with it the kernel ends all others, and it is not gone before they are. `unshare` goes first,
   * since it would complain on the agent's own output about a child that was killed.
   */
  async kill(timeoutMs = 5_000): Promise<void> {
    await eventually(() => {
      signalProcess(this.outer, 'SIGKILL');
      signalProcess(this.first, 'SIGKILL');
      return !isAlive(this.first) && !isAlive(this.outer);
    }, timeoutMs);
  }
  async verifyGone(timeoutMs: number): Promise<ProcessId[]> {
    const gone = await eventually(() => !isAlive(this.first) && !isAlive(this.outer), timeoutMs);
    return gone ? [] : [...this.members(), ...(isAlive(this.outer) ? [this.outer] : [])];
  }
  freeze(frozen: boolean): boolean {
    for (const p of this.inside()) if (p.pid !== this.first.pid) signalProcess(p, frozen ? 'SIGSTOP' : 'SIGCONT');
    return true;
  }
  dispose(): void {}
}

/** Holds each agent in a PID namespace: the end of its first process ends everything inside. */
export class PidNamespaceHost implements ContainmentHost {
  readonly level = 'pid-namespace';
  readonly folder = undefined;

  async spawn(spec: SpawnSpec): Promise<Containment> {
    const spawned = await spawnDetached('/usr/bin/unshare', [...unshareArgs(), spec.command, ...spec.args], spec);
    let ended = false;
    void spawned.exited.then(() => (ended = true));
    let first: ProcessStat | undefined;
    let main: ProcessStat | undefined;
    await eventually(() => {
      const all = listProcesses();
      first = all.find((p) => p.ppid === spawned.pid);
      main = first && all.find((p) => p.ppid === first?.pid);
      return ended || main !== undefined;
    }, 5_000);
    // Already over: what was seen of it is all that will be known, and nothing can be left of a namespace that ended.
    const seen = first ?? spawned.id;
    return new PidNamespaceContainment(spawned.id, seen, main ?? seen, spawned);
  }
  close(): void {}
}
