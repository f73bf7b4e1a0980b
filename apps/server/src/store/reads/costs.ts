import { type CostEntryView, type CostRow, type CostSeries, type Page, usdOf } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';
import { agentNames } from './agents.ts';

type Sum = {
  key: string;
  label: string | null;
  /** Sums over a project may be more than an int8 holds: they come as text. */
  own: bigint | string;
  total: bigint | string;
  input: bigint | string;
  output: bigint | string;
  entries: bigint;
  unpriced: bigint;
};
const row = (r: Sum): CostRow => ({
  key: r.key,
  label: r.label ?? r.key,
  ownUsd: usdOf(BigInt(r.own)),
  subtreeUsd: usdOf(BigInt(r.total)),
  inputTokens: Number(r.input),
  outputTokens: Number(r.output),
  entries: Number(r.entries),
  unpriced: Number(r.unpriced),
});

/**
 * Sums of the ledger. By agent they come from the rollup, in constant time a node, tokens and entries being the
 * agent's own, by page, the costliest first; for the other keys own and subtree are the same number, since a model or a
 * day has no tree.
 */
export async function costRows(
  db: Db,
  projectId: string,
  q: { root?: string; groupBy: 'agent' | 'model' | 'day' | 'role'; limit: number; cursor?: string },
): Promise<Page<CostRow>> {
  if (q.groupBy === 'agent') {
    // what is spent between two pages may move an agent up: it is then met again, or missed, never left out by a limit
    const place = /^(-?\d{1,19}):(.+)$/.exec(q.cursor ?? '');
    const rows = await db.$queryRaw<Sum[]>`
      select a.id as key, a.name as label, r.own_nano_usd as own, r.total_nano_usd as total, r.own_input_tokens as input,
             r.own_output_tokens as output, r.own_entries as entries, r.total_unpriced as unpriced
      from cost_rollup r join agent a on a.id = r.agent_id
      where r.project_id = ${projectId} ${q.root ? Prisma.sql`and ${q.root} = any(a.path)` : Prisma.empty}
        ${place ? Prisma.sql`and (-r.total_nano_usd, a.id) > (${-BigInt(place[1] as string)}::int8, ${place[2]})` : Prisma.empty}
      order by -r.total_nano_usd, a.id limit ${q.limit + 1}`;
    const last = rows[q.limit - 1];
    return { items: rows.slice(0, q.limit).map(row), nextCursor: rows.length > q.limit && last ? `${last.total}:${last.key}` : null };
  }
  const key = {
    model: Prisma.sql`e.model`,
    day: Prisma.sql`to_char(e.at at time zone 'UTC', 'YYYY-MM-DD')`,
    role: Prisma.sql`coalesce(e.role, '')`,
  }[q.groupBy];
  const rows = await db.$queryRaw<Sum[]>`
    select ${key} as key, null as label, coalesce(sum(e.cost_nano_usd), 0)::text as own, coalesce(sum(e.cost_nano_usd), 0)::text as total,
           sum(e.input_tokens)::text as input, sum(e.output_tokens)::text as output, count(*) as entries,
           count(*) filter (where e.cost_nano_usd is null) as unpriced
    from cost_entry e where e.project_id = ${projectId} ${q.root ? Prisma.sql`and e.path @> array[${q.root}]` : Prisma.empty}
    group by 1 order by coalesce(sum(e.cost_nano_usd), 0) desc, key`;
  return { items: rows.map(row).map((r) => ({ ...r, label: r.label || 'no role' })), nextCursor: null };
}

