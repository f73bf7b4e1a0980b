import { type ComparedState, compareRehearsal, rehearsalOf } from '@reeve/core';
import type { RehearsalView } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';

/** As many effects of each are compared, the first ones. */
const most = 1_000;

/** Both sides as the log and the kept checkpoints tell of them: what the original did behind the checkpoint, and what the rehearsal did. */
export async function readRehearsal(db: Db, projectId: string, agentId: string): Promise<RehearsalView | null> {
  const agent = await db.agent.findUnique({ where: { id: agentId }, select: { projectId: true, sessionId: true, metadata: true } });
  const checkpointId = agent?.projectId === projectId ? rehearsalOf({ metadata: agent.metadata as Record<string, unknown> }) : undefined;
  // of its helpers no original is known
  const [begun] =
    checkpointId === undefined || agent?.sessionId !== agentId
      ? []
      : await db.$queryRaw<{ original: string; at: bigint; epoch: number; sequence: bigint }[]>`
          select r.data->>'fromAgentId' as original, s.seq as at, (s.data->>'epoch')::int as epoch, (s.data->>'sequence')::int8 as sequence
          from event r join event s on s.project_id = r.project_id and s.subject_id = r.data->>'fromAgentId'
            and s.type = 'checkpoint.saved' and s.data->>'checkpointId' = ${checkpointId}
          where r.project_id = ${projectId} and r.subject_id = ${agentId} and r.type = 'agent.rehearsing' limit 1`;
  if (agent?.projectId !== projectId) throw notFound('agent', agentId);
  if (!begun || checkpointId === undefined) return null;
  const keysOf = async (subjectId: string, type: string, after: bigint): Promise<string[]> => {
    const rows = await db.$queryRaw<{ key: string }[]>`
      select data->>'key' as key from event where project_id = ${projectId} and subject_id = ${subjectId} and type = ${type} and seq > ${after}
      order by seq limit ${most}`;
    // begun again after a doubt it is the same step
    return [...new Set(rows.map((r) => r.key))];
  };
  const { original, at, epoch, sequence } = begun;
  const select = { id: true, epoch: true, sequence: true, digest: true } as const;
  const order = { orderBy: [{ epoch: 'asc' }, { sequence: 'asc' }] as { epoch?: 'asc'; sequence?: 'asc' }[], select };
  const [name, done, rehearsed, theirs, ours] = await Promise.all([
    db.agent.findUnique({ where: { id: original }, select: { name: true } }),
    keysOf(original, 'effect.begun', at),
    keysOf(agentId, 'effect.rehearsed', 0n),
    db.checkpoint.findMany({
      where: { projectId, agentId: original, OR: [{ epoch: { gt: epoch } }, { epoch, sequence: { gt: sequence } }] },
      ...order,
    }),
    db.checkpoint.findMany({ where: { projectId, agentId, epoch: { gt: 0 } }, ...order }),
  ]);
  const state = (c: (typeof ours)[number]): ComparedState => ({
    checkpointId: c.id,
    epoch: c.epoch,
    sequence: Number(c.sequence),
    digest: c.digest,
  });
  return {
    agentId,
    checkpointId,
    originalId: original,
    originalName: name?.name ?? null,
    ...compareRehearsal({ effects: done, states: theirs.map(state) }, { effects: rehearsed, states: ours.map(state) }),
  };
}
