import { type Db, Prisma } from '@reeve/prisma';

/** The agents right below one, or the roots. */
export const ofLevel = (parent: string | undefined) =>
  parent === undefined ? Prisma.sql`a.parent_id is null` : Prisma.sql`a.parent_id = ${parent}`;

/**
 * Which entries make up what is unattributed at a level, newest first: those below its start and below none of the agents that hang
 * there now, or below several, or below one of them and not below the start.
 */
export async function unattributedEntries(
  db: Db,
  projectId: string,
  q: { parent: string | undefined; before: bigint | undefined; limit: number },
): Promise<bigint[]> {
  const below = q.parent === undefined ? Prisma.sql`1` : Prisma.sql`(e.path @> array[${q.parent}])::int - (e.agent_id = ${q.parent})::int`;
  const rows = await db.$queryRaw<{ id: bigint }[]>`
    with level as (select coalesce(array_agg(a.id), '{}') as ids from agent a where a.project_id = ${projectId} and ${ofLevel(q.parent)})
    select e.id from cost_entry e
    where e.project_id = ${projectId} ${q.before === undefined ? Prisma.empty : Prisma.sql`and e.id < ${q.before}`}
      ${q.parent === undefined ? Prisma.empty : Prisma.sql`and (e.path @> array[${q.parent}] or e.path && (select ids from level))`}
      and ${below} - (select count(*) from unnest(e.path) p where p = any((select ids from level)::text[])) <> 0
    order by e.id desc limit ${q.limit}`;
  return rows.map((r) => r.id);
}
