import { type ComparedState, compareRehearsal, rehearsalOf } from '@reeve/core';
import type { RehearsalView } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';

/** As many effects and states of each are compared, the first ones. */
const most = 1_000;

/** Both sides as the log tells of them, which forgets nothing: what the original did behind the checkpoint, and what the rehearsal did. */
export async function readRehearsal(db: Db, projectId: string, agentId: string): Promise<RehearsalView | null> {
  const agent = await db.agent.findUnique({ where: { id: agentId }, select: { projectId: true, sessionId: true, metadata: true } });
  const checkpointId = agent?.projectId === projectId ? rehearsalOf({ metadata: agent.metadata as Record<string, unknown> }) : undefined;
  // of its helpers no original is known
  const [begun] =
    checkpointId === undefined || agent?.sessionId !== agentId
      ? []
      : await db.$queryRaw<{ original: string; at: bigint }[]>`
          select r.data->>'fromAgentId' as original, s.seq as at
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
  // the rehearsal's own start, of epoch 0, is the checkpoint that it began from
  const statesOf = (subjectId: string, after: bigint): Promise<ComparedState[]> =>
    db.$queryRaw`
      select e.data->>'checkpointId' as "checkpointId", (e.data->>'epoch')::int as epoch, (e.data->>'sequence')::float8 as sequence,
        e.data->>'digest' as digest, c.id is not null as "isKept"
      from event e left join checkpoint c on c.id = e.data->>'checkpointId'
      where e.project_id = ${projectId} and e.subject_id = ${subjectId} and e.type = 'checkpoint.saved' and e.seq > ${after}
        and (e.data->>'epoch')::int > 0
      order by e.seq limit ${most}`;
  const { original, at } = begun;
  const [name, done, rehearsed, theirs, ours] = await Promise.all([
    db.agent.findUnique({ where: { id: original }, select: { name: true } }),
    keysOf(original, 'effect.begun', at),
    keysOf(agentId, 'effect.rehearsed', 0n),
    statesOf(original, at),
    statesOf(agentId, 0n),
  ]);
  return {
    agentId,
    checkpointId,
    originalId: original,
    originalName: name?.name ?? null,
    ...compareRehearsal({ effects: done, states: theirs }, { effects: rehearsed, states: ours }),
  };
}
