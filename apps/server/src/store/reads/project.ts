import { mustHalt } from '@reeve/core';
import {
  type AgentState,
  type Board,
  type EventView,
  eventSentence,
  type Fleet,
  isLiveAgent,
  type Overview,
  type Snapshot,
  type TaskState,
  usdOf,
} from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import type { TextReader } from '../text-reader.ts';
import { agentNames, fleetColumns, snapshotAgents } from './agents.ts';
import { listChanges } from './changes.ts';
import { listBarriers, listLocks } from './coordination.ts';
import { orphansToJudge } from './orphans.ts';
import { snapshotStops } from './stops.ts';
import { snapshotTasks } from './tasks.ts';

export async function readSeq(db: Db, projectId: string): Promise<number> {
  const row = await db.project.findUnique({ where: { id: projectId }, select: { seq: true } });
  return Number(row?.seq ?? 0);
}

/** Newest first before `before`, or oldest first behind `after`. */
export async function listEvents(
  db: Db,
  projectId: string,
  q: { before?: number; after?: number; subjectId?: string; type?: string; limit: number },
): Promise<{ items: EventView[]; nextCursor: string | null }> {
  const rows = await db.event.findMany({
    where: {
      projectId,
      ...(q.subjectId ? { subjectId: q.subjectId } : {}),
      ...(q.type ? { type: q.type.endsWith('.') ? { startsWith: q.type } : q.type } : {}),
      ...(q.after !== undefined ? { seq: { gt: q.after } } : q.before !== undefined ? { seq: { lt: q.before } } : {}),
    },
    orderBy: { seq: q.after !== undefined ? 'asc' : 'desc' },
    take: q.limit,
  });
  const ids = rows.flatMap((r) => [r.subjectId, ...idsIn(r.data)]);
  const names = await agentNames(db, ids);
  const items = rows.map((r) => ({
    seq: Number(r.seq),
    at: r.at.toISOString(),
    type: r.type,
    subjectKind: r.subjectKind,
    subjectId: r.subjectId,
    actor: r.actor,
    data: withoutTexts(r.data as Record<string, unknown>),
    sentence: withNames(eventSentence({ type: r.type, data: r.data }), names, names.get(r.subjectId)),
  }));
  return { items, nextCursor: rows.length === q.limit ? String(items.at(-1)?.seq) : null };
}
/** The log holds whole patches, so that it can be replayed; a list of events does not need them. */
const withoutTexts = ({ testPatch: _t, fixPatch: _f, diff: _d, ...data }: Record<string, unknown>): Record<string, unknown> => data;
const idsIn = (data: unknown): string[] => {
  const { agentId, parentId, to } = (data ?? {}) as Record<string, unknown>;
  return [agentId, parentId, to].filter((x) => typeof x === 'string');
};
/** Agents by name where the sentence has their id; the subject's name in front where it is an agent. */
function withNames(sentence: string, names: ReadonlyMap<string, string>, subject: string | undefined): string {
  const named = sentence.replace(/agt_[0-9a-f]{32}/g, (id) => names.get(id) ?? id);
  return subject && !named.startsWith(subject) ? `${subject} ${named}` : named;
}

export async function snapshot(db: Db, projectId: string): Promise<Snapshot> {
  // the seq first: whatever is read after it is at least as new, and later frames only repeat it
  const seq = await readSeq(db, projectId);
  const [agents, rest] = await Promise.all([snapshotAgents(db, projectId), board(db, projectId)]);
  return { seq, atMs: Date.now(), agents, ...rest };
}
export async function fleet(db: Db, text: TextReader, projectId: string): Promise<Fleet> {
  const seq = await readSeq(db, projectId);
  return { seq, atMs: Date.now(), columns: await fleetColumns(text, projectId) };
}
/** Locks, and barriers, in use: more than a page shows. */
const mostInUse = 500;
export async function board(db: Db, projectId: string): Promise<Board> {
  const inUse = { held: true, limit: mostInUse };
  const [tasks, changes, stops, locks, barriers] = await Promise.all([
    snapshotTasks(db, projectId),
    listChanges(db, projectId, { limit: 200 }),
    snapshotStops(db, projectId),
    listLocks(db, projectId, inUse),
    listBarriers(db, projectId, inUse),
  ]);
  return { tasks, changes: changes.items, stops, locks: locks.items, barriers: barriers.items };
}

