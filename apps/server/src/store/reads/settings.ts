import { defaultRetention, defaultSettings } from '@reeve/core';
import { type LimitName, type Limits, type LimitUse, limitNames, type ProjectView } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';

/** What an operator decided for the project, and how near it is to each limit. */
export async function readProject(db: Db, projectId: string): Promise<ProjectView> {
  const stored = await db.projectSettings.findUnique({ where: { id: projectId } });
  const settings = stored ?? defaultSettings(projectId);
  const [uses, halt] = await Promise.all([
    usesOf(db, projectId),
    settings.haltedBy
      ? db.stop.findUnique({ where: { id: settings.haltedBy }, select: { id: true, reason: true, acceptedAt: true } })
      : null,
  ]);
  const limits = { ...defaultSettings(projectId).limits, ...(settings.limits as Limits) };
  return {
    id: projectId,
    halted: halt && { stopId: halt.id, reason: halt.reason, at: halt.acceptedAt.toISOString() },
    limits: limitNames.map((name): LimitUse => {
      const use = uses.get(name);
      return { name, max: limits[name], used: use?.used ?? 0, agentId: use?.agentId ?? null };
    }),
    onParentExit: settings.onParentExit as ProjectView['onParentExit'],
    checkpoints: { ...defaultRetention, ...(settings.checkpoints as ProjectView['checkpoints'] | null) },
  };
}

type Use = { used: number; agentId: string | null };
/** Where each limit is used most: the deepest agent, the parent of most children, the fullest session. */
async function usesOf(db: Db, projectId: string): Promise<Map<LimitName, Use>> {
  const rows = await db.$queryRaw<{ name: LimitName; used: bigint; id: string | null }[]>`
    with live as (
      select id, parent_id, session_id, cardinality(path) as depth from agent
      where project_id = ${projectId} and state in ('starting', 'running', 'paused', 'lost', 'stopping', 'unconfirmed')
    ), recent as (
      select session_id from agent where project_id = ${projectId} and created_at > now() - interval '1 minute'
    )
    (select 'depth' as name, depth::bigint as used, id from live order by depth desc limit 1)
    union all (select 'children', count(*), parent_id from live where parent_id is not null group by parent_id order by 2 desc limit 1)
    union all (select 'session-live-agents', count(*), session_id from live group by session_id order by 2 desc limit 1)
    union all (select 'session-spawns', count(*), a.session_id from agent a
      where a.project_id = ${projectId} and a.session_id in (select distinct session_id from live) group by a.session_id order by 2 desc limit 1)
    union all (select 'session-spawns-per-minute', count(*), session_id from recent group by session_id order by 2 desc limit 1)
    union all (select 'project-live-agents', count(*), null from live)
    union all (select 'project-spawns-per-minute', count(*), null from recent)`;
  return new Map(rows.map((r) => [r.name, { used: Number(r.used), agentId: r.id }]));
}
