import { isoOf, isoOrNull } from '@reeve/core';
import {
  type AgentCondition,
  type AgentRow,
  type AgentState,
  type AgentView,
  agentRowFields,
  type FleetColumns,
  freeTextFields,
  isFinalAgent,
  isLiveAgent,
  isOverBudget,
  type LiveAgent,
  type RestartType,
  type Supervision,
  usdOf,
} from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';
import { Prisma } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import type { TextReader } from '../text-reader.ts';

type Row = {
  id: string;
  name: string;
  kind: string;
  role: string | null;
  model: string | null;
  parent_id: string | null;
  path: string[];
  session_id: string;
  epoch: number;
  state: AgentState;
  budget_nano_usd: bigint | null;
  on_parent_exit: AgentView['onParentExit'];
  metadata: Record<string, unknown>;
  runner_id: string | null;
  containment: AgentView['containment'];
  pid: number | null;
  pid_start_time: string | null;
  stop_id: string | null;
  lease_ms: number;
  created_at: Date;
  ended_at: Date | null;
  result: unknown;
  error: string | null;
  last_heartbeat_at: Date | null;
  expires_at: Date | null;
  activity: string | null;
  progress: number | null;
  tools_executed: bigint | null;
  own_nano_usd: bigint | null;
  total_nano_usd: bigint | null;
  total_unpriced: bigint | null;
  reserved_nano_usd: bigint | null;
  unknown_nano_usd: bigint | null;
  overshoot_nano_usd: bigint | null;
  moved_nano_usd: bigint | null;
  parent_state: AgentState | null;
  restart: RestartType | null;
  supervision: Supervision | null;
};
const select = Prisma.sql`
  select a.id, a.name, a.kind, a.role, a.model, a.parent_id, a.path, a.session_id, a.epoch, a.state, a.budget_nano_usd, a.on_parent_exit,
         a.metadata, a.runner_id, a.containment, a.pid, a.pid_start_time, a.stop_id, a.lease_ms, a.created_at, a.ended_at, a.result, a.error,
         l.last_heartbeat_at, l.expires_at, l.activity, l.progress, l.tools_executed,
         r.own_nano_usd, r.total_nano_usd, r.total_unpriced, p.state as parent_state,
         s.restart, s.supervision, u.reserved_nano_usd, u.unknown_nano_usd, u.overshoot_nano_usd, u.moved_nano_usd
  from agent a
  left join agent_lease l on l.agent_id = a.id
  left join cost_rollup r on r.agent_id = a.id
  left join budget_use u on u.agent_id = a.id
  left join agent p on p.id = a.parent_id
  left join agent_launch s on s.agent_id = a.id`;

