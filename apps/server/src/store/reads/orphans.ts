import type { Db } from '@reeve/prisma';

/**
 * Live agents whose parent's epoch is over or lost (`isSuspectedOrphan`). Only a suspicion: commands read each again
 * (I-ORPH-1). The upper ones first.
 */
export async function suspectedOrphans(db: Db, projectId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select a.id from agent a join agent p on p.id = a.parent_id
    where a.project_id = ${projectId} and a.state in ('starting', 'running', 'paused', 'lost', 'stopping', 'unconfirmed')
      and a.state in ('starting', 'running', 'paused', 'lost') and not a.orphan_handled
      and p.state in ('stopped', 'killed', 'completed', 'failed', 'lost')
    order by cardinality(a.path), a.id`;
  return rows.map((r) => r.id);
}

/**
 * Those of them that are not left alone as things stand (`policyFor`): what a policy ignores would come up at every sweep,
 * and, were the answer cut short, in front of what must be judged. It is not cut short: whether there are too many is
 * asked of all of them (I-ORPH-7).
 */
export async function orphansToJudge(db: Db, projectId: string, nowMs: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    select a.id from agent a join agent p on p.id = a.parent_id
      left join project_settings s on s.id = a.project_id
      cross join lateral (select case p.state when 'killed' then 'stopped' else p.state end as cause) c
    where a.project_id = ${projectId} and a.state in ('starting', 'running', 'paused', 'lost', 'stopping', 'unconfirmed')
      and a.state in ('starting', 'running', 'paused', 'lost') and not a.orphan_handled
      and p.state in ('stopped', 'killed', 'completed', 'failed', 'lost')
      and (a.orphan_ignored_until is null or a.orphan_ignored_until <= ${new Date(nowMs)})
      and coalesce(a.on_parent_exit ->> c.cause, s.on_parent_exit ->> c.cause, case c.cause when 'lost' then 'ignore' else 'stop' end) <> 'ignore'
    order by cardinality(a.path), a.id`;
  return rows.map((r) => r.id);
}