const minuteMs = 60_000;
/** What needs a person, and the live counters. */
export async function overview(db: Db, projectId: string): Promise<Overview> {
  const now = Date.now();
  const hourAgo = new Date(now - 60 * minuteMs);
  const fiveAgo = new Date(now - 5 * minuteMs);
  const minuteAgo = new Date(now - minuteMs);
  const [
    seq,
    states,
    taskStates,
    waiting,
    frozen,
    unconfirmed,
    lost,
    orphaned,
    dead,
    stops,
    spawned,
    burn,
    tokens,
    total,
    minutes,
    demo,
    late,
  ] = await Promise.all([
    readSeq(db, projectId),
    db.agent.groupBy({ by: ['state'], where: { projectId }, _count: true }),
    db.task.groupBy({ by: ['state'], where: { projectId }, _count: true }),
    db.change.findMany({
      where: { projectId, state: 'awaiting-approval' },
      select: { id: true, title: true, agentId: true, blastRadius: true, updatedAt: true },
      orderBy: { id: 'asc' },
      take: 50,
    }),
    db.$queryRaw<{ id: string; title: string; repository: string; since: Date }[]>`
      select c.id, c.title, r.name as repository, c.updated_at as since from change c join repository r on r.id = c.repository_id
      where c.project_id = ${projectId} and c.activation->>'open' = 'true' and c.activation->>'state' = 'rollback-failed' order by c.id limit 50`,
    db.agent.findMany({ where: { projectId, state: 'unconfirmed' }, orderBy: { id: 'desc' }, take: 50 }),
    db.agent.findMany({ where: { projectId, state: 'lost' }, orderBy: { id: 'desc' }, take: 50 }),
    db.$queryRaw<{ id: string; name: string; parent_id: string }[]>`
      select a.id, a.name, a.parent_id from agent a join agent p on p.id = a.parent_id
      where a.project_id = ${projectId} and a.state in ('starting', 'running', 'paused', 'lost')
        and p.state in ('stopped', 'killed', 'completed', 'failed', 'lost') order by a.id limit 50`,
    db.task.findMany({ where: { projectId, state: 'dead-letter' }, orderBy: { id: 'desc' }, take: 50 }),
    db.stop.findMany({ where: { projectId, state: 'stopping' }, orderBy: { id: 'desc' }, take: 20 }),
    db.agent.count({ where: { projectId, createdAt: { gt: hourAgo } } }),
    db.costEntry.aggregate({ where: { projectId, at: { gte: fiveAgo, lt: new Date(now) } }, _sum: { costNanoUsd: true } }),
    db.costEntry.aggregate({ where: { projectId, at: { gt: minuteAgo } }, _sum: { inputTokens: true, outputTokens: true } }),
    db.$queryRaw<{ nano: string }[]>`select coalesce(sum(own_nano_usd), 0)::text as nano from cost_rollup where project_id = ${projectId}`,
    db.$queryRaw<{ minute: bigint; nano: string }[]>`
      select floor(extract(epoch from at) / 60)::bigint as minute, coalesce(sum(cost_nano_usd), 0)::text as nano
      from cost_entry where project_id = ${projectId} and at > ${hourAgo} group by 1`,
    db.$queryRaw<{ model: string | null; metadata: { offline?: boolean } }[]>`
      select model, metadata from agent where project_id = ${projectId} and parent_id is null and metadata @> '{"demo": true}'::jsonb
        and state in ('starting', 'running', 'paused') order by id desc limit 1`,
    db.$queryRaw<{ nano: bigint; tokens: bigint; stops: bigint }[]>`
      select coalesce(sum(e.cost_nano_usd), 0)::bigint as nano, coalesce(sum(e.input_tokens + e.output_tokens), 0)::bigint as tokens,
             count(distinct a.stop_id) as stops
      from cost_entry e join agent a on a.id = e.agent_id join stop s on s.id = a.stop_id
      where e.project_id = ${projectId} and e.late and e.at > s.accepted_at`,
  ]);
  const judged = await orphansToJudge(db, projectId, now);
  const live = states.reduce((n, s) => n + (isLiveAgent(s.state as AgentState) ? s._count : 0), 0);
  const names = await agentNames(
    db,
    [...waiting, ...stops].map((c) => c.agentId),
  );
  const ended = stops.length
    ? await db.stopMember.groupBy({
        by: ['stopId'],
        where: { stopId: { in: stops.map((s) => s.id) }, outcome: { not: null } },
        _count: true,
      })
    : [];
  const endedOf = new Map(ended.map((e) => [e.stopId, e._count]));
  const nanoAt = new Map(minutes.map((m) => [Number(m.minute), Number(m.nano)]));
  const thisMinute = Math.floor(now / minuteMs);
  return {
    seq,
    needsMe: {
      approvals: waiting.map((c) => ({
        changeId: c.id,
        title: c.title,
        level: (c.blastRadius as { level?: string } | null)?.level ?? null,
        agentName: names.get(c.agentId) ?? null,
        since: c.updatedAt.toISOString(),
      })),
      frozen: frozen.map((c) => ({ changeId: c.id, title: c.title, repositoryName: c.repository, since: c.since.toISOString() })),
      unconfirmed: unconfirmed.map((a) => ({ agentId: a.id, name: a.name, stopId: a.stopId, since: a.createdAt.toISOString() })),
      lost: lost.map((a) => ({ agentId: a.id, name: a.name, since: null })),
      orphaned: orphaned.map((a) => ({ agentId: a.id, name: a.name, parentId: a.parent_id })),
      orphansHalted: mustHalt(judged.length, live) ? { orphans: judged.length, live } : null,
      deadLetters: dead.map((t) => ({ taskId: t.id, title: t.title, since: (t.finishedAt ?? t.updatedAt).toISOString() })),
      openStops: stops.map((s) => ({
        stopId: s.id,
        name: s.agentId === null ? 'everything' : (names.get(s.agentId) ?? s.agentId),
        members: s.members,
        ended: endedOf.get(s.id) ?? 0,
        deadline: s.deadlineAt.toISOString(),
      })),
    },
    agentsByState: Object.fromEntries(states.map((s) => [s.state as AgentState, s._count])),
    tasksByState: Object.fromEntries(taskStates.map((s) => [s.state as TaskState, s._count])),
    spawnedLastHour: spawned,
    burnUsdPerHour: usdOf((burn._sum.costNanoUsd ?? 0n) * 12n),
    burnWindow: { from: fiveAgo.toISOString(), to: new Date(now).toISOString(), times: 12 },
    tokensPerSecond: Number((tokens._sum.inputTokens ?? 0n) + (tokens._sum.outputTokens ?? 0n)) / 60,
    totalUsd: usdOf(BigInt(total[0]?.nano ?? 0)),
    cost: Array.from({ length: 60 }, (_, i) => {
      const minute = thisMinute - 59 + i;
      return { atMs: minute * minuteMs, usd: (nanoAt.get(minute) ?? 0) / 1e9 };
    }),
    overshoot: { usd: usdOf(BigInt(late[0]?.nano ?? 0)), tokens: Number(late[0]?.tokens ?? 0), stops: Number(late[0]?.stops ?? 0) },
    demo: demo[0] ? { running: true, offline: demo[0].metadata.offline !== false, model: demo[0].model } : null,
  };
}
