import { createHash } from 'node:crypto';
import { bodyOf, isoOf } from '@reeve/core';
import type { CheckpointContent, CheckpointView, Page } from '@reeve/core/vocabulary';
import type { Checkpoint, Db } from '@reeve/prisma';
import { fail, notFound } from '../../trpc/failure.ts';
import { loadBody } from '../checkpoint-bodies.ts';

const view = (c: Omit<Checkpoint, 'body' | 'packed' | 'links' | 'projectId'>): CheckpointView => ({
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
    omit: { body: true, packed: true, links: true },
    orderBy: [{ epoch: 'desc' }, { sequence: 'desc' }],
    take: q.limit,
  });
  return { items: rows.map(view), nextCursor: null };
}

export async function readCheckpoint(db: Db, projectId: string, id: string): Promise<CheckpointContent> {
  const row = await db.checkpoint.findUnique({ where: { id } });
  if (row?.projectId !== projectId) throw notFound('checkpoint', id);
  const text = await loadBody((sql, params) => db.$queryRawUnsafe(sql, ...params), row.agentId, row);
  if (text === undefined || createHash('sha256').update(text).digest('hex') !== row.digest)
    return fail({ code: 'corrupt', kind: 'checkpoint', id });
  return { ...view(row), ...bodyOf(text) };
}
