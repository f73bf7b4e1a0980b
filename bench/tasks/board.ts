import type pg from 'pg';
import { projectId } from '../writer/bench-database.ts';

/** A board of so many ready tasks, and done ones beside them, put there in one statement each. */
export async function fillBoard(pool: pg.Pool, o: { ready: number; done?: number }): Promise<void> {
  await pool.query('truncate task');
  await insert(pool, 'r', 'ready', o.ready);
  if (o.done) await insert(pool, 'd', 'done', o.done);
  // as any other writer does it: what a store keeps of the tasks before is not true any more
  await pool.query('update project set revision = revision + 1 where id = $1', [projectId]);
  await pool.query('vacuum analyze task');
}
const insert = (pool: pg.Pool, prefix: string, state: string, count: number) =>
  pool.query(
    `insert into task (id, project_id, title, state, priority, labels, depends_on, attempts, max_attempts, claim_token, failures, created_by, created_at, updated_at, finished_at)
     select 'tsk_' || $1 || lpad(to_hex(i), 31, '0'), $2, 'task ' || i, $3, 0, '{}', '{}', 0, 3, 0, '[]', 'bench', now(), now(), case when $3 = 'done' then now() end
     from generate_series(1, $4::int) i`,
    [prefix, projectId, state, count],
  );

/** Agents to claim for. */
export async function addAgents(pool: pg.Pool, register: (name: string) => Promise<{ agentId: string }>, count: number): Promise<string[]> {
  const agents = await Promise.all(Array.from({ length: count }, (_, i) => register(`claimer-${i}`)));
  await pool.query("update agent_lease set expires_at = now() + interval '1 day'");
  return agents.map((a) => a.agentId);
}

/** Runs something while another session has a transaction open that began before it and has written. */
export async function whileHeld<T>(pool: pg.Pool, run: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read');
    await client.query('select txid_current(), count(*) from project');
    return await run();
  } finally {
    await client.query('rollback');
    client.release();
  }
}
