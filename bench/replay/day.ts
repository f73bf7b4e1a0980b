import type pg from 'pg';

const batch = 20_000;
const dayMs = 86_400_000;
type Row = [seq: number, atMs: number, type: string, kind: string, id: string, data: unknown];

/**
 * A day of a busy project as its log has it: sessions of twenty agents, one after another, that come, work on tasks under a
 * lock, cost money and end. Of a million events that are 27,000 agents. The log alone: no records stand beside it.
 */
export async function dayOfEvents(client: pg.Client, projectId: string, events: number): Promise<void> {
  const startMs = Date.now() - dayMs;
  let rows: Row[] = [];
  let seq = 0;
  const flush = async () => {
    await client.query(
      `insert into event (project_id, seq, at, type, subject_kind, subject_id, actor, data)
       select $1, s, to_timestamp(m / 1000.0), t, k, i, 'agent:bench', d::jsonb
       from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[]) as x(s, m, t, k, i, d)`,
      [projectId, ...[0, 1, 2, 3, 4].map((c) => rows.map((r) => r[c])), rows.map((r) => JSON.stringify(r[5]))],
    );
    rows = [];
  };
  const tell = async (type: string, kind: string, id: string, data: unknown) => {
    if (seq >= events) return;
    seq += 1;
    rows.push([seq, startMs + Math.floor((seq / events) * dayMs), type, kind, id, data]);
    if (rows.length === batch) await flush();
  };
  let tokens = 0;
  await tell('lock.defined', 'lock', 'lck_deploy', { name: 'deploy', permits: 1 });
  for (let session = 0; seq < events; session++) {
    const ids = Array.from({ length: 20 }, (_, i) => `agt_${session}_${i}`);
    for (const [i, id] of ids.entries()) {
      await tell('agent.registered', 'agent', id, { name: `worker ${i}`, parentId: i ? ids[0] : null, role: i ? 'coder' : 'lead' });
      await tell('agent.running', 'agent', id, { from: 'starting' });
    }
    for (let turn = 0; turn < 20; turn++)
      for (const id of ids.slice(1)) {
        const task = `tsk_${id}_${turn}`;
        if (turn % 5 === 0) {
          await tell('task.added', 'task', task, { title: `part ${turn}`, state: 'ready' });
          await tell('task.claimed', 'task', task, { agentId: id, token: '1', expiresAtMs: startMs + dayMs, attempt: 1 });
        }
        await tell('cost.recorded', 'agent', id, { entries: 1, nanoUsd: '1234000', unpriced: 0, late: false });
        if (turn % 5 === 0) await tell('task.completed', 'task', task, { agentId: id });
        if (turn % 10 === 0) {
          tokens += 1;
          const held = { name: 'deploy', agentId: id, token: String(tokens) };
          await tell('lock.granted', 'lock', 'lck_deploy', {
            ...held,
            requestId: 'r',
            callId: null,
            expiresAtMs: startMs + dayMs,
            waitedMs: 0,
          });
          await tell('lock.freed', 'lock', 'lck_deploy', { ...held, why: 'released' });
        }
      }
    for (const id of ids.toReversed()) await tell('agent.ended', 'agent', id, { state: 'completed', detail: '', error: null });
  }
  if (rows.length) await flush();
  await client.query('update project set seq = $2 where id = $1', [projectId, events]);
}
