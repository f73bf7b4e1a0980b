import type { SeveralIds, Table } from '@reeve/core';
import { storableText } from './array-text.ts';
import type { Column, Columns } from './columns.ts';
import type { Connection, RawRow } from './connection.ts';
import type { Kept } from './project-cache.ts';

/** What is made of the columns of a record once, and not in each transaction. */
function onceFor<R>(make: (columns: Record<string, Column>) => R): (columns: object) => R {
  const made = new WeakMap<object, R>();
  return (columns) => {
    const known = made.get(columns) ?? make(columns as Record<string, Column>);
    made.set(columns, known);
    return known;
  };
}
const propsOf = onceFor((columns) => Object.keys(columns)) as <T>(columns: Columns<T>) => (keyof T & string)[];
const selectionOf = onceFor((columns) =>
  Object.values(columns)
    .map(({ name, selection }) => (selection ? `${selection(`t."${name}"`)} as "${name}"` : `t."${name}"`))
    .join(', '),
);
/**
 * A row without values. Copies of it have a shape that the engine knows; one that is put together property by property, by names out of a
 * list, is a hash table to it from the thirteenth on, and slow for all who read it.
 */
const blankOf = onceFor((columns) => Object.fromEntries(Object.keys(columns).map((p) => [p, null]))) as <T>(columns: Columns<T>) => T;

type Statement = { sql: string; values: unknown[] };

/**
 * Rows of one table within one transaction: each is read once, kept, and written at `flush` in one statement for all
 * new ones and one for all changed ones, naming only the columns that changed.
 */
export class PgTable<T extends { id: string }> implements Table<T> {
  /** What was read or put here, or is known from elsewhere; null: there is none. What is kept is looked up where it is kept. */
  private readonly loaded = new Map<string, T | null>();
  /** As the database has it, where that is not what is kept. */
  private readonly stored = new Map<string, T>();
  private readonly dirty = new Set<string>();
  /** Everything put in this transaction. */
  readonly touched = new Map<string, T>();
  private readonly props: (keyof T & string)[];
  /** Set when the lock is held, or taken for held. */
  private trusted: ReadonlyMap<string, T | null> | undefined;

  constructor(
    protected readonly db: Connection,
    protected readonly projectId: string,
    private readonly name: string,
    private readonly columns: Columns<T>,
    /** What earlier transactions left: as good as read under the lock, once that says so. */
    private readonly kept?: Kept<T>,
  ) {
    this.props = propsOf(columns);
  }

  private key(): string {
    return this.columns.id.name;
  }
  get selection(): string {
    return selectionOf(this.columns);
  }

  async get(id: string): Promise<T | undefined> {
    let row = this.atHand(id);
    if (row === undefined) {
      await this.read([id]);
      row = this.loaded.get(id);
    }
    return row ?? undefined;
  }
  async many(ids: SeveralIds): Promise<T[]> {
    const wanted: ReadonlySet<string> = ids instanceof Set ? ids : new Set(ids);
    const rows: T[] = [];
    const missing: string[] = [];
    for (const id of wanted) {
      const row = this.atHand(id);
      if (row) rows.push(row);
      else if (row === undefined) missing.push(id);
    }
    if (missing.length === 0) return rows;
    await this.read(missing);
    return this.many(wanted);
  }
  private async read(ids: readonly string[]): Promise<void> {
    const sql = `select ${this.selection} from "${this.name}" t where t."${this.key()}" = any($1::text[]) and t.project_id = $2`;
    const rows = await this.db.raw(sql, [ids, this.projectId]);
    for (const id of ids) this.loaded.set(id, null);
    this.adopt(rows);
  }
  /** Sends for those that are neither at hand nor kept, without waiting for whoever asks next. */
  readAhead(ids: readonly string[]): Promise<void> | undefined {
    const missing = ids.filter((id) => !this.loaded.has(id) && this.kept?.get(id) === undefined);
    return missing.length ? this.read(missing) : undefined;
  }
  /** The lock is held, and its row has told whether what is kept still stands. */
  trust(): void {
    this.trusted = this.kept?.rows;
  }
  /** After the commit: what was read and written here stands so until somebody else writes. */
  remember(): void {
    const { kept } = this;
    if (!kept) return;
    for (const [id, row] of this.loaded) if (row || kept.keepsNone) kept.set(id, row);
  }
  /** A row that stands in the database so, as is known from elsewhere: as it is for this transaction. */
  protected at(row: T): T {
    const known = this.atHand(row.id);
    if (known !== undefined) return known ?? row;
    this.loaded.set(row.id, row);
    this.stored.set(row.id, row);
    return row;
  }
  /** That there are none with these ids is known from elsewhere. */
  none(ids: readonly string[]): void {
    for (const id of ids) if (!this.loaded.has(id)) this.loaded.set(id, null);
  }
  /** As the database has it, as far as it was read or written here. */
  protected storedOf(id: string): T | undefined {
    return this.stored.get(id) ?? this.trusted?.get(id) ?? undefined;
  }
  /** As this transaction has it; null: there is none, undefined: it has to be read. */
  protected atHand(id: string): T | null | undefined {
    const row = this.loaded.get(id);
    return row === undefined ? this.trusted?.get(id) : row;
  }
  put(row: T): void {
    this.loaded.set(row.id, row);
    this.touched.set(row.id, row);
    this.dirty.add(row.id);
  }

