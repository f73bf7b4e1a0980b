import { type ReadAhead, type Task, type Tx, type Whose, wantsKey } from '@reeve/core';
import { PgTable } from './pg-table.ts';
import type { ReadyWindow, ReadyWindows, Wants } from './ready-windows.ts';

/** A bound that is a parameter is planned anew at each execution, which takes longer than the read; so there are some thirty bounds. */
const roundedUp = (limit: number): number => {
  const step = limit <= 8 ? 1 : limit <= 64 ? 8 : 32;
  return Math.ceil(limit / step) * step;
};

/** As many are read for a claim of a few, or of many: the next ones then need not ask. */
const readAtOnce = (limit: number): number => roundedUp(Math.min(Math.max(32, limit * 4), Math.max(1_024, limit)));

/** Tasks of one transaction. What was read ahead counts with what the transaction has put since. */
export class PgTasks extends PgTable<Task> {
  private readonly readyAhead = new Map<string, ReadyWindow & { wants: Wants }>();
  private blockedAhead: { on: ReadonlySet<string>; rows: Task[] } | undefined;
  /** Read for these wants, and kept for the next transaction. */
  private readonly windows = new Map<string, ReadyWindow & { wants: Wants }>();
  private readonly unawaited: string[] = [];
  /** Whether a task was put that is ready: it may come before those that were read ahead. */
  private hasNewReady = false;
  /** What earlier transactions left of queues; set by the transaction. */
  queues: ReadyWindows | undefined;

  override put(row: Task): void {
    if (row.state === 'ready') this.hasNewReady = true;
    super.put(row);
  }
  /** Sends for what is not kept; `isTrusted`: what is kept is true already, before anything is answered. */
  readAheadAll({ tasks, ready, ending }: Pick<ReadAhead, 'tasks' | 'ready' | 'ending'>, isTrusted: boolean) {
    const sent: (Promise<unknown> | undefined)[] = [this.readAhead(tasks)];
    for (const { limit, ...wants } of ready) {
      const kept = isTrusted ? this.queues?.get(wants) : undefined;
      if (kept && (kept.isAll || kept.rows.length >= limit)) this.readyAhead.set(wantsKey(wants), { ...kept, wants });
      else sent.push(this.readWindow(wants, limit));
    }
    if (ending.length) {
      if (isTrusted && this.queues?.areUnawaited(ending)) this.blockedAhead = { on: new Set(ending), rows: [] };
      else
        sent.push(
          this.selectBlocked(ending).then((rows) => {
            this.blockedAhead = { on: new Set(ending), rows };
          }),
        );
    }
    return sent;
  }
  /** What this transaction has read of queues and changed in tasks is true for the next one. */
  leaveQueues(queues: ReadyWindows, awaited: Iterable<string>): void {
    for (const w of this.windows.values()) queues.set(w.wants, w);
    queues.notAwaited(this.unawaited);
    queues.changed(this.touched);
    queues.awaited(awaited);
  }

  ready: Tx['tasks']['ready'] = async (labels, limit, capabilities = []) => {
    const wants = { labels, capabilities };
    const key = wantsKey(wants);
    const ahead = this.readyAhead.get(key);
    this.readyAhead.delete(key);
    if (ahead && !this.hasNewReady) {
      const rows: Task[] = [];
      for (const row of ahead.rows) {
        if (rows.length === limit) break;
        const task = this.at(row);
        if (task.state === 'ready') rows.push(task);
      }
      // fewer than there were at first: there may be more behind them
      if (rows.length >= limit || ahead.isAll) return rows;
    }
    return (await this.select(...this.readyWhere(wants, limit))).slice(0, limit);
  };
  /** Reads the head of a queue before this transaction has changed anything, with what is to be known of each for its end. */
  private async readWindow(wants: Wants, limit: number): Promise<void> {
    const most = readAtOnce(limit);
    const [where, params] = this.readyWhere(wants, most);
    const raw = await this.db.raw(
      `select ${this.selection}, not exists (select 1 from task b where b.project_id = t.project_id and b.state = 'blocked' and b.depends_on && array[t.id])
         and not exists (select 1 from end_watch w where w.id = t.id) as unawaited from task t ${where}`,
      params,
    );
    const rows = this.adopt(raw);
    const window = { rows, isAll: raw.length < most, wants };
    this.readyAhead.set(wantsKey(wants), window);
    this.windows.set(wantsKey(wants), window);
    for (const [i, r] of raw.entries()) if (r.at(-1) === 't') this.unawaited.push((rows[i] as Task).id);
  }
  private readyWhere({ labels, capabilities }: Wants, limit: number): [where: string, params: unknown[]] {
    // most tasks need nothing: said apart, or the planner takes them for few and sorts the whole board
    const able = capabilities.length ? `and (t.needs = '{}' or t.needs <@ $2::text[])` : `and t.needs = '{}'`;
    const having = labels.length ? `and t.labels @> $${capabilities.length ? 3 : 2}::text[]` : '';
    return [
      `where t.project_id = $1 and t.state = 'ready' ${able} ${having} order by t.priority desc, t.id limit ${roundedUp(limit)}`,
      [this.projectId, ...(capabilities.length ? [capabilities] : []), ...(labels.length ? [labels] : [])],
    ];
  }
  subtasksOf(parentIds: readonly string[]): Promise<Task[]> {
    return this.select('where t.parent_task_id = any($1::text[]) and t.project_id = $2 order by t.id', [parentIds, this.projectId]);
  }
  /** Set by the transaction: writes the agents that stand already. */
  before: () => Promise<void> = async () => {};
  async heldBy(whose: Whose): Promise<Task[]> {
    if (!('under' in whose))
      return this.select('where t.agent_id = any($1::text[]) and t.agent_id is not null and t.project_id = $2 order by t.id', [
        whose,
        this.projectId,
      ]);
    if (whose.under === null) return this.select('where t.agent_id is not null and t.project_id = $1 order by t.id', [this.projectId]);
    await this.before();
    return this.select(
      `where t.agent_id is not null and t.project_id = $1
         and exists (select 1 from agent a where a.id = t.agent_id and $2 = any(a.path)) order by t.id`,
      [this.projectId, whose.under],
    );
  }
  async blockedOn(taskIds: readonly string[]): Promise<Task[]> {
    const ahead = this.blockedAhead;
    if (!ahead || !taskIds.every((id) => ahead.on.has(id))) return this.selectBlocked(taskIds);
    const wanted = new Set(taskIds);
    const candidates = new Map([...ahead.rows.map((t) => this.current(t)), ...this.touched.values()].map((t) => [t.id, t]));
    const found = [...candidates.values()].filter((t) => t.state === 'blocked' && t.dependsOn.some((d) => wanted.has(d)));
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
  private selectBlocked(taskIds: readonly string[]): Promise<Task[]> {
    return this.select("where t.project_id = $1 and t.state = 'blocked' and t.depends_on && $2::text[] order by t.id", [
      this.projectId,
      taskIds,
    ]);
  }
  byRequest(requestId: string): Promise<Task | undefined> {
    return this.one((t) => t.requestId === requestId, 'where t.project_id = $1 and t.request_id = $2', [this.projectId, requestId]);
  }
  private current = (task: Task): Task => this.atHand(task.id) ?? task;
}
