import { type CostEntry, foldEntries, type Rollup } from '@reeve/core';
import type { Connection } from './connection.ts';
import type { ProjectCache } from './project-cache.ts';

export const sumColumns = [
  ['ownNanoUsd', 'own_nano_usd'],
  ['totalNanoUsd', 'total_nano_usd'],
  ['ownInputTokens', 'own_input_tokens'],
  ['ownOutputTokens', 'own_output_tokens'],
  ['totalInputTokens', 'total_input_tokens'],
  ['totalOutputTokens', 'total_output_tokens'],
  ['ownEntries', 'own_entries'],
  ['totalEntries', 'total_entries'],
  ['ownUnpriced', 'own_unpriced'],
  ['totalUnpriced', 'total_unpriced'],
] as const;
const columns = sumColumns.map(([, c]) => c);

/** How an entry counts among those without a price: as core's `unpricedOf` says. */
export const unpricedOf = (e: string): string => `(case when ${e}.cost_nano_usd is null then 1 else 0 end + ${e}.unpriced_delta)`;

/**
 * Rows of the ledger beside one node of their path (`node`), in the columns of a rollup; money that is not known is none. A row
 * is one entry, or `entries` of one agent with one path, `unpriced` of them without a price.
 */
export function entrySums(node: string, e: string, entries = '1', unpriced = unpricedOf(e)): string {
  const own = (what: string) => `case when ${node} = ${e}.agent_id then ${what} else 0 end`;
  const nano = `coalesce(${e}.cost_nano_usd, 0)`;
  const [input, output] = [`${e}.input_tokens`, `${e}.output_tokens`];
  return [own(nano), nano, own(input), own(output), input, output, own(entries), entries, own(unpriced), unpriced]
    .map((v, i) => `${v} as ${columns[i]}`)
    .join(', ');
}

/** The sums of these agents as of now: what is folded, and what stands behind it in the ledger. */
async function readSums(db: Connection, projectId: string, ids: readonly string[]): Promise<Rollup[]> {
  for (;;) {
    const [place] = await db.query<{ last_id: string }>('select last_id from cost_rollup_place where project_id = $1', [projectId]);
    const last = place?.last_id ?? '0';
    const rows = await db.query<Record<string, string>>(
      `select x.agent_id, coalesce((select last_id from cost_rollup_place where project_id = $2), 0)::text as place,
         ${columns.map((c) => `sum(x.${c})::text as ${c}`).join(', ')}
       from (select agent_id, ${columns.join(', ')} from cost_rollup where agent_id = any($1::text[])
         union all
         select p.id, ${entrySums('p.id', 'e')} from cost_entry e cross join lateral unnest(e.path) p(id)
         where e.id > $3 and e.project_id = $2 and p.id = any($1::text[])) x group by x.agent_id`,
      [ids, projectId, last],
    );
    // a fold between the two statements has moved entries from one side to the other
    if (rows.every((r) => r.place === last)) return rows.map((r) => rollupOf(projectId, r));
  }
}
const rollupOf = (projectId: string, r: Record<string, string>): Rollup =>
  ({
    id: r.agent_id,
    projectId,
    ...Object.fromEntries(sumColumns.map(([p, c]) => [p, p.endsWith('NanoUsd') ? BigInt(r[c] as string) : Number(r[c])])),
  }) as unknown as Rollup;

/**
 * The rollups of a transaction. It writes none: they follow from the ledger and are folded behind it (`ledger-fold.ts`). What it
 * answers is exact all the same: each sum is read once with what is not folded yet, and carried along from then on.
 */
export class PgSums {
  private readonly read = new Map<string, Rollup | null>();
  /** What earlier transactions left, once the lock has said that it stands. */
  private kept: ReadonlyMap<string, Rollup | null> | undefined;
  touched = new Map<string, Rollup>();
  constructor(
    private readonly db: Connection,
    private readonly projectId: string,
    private readonly cache: ProjectCache,
    /** Folds what this server has appended: no entry is then looked through for a sum that is not at hand. */
    private readonly settled: () => Promise<void>,
  ) {}

  trust(): void {
    this.kept = this.cache.sums.rows;
  }
  /** Reads what is not at hand of all on the paths of entries; before an append, whose entries would be in the answer already. */
  async loadAbove(entries: readonly CostEntry[]): Promise<void> {
    const missing = new Set<string>();
    let last: readonly string[] | undefined;
    for (const { path } of entries) {
      if (path !== last) for (const id of path) if (!this.isKnown(id)) missing.add(id);
      last = path;
    }
    if (missing.size) await this.readIn([...missing]);
  }
  private async readIn(missing: readonly string[]): Promise<void> {
    await this.settled();
    for (const id of missing) this.read.set(id, null);
    for (const r of await readSums(this.db, this.projectId, missing)) this.read.set(r.id, r);
  }
  async get(id: string): Promise<Rollup | undefined> {
    if (!this.isKnown(id)) await this.readIn([id]);
    return this.atHand(id);
  }
  async many(ids: readonly string[]): Promise<Rollup[]> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.isKnown(id));
    if (missing.length) await this.readIn(missing);
    return wanted.map((id) => this.atHand(id)).filter((r) => r !== undefined);
  }
  async add(entries: readonly CostEntry[]): Promise<void> {
    await this.loadAbove(entries);
    const sums = foldEntries(entries, (id) => this.atHand(id));
    if (this.touched.size === 0) this.touched = sums;
    else for (const sum of sums.values()) this.touched.set(sum.id, sum);
  }
  private isKnown(id: string): boolean {
    return this.atHand(id) !== undefined || this.read.has(id);
  }
  private atHand(id: string): Rollup | undefined {
    return this.touched.get(id) ?? this.read.get(id) ?? this.kept?.get(id) ?? undefined;
  }
  /** For the next transaction: see `PgTx.leave`. */
  remember(): void {
    for (const sums of [this.read, this.touched]) for (const r of sums.values()) if (r) this.cache.sums.set(r.id, r);
  }
}