const mostKeys = 8;
/** Cost a bucket by key, at most `maxPoints` buckets; the smallest keys are one, `other`. */
export async function costSeries(
  db: Db,
  projectId: string,
  q: { root?: string; by: 'subtree' | 'model' | 'role'; windowMinutes: number; maxPoints: number },
): Promise<CostSeries> {
  const windowMs = q.windowMinutes * 60_000;
  const bucketMs = Math.max(5_000, Math.ceil(windowMs / q.maxPoints / 1_000) * 1_000);
  const endMs = Math.ceil(Date.now() / bucketMs) * bucketMs;
  const startMs = endMs - Math.floor(windowMs / bucketMs) * bucketMs;
  // by subtree: the agents right below the root, or the roots' children where there is one root alone
  const depth = q.root ? Prisma.sql`coalesce(array_position(e.path, ${q.root}), 0) + 1` : Prisma.sql`2`;
  const key = {
    subtree: Prisma.sql`coalesce(e.path[${depth}], e.path[1])`,
    model: Prisma.sql`e.model`,
    role: Prisma.sql`coalesce(e.role, 'no role')`,
  }[q.by];
  const rows = await db.$queryRaw<{ bucket: bigint; key: string; nano: string }[]>`
    select floor(extract(epoch from e.at) * 1000 / ${bucketMs}::float8)::bigint as bucket, ${key} as key, coalesce(sum(e.cost_nano_usd), 0)::text as nano
    from cost_entry e where e.project_id = ${projectId} and e.at >= ${new Date(startMs)} and e.at < ${new Date(endMs)}
      ${q.root ? Prisma.sql`and e.path @> array[${q.root}]` : Prisma.empty}
    group by 1, 2`;
  const totals = new Map<string, bigint>();
  for (const r of rows) totals.set(r.key, (totals.get(r.key) ?? 0n) + BigInt(r.nano));
  const byTotal = [...totals].sort((a, b) => (a[1] < b[1] ? 1 : -1)).map(([k]) => k);
  const named = byTotal.slice(0, byTotal.length > mostKeys ? mostKeys - 1 : mostKeys);
  const names = q.by === 'subtree' ? await agentNames(db, named) : new Map<string, string>();
  const keys = named.map((k) => ({ key: k, label: names.get(k) ?? k }));
  if (byTotal.length > named.length) keys.push({ key: 'other', label: `${byTotal.length - named.length} others` });
  const column = new Map(keys.map((k, i) => [k.key, i]));
  const points = Array.from({ length: Math.round((endMs - startMs) / bucketMs) }, (_, i) => ({
    atMs: startMs + i * bucketMs,
    values: keys.map(() => 0),
  }));
  for (const r of rows) {
    const point = points[Math.round((Number(r.bucket) * bucketMs - startMs) / bucketMs)];
    const i = column.get(r.key) ?? column.get('other');
    if (point && i !== undefined) point.values[i] = (point.values[i] ?? 0) + Number(r.nano) / 1e9;
  }
  return { keys, points, bucketMs };
}

type EntriesAsked = {
  agentId?: string;
  subtree?: boolean;
  model?: string;
  role?: string;
  day?: string;
  root?: string;
  from?: string;
  to?: string;
  unpriced?: boolean;
  limit: number;
  cursor?: string;
};
/** Newest first; the cursor is the last id of the page. */
export async function costEntries(db: Db, projectId: string, q: EntriesAsked): Promise<Page<CostEntryView>> {
  const dayStart = q.day ? new Date(`${q.day}T00:00:00Z`) : undefined;
  const where: Prisma.CostEntryWhereInput = {
    projectId,
    ...(q.agentId ? (q.subtree ? { path: { has: q.agentId } } : { agentId: q.agentId }) : {}),
    ...(q.model ? { model: q.model } : {}),
    ...(q.role !== undefined ? { role: q.role || null } : {}),
    ...(q.unpriced ? { costNanoUsd: null } : {}),
    AND: [
      ...(q.root ? [{ path: { has: q.root } }] : []),
      ...(dayStart ? [{ at: { gte: dayStart, lt: new Date(dayStart.getTime() + 86_400_000) } }] : []),
      ...(q.from ? [{ at: { gte: new Date(q.from) } }] : []),
      ...(q.to ? [{ at: { lt: new Date(q.to) } }] : []),
    ],
    ...(q.cursor && /^\d{1,18}$/.test(q.cursor) ? { id: { lt: BigInt(q.cursor) } } : {}),
  };
  const rows = await db.costEntry.findMany({ where, orderBy: { id: 'desc' }, take: q.limit + 1 });
  const names = await agentNames(
    db,
    rows.map((r) => r.agentId),
  );
  const items = rows.slice(0, q.limit).map((r) => ({
    id: r.id.toString(),
    eventId: r.eventId,
    agentId: r.agentId,
    agentName: names.get(r.agentId) ?? null,
    model: r.model,
    provider: r.provider,
    inputTokens: Number(r.inputTokens),
    outputTokens: Number(r.outputTokens),
    cachedInputTokens: Number(r.cachedInputTokens),
    cacheWriteTokens: Number(r.cacheWriteTokens),
    reasoningTokens: Number(r.reasoningTokens),
    costUsd: r.costNanoUsd === null ? null : usdOf(r.costNanoUsd),
    pricedBy: r.pricedBy as CostEntryView['pricedBy'],
    priceVersion: r.priceVersion,
    reservationId: r.reservationId,
    refersTo: r.refersTo,
    reason: r.reason,
    late: r.late,
    at: r.at.toISOString(),
  }));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
}
