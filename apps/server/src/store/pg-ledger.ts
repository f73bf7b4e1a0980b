import { type CostEntry, cleanJson, type Repriceable, type RepriceOf } from '@reeve/core';
import { arrayText, literalOf, literalsText } from './array-text.ts';
import { isoText as iso, jsonText, storable } from './columns.ts';
import type { Connection } from './connection.ts';
import { unpricedOf } from './pg-sums.ts';

const keyOf = (e: { agentId: string; eventId: string }) => `${e.agentId}\u0000${e.eventId}`;
const entryFields = [
  'agent_id',
  'event_id',
  'path',
  'charged_to',
  'session_id',
  'role',
  'model',
  'provider',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'reasoning_tokens',
  'cost_nano_usd',
  'priced_by',
  'price_version',
  'late',
  'reservation_id',
  'refers_to',
  'reason',
  'unpriced_delta',
  'at',
  'recorded_at',
] as const;
const isList = (f: string): boolean => f === 'path' || f === 'charged_to';
const entryTypes =
  'text text text text text text text text int8 int8 int8 int8 int8 int8 text text boolean text text text int2 timestamptz timestamptz'.split(
    ' ',
  );

/** What an entry has in columns of its own, in the order of `entryFields`. */
const values: ((e: CostEntry) => unknown)[] = [
  (e) => e.agentId,
  (e) => e.eventId,
  (e) => literalOf(e.path),
  // most have none: null is the empty list, and costs less
  (e) => (e.chargedTo.length ? literalOf(e.chargedTo) : null),
  (e) => e.sessionId,
  (e) => e.role,
  (e) => e.model,
  (e) => e.provider,
  (e) => e.inputTokens,
  (e) => e.outputTokens,
  (e) => e.cachedInputTokens,
  (e) => e.cacheWriteTokens,
  (e) => e.reasoningTokens,
  (e) => e.costNanoUsd,
  (e) => e.pricedBy,
  (e) => e.priceVersion,
  (e) => e.late,
  (e) => e.reservationId,
  (e) => e.refersTo,
  (e) => e.reason,
  (e) => e.unpricedDelta ?? 0,
  (e) => iso(e.atMs),
  (e) => iso(e.recordedAtMs),
];
/** Fields that nearly every batch has alike: sent once where they are. */
const alike = new Set<string>([
  'provider',
  'charged_to',
  'priced_by',
  'price_version',
  'late',
  'reservation_id',
  'refers_to',
  'reason',
  'unpriced_delta',
  'recorded_at',
]);
const place = (field: string, at: number, isOne: boolean): string => {
  const type = entryTypes[entryFields.indexOf(field as (typeof entryFields)[number])];
  const value = isOne ? `$${at}::${type}` : `x.${field}`;
  return field === 'charged_to' ? `coalesce(${value}::text[], '{}')` : field === 'path' ? `${value}::text[]` : value;
};
const statements = new Map<string, string>();
/**
 * One statement for all entries of a batch: a column that is the same in all of them is one parameter, each other an array. It
 * answers the id of the last; how many were new and, where some were not, which were, unless all have to be (`asNew`): then one
 * that stands there already fails it.
 */
function insertOf(isOne: readonly boolean[], asNew: boolean): string {
  const shape = `${asNew ? 'n' : ''}${isOne.map(Number).join('')}`;
  let sql = statements.get(shape);
  if (!sql) {
    const arrays = entryFields.filter((_, i) => !isOne[i]);
    const types = entryFields.flatMap((_, i) => (isOne[i] ? [] : [`$${i + 2}::${entryTypes[i]}[]`]));
    const insert = `insert into cost_entry (project_id, ${entryFields.join(', ')})
        select $1, ${entryFields.map((f, i) => place(f, i + 2, isOne[i] as boolean)).join(', ')} from unnest(${types.join(', ')}) as x(${arrays.join(', ')})`;
    sql = asNew
      ? `with fresh as (${insert} returning id) select max(id)::text as last from fresh`
      : `with fresh as (${insert} on conflict (agent_id, event_id) do nothing returning id, agent_id, event_id)
      select (select count(*) from fresh)::int as n, (select max(id) from fresh)::text as last,
        (select json_agg(json_build_array(agent_id, event_id)) from fresh where (select count(*) from fresh) < $${entryFields.length + 2}::int) as some`;
    statements.set(shape, sql);
  }
  return sql;
}

