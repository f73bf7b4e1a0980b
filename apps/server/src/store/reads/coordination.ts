import { type BarrierParty, inOrder, type LockHolder, type LockWaiter, type OnPartyDeath } from '@reeve/core';
import type { BarrierView, DeadlockView, LockView, Page } from '@reeve/core/vocabulary';
import type { Barrier as BarrierRow, Db, Lock as LockRow } from '@reeve/prisma';
import { agentNames } from './agents.ts';

type Query = { held: boolean; limit: number; cursor?: string | undefined };
const iso = (ms: number) => new Date(ms).toISOString();
/** By name; the cursor is the last name of the page. `held`: only where somebody holds or waits. */
const pageOf = (projectId: string, q: Query) => ({
  where: { projectId, ...(q.held ? { agentIds: { isEmpty: false } } : {}), ...(q.cursor ? { name: { gt: q.cursor } } : {}) },
  orderBy: { name: 'asc' } as const,
  take: q.limit + 1,
});

/** Without tokens: whoever has one can release. */
export async function listLocks(db: Db, projectId: string, q: Query): Promise<Page<LockView>> {
  const rows = await db.lock.findMany(pageOf(projectId, q));
  const items = await lockViews(db, rows.slice(0, q.limit));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.name ?? null) : null };
}
export const locksById = async (db: Db, projectId: string, ids: readonly string[]): Promise<LockView[]> =>
  ids.length ? lockViews(db, await db.lock.findMany({ where: { projectId, id: { in: [...ids] } } })) : [];
async function lockViews(db: Db, page: readonly LockRow[]): Promise<LockView[]> {
  const names = await agentNames(
    db,
    page.flatMap((r) => r.agentIds),
  );
  const nameOf = (agentId: string) => names.get(agentId) ?? null;
  return page.map(
    (r): LockView => ({
      id: r.id,
      name: r.name,
      permits: r.permits,
      holders: (r.holders as LockHolder[]).map((h) => ({
        agentId: h.agentId,
        agentName: nameOf(h.agentId),
        since: iso(h.sinceMs),
        expiresAt: iso(h.expiresAtMs),
      })),
      waiters: inOrder(r.waiters as LockWaiter[], Date.now()).map((w) => ({
        agentId: w.agentId,
        agentName: nameOf(w.agentId),
        priority: w.priority,
        since: iso(w.sinceMs),
        deadline: iso(w.deadlineMs),
      })),
      updatedAt: r.updatedAt.toISOString(),
    }),
  );
}

export async function listBarriers(db: Db, projectId: string, q: Query): Promise<Page<BarrierView>> {
  const rows = await db.barrier.findMany(pageOf(projectId, q));
  const items = await barrierViews(db, rows.slice(0, q.limit));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.name ?? null) : null };
}
export const barriersById = async (db: Db, projectId: string, ids: readonly string[]): Promise<BarrierView[]> =>
  ids.length ? barrierViews(db, await db.barrier.findMany({ where: { projectId, id: { in: [...ids] } } })) : [];
async function barrierViews(db: Db, page: readonly BarrierRow[]): Promise<BarrierView[]> {
  const names = await agentNames(
    db,
    page.flatMap((r) => r.agentIds),
  );
  return page.map(
    (r): BarrierView => ({
      id: r.id,
      name: r.name,
      generation: r.generation,
      expected: r.expected,
      onPartyDeath: r.onPartyDeath as OnPartyDeath,
      partyIds: r.partyIds,
      arrived: (r.arrived as BarrierParty[]).map((p) => ({
        agentId: p.agentId,
        agentName: names.get(p.agentId) ?? null,
        since: iso(p.sinceMs),
        deadline: iso(p.deadlineMs),
      })),
      updatedAt: r.updatedAt.toISOString(),
    }),
  );
}

type Told = { agentId: string; waitedMs: number; cycle: string[] };
/** The newest first. */
export async function listDeadlocks(db: Db, projectId: string, q: { limit: number }): Promise<Page<DeadlockView>> {
  const rows = await db.$queryRaw<{ seq: bigint; at: Date; data: Told }[]>`
    select seq, at, data from event where project_id = ${projectId} and data ? 'cycle' order by seq desc limit ${q.limit}`;
  const names = await agentNames(
    db,
    rows.flatMap((r) => r.data.cycle),
  );
  const items = rows.map(({ seq, at, data }): DeadlockView => {
    const cycle = data.cycle.slice(0, -1).flatMap((agentId, i, all) => {
      const waitsAt = all[i + 1];
      return i % 2 === 0 && waitsAt !== undefined ? [{ agentId, agentName: names.get(agentId) ?? null, waitsAt }] : [];
    });
    const victimName = names.get(data.agentId) ?? null;
    return { seq: Number(seq), at: at.toISOString(), victimId: data.agentId, victimName, waitedMs: data.waitedMs, cycle };
  });
  return { items, nextCursor: null };
}
