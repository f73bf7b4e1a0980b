import { missingEvidence, stuckOn } from '@reeve/core';
import type { Page, TaskGate, TaskState, TaskView } from '@reeve/core/vocabulary';
import type { Db, Prisma, Task } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { agentNames } from './agents.ts';

type Failure = { atMs: number; agentId: string | null; error: string; attempt: number };

/** Adds what a row does not hold: the holder's name, and which dependencies are still open. */
async function views(db: Db, rows: Task[], withTokens = false): Promise<TaskView[]> {
  const names = await agentNames(
    db,
    rows.flatMap((r) => [r.agentId, r.submittedBy]),
  );
  const openParts = await openSubtasksOf(db, rows);
  const above = await dependenciesOf(db, rows);
  const needed = [...new Set(rows.filter((r) => r.state === 'blocked').flatMap((r) => r.dependsOn))];
  const open = new Set(needed.filter((id) => above.has(id) && above.get(id)?.state !== 'done'));
  return rows.map((r) => ({
    id: r.id,
    title: r.title,
    body: r.body,
    state: r.state as TaskState,
    priority: r.priority,
    labels: r.labels,
    dependsOn: r.dependsOn,
    waitingFor: r.dependsOn.filter((d) => open.has(d)),
    stuckOn: stuckOn({ id: r.id, state: r.state as TaskState, dependsOn: r.dependsOn }, (id) => above.get(id)),
    attempts: r.attempts,
    maxAttempts: r.maxAttempts,
    notBefore: r.notBeforeAt?.toISOString() ?? null,
    claim:
      r.agentId && r.claimExpiresAt
        ? {
            ...(withTokens ? { token: r.claimToken.toString() } : {}),
            agentId: r.agentId,
            agentName: names.get(r.agentId) ?? null,
            expiresAt: r.claimExpiresAt.toISOString(),
          }
        : null,
    failures: (r.failures as Failure[]).map((f) => ({
      at: new Date(f.atMs).toISOString(),
      agentId: f.agentId,
      error: f.error,
      attempt: f.attempt,
    })),
    result: r.result,
    createdAt: r.createdAt.toISOString(),
    updatedAt: r.updatedAt.toISOString(),
    finishedAt: r.finishedAt?.toISOString() ?? null,
    needs: r.needs,
    parentId: r.parentTaskId,
    subtasks: r.subtasks,
    gate: gateOf(r, openParts.get(r.id) ?? [], names),
  }));
}
function gateOf(r: Task, openParts: readonly { id: string; state: TaskState }[], names: ReadonlyMap<string, string>): TaskGate | null {
  if (!r.review && !r.evidence.length && !openParts.length && !r.submittedBy) return null;
  return {
    review: r.review,
    evidence: r.evidence,
    shown: r.artefactKinds,
    missing: r.state === 'done' ? [] : missingEvidence({ evidence: r.evidence, artefactKinds: r.artefactKinds }, openParts),
    submittedBy: r.submittedBy ? { agentId: r.submittedBy, agentName: names.get(r.submittedBy) ?? null } : null,
  };
}
/** Sub-tasks that are neither done nor cancelled, by the task that was split. */
async function openSubtasksOf(db: Db, rows: readonly Task[]): Promise<Map<string, { id: string; state: TaskState }[]>> {
  const split = rows.filter((r) => r.subtasks > 0).map((r) => r.id);
  const found = new Map<string, { id: string; state: TaskState }[]>();
  if (split.length === 0) return found;
  const where = { parentTaskId: { in: split }, state: { notIn: ['done', 'cancelled'] } };
  const parts = await db.task.findMany({ where, select: { id: true, state: true, parentTaskId: true }, orderBy: { id: 'asc' } });
  for (const p of parts) {
    const parentId = p.parentTaskId as string;
    found.set(parentId, [...(found.get(parentId) ?? []), { id: p.id, state: p.state as TaskState }]);
  }
  return found;
}

type Node = { id: string; state: TaskState; dependsOn: string[] };
/** What blocked tasks wait for, and what that waits for: one read a level, none where nothing is blocked. */
async function dependenciesOf(db: Db, rows: readonly Task[]): Promise<Map<string, Node>> {
  const found = new Map<string, Node>();
  const blocked = (tasks: readonly { state: string; dependsOn: string[] }[]) =>
    tasks.filter((t) => t.state === 'blocked').flatMap((t) => t.dependsOn);
  for (let open = [...new Set(blocked(rows))]; open.length; ) {
    const tasks = (await db.task.findMany({ where: { id: { in: open } }, select: { id: true, state: true, dependsOn: true } })) as Node[];
    for (const t of tasks) found.set(t.id, t);
    open = [...new Set(blocked(tasks))].filter((id) => !found.has(id));
  }
  return found;
}

export async function readTask(db: Db, projectId: string, id: string): Promise<TaskView> {
  const [view] = await tasksById(db, projectId, [id]);
  if (!view) throw notFound('task', id);
  return view;
}
/** In the order of `ids`; missing ones are left out. Tokens are for the answer to a claim alone. */
export async function tasksById(db: Db, projectId: string, ids: readonly string[], withTokens = false): Promise<TaskView[]> {
  if (ids.length === 0) return [];
  const found = await views(db, await db.task.findMany({ where: { projectId, id: { in: [...ids] } } }), withTokens);
  const byId = new Map(found.map((t) => [t.id, t]));
  return ids.map((id) => byId.get(id)).filter((t) => t !== undefined);
}
/** By priority, then age; the cursor is `priority:id` of the last of the page. */
export async function listTasks(
  db: Db,
  projectId: string,
  q: { states?: string[]; label?: string; limit: number; cursor?: string },
): Promise<Page<TaskView>> {
  const [, priority, after] = /^(-?\d{1,5}):(.+)$/.exec(q.cursor ?? '') ?? [];
  const where: Prisma.TaskWhereInput = {
    projectId,
    ...(q.states?.length ? { state: { in: q.states } } : {}),
    ...(q.label ? { labels: { has: q.label } } : {}),
    ...(after ? { OR: [{ priority: { lt: Number(priority) } }, { priority: Number(priority), id: { gt: after } }] } : {}),
  };
  const rows = await db.task.findMany({ where, orderBy: [{ priority: 'desc' }, { id: 'asc' }], take: q.limit + 1 });
  const items = await views(db, rows.slice(0, q.limit));
  const last = items.at(-1);
  return { items, nextCursor: rows.length > q.limit && last ? `${last.priority}:${last.id}` : null };
}

const finishedForMs = 86_400_000;
/** For the board: everything open, and the newest of what ended today. */
export async function snapshotTasks(db: Db, projectId: string): Promise<TaskView[]> {
  const ended = ['done', 'failed', 'dead-letter', 'cancelled'];
  const open = await db.task.findMany({
    where: { projectId, state: { notIn: ended } },
    orderBy: [{ priority: 'desc' }, { id: 'asc' }],
    take: 20_000,
  });
  const done = await db.task.findMany({
    where: {
      projectId,
      state: { in: ended },
      OR: [{ finishedAt: { gt: new Date(Date.now() - finishedForMs) } }, { state: { in: ['failed', 'dead-letter'] } }],
    },
    orderBy: { id: 'desc' },
    take: 2_000,
  });
  return views(db, [...open, ...done]);
}
