import { type Task, wantsKey } from '@reeve/core';

/** What a claim wants of a task. */
export type Wants = { labels: readonly string[]; capabilities: readonly string[] };
/** The first of those that are ready and wanted, in the order in which they are handed out; `isAll`: there are no more behind them. */
export type ReadyWindow = { rows: readonly Task[]; isAll: boolean };

const mostWindows = 16;
const mostUnawaited = 50_000;

/** In the order of claims: by priority, then by age, which ids have in them. */
const before = (a: Task, b: Task): boolean => (a.priority === b.priority ? a.id < b.id : a.priority > b.priority);
const fits = (task: Task, { labels, capabilities }: Wants): boolean =>
  labels.every((l) => task.labels.includes(l)) && task.needs.every((n) => capabilities.includes(n));

/**
 * The heads of the queues of a project, kept from one transaction to the next so that a claim need not ask the database: for each set of
 * wants that claims came with lately, and of which of those tasks it is known that nothing waits for their end. As true as everything
 * in `ProjectCache`: as long as every change since is told to `changed`.
 */
export class ReadyWindows {
  private readonly windows = new Map<string, ReadyWindow & { wants: Wants }>();
  private readonly unawaited = new Set<string>();

  get(wants: Wants): ReadyWindow | undefined {
    return this.windows.get(wantsKey(wants));
  }
  /** What was read: as of now, before whatever `changed` is told of after it. */
  set(wants: Wants, window: ReadyWindow): void {
    const key = wantsKey(wants);
    this.windows.delete(key);
    this.windows.set(key, { ...window, wants });
    if (this.windows.size <= mostWindows) return;
    const [first] = this.windows.keys();
    this.windows.delete(first as string);
  }
  /** Tasks that no other one is blocked on, and whose end nobody waits for. */
  notAwaited(ids: readonly string[]): void {
    if (this.unawaited.size > mostUnawaited) this.unawaited.clear();
    for (const id of ids) this.unawaited.add(id);
  }
  areUnawaited(ids: readonly string[]): boolean {
    return ids.every((id) => this.unawaited.has(id));
  }
  /** Somebody waits for these from now on. */
  awaited(ids: Iterable<string>): void {
    for (const id of ids) this.unawaited.delete(id);
  }
  /** Tasks as a transaction has left them. */
  changed(tasks: ReadonlyMap<string, Task>): void {
    for (const t of tasks.values()) {
      if (t.state === 'blocked') this.awaited(t.dependsOn);
      if (t.state !== 'ready' && t.state !== 'claimed') this.unawaited.delete(t.id);
    }
    if (tasks.size === 0) return;
    for (const [key, w] of this.windows) {
      const rows = w.rows.filter((t) => !tasks.has(t.id));
      const last = w.rows.at(-1);
      for (const t of tasks.values()) {
        if (t.state !== 'ready' || !fits(t, w.wants)) continue;
        // behind the last that was read there may be others, which come before it
        if (!w.isAll && (!last || !before(t, last))) continue;
        const at = rows.findIndex((r) => before(t, r));
        rows.splice(at < 0 ? rows.length : at, 0, t);
      }
      this.windows.set(key, { ...w, rows });
    }
  }
  clear(): void {
    this.windows.clear();
    this.unawaited.clear();
  }
}
