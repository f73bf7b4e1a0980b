import type { StoredOrder, StoredToken, Whose } from '../supervisor/ports.ts';
import { pairKey } from './memory-state.ts';
import { byId, type Rows } from './memory-table.ts';
import { isOf, type PathOf } from './whose.ts';

/** Rows that are taken out again, within one transaction: what was put and what was removed stand above the committed ones. */
class Layer<T> {
  private readonly put = new Map<string, T>();
  private readonly gone = new Set<string>();
  constructor(private readonly committed: Map<string, T>) {}

  get(key: string): T | undefined {
    return this.put.get(key) ?? (this.gone.has(key) ? undefined : this.committed.get(key));
  }
  set(key: string, row: T): void {
    this.put.set(key, row);
  }
  delete(key: string): void {
    this.put.delete(key);
    this.gone.add(key);
  }
  /** As this transaction sees them; a copy, so that rows may be taken out on the way. */
  entries(): [string, T][] {
    const found: [string, T][] = [];
    for (const entry of this.committed) if (!this.gone.has(entry[0]) && !this.put.has(entry[0])) found.push(entry);
    found.push(...this.put);
    return found;
  }
  commit(): void {
    for (const key of this.gone) this.committed.delete(key);
    for (const [key, row] of this.put) this.committed.set(key, row);
  }
}

/** Orders that wait for runners. */
export class MemoryOrders {
  /** Runners for whom something new waits. */
  readonly runners = new Set<string>();
  private readonly rows: Layer<StoredOrder>;
  constructor(
    committed: Rows<StoredOrder>,
    private readonly pathOf: PathOf,
  ) {
    this.rows = new Layer(committed);
  }
  put(o: StoredOrder): void {
    this.rows.set(o.id, o);
    this.runners.add(o.runnerId);
  }
  async ofRunner(runnerId: string): Promise<StoredOrder[]> {
    const mine: StoredOrder[] = [];
    for (const [, o] of this.rows.entries()) if (o.runnerId === runnerId) mine.push(o);
    return mine.sort(byId).slice(0, 200);
  }
  async done(runnerId: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) if (this.rows.get(id)?.runnerId === runnerId) this.rows.delete(id);
  }
  async cancelOf(whose: Whose, kinds: readonly StoredOrder['kind'][]): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const [id, o] of this.rows.entries()) {
      if (o.agentId === null || !isOf(o.agentId, whose, this.pathOf) || !kinds.includes(o.kind)) continue;
      this.rows.delete(id);
      counts.set(o.agentId, (counts.get(o.agentId) ?? 0) + 1);
    }
    return counts;
  }
  commit(): void {
    this.rows.commit();
  }
}

/** Tokens by their hash. */
export class MemoryTokens {
  /** Whose tokens were taken away in this transaction. */
  readonly revoked = new Set<string>();
  private readonly rows: Layer<StoredToken>;
  constructor(committed: Map<string, StoredToken>) {
    this.rows = new Layer(committed);
  }
  put(t: StoredToken): void {
    this.rows.set(t.hash, t);
  }
  async revokeOf(subjectIds: readonly string[]): Promise<void> {
    for (const [hash, t] of this.rows.entries()) {
      if (!subjectIds.includes(t.subjectId)) continue;
      this.rows.delete(hash);
      this.revoked.add(t.subjectId);
    }
  }
  commit(): void {
    this.rows.commit();
  }
}

/** Answers to claims, by scope and request id. */
export class MemoryRequests {
  private readonly answers = new Map<string, string[]>();
  constructor(private readonly committed: Map<string, string[]>) {}

  async get(scope: string, requestId: string): Promise<string[] | undefined> {
    const key = pairKey(scope, requestId);
    return this.answers.get(key) ?? this.committed.get(key);
  }
  async readAhead(): Promise<void> {}
  put(scope: string, requestId: string, ids: string[]): void {
    this.answers.set(pairKey(scope, requestId), ids);
  }
  commit(): void {
    // the first answer to a request stays: it is what the caller was told
    for (const [key, ids] of this.answers) if (!this.committed.has(key)) this.committed.set(key, ids);
  }
}
