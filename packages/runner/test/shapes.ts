import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isAlive, listProcesses, type ProcessId, signalProcess } from '../src/processes/proc.ts';

/**
 * The ways in which a command leaves processes behind. Each sleeps for a number of seconds that nobody else uses, so
 * that it is found from outside of its namespace, whatever it did to its group, parent and environment.
 */
export const shapes = {
  child: 'sleep $T &',
  'same group': '(sleep $T &)',
  setsid: 'setsid sleep $T &',
  'double fork': 'setsid sh -c "sleep $T &"',
  'env -i setsid': 'env -i setsid sleep $T &',
  'env -i setsid, parent gone': 'env -i setsid sh -c "sleep $T &"',
  // it stops itself: no TERM reaches it until somebody lets it go on
  'stopped by itself': "sh -c 'kill -STOP $$; exec sleep $T' &",
} as const;
export type Shape = keyof typeof shapes;
export const allShapes = Object.keys(shapes) as Shape[];

export class Zoo {
  private readonly base = randomInt(1e9, 9e9);
  /** The seconds that the process of a shape sleeps. */
  secondsOf(shape: Shape): string {
    return `6000.${this.base}${allShapes.indexOf(shape)}`;
  }
  /** A shell command that starts every shape and then becomes `last`. */
  script(last: string, which: Shape[] = allShapes): string {
    const starts = which.map((s) => shapes[s].replaceAll('$T', this.secondsOf(s)));
    return [...starts, last].join('\n').replaceAll('&\n', '& ').replaceAll('\n', '; ');
  }
  /** A sleep that belongs to this zoo, as an argument for `sleep`. */
  get seconds(): string {
    return `6000.${this.base}9`;
  }
  find(shape: Shape): ProcessId | undefined {
    return this.all().find((p) => p.args.some((a) => a.split(' ').includes(this.secondsOf(shape))));
  }
  /** Everything that runs for this zoo, wherever it went. */
  all(): (ProcessId & { args: string[] })[] {
    return listProcesses()
      .map((p) => ({ pid: p.pid, startTime: p.startTime, args: argsOf(p.pid) }))
      .filter(({ args }) => {
        const mine = `6000.${this.base}`;
        return (args[0] === 'sleep' && args[1]?.startsWith(mine)) || args[2]?.startsWith(`kill -STOP $$; exec sleep ${mine}`);
      });
  }
  alive(): Shape[] {
    return allShapes.filter((s) => this.find(s));
  }
  /** Ends what a test left, by pid and start time. */
  clear(): void {
    for (const p of this.all()) signalProcess(p, 'SIGKILL');
  }
}
function argsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

export { isAlive };
