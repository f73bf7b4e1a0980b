import { type Db, Prisma } from '@reeve/prisma';
import { unpricedOf } from './pg-sums.ts';

/** What a slot adds up; the chart of a day has them three by three. */
export const slotMs = 300_000;
const mostEntries = 20_000;

/** The same five minutes for every reader, whatever the time zone of the database. */
export const slotOf = (at: Prisma.Sql): Prisma.Sql => Prisma.sql`date_bin('5 minutes', ${at}, timestamptz '2000-01-01 00:00:00+00')`;

/**
 * Folds what is new in the ledger into its slots: one row for each node of a frozen path, five minutes, model and role. The
 * place up to which it has come moves in the same transaction, so a crash folds nothing twice; ids of a project grow in the
 * order of its commits, since each of them holds its lock. Answers whether more waits.
 */
export async function foldSlots(db: Db, projectId: string): Promise<boolean> {
  return db.$transaction(
    async (tx) => {
      await tx.$executeRaw`insert into cost_fold (project_id, last_id) values (${projectId}, 0) on conflict do nothing`;
      const [at] = await tx.$queryRaw<{ last: bigint; next: bigint | null; n: number }[]>`
        select f.last_id as last, x.next, x.n from
          (select last_id from cost_fold where project_id = ${projectId} for update) f,
          lateral (select max(id) as next, count(*)::int as n from
            (select id from cost_entry where project_id = ${projectId} and id > f.last_id order by id limit ${mostEntries}) e) x`;
      if (!at?.next) return false;
      await tx.$executeRaw`
        insert into cost_slot (project_id, agent_id, slot, model, role, depth, parent_id, own_nano_usd, total_nano_usd,
          input_tokens, output_tokens, entries, unpriced)
        select ${projectId}, p.id, ${slotOf(Prisma.sql`e.at`)}, e.model, coalesce(e.role, ''), p.n, coalesce(e.path[p.n - 1], ''),
          coalesce(sum(e.cost_nano_usd) filter (where p.id = e.agent_id), 0), coalesce(sum(e.cost_nano_usd), 0),
          sum(e.input_tokens), sum(e.output_tokens), count(*), sum(${Prisma.raw(unpricedOf('e'))})
        from cost_entry e cross join lateral unnest(e.path) with ordinality p(id, n)
        where e.project_id = ${projectId} and e.id > ${at.last} and e.id <= ${at.next}
        group by 2, 3, 4, 5, 6, 7 order by 2, 3, 4, 5, 6, 7
        on conflict (project_id, agent_id, slot, model, role, depth, parent_id) do update set
          own_nano_usd = cost_slot.own_nano_usd + excluded.own_nano_usd, total_nano_usd = cost_slot.total_nano_usd + excluded.total_nano_usd,
          input_tokens = cost_slot.input_tokens + excluded.input_tokens, output_tokens = cost_slot.output_tokens + excluded.output_tokens,
          entries = cost_slot.entries + excluded.entries, unpriced = cost_slot.unpriced + excluded.unpriced`;
      await tx.$executeRaw`update cost_fold set last_id = ${at.next} where project_id = ${projectId}`;
      return at.n === mostEntries;
    },
    { timeout: 60_000 },
  );
}
