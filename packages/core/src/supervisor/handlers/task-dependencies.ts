import type { NewEvent } from '../../kernel/events.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { decideDepend, isDead, stuckOn } from '../../tasks/dependencies.ts';
import type { Task } from '../../tasks/task.ts';
import type { Actor, CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, applyToTask, each, isOperator, unfenced, type Work } from '../work.ts';

const system: Actor = { kind: 'system', id: 'tasks' };
/** More tasks than any board has: a walk up the dependencies ends here. */
const maxWalked = 10_000;

/** These tasks and all that they wait for, directly or further up; undefined where that is more than can be walked. */
async function withDependencies({ tx }: Work, ids: readonly string[]): Promise<Map<string, Task> | undefined> {
  const found = new Map<string, Task>();
  for (let open = [...new Set(ids)]; open.length; ) {
    if (found.size + open.length > maxWalked) return undefined;
    const tasks = await tx.tasks.many(open);
    for (const t of tasks) found.set(t.id, t);
    open = [...new Set(tasks.flatMap((t) => t.dependsOn))].filter((d) => !found.has(d));
  }
  return found;
}

export const dependTasks = each(
  async (work, { input, actor }: CommandOf<'tasks.depend'>): Promise<Result<CommandOutput<'tasks.depend'>>> => {
    const task = await work.tx.tasks.get(input.id);
    if (!task) return absent('task', input.id);
    if (actor.kind === 'agent') {
      const self = await agentFor(work, actor, actor.id);
      const free = self.ok ? await unfenced(work, self.value) : self;
      if (!free.ok) return free;
    }
    if (!isOperator(actor) && task.createdBy !== actorName(actor))
      return err({ code: 'forbidden', rule: 'who did not add a task does not say what it waits for' });
    const above = await withDependencies(work, [...task.dependsOn, ...input.add]);
    if (!above) return err({ code: 'limit_reached', limit: 'tasks in one line of dependencies', max: maxWalked });
    const decided = decideDepend(task, input, (id) => above.get(id), work.tx.nowMs);
    if (!decided.ok) return decided;
    const next = applyToTask(work, task, decided.value, actor);
    return ok({ taskId: next.id, state: next.state });
  },
);

/** Everything that waits for these, directly or further down. */
async function dependantsOf({ tx }: Work, ids: readonly string[]): Promise<Task[]> {
  const found = new Map<string, Task>();
  for (let open = [...ids]; open.length && found.size < maxWalked; ) {
    const below = (await tx.tasks.blockedOn(open)).filter((t) => !found.has(t.id));
    for (const t of below) found.set(t.id, t);
    open = below.map((t) => t.id);
  }
  return [...found.values()];
}

/** Of these tasks, the ones that will not finish as things stand: whatever waits for them is told (I-TASK-4). */
export async function tellDependants(work: Work, changed: readonly Task[]): Promise<void> {
  for (const { id } of changed.filter((t) => isDead(t.state))) {
    for (const t of await dependantsOf(work, [id])) tellStuck(work, t, id);
  }
}
/** A task that was dead is taken up again: what waited for it, and for nothing else that is dead, is told. */
export async function tellRevived(work: Work, task: Task): Promise<void> {
  for (const t of await dependantsOf(work, [task.id])) {
    const above = await withDependencies(work, [t.id]);
    if (above && stuckOn(t, (id) => above.get(id)).length === 0) tellStuck(work, t, null);
  }
}
function tellStuck(work: Work, task: Task, on: string | null): void {
  const event: NewEvent = { type: 'task.stuck', subjectId: task.id, data: { on } };
  applyToTask(work, task, [event], system);
}
