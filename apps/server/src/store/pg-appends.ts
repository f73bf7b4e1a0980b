import { type CostEntry, cleanJson, type LoggedEvent, type NewAgentEvent, type Rollup, type subjectKindOf } from '@reeve/core';
import { isoText as iso, jsonText, storable } from './columns.ts';
import type { Connection } from './pg-table.ts';

/** The append-only side: sets go in one statement by unnest (data.md: 30 to 60 times a row at a time). */
export type LogLine = { agentId: string; stream: string; atMs: number; text: string };

const toJson = (v: unknown) => jsonText(v ?? null);
const keyOf = (e: { agentId: string; eventId: string }) => `${e.agentId}\u0000${e.eventId}`;

/** Appends facts and moves the project on to the `seq` of the last, in one statement. */
export async function appendEvents(
  db: Connection,
  projectId: string,
  events: readonly LoggedEvent[],
  lastSeq: number,
  kindOf: typeof subjectKindOf,
): Promise<void> {
  await db.query(
    `with moved as (update project set seq = $9 where id = $1)
     insert into event (project_id, seq, at, type, subject_kind, subject_id, actor, data)
     select $1, x.seq, x.at, x.type, x.kind, x.subject, x.actor, x.data::jsonb
     from unnest($2::int8[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
       as x(seq, at, type, kind, subject, actor, data)`,
    [
      projectId,
      events.map((e) => e.seq),
      events.map((e) => iso(e.atMs)),
      events.map((e) => e.type),
      events.map((e) => kindOf(e.type)),
      events.map((e) => e.subjectId),
      events.map((e) => storable(e.actor)),
      events.map((e) => toJson(e.data)),
      lastSeq,
    ],
  );
}

export async function appendLogs(db: Connection, projectId: string, lines: readonly LogLine[]): Promise<void> {
  await db.query(
    `insert into agent_log (project_id, agent_id, stream, at, text)
     select $1, x.agent, x.stream, x.at, x.line from unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[]) as x(agent, stream, at, line)`,
    [projectId, lines.map((l) => l.agentId), lines.map((l) => l.stream), lines.map((l) => iso(l.atMs)), lines.map((l) => storable(l.text))],
  );
}

/** Answers how many were new. */
export async function appendAgentEvents(
  db: Connection,
  projectId: string,
  events: readonly (NewAgentEvent & { agentId: string })[],
): Promise<boolean[]> {
  if (events.length === 0) return [];
  const keyOf = (agentId: string, eventId: string) => `${agentId}/${eventId}`;
  const unique = [...new Map([...events].reverse().map((e) => [keyOf(e.agentId, storable(e.eventId) as string), e])).values()];
  const rows = await db.query<{ agent_id: string; event_id: string }>(
    `insert into agent_event (agent_id, event_id, project_id, type, at, data, epoch, sequence, late)
     select x.agent, x.id, $1, x.type, x.at, x.data::jsonb, x.epoch, x.sequence, x.late
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::int[], $8::int8[], $9::boolean[])
       as x(agent, id, type, at, data, epoch, sequence, late)
     on conflict do nothing returning agent_id, event_id`,
    [
      projectId,
      unique.map((e) => e.agentId),
      unique.map((e) => storable(e.eventId)),
      unique.map((e) => storable(e.type)),
      unique.map((e) => iso(e.atMs)),
      unique.map((e) => toJson(e.data)),
      unique.map((e) => e.epoch ?? 1),
      unique.map((e) => e.sequence ?? null),
      unique.map((e) => e.late ?? false),
    ],
  );
  const fresh = new Set(rows.map((r) => keyOf(r.agent_id, r.event_id)));
  // the first of two with one id is the new one
  return events.map((e) => fresh.delete(keyOf(e.agentId, storable(e.eventId) as string)));
}

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
  'at',
  'recorded_at',
] as const;
const isList = (f: string): boolean => f === 'path' || f === 'charged_to';
const entryTypes =
  'text text text text text text text text int8 int8 int8 int8 int8 int8 text text boolean text text text timestamptz timestamptz'.split(
    ' ',
  );

/**
 * Appends what is new (I-COST-1). What stands there already is compared with what came: the same payload is a
 * duplicate, another one a conflict. Twins within one call are told apart before they reach the database.
 */
