import type { Agent, BudgetTally, BudgetUse, ProjectSettings, Rollup, Task } from '@reeve/core';
import type { Counts } from './known-counts.ts';
import { ReadyWindows } from './ready-windows.ts';

/** Beyond so many the one that came first is forgotten. */
const mostAgents = 20_000;
const mostTasks = 20_000;
const mostSums = 50_000;

/** Rows by id, as many as a limit allows. */
export class Kept<T> {
  private all = new Map<string, T | null>();
  constructor(
    private readonly most: number,
    /** Whether it is also kept that there is none. */
    readonly keepsNone = false,
    /** Of which rows it is worth while. */
    private readonly isWorthIt: (row: T) => boolean = () => true,
  ) {}
  /** By id, null: there is none. Whoever has it keeps what was there when all was forgotten. */
  get rows(): ReadonlyMap<string, T | null> {
    return this.all;
  }
  /** Null: there is none. */
  get(id: string): T | null | undefined {
    return this.all.get(id);
  }
  set(id: string, row: T | null): void {
    if (row && !this.isWorthIt(row)) {
      this.all.delete(id);
      return;
    }
    this.all.set(id, row);
    if (this.all.size <= this.most) return;
    const [first] = this.all.keys();
    this.all.delete(first as string);
  }
  clear(): void {
    this.all = new Map();
  }
}

/** Where a transaction leaves its project: what its row says from then on. */
export type Place = { seq: number; revision: bigint };

/** So many locks in a row have to find the project as it was left here before anything is assumed again. */
const foundBeforeAssuming = 8;

/**
 * What the last transaction of a project left, so that the next one does not read it again: as good as read under the
 * project's lock as long as nobody else has written since, which the lock's own row says. `revision` moves with every
 * transaction that changes agents, tasks, settings, sums or what stands against budgets, by whatever server.
 */
export class ProjectCache {
  private revision = -1n;
  private place: Place | undefined;
  private foundInARow = foundBeforeAssuming;
  private isHeld = false;
  readonly agents = new Kept<Agent>(mostAgents);
  /** Those that are claimed: the next that is heard of them is from their holders. */
  readonly tasks = new Kept<Task>(mostTasks, false, (t) => t.state === 'claimed');
  readonly ready = new ReadyWindows();
  readonly sums = new Kept<Rollup>(mostSums);
  readonly settings = new Kept<ProjectSettings>(1, true);
  readonly budgetUses = new Kept<BudgetUse>(mostSums, true);
  readonly budgetTallies = new Kept<BudgetTally>(mostSums, true);
  /** How many agents live, of the project and of sessions that spawned lately. */
  counts: Counts | undefined;

  /**
   * Takes it for a transaction until `leave` or `release`; false while another one has it, which must not see what this one
   * leaves before it is committed.
   */
  hold(): boolean {
    const isFree = !this.isHeld;
    this.isHeld = true;
    return isFree;
  }
  release(): void {
    this.isHeld = false;
  }
  /** Where the project stands unless somebody else has written; undefined while others do, or where nobody knows. */
  get assumed(): Place | undefined {
    return this.foundInARow >= foundBeforeAssuming ? this.place : undefined;
  }
  /** Called with what stands in the locked row: forgets everything unless this server was the last to write. */
  begin({ seq, revision }: Place): void {
    if (this.place) this.foundInARow = this.place.seq === seq && this.place.revision === revision ? this.foundInARow + 1 : 0;
    if (revision === this.revision) return;
    this.forget();
    this.revision = revision;
  }
  /**
   * When a commit is sent: whether what it read and wrote may be kept, which it may unless that was forgotten meanwhile. Where the
   * commit then fails, or is not known to have happened, `forget` has to follow.
   */
  leave(from: bigint, to: Place): boolean {
    if (from !== this.revision) return false;
    this.revision = to.revision;
    this.place = to;
    return true;
  }
  /** Somebody else has written: nothing is assumed until that has not been so for a while. */
  misjudged(): void {
    this.foundInARow = 0;
    this.forget();
  }
  /** A transaction went past it: it may still be true, but the project stands elsewhere. */
  passed(): void {
    this.place = undefined;
  }
  /** What is kept is not known to be right. */
  forget(): void {
    this.place = undefined;
    this.revision = -1n;
    this.agents.clear();
    this.tasks.clear();
    this.ready.clear();
    this.sums.clear();
    this.settings.clear();
    this.budgetUses.clear();
    this.budgetTallies.clear();
    this.counts = undefined;
  }
}
