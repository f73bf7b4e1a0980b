import { type ReadAhead, type Task, type Tx, type Whose, wantsKey } from '@reeve/core';
import { PgTable } from './pg-table.ts';

/** A bound that is a parameter is planned anew at each execution, which takes longer than the read; so there are some thirty bounds. */
const roundedUp = (limit: number): number => {
  const step = limit <= 8 ? 1 : limit <= 64 ? 8 : 32;
  return Math.ceil(limit / step) * step;
};

type Ready = { rows: Task[]; bound: number };

/** Tasks of one transaction. What was read ahead counts with what the transaction has put since. */
export class PgTasks extends PgTable<Task> {
  private readonly readyAhead = new Map<string, Ready>();
  private blockedAhead: { on: ReadonlySet<string>; rows: Task[] } | undefined;
  /** Whether a task was put that is ready: it may come before those that were read ahead. */
  private hasNewReady = false;

  override put(row: Task): void {
    if (row.state === 'ready') this.hasNewReady = true;
    super.put(row);
  }
  readAheadAll({ tasks, ready, ending }: Pick<ReadAhead, 'tasks' | 'ready' | 'ending'>) {
    const sent: (Promise<unknown> | undefined)[] = [this.readAhead(tasks)];
    for (const w of ready)
      sent.push(
        this.selectReady(w.labels, w.limit, w.capabilities).then(
          (rows) => void this.readyAhead.set(wantsKey(w), { rows, bound: roundedUp(w.limit) }),
        ),
      );
    if (ending.length)
      sent.push(
        this.selectBlocked(ending).then((rows) => {
          this.blockedAhead = { on: new Set(ending), rows };
        }),
      );
    return sent;
  }

  ready: Tx['tasks']['ready'] = async (labels, limit, capabilities = []) => {
    const key = wantsKey({ labels, capabilities });
    const ahead = this.readyAhead.get(key);
    this.readyAhead.delete(key);
    if (ahead && !this.hasNewReady && limit <= ahead.bound) {
      const rows = ahead.rows.map((t) => this.current(t)).filter((t) => t.state === 'ready');
      // fewer than there were at first: there may be more behind them
      if (rows.length >= limit || ahead.rows.length < ahead.bound) return rows.slice(0, limit);
    }
    return (await this.selectReady(labels, limit, capabilities)).slice(0, limit);
  };
  private selectReady(labels: readonly string[], limit: number, capabilities: readonly string[]): Promise<Task[]> {
    // most tasks need nothing: said apart, or the planner takes them for few and sorts the whole board
    const able = capabilities.length ? `and (t.needs = '{}' or t.needs <@ $2::text[])` : `and t.needs = '{}'`;
    const having = labels.length ? `and t.labels @> $${capabilities.length ? 3 : 2}::text[]` : '';
    return this.select(
      `where t.project_id = $1 and t.state = 'ready' ${able} ${having} order by t.priority desc, t.id limit ${roundedUp(limit)}`,
      [this.projectId, ...(capabilities.length ? [capabilities] : []), ...(labels.length ? [labels] : [])],
    );
  }
  subtasksOf(parentIds: readonly string[]): Promise<Task[]> {
    return this.select('where t.parent_task_id = any($1::text[]) and t.project_id = $2 order by t.id', [parentIds, this.projectId]);
  }
  /** Set by the transaction: writes the agents that stand already. */
  before: () => Promise<void> = async () => {};
  async heldBy(whose: Whose): Promise<Task[]> {
    if (!('under' in whose))
      return this.select('where t.agent_id = any($1::text[]) and t.agent_id is not null and t.project_id = $2', [whose, this.projectId]);
    if (whose.under === null) return this.select('where t.agent_id is not null and t.project_id = $1', [this.projectId]);
    await this.before();
    return this.select(
      `where t.agent_id is not null and t.project_id = $1
         and exists (select 1 from agent a where a.id = t.agent_id and $2 = any(a.path))`,
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
  private current = (task: Task): Task => this.known.get(task.id) ?? task;
}