export async function appendEntries(
  db: Connection,
  told: readonly CostEntry[],
  payloadOf: (e: CostEntry) => string,
): Promise<('accepted' | 'duplicate' | 'conflict')[]> {
  if (told.length === 0) return [];
  // cleaned before anything is compared: a key or a payload that changes on its way in would be a conflict with itself
  const entries = told.map((e) => cleanJson(e) as CostEntry);
  const firstOf = new Map<string, CostEntry>();
  for (const e of entries) if (!firstOf.has(keyOf(e))) firstOf.set(keyOf(e), e);
  const unique = [...firstOf.values()];
  const value: ((e: CostEntry) => unknown)[] = [
    (e) => e.agentId,
    (e) => e.eventId,
    (e) => JSON.stringify(e.path),
    // most have none: null is the empty list, and costs less
    (e) => (e.chargedTo.length ? JSON.stringify(e.chargedTo) : null),
    (e) => e.sessionId,
    (e) => e.role,
    (e) => e.model,
    (e) => e.provider,
    (e) => e.inputTokens,
    (e) => e.outputTokens,
    (e) => e.cachedInputTokens,
    (e) => e.cacheWriteTokens,
    (e) => e.reasoningTokens,
    (e) => e.costNanoUsd?.toString() ?? null,
    (e) => e.pricedBy,
    (e) => e.priceVersion,
    (e) => e.late,
    (e) => e.reservationId,
    (e) => e.refersTo,
    (e) => e.reason,
    (e) => iso(e.atMs),
    (e) => iso(e.recordedAtMs),
  ];
  const select = entryFields.map((f) => (isList(f) ? `array(select jsonb_array_elements_text(x.${f}::jsonb))` : `x.${f}`)).join(', ');
  const inserted = await db.query<{ agent_id: string; event_id: string }>(
    `insert into cost_entry (project_id, ${entryFields.join(', ')})
     select $1, ${select} from unnest(${entryTypes.map((t, i) => `$${i + 2}::${t}[]`).join(', ')}) as x(${entryFields.join(', ')})
     on conflict (agent_id, event_id) do nothing returning agent_id, event_id`,
    [unique[0]?.projectId, ...value.map((v) => unique.map(v))],
  );
  const fresh = new Set(inserted.map((r) => keyOf({ agentId: r.agent_id, eventId: r.event_id })));
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
  const seen = new Set<string>();
  return entries.map((e) => {
    const key = keyOf(e);
    const isFirst = !seen.has(key);
    seen.add(key);
    if (isFirst && fresh.has(key)) return 'accepted';
    return payloads.get(key) === payloadOf(e) ? 'duplicate' : 'conflict';
  });
}
/** One entry whole, for what refers to it. */
export async function findEntry(db: Connection, projectId: string, agentId: string, eventId: string): Promise<CostEntry | undefined> {
  const [r] = await db.query<
    Record<string, string | null> & { path: string[]; charged: string[]; late: boolean; at_ms: number; recorded_ms: number }
  >(
    `select *, to_json(path) as path, to_json(charged_to) as charged, date_part('epoch', at) * 1000 as at_ms,
            date_part('epoch', recorded_at) * 1000 as recorded_ms
     from cost_entry where agent_id = $1 and event_id = $2 and project_id = $3`,
    [agentId, storable(eventId), projectId],
  );
  if (!r) return undefined;
  return {
    ...storedEntry(r),
    projectId,
    agentId,
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
  };
}
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
      toJson(e),
      iso(e.recordedAtMs),
    ]);
}

const sums = [
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

/** Adds deltas folded in process, ids in order, in one statement; answers the new sums. */
export async function addRollups(db: Connection, deltas: ReadonlyMap<string, Rollup>): Promise<Rollup[]> {
  if (deltas.size === 0) return [];
  const list = [...deltas.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const names = sums.map(([, c]) => c);
  const rows = await db.query<Record<string, string>>(
    `insert into cost_rollup (project_id, agent_id, ${names.join(', ')})
     select $1, x.* from unnest($2::text[], ${names.map((_, i) => `$${i + 3}::int8[]`).join(', ')}) as x(agent_id, ${names.join(', ')})
     on conflict (agent_id) do update set ${names.map((c) => `${c} = cost_rollup.${c} + excluded.${c}`).join(', ')} returning *`,
    [list[0]?.projectId, list.map((d) => d.id), ...sums.map(([p]) => list.map((d) => d[p].toString()))],
  );
  return rows.map(rollupOf);
}
export async function readRollups(db: Connection, ids: readonly string[]): Promise<Rollup[]> {
  return (await db.query<Record<string, string>>('select * from cost_rollup where agent_id = any($1::text[])', [ids])).map(rollupOf);
}
const rollupOf = (r: Record<string, string>): Rollup =>
  ({
    id: r.agent_id,
    projectId: r.project_id,
    ...Object.fromEntries(sums.map(([p, c]) => [p, p.endsWith('NanoUsd') ? BigInt(r[c] as string) : Number(r[c])])),
  }) as unknown as Rollup;
/** Nano-USD that the subtree of `agentId` spent since then, by the time of the calls. */
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
export async function spentSince(db: Connection, projectId: string, agentId: string | null, sinceMs: number): Promise<bigint> {
  const [row] = await db.query<{ nano: string }>(
    `select coalesce(sum(cost_nano_usd), 0)::text as nano from cost_entry
     where project_id = $1 and at >= $2${agentId === null ? '' : ' and $3 = any(path)'}`,
    agentId === null ? [projectId, iso(sinceMs)] : [projectId, iso(sinceMs), agentId],
  );
  return BigInt(row?.nano ?? 0);
}
