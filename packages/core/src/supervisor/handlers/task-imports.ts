import { ok, type Result } from '../../kernel/result.ts';
import { importOrder } from '../../tasks/import-order.ts';
import type { Task } from '../../tasks/task.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, agentFor, each, unfenced, type Work } from '../work.ts';
import { putTask } from './tasks.ts';

/** Of the project, not of the caller: whoever imports the same again finds what is there. */
const keyOf = (source: string, key: string): string => `import/${source}/${key}`;

export const importTasks = each(
  async (work, { input, actor }: CommandOf<'tasks.import'>): Promise<Result<CommandOutput<'tasks.import'>>> => {
    const { tx, ports } = work;
    if (actor.kind === 'agent') {
      const self = await agentFor(work, actor, actor.id);
      const free = self.ok ? await unfenced(work, self.value) : self;
      if (!free.ok) return free;
    }
    const ordered = importOrder(input.tasks);
    if (!ordered.ok) return ordered;
    const found = await thereAlready(work, input);
    const wanted = input.tasks.flatMap((t) => (found.has(t.key) ? [] : t.dependsOn));
    const missing = wanted.find((key) => !found.has(key) && !input.tasks.some((t) => t.key === key));
    if (missing) return absent('task', missing);
    const added = new Set<string>();
    for (const task of ordered.value) {
      if (found.has(task.key)) continue;
      const id = ports.ids.next('task');
      const dependencies = [...new Set(task.dependsOn)].map((key) => found.get(key) as Pick<Task, 'id' | 'state'>);
      const dependsOn = dependencies.map((d) => d.id);
      putTask(work, actor, { ...task, id, dependsOn, dependencies, requestId: keyOf(input.source, task.key), parentTaskId: null });
      found.set(task.key, (await tx.tasks.get(id)) as Task);
      added.add(task.key);
    }
    const results = input.tasks.map(({ key }) => ({ key, taskId: found.get(key)?.id as string, added: added.has(key) }));
    return ok({ added: added.size, existing: results.length - added.size, results });
  },
);

/** What is here under the keys of an import, and under those it waits for: from an import before, or by its id. */
async function thereAlready({ tx }: Work, { source, tasks }: CommandOf<'tasks.import'>['input']): Promise<Map<string, Task>> {
  const keys = [...new Set(tasks.flatMap((t) => [t.key, ...t.dependsOn]))];
  const found = new Map((await tx.tasks.many(keys)).map((t) => [t.id, t]));
  for (const key of keys) {
    const task = found.has(key) ? undefined : await tx.tasks.byRequest(keyOf(source, key));
    if (task) found.set(key, task);
  }
  return found;
}
