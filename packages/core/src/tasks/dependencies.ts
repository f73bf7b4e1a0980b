import type { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { TaskState } from '../kernel/transitions.ts';
import { decideUnblock, type Task } from './task.ts';

/**
 * As many tasks as one may wait for directly.
 *
 * Use it where dependencies are added.
 *
 * @example
 * maxDependencies; // → 100
 */
export const maxDependencies = 100;
type Node = Pick<Task, 'id' | 'state' | 'dependsOn'>;

/**
 * Adds and removes dependencies of a task that nobody works on. `of` knows every task above the added ones; a circle is
 * refused and named (I-TASK-7). Refuses with `illegal_transition`, `not_found`, `limit_reached` and `would_make_cycle`.
 * Twice equals once.
 *
 * Use it with everything above the added tasks at hand, or a circle may be overlooked.
 *
 * @example
 * const of = (id: string) => taskOf({ id, projectId: 'p', dependsOn: id === 'b' ? ['a'] : [] });
 * const waits = decideDepend(of('c'), { add: ['b'], remove: [] }, of, 0);
 * waits.ok && waits.value.map((e) => e.type); // → ['task.depends', 'task.blocked']
 * const circle = decideDepend(of('a'), { add: ['b'], remove: [] }, of, 0);
 * circle.ok === false && circle.error.cycle; // → ['a', 'b', 'a']
 */
export function decideDepend(
  task: Task,
  cmd: { add: readonly string[]; remove: readonly string[] },
  of: (id: string) => Node | undefined,
  nowMs: number,
): Result<NewEvent[]> {
  const refuse = (error: DomainError): Result<never> => err(error);
  if (task.state !== 'blocked' && task.state !== 'scheduled' && task.state !== 'ready')
    return refuse({ code: 'illegal_transition', kind: 'task', id: task.id, from: task.state, to: 'waiting for other tasks' });
  const removed = [...new Set(cmd.remove)].filter((d) => task.dependsOn.includes(d));
  const added = [...new Set(cmd.add)].filter((d) => !task.dependsOn.includes(d) && !removed.includes(d));
  const missing = added.find((d) => !of(d));
  if (missing) return refuse({ code: 'not_found', kind: 'task', id: missing });
  const dependsOn = [...task.dependsOn.filter((d) => !removed.includes(d)), ...added];
  if (dependsOn.length > maxDependencies) return refuse({ code: 'limit_reached', limit: 'dependencies of a task', max: maxDependencies });
  const cycle = findCycle(task.id, added, (d) => of(d)?.dependsOn ?? []);
  if (cycle) return refuse({ code: 'would_make_cycle', cycle });
  if (added.length === 0 && removed.length === 0) return ok([]);
  const events: NewEvent[] = [{ type: 'task.depends', subjectId: task.id, data: { added, removed } }];
  const dependencies = dependsOn.flatMap((d) => of(d) ?? []);
  const waitingFor = dependencies.filter((d) => d.state !== 'done').map((d) => d.id);
  if (waitingFor.length && task.state !== 'blocked')
    events.push({ type: 'task.blocked', subjectId: task.id, data: { waitingFor, why: 'depends' } });
  return ok([...events, ...decideUnblock(task, dependencies, nowMs)]);
}

/**
 * Whether a task finishes only if somebody takes it up again.
 *
 * Use it for what others wait for; `isFinal` says whether anything leads out of a state at all.
 *
 * @example
 * isDead('dead-letter'); // → true
 * isDead('done'); // → false
 */
export const isDead = (s: TaskState): boolean => s === 'failed' || s === 'dead-letter' || s === 'cancelled';

/**
 * The tasks that keep this one from ever being ready as things stand (I-TASK-4): those it waits for, or that these wait
 * for, which failed, were cancelled or are dead letters. Empty for a task that is not blocked. Computed, never stored.
 *
 * Use it where a task is shown; `of` knows the tasks above it.
 *
 * @example
 * const dead = taskOf({ id: 'a', projectId: 'p', state: 'cancelled' });
 * const waits = taskOf({ id: 'b', projectId: 'p', state: 'blocked', dependsOn: ['a'] });
 * stuckOn(waits, () => dead); // → ['a']
 * stuckOn(waits, () => ({ ...dead, state: 'ready' })); // → []
 */
export function stuckOn(task: Node, of: (id: string) => Node | undefined): string[] {
  if (task.state !== 'blocked') return [];
  const dead: string[] = [];
  const seen = new Set<string>();
  const open = [...task.dependsOn];
  for (let id = open.shift(); id !== undefined; id = open.shift()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const d = of(id);
    if (!d) continue;
    if (isDead(d.state)) dead.push(id);
    else if (d.state === 'blocked') open.push(...d.dependsOn);
  }
  return dead;
}

/**
 * The circle that `taskId` waiting for `dependsOn` would close, from the task back to itself; undefined where it closes none
 * (I-TASK-7). A new task closes none: nothing can wait for it yet.
 *
 * Use it before dependencies are added to a task that is there; `of` answers what each task depends on.
 *
 * @example
 * const of = (id: string) => (id === 'b' ? ['c'] : id === 'c' ? ['a'] : []);
 * findCycle('a', ['b'], of); // → ['a', 'b', 'c', 'a']
 * findCycle('x', ['b'], of); // → undefined
 */
export function findCycle(taskId: string, dependsOn: readonly string[], of: (id: string) => readonly string[]): string[] | undefined {
  const seen = new Set<string>();
  const stack: string[][] = dependsOn.map((d) => [taskId, d]);
  for (let path = stack.pop(); path; path = stack.pop()) {
    const at = path.at(-1) as string;
    if (at === taskId) return path;
    if (seen.has(at)) continue;
    seen.add(at);
    for (const next of of(at)) stack.push([...path, next]);
  }
  return undefined;
}