/** Computed from (tree, lease, budget, now); never stored. */
function conditionsOf(r: Row, nowMs: number): AgentCondition[] {
  const out: AgentCondition[] = [];
  const live = isLiveAgent(r.state);
  if (live && r.expires_at && r.last_heartbeat_at) {
    const silentMs = nowMs - r.last_heartbeat_at.getTime();
    if (silentMs > (r.lease_ms * 2) / 3) out.push('late');
  }
  if (r.stop_id) out.push('fenced');
  if (live && r.parent_state && (isFinalAgent(r.parent_state) || r.parent_state === 'lost')) out.push('orphaned');
  if (isOverBudget(settledOf(r), r.budget_nano_usd)) out.push('over-budget');
  return out;
}
/** What counts against its budget: the subtree, and what agents that were moved out of it spend (I-ORPH-6). */
const settledOf = (r: Row): bigint => (r.total_nano_usd ?? 0n) + (r.moved_nano_usd ?? 0n);
function view(r: Row, nowMs: number): AgentView {
  return {
    id: r.id,
    name: r.name,
    kind: r.kind,
    role: r.role,
    model: r.model,
    parentId: r.parent_id,
    path: r.path,
    sessionId: r.session_id,
    epoch: r.epoch,
    state: r.state,
    conditions: conditionsOf(r, nowMs),
    activity: r.activity,
    progress: r.progress,
    toolsExecuted: Number(r.tools_executed ?? 0),
    createdAt: isoOf(r.created_at.getTime()),
    endedAt: isoOrNull(r.ended_at?.getTime()),
    lastHeartbeatAt: isoOrNull(r.last_heartbeat_at?.getTime()),
    leaseExpiresAt: isoOrNull(r.expires_at?.getTime()),
    leaseMs: r.lease_ms,
    containment: r.containment,
    runnerId: r.runner_id,
    pid: r.pid,
    pidStartTime: r.pid_start_time,
    cost: { ownUsd: usdOf(r.own_nano_usd ?? 0n), subtreeUsd: usdOf(r.total_nano_usd ?? 0n), unpriced: Number(r.total_unpriced ?? 0) },
    budgetUsd: r.budget_nano_usd === null ? null : usdOf(r.budget_nano_usd),
    budget: {
      budgetUsd: r.budget_nano_usd === null ? null : usdOf(r.budget_nano_usd),
      settledUsd: usdOf(settledOf(r)),
      reservedUsd: usdOf(r.reserved_nano_usd ?? 0n),
      unknownUsd: usdOf(r.unknown_nano_usd ?? 0n),
      overshootUsd: usdOf(r.overshoot_nano_usd ?? 0n),
    },
    onParentExit: r.on_parent_exit,
    restart: r.restart ?? 'temporary',
    supervision: r.supervision,
    metadata: r.metadata,
    stopId: r.stop_id,
    result: r.result,
    error: r.error,
  };
}
/** A time in milliseconds, as the browser wants it. */
const ms = (column: string) => `(date_part('epoch', ${column}) * 1000)::int8`;
/** Where each field of an `AgentRow` comes from; the compiler asks for every one. */
const liveFields: { [F in keyof LiveAgent]: string } = {
  id: 'a.id',
  parentId: 'a.parent_id',
  name: 'a.name',
  kind: 'a.kind',
  role: 'a.role',
  model: 'a.model',
  state: 'a.state',
  epoch: 'a.epoch',
  sessionId: 'a.session_id',
  createdAtMs: ms('a.created_at'),
  endedAtMs: ms('a.ended_at'),
  lastHeartbeatMs: ms('l.last_heartbeat_at'),
  leaseExpiresMs: ms('l.expires_at'),
  activity: 'l.activity',
  progress: 'l.progress',
  containment: 'a.containment',
  stopId: 'a.stop_id',
  budgetNanoUsd: 'a.budget_nano_usd::text',
  ownNanoUsd: 'coalesce(r.own_nano_usd, 0)::text',
  subtreeNanoUsd: 'coalesce(r.total_nano_usd, 0)::text',
  unpriced: 'coalesce(r.total_unpriced, 0)',
  checkpointMs: "(l.checkpoint->>'savedAtMs')::int8",
};
/** Rows of the live tree as one text that PostgreSQL wrote: ten thousand cost a quarter of what Prisma's rows do. */
async function liveRows(db: Db, where: Prisma.Sql): Promise<AgentRow[]> {
  const [all] = await db.$queryRaw<{ rows: string | null }[]>`
    select json_agg(x.row)::text as rows from (
      select json_build_array(${Prisma.raw(agentRowFields.map((f) => liveFields[f]).join(', '))}) as row
      from agent a left join agent_lease l on l.agent_id = a.id left join cost_rollup r on r.agent_id = a.id
      where ${where}) x`;
  return JSON.parse(all?.rows ?? '[]') as AgentRow[];
}

export async function readAgent(db: Db, projectId: string, id: string): Promise<AgentView> {
  const [row] = await db.$queryRaw<Row[]>`${select} where a.id = ${id} and a.project_id = ${projectId}`;
  if (!row) throw notFound('agent', id);
  return view(row, Date.now());
}