/**
 * Entries without the twins among them, and what the insertion of those is called with. Cleaned before anything is compared: a key
 * or a payload that changes on its way in would be a conflict with itself.
 */
function prepared(told: readonly CostEntry[], asNew: boolean) {
  const asTold = laidOut(told, asNew);
  // nearly always all is clean, which whole columns tell at a fraction of what each field of each entry costs
  return asTold.params.every((p) => storable(p) === p) ? asTold : laidOut(told.map(cleaned), asNew);
}
const pathAt = entryFields.indexOf('path');
const cleaned = (e: CostEntry): CostEntry => cleanJson(e) as CostEntry;
function laidOut(entries: readonly CostEntry[], asNew: boolean) {
  const unique = withoutTwins(entries);
  const first = unique[0] as CostEntry;
  const isOne = entryFields.map((f, i) => {
    if (!alike.has(f)) return false;
    const of = values[i] as (typeof values)[number];
    const value = of(first);
    return unique.every((e) => of(e) === value);
  });
  const columns = values.map((of, i) =>
    isOne[i] ? of(first) : i === pathAt ? literalsText(unique, (e) => e.path) : arrayText(unique, of),
  );
  const params = [first.projectId, ...columns];
  return { entries, unique, sql: insertOf(isOne, asNew), params };
}

/** The first of each. Where no two event ids are alike, which is nearly always, nobody's are. */
function withoutTwins(entries: readonly CostEntry[]): readonly CostEntry[] {
  const eventIds = new Set<string>();
  for (const e of entries) eventIds.add(e.eventId);
  if (eventIds.size === entries.length) return entries;
  const firstOf = new Map<string, CostEntry>();
  for (const e of entries) {
    const key = keyOf(e);
    if (!firstOf.has(key)) firstOf.set(key, e);
  }
  return [...firstOf.values()];
}

type Told = ('accepted' | 'duplicate' | 'conflict')[];
/** The first of twins was told by `isFresh`; all others are compared with what stands there. */
function toldOf(
  entries: readonly CostEntry[],
  isFresh: (key: string) => boolean,
  payloads: ReadonlyMap<string, string>,
  payloadOf: (e: CostEntry) => string,
): Told {
  const seen = new Set<string>();
  return entries.map((e) => {
    const key = keyOf(e);
    const isFirst = !seen.has(key);
    seen.add(key);
    if (isFirst && isFresh(key)) return 'accepted';
    return payloads.get(key) === payloadOf(e) ? 'duplicate' : 'conflict';
  });
}

/** What became of each entry, how many were new, and the id of the last of those. */
export type Appended = { told: Told; fresh: number; lastId: string | null };
/**
 * Appends what is new (I-COST-1). What stands there already is compared with what came: the same payload is a
 * duplicate, another one a conflict. Twins within one call are told apart before they reach the database.
 */
export async function appendEntries(db: Connection, told: readonly CostEntry[], payloadOf: (e: CostEntry) => string): Promise<Appended> {
  if (told.length === 0) return { told: [], fresh: 0, lastId: null };
  const { entries, unique, sql, params } = prepared(told, false);
  const [answer] = await db.query<{ n: number; last: string | null; some: [string, string][] | null }>(sql, [...params, unique.length]);
  const appended = { fresh: answer?.n ?? 0, lastId: answer?.last ?? null };
  if (appended.fresh === entries.length) return { told: entries.map(() => 'accepted'), ...appended };
  const all = answer?.n === unique.length;
  const fresh = new Set(all ? unique.map(keyOf) : (answer?.some ?? []).map(([a, e]) => `${a}\u0000${e}`));
  const payloads = new Map(unique.filter((e) => fresh.has(keyOf(e))).map((e) => [keyOf(e), payloadOf(e)]));
  const old = unique.filter((e) => !fresh.has(keyOf(e)));
  if (old.length) {
    const found = await db.query<Record<string, string | null> & { agent_id: string; event_id: string }>(
      `select ${entryFields.filter((f) => !isList(f)).join(', ')} from cost_entry
       where (agent_id, event_id) in (select * from unnest($1::text[], $2::text[]))`,
      [old.map((e) => e.agentId), old.map((e) => e.eventId)],
    );
    for (const r of found) payloads.set(keyOf({ agentId: r.agent_id, eventId: r.event_id }), payloadOf(storedEntry(r)));
  }
  return { told: toldOf(entries, (key) => fresh.has(key), payloads, payloadOf), ...appended };
}
/**
 * The same without waiting for the answer, for a transaction that is done again where it was wrong: all entries are taken for new,
 * and where one is not, the statement fails and with it the transaction.
 */
