import type { Tx } from '@reeve/core';
import type { Connection } from './connection.ts';

const keyOf = (scope: string, requestId: string) => `${scope}\u0000${requestId}`;

/** Answers by request id, each read once and the new ones written in one statement. */
export class PgRequests {
  private readonly known = new Map<string, string[] | undefined>();
  private readonly fresh: { scope: string; requestId: string; ids: string[] }[] = [];
  constructor(
    private readonly db: Connection,
    private readonly projectId: string,
  ) {}

  get: Tx['requests']['get'] = async (scope, requestId) => {
    if (!this.known.has(keyOf(scope, requestId))) await this.readAhead([{ scope, requestId }]);
    return this.known.get(keyOf(scope, requestId));
  };
  readAhead: Tx['requests']['readAhead'] = async (keys) => {
    const missing = keys.filter((k) => !this.known.has(keyOf(k.scope, k.requestId)));
    if (missing.length === 0) return;
    for (const k of missing) this.known.set(keyOf(k.scope, k.requestId), undefined);
    const rows = await this.db.query<{ scope: string; request_id: string; ids: string[] }>(
      `select r.scope, r.request_id, r.ids from unnest($2::text[], $3::text[]) as x(scope, request_id)
       join request r on r.project_id = $1 and r.scope = x.scope and r.request_id = x.request_id`,
      [this.projectId, missing.map((k) => k.scope), missing.map((k) => k.requestId)],
    );
    for (const r of rows) this.known.set(keyOf(r.scope, r.request_id), r.ids);
  };
  /** The first answer stands. */
  put: Tx['requests']['put'] = (scope, requestId, ids) => {
    if (this.known.get(keyOf(scope, requestId))) return;
    this.known.set(keyOf(scope, requestId), ids);
    this.fresh.push({ scope, requestId, ids });
  };
  /** Sends the new answers. */
  write(): Promise<unknown>[] {
    if (this.fresh.length === 0) return [];
    const sent = this.db.query(
      `insert into request (project_id, scope, request_id, ids)
       select $1, x.scope, x.request_id, array(select jsonb_array_elements_text(x.ids::jsonb))
       from unnest($2::text[], $3::text[], $4::text[]) as x(scope, request_id, ids) on conflict do nothing`,
      [this.projectId, this.fresh.map((r) => r.scope), this.fresh.map((r) => r.requestId), this.fresh.map((r) => JSON.stringify(r.ids))],
    );
    return [sent];
  }
}