/** Oldest first (ids are ordered by time); the cursor is the last id of the page. */
export async function listAgents(
  db: Db,
  projectId: string,
  q: { root?: string; states?: string[]; limit: number; cursor?: string },
): Promise<{ items: AgentView[]; nextCursor: string | null }> {
  const rows = await db.$queryRaw<Row[]>`${select} where a.project_id = ${projectId}
    ${q.root ? Prisma.sql`and ${q.root} = any(a.path)` : Prisma.empty}
    ${q.states?.length ? Prisma.sql`and a.state = any(${q.states})` : Prisma.empty}
    ${q.cursor ? Prisma.sql`and a.id > ${q.cursor}` : Prisma.empty}
    order by a.id limit ${q.limit + 1}`;
  const items = rows.slice(0, q.limit).map((r) => view(r, Date.now()));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
}

/** Ended agents older than this are left out of the snapshot unless something below them lives. */
const endedForMs = 3_600_000;
const mostAgents = 60_000;

/** For the first paint: all that live, their ancestors, and what ended within the hour; newest first. */
const onScreen = (projectId: string) => Prisma.sql`a.project_id = ${projectId} and (a.ended_at is null
  or a.ended_at > ${new Date(Date.now() - endedForMs)}
  or a.id in (select unnest(b.path) from agent b where b.project_id = ${projectId} and b.ended_at is null))
  order by a.id desc limit ${mostAgents}`;

export async function snapshotAgents(db: Db, projectId: string): Promise<AgentRow[]> {
  return (await liveRows(db, onScreen(projectId))).reverse();
}

const joined: Record<keyof LiveAgent, string> = { ...liveFields };
for (const field of agentRowFields)
  joined[field] = (freeTextFields as readonly string[]).includes(field)
    ? `coalesce(json_agg(x."${field}")::text, '[]')`
    : `coalesce(string_agg(coalesce(x."${field}"::text, '-'), ' '), '')`;
/** The same agents by columns, oldest first: each is one text that only passes through here. */
export function fleetColumns(text: TextReader, projectId: string): Promise<FleetColumns> {
  const columns = (of: typeof liveFields) => Prisma.raw(agentRowFields.map((f) => `${of[f]} as "${f}"`).join(', '));
  return text.row<FleetColumns>(Prisma.sql`
    select ${columns(joined)} from (select * from (
      select ${columns(liveFields)}
      from agent a left join agent_lease l on l.agent_id = a.id left join cost_rollup r on r.agent_id = a.id
      where ${onScreen(projectId)}) newest order by id) x`);
}
export async function liveAgentRows(db: Db, projectId: string, ids: readonly string[]): Promise<AgentRow[]> {
  if (ids.length === 0) return [];
  return liveRows(db, Prisma.sql`a.id = any(${ids as string[]}) and a.project_id = ${projectId}`);
}

export async function agentNames(db: Db, ids: readonly (string | null)[]): Promise<Map<string, string>> {
  const wanted = [...new Set(ids.filter((i) => i !== null))];
  if (wanted.length === 0) return new Map();
  const rows = await db.agent.findMany({ where: { id: { in: wanted } }, select: { id: true, name: true } });
  return new Map(rows.map((r) => [r.id, r.name]));
}

export async function agentLogs(db: Db, projectId: string, agentId: string, q: { after?: number; limit: number }) {
  const where = { projectId, agentId, ...(q.after !== undefined ? { id: { gt: q.after } } : {}) };
  const rows = await db.agentLog.findMany({ where, orderBy: { id: q.after === undefined ? 'desc' : 'asc' }, take: q.limit });
  if (q.after === undefined) rows.reverse();
  return rows.map((r) => ({ n: Number(r.id), at: r.at.toISOString(), stream: r.stream as 'stdout' | 'stderr', text: r.text }));
}
