import type { Meeting, Whose } from '@reeve/core';
import { isoText } from './columns.ts';
import { PgTable } from './pg-table.ts';

/** Locks, barriers and waits for an end, of one transaction. Names are unique in a project, and each is asked for once. */
export class PgMeetings<T extends { id: string; name: string }> extends PgTable<T> implements Meeting<T> {
  private readonly idOf = new Map<string, string | undefined>();

  async byNames(names: readonly string[]): Promise<T[]> {
    const unknown = [...new Set(names)].filter((n) => !this.idOf.has(n));
    if (unknown.length) {
      for (const name of unknown) this.idOf.set(name, undefined);
      for (const row of await this.select('where t.project_id = $1 and t.name = any($2::text[])', [this.projectId, unknown]))
        this.idOf.set(row.name, row.id);
    }
    return this.many([...new Set(names)].flatMap((n) => this.idOf.get(n) ?? []));
  }
  override put(row: T): void {
    this.idOf.set(row.name, row.id);
    super.put(row);
  }
  /** Set by the transaction: writes the agents that stand already. */
  before: () => Promise<void> = async () => {};
  async involving(whose: Whose): Promise<T[]> {
    if (!('under' in whose))
      return this.select('where t.project_id = $1 and t.agent_ids && $2::text[] order by t.id', [this.projectId, whose]);
    if (whose.under === null) return this.select("where t.project_id = $1 and t.agent_ids <> '{}' order by t.id", [this.projectId]);
    await this.before();
    return this.select(
      `where t.project_id = $1 and exists (select 1 from agent a where a.id = any(t.agent_ids) and $2 = any(a.path)) order by t.id`,
      [this.projectId, whose.under],
    );
  }
  due(nowMs: number): Promise<T[]> {
    return this.select('where t.project_id = $1 and t.due_at <= $2 order by t.id', [this.projectId, isoText(nowMs)]);
  }
  contended(): Promise<T[]> {
    return this.select('where t.project_id = $1 and t.waiting > 0 order by t.id', [this.projectId]);
  }
}