  /** Rows of a query that selects `selection`; what is at hand already wins. Writes what is pending first. */
  protected async select(where: string, params: unknown[]): Promise<T[]> {
    if (this.dirty.size) await this.flush();
    return this.adopt(await this.db.raw(`select ${this.selection} from "${this.name}" t ${where}`, params));
  }
  /** The one row that fits by something that never changes: what is not written yet is looked through, not written first. */
  protected async one(fits: (row: T) => boolean, where: string, params: unknown[]): Promise<T | undefined> {
    for (const id of this.dirty) {
      const row = this.loaded.get(id);
      if (row && fits(row)) return row;
    }
    return this.adopt(await this.db.raw(`select ${this.selection} from "${this.name}" t ${where}`, params))[0];
  }
  protected adopt(rows: readonly RawRow[]): T[] {
    const { props } = this;
    const columns = props.map((p) => this.columns[p]);
    const idAt = props.indexOf('id');
    const blank = blankOf(this.columns);
    return rows.map((raw) => {
      const id = raw[idAt] as string;
      const known = this.atHand(id);
      if (known) return known;
      const row = { ...blank };
      for (let i = 0; i < props.length; i++) {
        const text = raw[i] as string | null;
        const column = columns[i] as Column;
        row[props[i] as keyof T] = (text === null ? column.none : column.decode(text)) as T[keyof T];
      }
      this.loaded.set(id, row);
      this.stored.set(id, row);
      return row;
    });
  }

  async flush(): Promise<void> {
    await Promise.all(this.write());
  }
  /** Sends what is pending: it stands in the database for every statement that is sent after it. */
  write(): Promise<unknown>[] {
    if (this.dirty.size === 0) return [];
    const fresh: T[] = [];
    const old: { now: T; before: T }[] = [];
    for (const id of [...this.dirty].sort()) {
      const now = this.loaded.get(id) as T;
      const before = this.storedOf(id);
      if (before) old.push({ now, before });
      else fresh.push(now);
      this.stored.set(id, now);
    }
    this.dirty.clear();
    const statements = [fresh.length ? this.insertion(fresh) : undefined, old.length ? this.change(old) : undefined];
    return statements.flatMap((s) => (s ? this.db.query(s.sql, s.values) : []));
  }
  private values(rows: readonly T[], props: readonly (keyof T & string)[]): string[] {
    return props.map((p) => {
      const { encode } = this.columns[p];
      return storableText(rows, (r) => encode(r[p] as never));
    });
  }
  private unnest(props: readonly (keyof T & string)[]): string {
    const types = props.map((p, i) => `$${i + 1}::${this.columns[p].sqlType}[]`).join(', ');
    return `unnest(${types}) as x(${props.map((p) => `"${this.columns[p].name}"`).join(', ')})`;
  }
  private expr(p: keyof T & string): string {
    const c: Column = this.columns[p];
    return c.expression(`x."${c.name}"`);
  }
  private insertion(rows: readonly T[]): Statement {
    const names = this.props.map((p) => `"${this.columns[p].name}"`).join(', ');
    const sql = `insert into "${this.name}" (${names}) select ${this.props.map((p) => this.expr(p)).join(', ')} from ${this.unnest(this.props)}`;
    return { sql, values: this.values(rows, this.props) };
  }
  private change(rows: readonly { now: T; before: T }[]): Statement | undefined {
    const changed = this.props.filter((p) => p !== 'id' && rows.some(({ now, before }) => now[p] !== before[p]));
    if (changed.length === 0) return undefined;
    const props: (keyof T & string)[] = ['id', ...changed];
    const set = changed.map((p) => `"${this.columns[p].name}" = ${this.expr(p)}`).join(', ');
    const sql = `update "${this.name}" t set ${set} from ${this.unnest(props)} where t."${this.key()}" = x."${this.key()}"`;
    const now = rows.map((r) => r.now);
    return { sql, values: this.values(now, props) };
  }
}
