import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { emptyHistory, type History, historyText, type LoggedEvent, readHistory, replay } from '@reeve/core';
import { type Db, Prisma } from '@reeve/prisma';
import type { TextReader } from './text-reader.ts';

/** As many events are replayed at most to open a point; a snapshot stands at each multiple. */
export const snapshotEvery = 10_000;
/** As many are replayed in one go, which holds the event loop up. */
const eventsInOneGo = 2_000;
/** What the fold does not read, and would only be carried. */
const heavy = ['agent.activity', 'agent.reported'];
const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

/** One text that PostgreSQL wrote: ten thousand rows of Prisma take longer than all the rest. */
async function eventsBetween(text: TextReader, projectId: string, after: number, upTo: number): Promise<LoggedEvent[]> {
  const { rows } = await text.row<{ rows: string }>(Prisma.sql`
    select coalesce(json_agg(x.row)::text, '[]') as rows from (
      select json_build_object('seq', seq, 'atMs', (extract(epoch from at) * 1000)::bigint, 'type', type, 'subjectId', subject_id,
        'actor', '', 'data', data - 'result') as row
      from event where project_id = ${projectId} and seq > ${after} and seq <= ${upTo}
        and subject_kind in ('agent', 'task', 'lock', 'barrier') and not type = any(${heavy}) order by seq) x`);
  return JSON.parse(rows) as LoggedEvent[];
}
async function momentOf(db: Db, projectId: string, seq: number): Promise<number> {
  const event = await db.event.findUnique({ where: { projectId_seq: { projectId, seq: BigInt(seq) } }, select: { at: true } });
  return event?.at.getTime() ?? 0;
}
async function nearest(db: Db, projectId: string, seq: number): Promise<History> {
  const row = await db.historySnapshot.findFirst({ where: { projectId, seq: { lte: BigInt(seq) } }, orderBy: { seq: 'desc' } });
  return row ? readHistory((await unpack(row.body)).toString('utf8')) : emptyHistory();
}
async function keep(db: Db, projectId: string, h: History): Promise<void> {
  const body = new Uint8Array(await pack(historyText(h), { level: 1 }));
  await db.historySnapshot.createMany({ data: [{ projectId, seq: BigInt(h.seq), body }], skipDuplicates: true });
}

/**
 * The project as it was when event `seq` had happened: from the snapshot before it, and the events between. Snapshots that
 * are missing on the way are made. They hold nothing that the log does not, so losing them costs time alone.
 */
export async function historyAt(
  db: Db,
  text: TextReader,
  projectId: string,
  seq: number,
  from: 'a snapshot' | 'the start' = 'a snapshot',
): Promise<History> {
  let h = from === 'the start' ? emptyHistory() : await nearest(db, projectId, seq);
  while (h.seq < seq) {
    const upTo = Math.min(seq, h.seq + eventsInOneGo, (Math.floor(h.seq / snapshotEvery) + 1) * snapshotEvery);
    h = { ...replay(h, await eventsBetween(text, projectId, h.seq, upTo)), seq: upTo };
    if (upTo % snapshotEvery === 0) {
      h.atMs = await momentOf(db, projectId, upTo);
      if (from === 'a snapshot') await keep(db, projectId, h);
    }
  }
  return { ...h, atMs: await momentOf(db, projectId, seq) };
}

/** One more snapshot where the log has grown past the next multiple; answers whether there may be another. */
export async function snapshotHistory(db: Db, text: TextReader, projectId: string, head: number): Promise<boolean> {
  const last = await db.historySnapshot.findFirst({ where: { projectId }, orderBy: { seq: 'desc' }, select: { seq: true } });
  const next = Number(last?.seq ?? 0) + snapshotEvery;
  if (next > head) return false;
  await historyAt(db, text, projectId, next);
  return next + snapshotEvery <= head;
}
