import {
  type ContainmentLevel,
  type Page,
  type StopEvidence,
  type StopMemberOutcome,
  type StopMode,
  type StopPropagation,
  type StopReceiptLine,
  type StopState,
  type StopSummary,
  type StopView,
  type StopWave,
  usdOf,
} from '@reeve/core/vocabulary';
import type { Db, Stop } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { agentNames } from './agents.ts';

/** Stops by the counts of their waves: as small for ten thousand members as for ten. */
async function summaries(db: Db, stops: readonly Stop[]): Promise<StopSummary[]> {
  if (stops.length === 0) return [];
  const [rows, names] = await Promise.all([
    db.$queryRaw<({ stopId: string } & StopWave)[]>`
      select stop_id as "stopId", wave, count(*)::int as members,
             count(*) filter (where asked_at is not null and outcome is null)::int as asked,
             count(*) filter (where outcome <> 'unconfirmed')::int as ended,
             count(*) filter (where outcome = 'unconfirmed')::int as unconfirmed
      from stop_member where stop_id = any(${stops.map((s) => s.id)}) group by stop_id, wave order by stop_id, wave`,
    agentNames(
      db,
      stops.map((s) => s.agentId),
    ),
  ]);
  const wavesOf = new Map<string, StopWave[]>();
  for (const { stopId, ...wave } of rows) wavesOf.set(stopId, [...(wavesOf.get(stopId) ?? []), wave]);
  return stops.map((s) => ({
    id: s.id,
    state: s.state as StopState,
    agentId: s.agentId,
    name: s.agentId === null ? null : (names.get(s.agentId) ?? null),
    mode: s.mode as StopMode,
    propagation: s.propagation as StopPropagation,
    reason: s.reason,
    actor: s.actor,
    acceptedAt: s.acceptedAt.toISOString(),
    deadline: s.deadlineAt.toISOString(),
    endedAt: s.endedAt?.toISOString() ?? null,
    enlisting: s.enlisting,
    waves: wavesOf.get(s.id) ?? [],
  }));
}

type Line = {
  stopId: string;
  agentId: string;
  name: string;
  wave: number;
  outcome: StopMemberOutcome | null;
  evidence: StopEvidence | null;
  askedAt: Date | null;
  killedAt: Date | null;
  deadlineAt: Date;
  endedAt: Date | null;
  containment: ContainmentLevel | null;
  after: bigint;
  flushed: number;
};
type Place = { wave: number; agentId: string };
/** Lines of receipts in the order in which they end, leaves first; of one stop from a place on. */
async function lines(db: Db, stopIds: readonly string[], from?: { place: Place | null; limit: number }): Promise<Line[]> {
  if (stopIds.length === 0) return [];
  const { wave, agentId } = from?.place ?? { wave: -1, agentId: '' };
  return db.$queryRaw<Line[]>`
    with accepted as materialized (
      select t.id, (select s.seq from event s where s.subject_id = t.id and s.type = 'stop.accepted' order by s.seq limit 1) as seq
      from unnest(${[...stopIds]}::text[]) as t (id)
    ), m as materialized (
      select t.*, accepted.seq as accepted_seq from accepted join stop_member t on t.stop_id = accepted.id
      where (t.wave, t.agent_id) > (${wave}, ${agentId}) order by t.wave, t.agent_id limit ${from?.limit ?? 1_000_000}
    )
    select m.stop_id as "stopId", m.agent_id as "agentId", m.name, m.wave, m.outcome, m.evidence, m.asked_at as "askedAt",
           m.killed_at as "killedAt", m.deadline_at as "deadlineAt", m.ended_at as "endedAt", a.containment,
           coalesce(r.own_nano_usd, 0) - m.cost_at_acceptance_nano_usd as after, coalesce(f.count, 0)::int as flushed
    from m
    left join agent a on a.id = m.agent_id
    left join cost_rollup r on r.agent_id = m.agent_id
    left join lateral (
      select sum((e.data ->> 'count')::int) as count from event e
      where e.subject_id = m.agent_id and e.type = 'agent.reported'
        and e.seq > m.accepted_seq
    ) f on true
    order by m.wave, m.agent_id`;
}
const lineView = (m: Line): StopReceiptLine => ({
  agentId: m.agentId,
  name: m.name,
  wave: m.wave,
  outcome: m.outcome,
  evidence: m.evidence && { ...m.evidence, costAfterAcceptanceUsd: usdOf(m.after) },
  containment: m.evidence?.process?.containment ?? m.containment,
  eventsFlushed: m.flushed,
  askedAt: m.askedAt?.toISOString() ?? null,
  killedAt: m.killedAt?.toISOString() ?? null,
  deadline: m.deadlineAt.toISOString(),
  endedAt: m.endedAt?.toISOString() ?? null,
});

