import type pg from 'pg';
import { arrayText } from './array-text.ts';

/** Fields as the database sends them: whoever knows the column reads them, without a second pass over each row. */
export type RawRow = readonly (string | null)[];
const asIs = (v: unknown) => v;
const asSent = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/** Why the first statement of a transaction that failed did; those behind it fail for that alone, and may be heard of before it. */
export type FirstFailure = { error: unknown };

/**
 * A connection that prepares each statement once, and sends each at once: those that need no answer of another travel
 * together.
 */
export class Connection {
  private failure: FirstFailure = { error: undefined };
  private readonly names = new Map<string, string>();
  /** Something waits for what is sent next. */
  private isHeld = false;
  constructor(readonly client: pg.PoolClient) {}
  /** What is sent from here on belongs to another transaction: where its first failure will stand. */
  begin(): FirstFailure {
    this.failure = { error: undefined };
    return this.failure;
  }
  query<R extends Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    return this.together(() => this.send(this.client.query<R>(this.statement(sql, params))));
  }
  /** Rows without names and types, in the order of the selection. */
  raw(sql: string, params: unknown[] = []): Promise<RawRow[]> {
    const statement = { ...this.statement(sql, params), rowMode: 'array' as const, types: asSent };
    return this.together(() => this.send(this.client.query<(string | null)[]>(statement)));
  }
  /** What `ask` sends travels in one piece: a write of its own for each statement takes longer than most statements. */
  together<T>(ask: () => T): T {
    const { stream } = (this.client as unknown as pg.Client).connection;
    stream.cork();
    try {
      return ask();
    } finally {
      stream.uncork();
      if (this.isHeld) {
        this.isHeld = false;
        stream.uncork();
      }
    }
  }
  /** Sends what is held. */
  flush(): void {
    this.together(() => undefined);
  }
  /** What `ask` sends waits for whatever is sent next, and travels with it. */
  held<T>(ask: () => T): T {
    const wasHeld = this.isHeld;
    this.isHeld = false;
    if (!wasHeld) (this.client as unknown as pg.Client).connection.stream.cork();
    const asked = ask();
    this.isHeld = true;
    return asked;
  }

  private statement(text: string, params: readonly unknown[]): { name?: string; text: string; values: unknown[] } {
    const values = params.map((p) => (Array.isArray(p) ? arrayText(p, asIs) : p));
    let name = this.names.get(text);
    if (!name) {
      // statements whose columns vary are many; the common ones come first
      if (this.names.size >= 500) return { text, values };
      name = `s${this.names.size}`;
      this.names.set(text, name);
    }
    return { name, text, values };
  }
  private send<R>(answer: Promise<{ rows: R[] }>): Promise<R[]> {
    const { failure } = this;
    // answers come in order, so this hears of the first one first; a transaction with a failed one does not commit
    answer.catch((e) => (failure.error ??= e));
    const rows = answer.then((r) => r.rows);
    rows.catch(() => undefined);
    return rows;
  }
}
