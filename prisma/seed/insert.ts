import { subjectKindOf } from '@reeve/core';
import pg from 'pg';
import type { World } from './world.ts';

export type Inserted = { agents: number; tasks: number; entries: number; events: number; fromSeq: number; toSeq: number; ms: number };
type Row = Record<string, unknown>;

const rowsAtOnce = 4_000;
/** Times whose column is not called after them. */
const instants: Record<string, string> = {
  atMs: 'at',
  lastHeartbeatMs: 'last_heartbeat_at',
  notBeforeMs: 'not_before_at',
  deadlineMs: 'deadline_at',
  orphanIgnoredUntilMs: 'orphan_ignored_until',
};
const snake = (name: string) => name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** A record of the core as its row: `createdAtMs` stands in `created_at`, everything else under its own name. */
export function rowOf(record: object, idColumn = 'id'): Row {
  const row: Row = {};
  for (const [name, value] of Object.entries(record)) {
    const instant = instants[name] ?? (name.endsWith('AtMs') ? snake(name.slice(0, -2)) : undefined);
    if (instant) row[instant] = value === null ? null : new Date(value as number).toISOString();
    else row[name === 'id' ? idColumn : snake(name)] = typeof value === 'bigint' ? value.toString() : value;
  }
  return row;
}

/** One statement for some thousand rows: PostgreSQL itself turns the JSON into typed columns. */
async function insert(client: pg.ClientBase, table: string, rows: readonly Row[]): Promise<void> {
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const part = rows.slice(from, from + rowsAtOnce);
    const columns = Object.keys(part[0] as Row).map((c) => `"${c}"`);
    await client.query(
      `insert into "${table}" (${columns.join(', ')}) select ${columns.join(', ')} from jsonb_populate_recordset(null::"${table}", $1::jsonb)`,
      [JSON.stringify(part)],
    );
  }
}

/** Everything of a world, table by table, in an order that keeps every reference whole. */
export function rowsOf(world: World, events: ReturnType<World['events']>): [string, Row[]][] {
  const { projectId } = world;
  const tables: [string, Row[]][] = [
    ['repository', world.repositories.map((x) => rowOf(x))],
    ['agent', [...world.agents.values()].map((x) => rowOf(x))],
    ['agent_lease', [...world.leases.values()].map((x) => rowOf(x, 'agent_id'))],
    ['stop', [...world.stops.values()].map((x) => rowOf(x))],
    ['stop_member', [...world.stopMembers.values()].map((x) => rowOf(x))],
    ['task', [...world.tasks.values()].map((x) => rowOf(x))],
    ['change', [...world.changes.values()].map((x) => rowOf(x))],
    ['cost_entry', world.entries.map((x) => rowOf(x))],
    [
      'event',
      events.map(({ seq, atMs, actor, event: { type, subjectId, data } }) =>
        rowOf({ projectId, seq, atMs, type, subjectKind: subjectKindOf(type), subjectId, actor, data }),
      ),
    ],
  ];
  if (world.logLines.length) tables.push(['agent_log', world.logLines.map((x) => rowOf({ ...x, projectId }))]);
  return tables;
}

/**
 * Writes a world into its project, behind what the log holds: gap-free `seq` under the project's lock, as every
 * command does it. A server that runs meanwhile shows it to whoever loads the dashboard next.
 */
export async function insertWorld(client: pg.ClientBase, world: World): Promise<Inserted> {
  const startedMs = performance.now();
  const { projectId } = world;
  await client.query('begin');
  try {
    await client.query('insert into project (id, name) values ($1, $2) on conflict do nothing', [
      projectId,
      projectId === 'prj_default' ? 'default' : projectId,
    ]);
    const { rows } = await client.query<{ seq: string }>('select seq from project where id = $1 for update', [projectId]);
    const fromSeq = Number(rows[0]?.seq ?? 0);
    const events = world.events(fromSeq);
    const toSeq = fromSeq + events.length;
    const tables = rowsOf(world, events);
    for (const [table, list] of tables) await insert(client, table, list);
    await client.query('update project set seq = $2, revision = revision + 1 where id = $1', [projectId, toSeq]);
    await client.query('commit');
    // so that the first queries are planned for what is there now
    for (const [table, list] of tables) if (list.length) await client.query(`analyze "${table}"`);
    const ms = Math.round(performance.now() - startedMs);
    return { agents: world.agents.size, tasks: world.tasks.size, entries: world.entries.length, events: events.length, fromSeq, toSeq, ms };
  } catch (e) {
    await client.query('rollback');
    throw e;
  }
}

export async function withDatabase<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'reeve-seed', connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