async function views(db: Db, stops: readonly Stop[]): Promise<StopView[]> {
  const receipts = new Map<string, StopReceiptLine[]>(stops.map((s) => [s.id, []]));
  for (const l of await lines(db, [...receipts.keys()])) receipts.get(l.stopId)?.push(lineView(l));
  return (await summaries(db, stops)).map((s) => ({ ...s, receipt: receipts.get(s.id) ?? [] }));
}
export async function readStop(db: Db, projectId: string, id: string): Promise<StopView> {
  const [view] = await views(db, await db.stop.findMany({ where: { projectId, id } }));
  if (!view) throw notFound('stop', id);
  return view;
}
export async function readStopSummary(db: Db, projectId: string, id: string): Promise<StopSummary> {
  const [summary] = await stopSummaries(db, projectId, [id]);
  if (!summary) throw notFound('stop', id);
  return summary;
}
/** What live frames carry. */
export async function stopSummaries(db: Db, projectId: string, ids: readonly string[]): Promise<StopSummary[]> {
  return ids.length ? summaries(db, await db.stop.findMany({ where: { projectId, id: { in: [...ids] } } })) : [];
}
/** A part of a receipt: the cursor is the place of the last line before it (`stopReceiptInput`). */
export async function readReceipt(db: Db, id: string, q: { limit: number; cursor?: string | undefined }): Promise<Page<StopReceiptLine>> {
  const [, wave = '', agentId = ''] = /^(\d+):(.+)$/.exec(q.cursor ?? '') ?? [];
  const place = q.cursor ? { wave: Number(wave), agentId } : null;
  const found = await lines(db, [id], { place, limit: q.limit + 1 });
  const items = found.slice(0, q.limit).map(lineView);
  const last = items.at(-1);
  return { items, nextCursor: found.length > q.limit && last ? `${last.wave}:${last.agentId}` : null };
}

type ListOf = { state?: string; limit: number; cursor?: string };
/** Newest first, one more than asked for: whether there are others. */
const newest = (db: Db, projectId: string, q: ListOf): Promise<Stop[]> =>
  db.stop.findMany({
    where: { projectId, ...(q.state ? { state: q.state } : {}), ...(q.cursor ? { id: { lt: q.cursor } } : {}) },
    orderBy: { id: 'desc' },
    take: q.limit + 1,
  });
const pageOf = <T extends { id: string }>(items: T[], q: ListOf, found: number): Page<T> => ({
  items,
  nextCursor: found > q.limit ? (items.at(-1)?.id ?? null) : null,
});
export async function listStops(db: Db, projectId: string, q: ListOf): Promise<Page<StopView>> {
  const rows = await newest(db, projectId, q);
  return pageOf(await views(db, rows.slice(0, q.limit)), q, rows.length);
}
export async function listStopSummaries(db: Db, projectId: string, q: ListOf): Promise<Page<StopSummary>> {
  const rows = await newest(db, projectId, q);
  return pageOf(await summaries(db, rows.slice(0, q.limit)), q, rows.length);
}
/** For the live screen: what runs, and the last few that ended. */
export async function snapshotStops(db: Db, projectId: string): Promise<StopSummary[]> {
  const open = await db.stop.findMany({ where: { projectId, state: 'stopping' }, orderBy: { id: 'desc' }, take: 50 });
  const done = await db.stop.findMany({ where: { projectId, state: 'done' }, orderBy: { id: 'desc' }, take: 5 });
  return summaries(db, [...open, ...done]);
}
