import { InvariantError } from '../kernel/invariant.ts';
import type { Table } from '../supervisor/ports.ts';

/** Rows of one kind that are committed. Rows are never changed in place, so a transaction may hand them out as they are. */
export type Rows<T> = Map<string, T>;

/**
 * Rows of one kind within one transaction: writes stand in a layer above the committed rows, and become part of them
 * at the commit alone.
 */
export class MemoryTable<T extends { id: string }> implements Table<T> {
  /** Everything put in this transaction, the latest of each. */
  readonly touched = new Map<string, T>();

  constructor(
    private readonly name: string,
    private readonly committed: Rows<T>,
    /** A key that no two rows may share, as a unique index has it; null for rows without one. */
    private readonly uniqueKeyOf: (row: T) => string | null = () => null,
  ) {}

  now(id: string): T | undefined {
    return this.touched.get(id) ?? this.committed.get(id);
  }
  async get(id: string): Promise<T | undefined> {
    return this.now(id);
  }
  async many(ids: readonly string[]): Promise<T[]> {
    return [...new Set(ids)].map((id) => this.now(id)).filter((r) => r !== undefined);
  }
  put(row: T): void {
    const key = this.uniqueKeyOf(row);
    // a row that keeps its key cannot come to share it: only a new key is looked for among all rows
    const before = key === null ? undefined : this.now(row.id);
    const isNew = key !== null && (!before || this.uniqueKeyOf(before) !== key);
    const other = isNew ? this.byUniqueKey(key) : undefined;
    if (other && other.id !== row.id) throw new InvariantError(`${this.name}: ${row.id} and ${other.id} share the key ${key}`);
    this.touched.set(row.id, Object.freeze(row));
  }
  byUniqueKey(key: string): T | undefined {
    for (const row of this.rows()) if (this.uniqueKeyOf(row) === key) return row;
    return undefined;
  }
  /** As this transaction sees them, in no order. */
  *rows(): Generator<T> {
    for (const [id, row] of this.committed) if (!this.touched.has(id)) yield row;
    yield* this.touched.values();
  }
  select(matches: (row: T) => boolean, order: (a: T, b: T) => number): T[] {
    const found: T[] = [];
    for (const [id, row] of this.committed) if (!this.touched.has(id) && matches(row)) found.push(row);
    for (const row of this.touched.values()) if (matches(row)) found.push(row);
    return found.length > 1 ? found.sort(order) : found;
  }
  commit(): void {
    for (const [id, row] of this.touched) this.committed.set(id, row);
  }
}

export const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
