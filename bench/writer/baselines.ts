import type pg from 'pg';

/** What one would write first: a row at a time, and a statement for each thing that follows from it. */

let made = 0;
/** One cost entry and an `UPDATE` for each ancestor, deepest last so that locks are taken in one order. */
export async function insertCostPlainly(pool: pg.Pool, agent: { id: string; path: string[] }): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(
      `insert into cost_entry (project_id, agent_id, event_id, path, session_id, model, input_tokens, output_tokens, cached_input_tokens,
         cache_write_tokens, reasoning_tokens, cost_nano_usd, priced_by, late, at, recorded_at)
       values ('prj_default', $1, $2, $3, $4, 'claude-haiku-4-5', 2000, 150, 0, 0, 0, 1234000, 'reported', false, now(), now())`,
      [agent.id, `plain-${made++}`, agent.path, agent.path[0]],
    );
    for (const id of agent.path)
      await client.query(
        `update cost_rollup set total_nano_usd = total_nano_usd + 1234000, total_entries = total_entries + 1,
           own_nano_usd = own_nano_usd + case when agent_id = $2 then 1234000 else 0 end where agent_id = $1`,
        [id, agent.id],
      );
    await client.query('commit');
  } catch (e) {
    await client.query('rollback');
    throw e;
  } finally {
    client.release();
  }
}

/** A claim in a statement of its own, and a completion in another, each with its own commit. */
export async function claimPlainly(pool: pg.Pool, agentId: string): Promise<unknown> {
  const { rows } = await pool.query<{ id: string; claim_token: string }>(
    `update task set state = 'claimed', agent_id = $1, claim_token = claim_token + 1, attempts = attempts + 1,
       claim_expires_at = now() + interval '5 minutes', claim_lease_ms = 300000, updated_at = now()
     where id = (select id from task where project_id = 'prj_default' and state = 'ready' order by priority desc, id
                 limit 1 for update skip locked) returning id, claim_token`,
    [agentId],
  );
  const task = rows[0];
  if (!task) return 'nothing left';
  await pool.query(
    `update task set state = 'done', agent_id = null, claim_expires_at = null, claim_lease_ms = null, finished_at = now(), updated_at = now()
     where id = $1 and claim_token = $2 and state = 'claimed'`,
    [task.id, task.claim_token],
  );
  return undefined;
}
export const beatPlainly = (pool: pg.Pool, agentId: string): Promise<unknown> =>
  pool.query(
    "update agent_lease set last_heartbeat_at = now(), expires_at = now() + interval '15 seconds', progress = random() where agent_id = $1",
    [agentId],
  );