export function appendAsNew(
  db: Connection,
  told: readonly CostEntry[],
  payloadOf: (e: CostEntry) => string,
): { told: Told; fresh: number; lastId: Promise<string | null> } {
  if (told.length === 0) return { told: [], fresh: 0, lastId: Promise.resolve(null) };
  const { entries, unique, sql, params } = prepared(told, true);
  const lastId = db.query<{ last: string }>(sql, params).then(([row]) => row?.last ?? null);
  lastId.catch(() => undefined);
  const hasTwins = unique.length < entries.length;
  const payloads = new Map(hasTwins ? unique.map((e) => [keyOf(e), payloadOf(e)]) : []);
  return {
    told: hasTwins ? toldOf(entries, () => true, payloads, payloadOf) : entries.map(() => 'accepted'),
    fresh: unique.length,
    lastId,
  };
}
/** One entry whole, for what refers to it. */
export async function findEntry(db: Connection, projectId: string, agentId: string, eventId: string): Promise<CostEntry | undefined> {
  const [r] = await db.query<StoredWhole>(
    `select e.*, ${wholeSelection} from cost_entry e where e.agent_id = $1 and e.event_id = $2 and e.project_id = $3`,
    [agentId, storable(eventId), projectId],
  );
  return r && wholeEntry(projectId, r);
}
type StoredWhole = Record<string, string | null> & {
  path: string[];
  charged: string[];
  late: boolean;
  at_ms: number;
  recorded_ms: number;
  unpriced_delta: -1 | 0 | 1;
};
const wholeSelection = `to_json(e.path) as path, to_json(e.charged_to) as charged, date_part('epoch', e.at) * 1000 as at_ms,
       date_part('epoch', e.recorded_at) * 1000 as recorded_ms`;
const wholeEntry = (projectId: string, r: StoredWhole): CostEntry => ({
  ...storedEntry(r),
  projectId,
  agentId: r.agent_id as string,
  eventId: r.event_id as string,
  path: r.path,
  chargedTo: r.charged,
  sessionId: r.session_id as string,
  role: r.role ?? null,
  priceVersion: r.price_version ?? null,
  late: r.late,
  reservationId: r.reservation_id ?? null,
  atMs: Math.round(r.at_ms),
  recordedAtMs: Math.round(r.recorded_ms),
  ...(r.unpriced_delta && { unpricedDelta: r.unpriced_delta }),
});
/** As much of a stored entry as its payload is made of. */
const storedEntry = (r: Record<string, string | null>): CostEntry =>
  ({
    model: r.model,
    provider: r.provider,
    inputTokens: Number(r.input_tokens),
    outputTokens: Number(r.output_tokens),
    cachedInputTokens: Number(r.cached_input_tokens),
    cacheWriteTokens: Number(r.cache_write_tokens),
    reasoningTokens: Number(r.reasoning_tokens),
    pricedBy: r.priced_by,
    refersTo: r.refers_to,
    reason: r.reason,
    costNanoUsd: r.cost_nano_usd === null || r.cost_nano_usd === undefined ? null : BigInt(r.cost_nano_usd),
  }) as CostEntry;

