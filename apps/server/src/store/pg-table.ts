import type { Table } from '@reeve/core';
import type { PoolClient } from 'pg';
import { type Column, type Columns, storable } from './columns.ts';
import type { Kept } from './project-cache.ts';

/** A connection that prepares each statement once. */
export class Connection {
  private readonly names = new Map<string, string>();
  constructor(readonly client: PoolClient) {}
  async query<R extends Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    let name = this.names.get(sql);
    if (!name) {
      name = `s${this.names.size}`;
      // statements whose columns vary are many; the common ones come first
      if (this.names.size < 500) this.names.set(sql, name);
      else name = undefined;
    }
    const r = await this.client.query<R>(name ? { name, text: sql, values: params } : { text: sql, values: params });
    return r.rows;
  }
}

/**
 * Rows of one table within one transaction: each is read once, kept, and written at `flush` in one statement for all
 * new ones and one for all changed ones, naming only the columns that changed.
 */
export class PgTable<T extends { id: string }> implements Table<T> {
  private readonly loaded = new Map<string, T | undefined>();
  private readonly stored = new Map<string, T>();
  private readonly dirty = new Set<string>();
  /** Everything put in this transaction. */
  readonly touched = new Map<string, T>();
  private readonly props: (keyof T & string)[];

  constructor(
    protected readonly db: Connection,
    protected readonly projectId: string,
    private readonly name: string,
    private readonly columns: Columns<T>,
    /** What earlier transactions left, as good as read under the lock. */
    private readonly kept?: Kept<T>,
  ) {
    this.props = Object.keys(columns) as (keyof T & string)[];
  }

  private key(): string {
    return this.columns.id.name;
  }
  get selection(): string {
    return this.props
      .map((p) => this.columns[p])
      .map(({ name, selection }) => (selection ? `${selection(`t."${name}"`)} as "${name}"` : `t."${name}"`))
      .join(', ');
  }

  async get(id: string): Promise<T | undefined> {
    if (!this.loaded.has(id)) await this.many([id]);
    return this.loaded.get(id);
  }
  async many(ids: readonly string[]): Promise<T[]> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.loaded.has(id) && !this.adoptKept(id));
    if (missing.length) {
      for (const id of missing) this.loaded.set(id, undefined);
      const sql = `select ${this.selection} from "${this.name}" t where t."${this.key()}" = any($1::text[]) and t.project_id = $2`;
      this.adopt(await this.db.query(sql, [missing, this.projectId]));
    }
    return wanted.map((id) => this.loaded.get(id)).filter((r) => r !== undefined);
  }
  private adoptKept(id: string): boolean {
    const row = this.kept?.get(id);
    if (row === undefined) return false;
    this.loaded.set(id, row ?? undefined);
    if (row) this.stored.set(id, row);
    return true;
  }
  /** After the commit: what was read and written here stands so until somebody else writes. */
  remember(): void {
    const { kept } = this;
    if (!kept) return;
    for (const [id, row] of this.loaded) if ((row || kept.keepsNone) && kept.get(id) !== (row ?? null)) kept.set(id, row ?? null);
  }
  /** As the database has it, as far as it was read or written here. */
  protected storedOf(id: string): T | undefined {
    return this.stored.get(id);
  }
  put(row: T): void {
    this.loaded.set(row.id, row);
    this.touched.set(row.id, row);
    this.dirty.add(row.id);
  }

  /** Rows of a query that selects `selection`; what is at hand already wins. Writes what is pending first. */
  protected async select(where: string, params: unknown[]): Promise<T[]> {
    await this.flush();
    return this.adopt(await this.db.query(`select ${this.selection} from "${this.name}" t ${where}`, params));
  }
  /** The one row that fits by something that never changes: what is not written yet is looked through, not written first. */
  protected async one(fits: (row: T) => boolean, where: string, params: unknown[]): Promise<T | undefined> {
    for (const id of this.dirty) {
      const row = this.loaded.get(id);
      if (row && fits(row)) return row;
    }
    return this.adopt(await this.db.query(`select ${this.selection} from "${this.name}" t ${where}`, params))[0];
  }
  private adopt(rows: Record<string, unknown>[]): T[] {
    return rows.map((raw) => {
      const id = raw[this.key()] as string;
      const known = this.loaded.get(id);
      if (known) return known;
      const row = {} as T;
      for (const p of this.props) row[p] = this.columns[p].decode(raw[this.columns[p].name] as never) as T[typeof p];
      this.loaded.set(id, row);
      this.stored.set(id, row);
      return row;
    });
  }

  async flush(): Promise<void> {
    if (this.dirty.size === 0) return;
    const rows = [...this.dirty].sort().map((id) => this.loaded.get(id) as T);
    this.dirty.clear();
    const fresh = rows.filter((r) => !this.stored.has(r.id));
    const old = rows.filter((r) => this.stored.has(r.id));
    if (fresh.length) await this.insert(fresh);
    if (old.length) await this.update(old);
    for (const r of rows) this.stored.set(r.id, r);
  }
  private values(rows: readonly T[], props: readonly (keyof T & string)[]): unknown[] {
    return props.map((p) => rows.map((r) => storable(this.columns[p].encode(r[p] as never))));
  }
  private unnest(props: readonly (keyof T & string)[]): string {
    const types = props.map((p, i) => `$${i + 1}::${this.columns[p].sqlType}[]`).join(', ');
    return `unnest(${types}) as x(${props.map((p) => `"${this.columns[p].name}"`).join(', ')})`;
  }
  private expr(p: keyof T & string): string {
    const c: Column = this.columns[p];
    return c.expression(`x."${c.name}"`);
  }
  private async insert(rows: readonly T[]): Promise<void> {
    const names = this.props.map((p) => `"${this.columns[p].name}"`).join(', ');
    const sql = `insert into "${this.name}" (${names}) select ${this.props.map((p) => this.expr(p)).join(', ')} from ${this.unnest(this.props)}`;
    await this.db.query(sql, this.values(rows, this.props));
  }
  private async update(rows: readonly T[]): Promise<void> {
    const changed = this.props.filter((p) => p !== 'id' && rows.some((r) => r[p] !== this.stored.get(r.id)?.[p]));
    if (changed.length === 0) return;
    const props: (keyof T & string)[] = ['id', ...changed];
    const set = changed.map((p) => `"${this.columns[p].name}" = ${this.expr(p)}`).join(', ');
    const sql = `update "${this.name}" t set ${set} from ${this.unnest(props)} where t."${this.key()}" = x."${this.key()}"`;
    await this.db.query(sql, this.values(rows, props));
  }
}
