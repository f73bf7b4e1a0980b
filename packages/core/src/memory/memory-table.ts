import { InvariantError } from '../kernel/invariant.ts';
import type { SeveralIds, Table } from '../supervisor/ports.ts';

/** Rows of one kind that are committed. Rows are never changed in place, so a transaction may hand them out as they are. */
export type Rows<T> = Map<string, T>;

/**
 * Rows of one kind within one transaction: writes stand in a layer above the committed rows, and become part of them
 * at the commit alone.
 */
export class MemoryTable<T extends { id: string }> implements Table<T> {
  /** Everything put in this transaction, the latest of each. */
  readonly touched = new Map<string, T>();
  /** Read in this transaction: a store that writes at the end knows by this what is new and what is changed. */
  private readonly read = new Set<string>();

  constructor(
    private readonly name: string,
    private readonly committed: Rows<T>,
    /** A key that no two rows may share, as a unique index has it; null for rows without one. */
    private readonly uniqueKeyOf: (row: T) => string | null = () => null,
  ) {}

  now(id: string): T | undefined {
    this.read.add(id);
    return this.touched.get(id) ?? this.committed.get(id);
  }
  async get(id: string): Promise<T | undefined> {
    return this.now(id);
  }
  async many(ids: SeveralIds): Promise<T[]> {
    return [...new Set(ids)].map((id) => this.now(id)).filter((r) => r !== undefined);
  }
  put(row: T): void {
    const key = this.uniqueKeyOf(row);
    // a row that keeps its key cannot come to share it: only a new key is looked for among all rows
    const before = key === null ? undefined : (this.touched.get(row.id) ?? this.committed.get(row.id));
    const isNew = key !== null && (!before || this.uniqueKeyOf(before) !== key);
    const other = isNew ? this.withKey(key) : undefined;
    if (other && other.id !== row.id) throw new InvariantError(`${this.name}: ${row.id} and ${other.id} share the key ${key}`);
    // on PostgreSQL this would be an insert of what stands there already
    if (this.committed.has(row.id) && !this.read.has(row.id) && !this.touched.has(row.id))
      throw new InvariantError(`${this.name}: ${row.id} is put without having been read`);
    this.touched.set(row.id, Object.freeze(row));
  }
  byUniqueKey(key: string): T | undefined {
    const row = this.withKey(key);
    if (row) this.read.add(row.id);
    return row;
  }
  private withKey(key: string): T | undefined {
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
    for (const row of found) this.read.add(row.id);
    return found.length > 1 ? found.sort(order) : found;
  }
  commit(): void {
    for (const [id, row] of this.touched) this.committed.set(id, row);
  }
}

export const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
