import type pg from 'pg';
import { arrayText } from './array-text.ts';

/** Fields as the database sends them: whoever knows the column reads them, without a second pass over each row. */
export type RawRow = readonly (string | null)[];
const asIs = (v: unknown) => v;
const asSent = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

/**
 * A connection that prepares each statement once, and sends each at once: those that need no answer of another travel
 * together.
 */
export class Connection {
  private readonly names = new Map<string, string>();
  constructor(readonly client: pg.PoolClient) {}
  query<R extends Record<string, unknown>>(sql: string, params: unknown[] = []): Promise<R[]> {
    return this.send(this.client.query<R>(this.statement(sql, params)));
  }
  /** Rows without names and types, in the order of the selection. */
  raw(sql: string, params: unknown[] = []): Promise<RawRow[]> {
    return this.send(this.client.query<(string | null)[]>({ ...this.statement(sql, params), rowMode: 'array', types: asSent }));
  }
  /** What `ask` sends travels in one piece: a write of its own for each statement takes longer than most statements. */
  together<T>(ask: () => T): T {
    const { stream } = (this.client as unknown as pg.Client).connection;
    stream.cork();
    try {
      return ask();
    } finally {
      stream.uncork();
    }
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
    const rows = answer.then((r) => r.rows);
    // whoever waits for a statement before it hears of its failure first; a transaction with a failed one does not commit
    rows.catch(() => undefined);
    return rows;
  }
}
