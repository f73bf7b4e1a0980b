import { type Attempt, attemptsOf, type LoggedEvent, usdOf } from '@reeve/core';
import type { TaskArtefactView, TaskAttemptView, TaskRecordView, TaskState } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { unpricedOf } from '../pg-sums.ts';
import { agentNames } from './agents.ts';

/** As much of one task as anybody reads; the log has the rest. */
const most = 1_000;

/** Everything that was said, shown and done about a task, with what its attempts cost. */
export async function readTaskRecord(db: Db, projectId: string, taskId: string): Promise<TaskRecordView> {
  if (!(await db.task.findFirst({ where: { projectId, id: taskId }, select: { id: true } }))) throw notFound('task', taskId);
  const where = { projectId, taskId };
  const [attempts, comments, artefacts, subtasks] = await Promise.all([
    readAttempts(db, projectId, taskId),
    db.taskComment.findMany({ where, orderBy: { id: 'asc' }, take: most }),
    readArtefacts(db, projectId, taskId),
    db.task.findMany({
      where: { projectId, parentTaskId: taskId },
      select: { id: true, title: true, state: true },
      orderBy: { id: 'asc' },
      take: most,
    }),
  ]);
  const nano = attempts.reduce((sum, a) => sum + a.nano, 0n);
  return {
    attempts: attempts.map(({ nano: _, ...a }) => a),
    costUsd: usdOf(nano),
    comments: comments.map((c) => ({ id: c.id, body: c.body, by: c.createdBy, at: c.createdAt.toISOString() })),
    artefacts,
    subtasks: subtasks.map((s) => ({ ...s, state: s.state as TaskState })),
  };
}

/** The content of an artefact, where it is kept here. */
export async function readArtefact(
  db: Db,
  projectId: string,
  id: string,
): Promise<TaskArtefactView & { taskId: string; content: string | null }> {
  const row = await db.taskArtefact.findFirst({ where: { projectId, id } });
  if (!row) throw notFound('artefact', id);
  return { ...artefactView({ ...row, size: row.content?.length ?? null }), taskId: row.taskId, content: row.content };
}

type ArtefactRow = Omit<Prisma.TaskArtefactGetPayload<object>, 'content' | 'projectId' | 'taskId'> & { size: number | null };
const artefactView = (r: ArtefactRow): TaskArtefactView => ({
  id: r.id,
  attempt: r.attempt,
  kind: r.kind,
  name: r.name,
  uri: r.uri,
  mediaType: r.mediaType,
  digest: r.digest,
  size: r.size,
  by: r.createdBy,
  at: r.createdAt.toISOString(),
});
/** Without their contents, which may be large. */
async function readArtefacts(db: Db, projectId: string, taskId: string): Promise<TaskArtefactView[]> {
  const rows = await db.$queryRaw<ArtefactRow[]>`
    select id, attempt, kind, name, uri, media_type as "mediaType", digest, length(content) as size, created_by as "createdBy", created_at as "createdAt"
    from task_artefact where task_id = ${taskId} and project_id = ${projectId} order by id limit ${most}`;
  return rows.map(artefactView);
}

const claims = ['task.claimed', 'task.completed', 'task.submitted', 'task.attempt-failed', 'task.released', 'task.cancelled'];

async function readAttempts(db: Db, projectId: string, taskId: string): Promise<(TaskAttemptView & { nano: bigint })[]> {
  const events = await db.event.findMany({
    where: { projectId, subjectId: taskId, type: { in: claims } },
    orderBy: { seq: 'desc' },
    take: most,
  });
  const facts = events.reverse().map((e) => ({ ...e, seq: Number(e.seq), atMs: e.at.getTime() }) as unknown as LoggedEvent);
  const attempts = attemptsOf(facts);
  const [names, spent] = await Promise.all([
    agentNames(
      db,
      attempts.map((a) => a.agentId),
    ),
    spentIn(db, projectId, taskId, attempts),
  ]);
  return attempts.map((a, i) => ({
    attempt: a.attempt,
    agentId: a.agentId,
    agentName: names.get(a.agentId) ?? null,
    token: a.token,
    from: new Date(a.fromMs).toISOString(),
    to: a.toMs === null ? null : new Date(a.toMs).toISOString(),
    ended: a.ended,
    costUsd: usdOf(spent[i]?.nano ?? 0n),
    unpriced: spent[i]?.unpriced ?? 0,
    shared: spent[i]?.shared ?? false,
    nano: spent[i]?.nano ?? 0n,
  }));
}

/** What each holder and all below it spent while it held the task, and whether it claimed another one meanwhile. */
async function spentIn(
  db: Db,
  projectId: string,
  taskId: string,
  attempts: readonly Attempt[],
): Promise<{ nano: bigint; unpriced: number; shared: boolean }[]> {
  if (attempts.length === 0) return [];
  const rows = Prisma.join(
    attempts.map(
      (a, i) =>
        Prisma.sql`(${i}::int, ${a.agentId}::text, ${new Date(a.fromMs)}::timestamptz, ${new Date(a.toMs ?? Date.now())}::timestamptz)`,
    ),
  );
  const found = await db.$queryRaw<{ i: number; nano: string; unpriced: number; shared: boolean }[]>`
    select x.i, coalesce(c.nano, 0)::text as nano, coalesce(c.unpriced, 0)::int as unpriced,
      exists (select 1 from event e where e.project_id = ${projectId} and e.type = 'task.claimed' and e.subject_id <> ${taskId}
        and e.at between x.since and x.until and e.data->>'agentId' = x.agent) as shared
    from (values ${rows}) as x(i, agent, since, until)
    left join lateral (
      select sum(cost_nano_usd) as nano, sum(${Prisma.raw(unpricedOf('cost_entry'))}) as unpriced
      from cost_entry where project_id = ${projectId} and path @> array[x.agent] and at >= x.since and at <= x.until
    ) c on true order by x.i`;
  return found.map((f) => ({ nano: BigInt(f.nano), unpriced: f.unpriced, shared: f.shared }));
}
