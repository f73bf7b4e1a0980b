import type { CostSeries, CostSeriesKey } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';
import { slotMs } from '../cost-slots.ts';
import { agentNames } from './agents.ts';
import { slots } from './cost-slots.ts';

type Asked = { root?: string; by: 'subtree' | 'model' | 'role'; startMs: number; endMs: number; bucketMs: number };
type Row = { bucket: bigint; key: string; nano: string };

function bySlot(db: Db, projectId: string, q: Asked): Promise<Row[]> {
  const key = { subtree: Prisma.sql`x.key`, model: Prisma.sql`x.model`, role: Prisma.sql`coalesce(nullif(x.role, ''), 'no role')` }[q.by];
  const from = slots({ projectId, root: q.root }, q.by === 'subtree' ? 'below' : 'whole', new Date(q.startMs));
  return db.$queryRaw<Row[]>`
    select floor(extract(epoch from x.slot) * 1000 / ${q.bucketMs}::float8)::bigint as bucket, ${key} as key, sum(x.nano)::text as nano
    from ${from} x where x.slot < ${new Date(q.endMs)} group by 1, 2`;
}
function byEntry(db: Db, projectId: string, q: Asked): Promise<Row[]> {
  // by subtree: the agents right below the start; what the start spent itself is its own
  const place = q.root ? Prisma.sql`array_position(e.path, ${q.root})` : Prisma.sql`1`;
  const key = {
    subtree: Prisma.sql`coalesce(e.path[${place} + 1], e.path[${place}])`,
    model: Prisma.sql`e.model`,
    role: Prisma.sql`coalesce(e.role, 'no role')`,
  }[q.by];
  return db.$queryRaw<Row[]>`
    select floor(extract(epoch from e.at) * 1000 / ${q.bucketMs}::float8)::bigint as bucket, ${key} as key,
      coalesce(sum(e.cost_nano_usd), 0)::text as nano
    from cost_entry e where e.project_id = ${projectId} and e.at >= ${new Date(q.startMs)} and e.at < ${new Date(q.endMs)}
      ${q.root ? Prisma.sql`and e.path @> array[${q.root}]` : Prisma.empty}
    group by 1, 2`;
}

const mostKeys = 8;
/** Which of these are where the sums start: what stands under their key is their own. */
async function startsAmong(db: Db, ids: readonly string[], root: string | undefined): Promise<Set<string>> {
  if (root !== undefined) return new Set([root]);
  const roots = await db.agent.findMany({ where: { id: { in: [...ids] }, parentId: null }, select: { id: true } });
  return new Set(roots.map((r) => r.id));
}

/**
 * Cost a bucket by key, at most `maxPoints` buckets; the smallest keys are one, `other`. Six hours and more come from the slots:
 * no bucket is finer than one of them then.
 */
export async function costSeries(
  db: Db,
  projectId: string,
  q: { root?: string; by: 'subtree' | 'model' | 'role'; windowMinutes: number; maxPoints: number },
): Promise<CostSeries> {
  const windowMs = q.windowMinutes * 60_000;
  const fromSlots = q.windowMinutes >= 360;
  const finestMs = fromSlots ? slotMs : 1_000;
  const bucketMs = Math.max(5_000, Math.ceil(windowMs / q.maxPoints / finestMs) * finestMs);
  const endMs = Math.ceil(Date.now() / bucketMs) * bucketMs;
  const startMs = endMs - Math.floor(windowMs / bucketMs) * bucketMs;
  const rows = await (fromSlots ? bySlot : byEntry)(db, projectId, { ...q, startMs, endMs, bucketMs });
  const totals = new Map<string, bigint>();
  for (const r of rows) totals.set(r.key, (totals.get(r.key) ?? 0n) + BigInt(r.nano));
  const byTotal = [...totals].sort((a, b) => (a[1] < b[1] ? 1 : -1)).map(([k]) => k);
  const named = byTotal.slice(0, byTotal.length > mostKeys ? mostKeys - 1 : mostKeys);
  const names = q.by === 'subtree' ? await agentNames(db, named) : new Map<string, string>();
  const starts = q.by === 'subtree' ? await startsAmong(db, named, q.root) : new Set<string>();
  const keys: CostSeriesKey[] = named.map((k) => ({ key: k, label: names.get(k) ?? k, ...(starts.has(k) && { own: true }) }));
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
