import { type Checkpoint, type Cut, cleanText, type Effect, type NumberedEvent, type Tx } from '@reeve/core';
import { type Ask, loadBody, type StoredBody, storeBody, sweepChunks } from './checkpoint-bodies.ts';
import { isoText } from './columns.ts';
import type { Connection } from './connection.ts';
import { PgTable } from './pg-table.ts';

const columns = 'id, project_id, agent_id, epoch, sequence, digest, size_bytes, trigger, event_sequence, created_at';
type Row = {
  id: string;
  project_id: string;
  agent_id: string;
  epoch: number;
  sequence: string;
  digest: string;
  size_bytes: number;
  trigger: string;
  event_sequence: string;
  created_ms: number;
};
const selection = `${columns.replace(', created_at', '')}, (date_part('epoch', created_at) * 1000)::float8 as created_ms`;
const checkpointOf = (r: Row): Checkpoint => ({
  id: r.id,
  projectId: r.project_id,
  agentId: r.agent_id,
  epoch: r.epoch,
  sequence: Number(r.sequence),
  digest: r.digest,
  sizeBytes: r.size_bytes,
  trigger: r.trigger,
  eventSequence: Number(r.event_sequence),
  createdAtMs: Math.round(r.created_ms),
});

/** Checkpoints of one transaction: no cache at all, so that what is read is what is stored. */
export function pgCheckpoints(db: Connection, projectId: string): Tx['checkpoints'] {
  const find = async (where: string, params: unknown[]): Promise<Checkpoint | undefined> =>
    (await db.query<Row>(`select ${selection} from checkpoint where ${where}`, params)).map(checkpointOf)[0];
  const ask: Ask = (sql, params) => db.query(sql, params);
  return {
    get: (id) => find('id = $1 and project_id = $2', [id, projectId]),
    latestOf: (agentId) => find('agent_id = $1 and project_id = $2 order by epoch desc, sequence desc limit 1', [agentId, projectId]),
    async put(c, bodyText) {
      const { packed, links } = await storeBody(ask, projectId, c.agentId, bodyText);
      await db.query(`insert into checkpoint (${columns}, packed, links) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, [
        c.id,
        c.projectId,
        c.agentId,
        c.epoch,
        c.sequence,
        c.digest,
        c.sizeBytes,
        cleanText(c.trigger),
        c.eventSequence,
        isoText(c.createdAtMs),
        packed,
        links,
      ]);
    },
    async bodyOf(id) {
      const [row] = await db.query<StoredBody & { agent_id: string }>(
        'select agent_id, body, packed, links from checkpoint where id = $1 and project_id = $2',
        [id, projectId],
      );
      return row && loadBody(ask, row.agent_id, row);
    },
    async prune(agentId, keep, also = { sinceMs: Number.POSITIVE_INFINITY, most: 0, needed: [] }) {
      const gone = await db.query<{ sequence: string; links: boolean }>(
        `delete from checkpoint where id in (
           select id from (
             select id, created_at, row_number() over (order by epoch desc, sequence desc) as place
             from checkpoint where agent_id = $1 and project_id = $2
           ) c where place > $3 and (created_at < $4 or place > $5) and id <> all($6::text[])
         ) returning sequence, links is not null as links`,
        [agentId, projectId, keep, Number.isFinite(also.sinceMs) ? isoText(also.sinceMs) : 'infinity', also.most, also.needed],
      );
      // one in sixteen takes the chunks of all along that nothing has in it any more: a look at all of them takes time
      if (gone.some((c) => c.links && (keep === 0 || Number(c.sequence) % 16 === 0))) await sweepChunks(ask, agentId);
      return gone.length;
    },
  };
}

export class Cuts extends PgTable<Cut> {
  restoring(): Promise<Cut[]> {
    return this.select('where t.project_id = $1 and t.restoring order by t.id', [this.projectId]);
  }
}
export class Effects extends PgTable<Effect> {
  ofAgent(agentId: string): Promise<Effect[]> {
    return this.select('where t.agent_id = $1 and t.project_id = $2 order by t.id', [agentId, this.projectId]);
  }
  async countOf(agentId: string): Promise<number> {
    await this.flush();
    const [row] = await this.db.query<{ n: string }>('select count(*) as n from effect where agent_id = $1 and project_id = $2', [
      agentId,
      this.projectId,
    ]);
    return Number(row?.n ?? 0);
  }
}

/** Numbered events of an agent behind a place in its own order. The primary key finds the agent's; restores are rare. */
export async function agentEventsAfter(
  db: Connection,
  projectId: string,
  agentId: string,
  place: { epoch: number; sequence: number },
  limit: number,
): Promise<NumberedEvent[]> {
  const rows = await db.query<{ event_id: string; type: string; at_ms: number; data: unknown; epoch: number; sequence: string }>(
    `select event_id, type, (date_part('epoch', at) * 1000)::float8 as at_ms, data, epoch, sequence from agent_event
     where agent_id = $1 and project_id = $2 and not late and sequence is not null and (epoch, sequence) > ($3::int, $4::int8)
     order by epoch, sequence limit $5`,
    [agentId, projectId, place.epoch, place.sequence, limit],
  );
  return rows.map((r) => ({
    eventId: r.event_id,
    type: r.type,
    atMs: Math.round(r.at_ms),
    data: r.data,
    epoch: r.epoch,
    sequence: Number(r.sequence),
  }));
}
