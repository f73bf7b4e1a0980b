import { bodyOf, isoOf } from '@reeve/core';
import type { CheckpointContent, CheckpointView, Page } from '@reeve/core/vocabulary';
import type { Checkpoint, Db } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';

const view = (c: Omit<Checkpoint, 'body' | 'projectId'>): CheckpointView => ({
  id: c.id,
  agentId: c.agentId,
  epoch: c.epoch,
  sequence: Number(c.sequence),
  digest: c.digest,
  sizeBytes: c.sizeBytes,
  trigger: c.trigger,
  eventSequence: Number(c.eventSequence),
  createdAt: isoOf(c.createdAt.getTime()),
});

/** The newest first. Few are kept of each agent, so there is one page; their bodies are not read. */
export async function listCheckpoints(db: Db, projectId: string, agentId: string, q: { limit: number }): Promise<Page<CheckpointView>> {
  const rows = await db.checkpoint.findMany({
    where: { projectId, agentId },
    omit: { body: true },
    orderBy: [{ epoch: 'desc' }, { sequence: 'desc' }],
    take: q.limit,
  });
  return { items: rows.map(view), nextCursor: null };
}

export async function readCheckpoint(db: Db, projectId: string, id: string): Promise<CheckpointContent> {
  const row = await db.checkpoint.findUnique({ where: { id } });
  if (row?.projectId !== projectId) throw notFound('checkpoint', id);
  return { ...view(row), ...bodyOf(row.body) };
}
