import type { LoggedEvent, NewAgentEvent, subjectKindOf } from '@reeve/core';
import { arrayText, storableText } from './array-text.ts';
import { isoText as iso, jsonText, storable } from './columns.ts';
import type { Connection } from './connection.ts';

/** The append-only side: sets go in one statement by unnest (data.md: 30 to 60 times a row at a time). */
export type LogLine = { agentId: string; stream: string; atMs: number; text: string };

const toJson = (v: unknown) => jsonText(v ?? null);

/** Appends facts and moves the project on to the `seq` of the last and to its revision, in one statement. */
export async function appendEvents(
  db: Connection,
  projectId: string,
  events: readonly LoggedEvent[],
  { lastSeq, revision }: { lastSeq: number; revision: bigint },
  kindOf: typeof subjectKindOf,
): Promise<void> {
  // what the facts say travels as one document: nothing of it is quoted once more, as in an array of texts
  await db.query(
    `with moved as (update project set seq = $8, revision = $9 where id = $1)
     insert into event (project_id, seq, at, type, subject_kind, subject_id, actor, data)
     select $1, $8::int8 - $10::int8 + x.n, $2::timestamptz, x.type, x.kind, x.subject, x.actor, x.data
     from rows from (unnest($3::text[], $4::text[], $5::text[], $6::text[]), jsonb_array_elements($7::jsonb)) with ordinality
       as x(type, kind, subject, actor, data, n)`,
    [
      projectId,
      iso(events[0]?.atMs ?? 0), // of one transaction, which has one moment
      arrayText(events, (e) => e.type),
      arrayText(events, (e) => kindOf(e.type)),
      arrayText(events, (e) => e.subjectId),
      storableText(events, (e) => e.actor),
      toJson(events.map((e) => e.data)),
      lastSeq,
      revision,
      events.length,
    ],
  );
}

export async function appendLogs(db: Connection, projectId: string, lines: readonly LogLine[]): Promise<void> {
  await db.query(
    `insert into agent_log (project_id, agent_id, stream, at, text)
     select $1, x.agent, x.stream, x.at, x.line from unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[]) as x(agent, stream, at, line)`,
    [projectId, lines.map((l) => l.agentId), lines.map((l) => l.stream), lines.map((l) => iso(l.atMs)), lines.map((l) => storable(l.text))],
  );
}

/** Answers how many were new. */
export async function appendAgentEvents(
  db: Connection,
  projectId: string,
  events: readonly (NewAgentEvent & { agentId: string })[],
): Promise<boolean[]> {
  if (events.length === 0) return [];
  const keyOf = (agentId: string, eventId: string) => `${agentId}/${eventId}`;
  const unique = [...new Map([...events].reverse().map((e) => [keyOf(e.agentId, storable(e.eventId) as string), e])).values()];
  const rows = await db.query<{ agent_id: string; event_id: string }>(
    `insert into agent_event (agent_id, event_id, project_id, type, at, data, epoch, sequence, late)
     select x.agent, x.id, $1, x.type, x.at, x.data::jsonb, x.epoch, x.sequence, x.late
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::int[], $8::int8[], $9::boolean[])
       as x(agent, id, type, at, data, epoch, sequence, late)
     on conflict do nothing returning agent_id, event_id`,
    [
      projectId,
      unique.map((e) => e.agentId),
      unique.map((e) => storable(e.eventId)),
      unique.map((e) => storable(e.type)),
      unique.map((e) => iso(e.atMs)),
      unique.map((e) => toJson(e.data)),
      unique.map((e) => e.epoch ?? 1),
      unique.map((e) => e.sequence ?? null),
      unique.map((e) => e.late ?? false),
    ],
  );
  const fresh = new Set(rows.map((r) => keyOf(r.agent_id, r.event_id)));
  // the first of two with one id is the new one
  return events.map((e) => fresh.delete(keyOf(e.agentId, storable(e.eventId) as string)));
}
