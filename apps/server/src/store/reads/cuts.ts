import {
  type Cut,
  type CutFacts,
  type CutMember,
  type CutRestore,
  cutMissing,
  cutRestoreView,
  cutSpanMs,
  cutState,
  isoOf,
} from '@reeve/core';
import { type AgentState, type CutView, isFinalAgent, type Page } from '@reeve/core/vocabulary';
import type { CheckpointCut, Db } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';

/** The newest first. */
export async function listCuts(db: Db, projectId: string, rootId: string, q: { limit: number }): Promise<Page<CutView>> {
  const rows = await db.checkpointCut.findMany({
    where: { projectId, rootId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: q.limit,
  });
  return { items: await views(db, rows), nextCursor: null };
}
export async function readCut(db: Db, projectId: string, id: string): Promise<CutView> {
  const row = await db.checkpointCut.findUnique({ where: { id } });
  const [view] = row?.projectId === projectId ? await views(db, [row]) : [];
  if (!view) throw notFound('cut', id);
  return view;
}

async function views(db: Db, rows: readonly CheckpointCut[]): Promise<CutView[]> {
  const cuts = rows.map(
    (r): Pick<Cut, 'id' | 'rootId' | 'reason' | 'createdAtMs' | 'members' | 'restore'> => ({
      id: r.id,
      rootId: r.rootId,
      reason: r.reason,
      createdAtMs: r.createdAt.getTime(),
      members: r.members as CutMember[],
      restore: r.restore as CutRestore | null,
    }),
  );
  const members = cuts.flatMap((c) => c.members);
  const ids = [...new Set(members.map((m) => m.agentId))];
  const [agents, saving, kept] = await Promise.all([
    db.agent.findMany({ where: { id: { in: ids } }, select: { id: true, name: true, epoch: true, state: true } }),
    db.checkpoint.findMany({ where: { agentId: { in: ids } }, select: { agentId: true }, distinct: ['agentId'] }),
    db.checkpoint.findMany({ where: { id: { in: members.flatMap((m) => m.checkpointId ?? []) } }, select: { id: true } }),
  ]);
  const saves = new Set(saving.map((c) => c.agentId));
  const byId = new Map(agents.map((a) => [a.id, a]));
  const keptIds = new Set(kept.map((c) => c.id));
  const facts: CutFacts = {
    agentOf: (id) => {
      const a = byId.get(id);
      const state = a?.state as AgentState;
      return a && { epoch: a.epoch, state, ended: isFinalAgent(state), savesCheckpoints: saves.has(id) };
    },
    isKept: (id) => keptIds.has(id),
  };
  const names = new Map(agents.map((a) => [a.id, a.name]));
  const nowMs = Date.now();
  return cuts.map((c) => ({
    id: c.id,
    rootId: c.rootId,
    reason: c.reason,
    createdAt: isoOf(c.createdAtMs),
    state: cutState(c, facts, nowMs),
    spanMs: cutSpanMs(c.members),
    members: c.members.map(({ savedAtMs, ...m }) => ({
      ...m,
      savedAt: savedAtMs === null ? null : isoOf(savedAtMs),
      missing: cutMissing({ ...m, savedAtMs }, c.createdAtMs, facts, nowMs),
    })),
    restore: c.restore && cutRestoreView(c.restore, names),
  }));
}
