import {
  type Page,
  type StopEvidence,
  type StopMemberOutcome,
  type StopMode,
  type StopPropagation,
  type StopState,
  type StopView,
  usdOf,
} from '@reeve/core/vocabulary';
import type { Db, Stop } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';

async function views(db: Db, stops: Stop[]): Promise<StopView[]> {
  if (stops.length === 0) return [];
  const members = await db.stopMember.findMany({
    where: { stopId: { in: stops.map((s) => s.id) } },
    orderBy: [{ wave: 'asc' }, { id: 'asc' }],
  });
  const spent = new Map(
    (
      await db.costRollup.findMany({
        where: { agentId: { in: members.map((m) => m.agentId) } },
        select: { agentId: true, ownNanoUsd: true },
      })
    ).map((r) => [r.agentId, r.ownNanoUsd]),
  );
  return stops.map((s) => ({
    id: s.id,
    state: s.state as StopState,
    agentId: s.agentId,
    mode: s.mode as StopMode,
    propagation: s.propagation as StopPropagation,
    reason: s.reason,
    actor: s.actor,
    acceptedAt: s.acceptedAt.toISOString(),
    deadline: s.deadlineAt.toISOString(),
    endedAt: s.endedAt?.toISOString() ?? null,
    receipt: members
      .filter((m) => m.stopId === s.id)
      .map((m) => {
        const evidence = m.evidence as StopEvidence | null;
        const after = (spent.get(m.agentId) ?? 0n) - m.costAtAcceptanceNanoUsd;
        return {
          agentId: m.agentId,
          name: m.name,
          wave: m.wave,
          outcome: m.outcome as StopMemberOutcome | null,
          evidence: evidence && { ...evidence, costAfterAcceptanceUsd: usdOf(after) },
          askedAt: m.askedAt?.toISOString() ?? null,
          killedAt: m.killedAt?.toISOString() ?? null,
          deadline: m.deadlineAt.toISOString(),
          endedAt: m.endedAt?.toISOString() ?? null,
        };
      }),
  }));
}
export async function readStop(db: Db, projectId: string, id: string): Promise<StopView> {
  const [view] = await stopsById(db, projectId, [id]);
  if (!view) throw notFound('stop', id);
  return view;
}
export async function stopsById(db: Db, projectId: string, ids: readonly string[]): Promise<StopView[]> {
  return ids.length ? views(db, await db.stop.findMany({ where: { projectId, id: { in: [...ids] } } })) : [];
}
/** Newest first. */
export async function listStops(db: Db, projectId: string, q: { state?: string; limit: number; cursor?: string }): Promise<Page<StopView>> {
  const rows = await db.stop.findMany({
    where: { projectId, ...(q.state ? { state: q.state } : {}), ...(q.cursor ? { id: { lt: q.cursor } } : {}) },
    orderBy: { id: 'desc' },
    take: q.limit + 1,
  });
  const items = await views(db, rows.slice(0, q.limit));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
}
/** For the live screen: what runs, and the last few receipts. */
export async function snapshotStops(db: Db, projectId: string): Promise<StopView[]> {
  const open = await db.stop.findMany({ where: { projectId, state: 'stopping' }, orderBy: { id: 'desc' }, take: 50 });
  const done = await db.stop.findMany({ where: { projectId, state: 'done' }, orderBy: { id: 'desc' }, take: 5 });
  return views(db, [...open, ...done]);
}