export async function keepConflicts(db: Connection, entries: readonly CostEntry[]): Promise<void> {
  for (const e of entries)
    await db.query('insert into cost_conflict (project_id, agent_id, event_id, payload, recorded_at) values ($1, $2, $3, $4::jsonb, $5)', [
      e.projectId,
      e.agentId,
      storable(e.eventId),
      jsonText(e),
      iso(e.recordedAtMs),
    ]);
}
/** Of each agent alone, what was recorded at or after a moment, of what came after a stop or an end: those are few, and indexed. */
export async function recordedSince(
  db: Connection,
  projectId: string,
  agentIds: readonly string[],
  sinceMs: number,
): Promise<Map<string, bigint>> {
  const rows = await db.query<{ agent_id: string; nano: string }>(
    `select agent_id, coalesce(sum(cost_nano_usd), 0)::text as nano from cost_entry
     where project_id = $1 and late and agent_id = any($2::text[]) and recorded_at >= $3 group by agent_id`,
    [projectId, agentIds, iso(sinceMs)],
  );
  return new Map(rows.map((r) => [r.agent_id, BigInt(r.nano)]));
}
/** Nano-USD that the subtree of `agentId` spent since then, by the time of the calls. */
export async function spentSince(db: Connection, projectId: string, agentId: string | null, sinceMs: number): Promise<bigint> {
  const [row] = await db.query<{ nano: string }>(
    `select coalesce(sum(cost_nano_usd), 0)::text as nano from cost_entry
     where project_id = $1 and at >= $2${agentId === null ? '' : ' and $3 = any(path)'}`,
    agentId === null ? [projectId, iso(sinceMs)] : [projectId, iso(sinceMs), agentId],
  );
  return BigInt(row?.nano ?? 0);
}
/** Nano-USD of what was recorded since then and counts against the budgets of `agentId`: of moved agents too; null: of the project. */
export async function chargedSince(db: Connection, projectId: string, agentId: string | null, sinceMs: number): Promise<bigint> {
  const [row] = await db.query<{ nano: string }>(
    `select coalesce(sum(cost_nano_usd), 0)::text as nano from cost_entry
     where project_id = $1 and recorded_at >= $2${agentId === null ? '' : ' and ($3 = any(path) or $3 = any(charged_to))'}`,
    agentId === null ? [projectId, iso(sinceMs)] : [projectId, iso(sinceMs), agentId],
  );
  return BigInt(row?.nano ?? 0);
}
/** Calls that may be priced anew, in the order of the ledger, with what earlier re-pricing added to each. */
export async function repriceable(
  db: Connection,
  projectId: string,
  of: RepriceOf,
  after: string | null,
  limit: number,
): Promise<{ rows: Repriceable[]; next: string | null }> {
  const rows = await db.query<StoredWhole & { id: string; added: string; unpriced: boolean }>(
    `select e.*, ${wholeSelection}, a.nano::text as added, ${unpricedOf('e')} + a.unpriced > 0 as unpriced
     from cost_entry e cross join lateral (
       select coalesce(sum(a.cost_nano_usd), 0) as nano, coalesce(sum(a.unpriced_delta), 0) as unpriced from cost_entry a
       where a.agent_id = e.agent_id and a.refers_to = e.event_id and a.priced_by = 'adjustment' and a.price_version is not null
     ) a where e.project_id = $1 and e.id > $2::int8 and e.model = $3 and ($4::text is null or e.provider = $4)
       and e.priced_by = any($5::text[]) and ($6::timestamptz is null or e.at >= $6) and ($7::timestamptz is null or e.at < $7)
     order by e.id limit $8`,
    [
      projectId,
      after ?? '0',
      of.model,
      of.provider,
      of.unpricedOnly ? ['unpriced'] : ['unpriced', 'table'],
      of.fromMs === null ? null : iso(of.fromMs),
      of.toMs === null ? null : iso(of.toMs),
      limit + 1,
    ],
  );
  const page = rows.slice(0, limit);
  return {
    rows: page.map((r) => ({ entry: wholeEntry(projectId, r), repricedNanoUsd: BigInt(r.added), isUnpriced: r.unpriced })),
    next: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}
