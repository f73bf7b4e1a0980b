import type pg from 'pg';

/**
 * What one would write first, as in the sketch that everybody begins with: list the children, stop them in parallel, then
 * set one's own state; a query and an update for each agent.
 */
export async function stopPlainly(pool: pg.Pool, agentId: string): Promise<number> {
  const { rows } = await pool.query<{ id: string }>("select id from agent where parent_id = $1 and state = 'running'", [agentId]);
  const below = await Promise.all(rows.map((r) => stopPlainly(pool, r.id)));
  await pool.query("update agent set state = 'stopping', version = version + 1 where id = $1", [agentId]);
  return below.reduce((sum, n) => sum + n, 1);
}
