import { err, ok, type Result } from '../kernel/result.ts';

type Keyed = { key: string; dependsOn: readonly string[] };

/**
 * The order in which tasks of an import can be added: each after those that it waits for, else as they came. Keys that
 * stand nowhere in the import wait for nothing here. Refuses with `would_make_cycle`, by keys, and with `invalid_input` a
 * key that comes twice.
 *
 * Use it before anything of an import is written.
 *
 * @example
 * const ordered = importOrder([{ key: 'b', dependsOn: ['a', 'x'] }, { key: 'a', dependsOn: [] }]);
 * ordered.ok && ordered.value.map((t) => t.key); // → ['a', 'b']
 * importOrder([{ key: 'a', dependsOn: ['a'] }]); // → err({ code: 'would_make_cycle', cycle: ['a', 'a'] })
 */
export function importOrder<T extends Keyed>(tasks: readonly T[]): Result<T[]> {
  const byKey = new Map(tasks.map((t) => [t.key, t]));
  if (byKey.size < tasks.length) {
    const twice = tasks.find((t, i) => tasks.findIndex((o) => o.key === t.key) < i);
    return err({ code: 'invalid_input', issues: [{ path: 'text', message: `the key ${twice?.key} comes twice` }] });
  }
  const out: T[] = [];
  const state = new Map<string, 'open' | 'placed'>();
  for (const start of tasks) {
    if (state.has(start.key)) continue;
    const path: { task: T; next: number }[] = [{ task: start, next: 0 }];
    state.set(start.key, 'open');
    for (let at = path.at(-1); at; at = path.at(-1)) {
      const key = at.task.dependsOn[at.next++];
      if (key === undefined) {
        state.set(at.task.key, 'placed');
        out.push(at.task);
        path.pop();
        continue;
      }
      const below = byKey.get(key);
      if (!below || state.get(key) === 'placed') continue;
      if (state.get(key) === 'open') {
        const from = path.findIndex((p) => p.task.key === key);
        return err({ code: 'would_make_cycle', cycle: [...path.slice(from).map((p) => p.task.key), key] });
      }
      state.set(key, 'open');
      path.push({ task: below, next: 0 });
    }
  }
  return ok(out);
}
