import type { Rollup } from '@reeve/core';
import type pg from 'pg';
import { arrayText } from './array-text.ts';
import { entrySums, sumColumns, unpricedOf } from './pg-sums.ts';

const mostEntries = 20_000;
const columns = sumColumns.map(([, c]) => c);
const upsert = (set: (column: string) => string): string =>
  `on conflict (agent_id) do update set ${columns.map((c) => `${c} = ${set(c)}`).join(', ')}`;

/** What this server has appended and not folded: how many entries, the last of them, and the sums that they lead to. */
type Pending = { entries: number; lastId: bigint; sums: Map<string, Rollup> };

/**
 * Folds what is new in the ledger into `cost_rollup`, the one writer of that table. The place up to which it has come moves in the
 * same transaction, so a crash folds nothing twice; ids of a project grow in the order of its commits, since each transaction
 * that appends holds its lock. It takes no part in that lock: nothing waits for it but those who ask for sums. Answers whether
 * more waits.
 */
async function foldOnce(pool: pg.Pool, projectId: string, pending: Pending | undefined): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level read committed');
    const lastId = await placeOf(client, projectId);
    const { rows } = await client.query<{ ours: number; all: number; next: string | null }>(
      `select count(*) filter (where id <= $3)::int as ours, count(*)::int as all, max(id) as next from (
         select id from cost_entry where project_id = $1 and id > $2 order by id limit ${mostEntries}) x`,
      [projectId, lastId, pending?.lastId ?? 0],
    );
    const [{ ours, all, next } = { ours: 0, all: 0, next: null }] = rows;
    // exactly what this server has appended, and so what it has added up already
    const known = pending && ours === pending.entries && pending.lastId > BigInt(lastId);
    if (known) await writeSums(client, projectId, pending.sums);
    else if (next) await addEntries(client, projectId, lastId, next);
    const upTo = known ? String(pending.lastId) : next;
    if (upTo) await client.query('update cost_rollup_place set last_id = $2 where project_id = $1', [projectId, upTo]);
    await client.query('commit');
    client.release();
    return all === mostEntries || (known === true && all > ours);
  } catch (e) {
    client.release(e as Error);
    throw e;
  }
}
/** Locked until the end of the transaction: folds of one project, by whatever server, are one after the other. */
async function placeOf(client: pg.PoolClient, projectId: string): Promise<string> {
  const read = 'select last_id from cost_rollup_place where project_id = $1 for update';
  const { rows } = await client.query<{ last_id: string }>({ name: 'place', text: read, values: [projectId] });
  if (rows[0]) return rows[0].last_id;
  await client.query('insert into cost_rollup_place (project_id, last_id) values ($1, 0) on conflict do nothing', [projectId]);
  return placeOf(client, projectId);
}
async function writeSums(client: pg.PoolClient, projectId: string, sums: ReadonlyMap<string, Rollup>): Promise<void> {
  const rows = [...sums.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const arrays = columns.map((_, i) => `$${i + 3}::int8[]`).join(', ');
  await client.query({
    name: 'write-sums',
    text: `insert into cost_rollup (project_id, agent_id, ${columns.join(', ')})
      select $1, x.* from unnest($2::text[], ${arrays}) as x(agent_id, ${columns.join(', ')}) ${upsert((c) => `excluded.${c}`)}`,
    values: [projectId, arrayText(rows, (r) => r.id), ...sumColumns.map(([p]) => arrayText(rows, (r) => r[p]))],
  });
}
async function addEntries(client: pg.PoolClient, projectId: string, lastId: string, upTo: string): Promise<void> {
  // first what each agent spent on one path, then that at each node: far fewer rows where agents call often
  await client.query(
    `with e as materialized (
       select agent_id, path, sum(cost_nano_usd) as cost_nano_usd, sum(input_tokens) as input_tokens, sum(output_tokens) as output_tokens,
         count(*) as entries, sum(${unpricedOf('cost_entry')}) as unpriced
       from cost_entry where project_id = $1 and id > $2 and id <= $3 group by agent_id, path),
     x as (select p.id, ${entrySums('p.id', 'e', 'e.entries', 'e.unpriced')} from e cross join lateral unnest(e.path) p(id))
     insert into cost_rollup (project_id, agent_id, ${columns.join(', ')})
     select $1, x.id, ${columns.map((c) => `sum(x.${c})::int8`).join(', ')} from x group by x.id order by x.id
     ${upsert((c) => `cost_rollup.${c} + excluded.${c}`)}`,
    [projectId, lastId, upTo],
  );
}

type Running = { done: Promise<void>; next: Promise<void> | undefined };

/** The folds of all projects: one at a time each, and those who ask while one runs share the next. */
export class LedgerFold {
  private readonly running = new Map<string, Running>();
  private readonly pending = new Map<string, Pending>();
  /** Projects whose last fold failed: what it took along is found in the ledger by the next. */
  private readonly failed = new Set<string>();
  constructor(private readonly pool: pg.Pool) {}

  /** After a commit that appended: how many entries, the last of them, and what their sums are now. */
  appended(projectId: string, { fresh, lastId }: { fresh: number; lastId: string | null }, sums: readonly Rollup[]): void {
    let p = this.pending.get(projectId);
    if (!p) {
      p = { entries: 0, lastId: 0n, sums: new Map() };
      this.pending.set(projectId, p);
    }
    p.entries += fresh;
    p.lastId = BigInt(lastId ?? p.lastId);
    for (const r of sums) p.sums.set(r.id, r);
  }
  /** Resolves when everything that this server has committed in the project, or in all, is in the sums. It waits for no transaction. */
  async settle(projectId?: string): Promise<void> {
    const behind = [this.pending, this.failed, this.running].flatMap((of) => [...of.keys()]);
    const projects = new Set(projectId === undefined ? behind : behind.filter((p) => p === projectId));
    if (projects.size) await Promise.all([...projects].map((p) => this.fold(p)));
  }
  /** The same of one project, and of what other servers appended. */
  fold(projectId: string): Promise<void> {
    const now = this.running.get(projectId);
    if (now) {
      now.next ??= now.done.catch(() => undefined).then(() => this.fold(projectId));
      return now.next;
    }
    const done = this.all(projectId).finally(() => this.running.delete(projectId));
    this.running.set(projectId, { done, next: undefined });
    return done;
  }
  private async all(projectId: string): Promise<void> {
    let pending = this.pending.get(projectId);
    this.pending.delete(projectId);
    try {
      while (await foldOnce(this.pool, projectId, pending)) pending = undefined;
      this.failed.delete(projectId);
    } catch (e) {
      this.failed.add(projectId);
      throw e;
    }
  }
}
