import type { Agent, BudgetUse, ProjectSettings, Rollup, Task } from '@reeve/core';
import type { Counts } from './known-counts.ts';

/** Beyond so many the one that came first is forgotten. */
const mostAgents = 20_000;
const mostTasks = 20_000;
const mostSums = 50_000;

/** Rows by id, as many as a limit allows. */
export class Kept<T> {
  private readonly rows = new Map<string, T | null>();
  constructor(
    private readonly most: number,
    /** Whether it is also kept that there is none. */
    readonly keepsNone = false,
    /** Of which rows it is worth while. */
    private readonly isWorthIt: (row: T) => boolean = () => true,
  ) {}
  /** Null: there is none. */
  get(id: string): T | null | undefined {
    return this.rows.get(id);
  }
  set(id: string, row: T | null): void {
    if (row && !this.isWorthIt(row)) {
      this.rows.delete(id);
      return;
    }
    this.rows.set(id, row);
    if (this.rows.size <= this.most) return;
    const [first] = this.rows.keys();
    this.rows.delete(first as string);
  }
  clear(): void {
    this.rows.clear();
  }
}

/**
 * What the last transaction of a project left, so that the next one does not read it again: as good as read under the
 * project's lock as long as nobody else has written since, which the lock's own row says. `revision` moves with every
 * transaction that changes agents, tasks, settings, sums or what stands against budgets, by whatever server.
 */
export class ProjectCache {
  private revision = -1n;
  readonly agents = new Kept<Agent>(mostAgents);
  /** Those that are claimed: the next that is heard of them is from their holders. */
  readonly tasks = new Kept<Task>(mostTasks, false, (t) => t.state === 'claimed');
  readonly sums = new Kept<Rollup>(mostSums);
  readonly settings = new Kept<ProjectSettings>(1, true);
  readonly budgetUses = new Kept<BudgetUse>(mostSums, true);
  /** How many agents live, of the project and of sessions that spawned lately. */
  counts: Counts | undefined;

  /** Called with what stands in the locked row: forgets everything unless this server was the last to write. */
  begin(revision: bigint): void {
    if (revision === this.revision) return;
    this.agents.clear();
    this.tasks.clear();
    this.sums.clear();
    this.settings.clear();
    this.budgetUses.clear();
    this.counts = undefined;
    this.revision = revision;
  }
  /**
   * After a commit: whether what it read and wrote may be kept, which it may unless another transaction has begun meanwhile. One
   * whose commit failed, or is not known to have happened, is not told here: the row of the next lock says which it was.
   */
  committed(from: bigint, to: bigint): boolean {
    if (from !== this.revision) return false;
    this.revision = to;
    return true;
  }
}
