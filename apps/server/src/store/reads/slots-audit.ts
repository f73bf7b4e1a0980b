import type { Discrepancy } from '@reeve/core';
import { type Db, Prisma } from '@reeve/prisma';
import { unpricedOf } from '../pg-sums.ts';

const fields = [
  ['ownNanoUsd', 'own_nano_usd', 'own_nano_usd'],
  ['totalNanoUsd', 'total_nano_usd', 'total_nano_usd'],
  ['totalInputTokens', 'input_tokens', 'total_input_tokens'],
  ['totalOutputTokens', 'output_tokens', 'total_output_tokens'],
  ['totalEntries', 'entries', 'total_entries'],
  ['totalUnpriced', 'unpriced', 'total_unpriced'],
] as const;
const most = 100;
type Row = { id: string } & Record<string, string>;

/**
 * The sums of five minutes of each node, added up, against its rollup, in one statement and so at one moment. Each is folded up to a
 * place of its own; what only one of them has yet is added to the other.
 */
export async function auditSlots(db: Db, projectId: string): Promise<Discrepancy[]> {
  // the entries between a place and the further one of both, at each node of their path
  const rest = (from: Prisma.Sql) => Prisma.sql`
    select p.id, case when p.id = e.agent_id then coalesce(e.cost_nano_usd, 0) else 0 end, coalesce(e.cost_nano_usd, 0), e.input_tokens,
      e.output_tokens, 1, ${Prisma.raw(unpricedOf('e'))}
    from cost_entry e, place, unnest(e.path) p(id)
    where e.project_id = ${projectId} and e.id > ${from} and e.id <= greatest(place.slots, place.sums)`;
  const sums = Prisma.raw(fields.map(([, c]) => `sum(${c}) as ${c}`).join(', '));
  const names = Prisma.raw(fields.map(([, c]) => c).join(', '));
  const differ = Prisma.raw(fields.map(([, c]) => `coalesce(a.${c}, 0) <> coalesce(b.${c}, 0)`).join(' or '));
  const both = Prisma.raw(
    fields.map(([, c]) => `coalesce(a.${c}, 0)::text as "slot_${c}", coalesce(b.${c}, 0)::text as "sum_${c}"`).join(', '),
  );
  const rows = await db.$queryRaw<Row[]>`
    with place as (select coalesce((select last_id from cost_fold where project_id = ${projectId}), 0) as slots,
        coalesce((select last_id from cost_rollup_place where project_id = ${projectId}), 0) as sums),
      a as (select id, ${sums} from (
        select agent_id as id, ${names} from cost_slot where project_id = ${projectId} union all ${rest(Prisma.sql`place.slots`)}) x group by id),
      b as (select id, ${sums} from (
        select agent_id as id, ${Prisma.raw(fields.map(([, c, r]) => `${r} as ${c}`).join(', '))} from cost_rollup where project_id = ${projectId}
        union all ${rest(Prisma.sql`place.sums`)}) x group by id)
    select coalesce(a.id, b.id) as id, ${both} from a full join b on a.id = b.id where ${differ} order by 1 limit ${most}`;
  return rows.flatMap((r) =>
    fields.flatMap(([field, c]) => {
      const [stored, ledger] = [r[`slot_${c}`] ?? '0', r[`sum_${c}`] ?? '0'];
      return stored === ledger ? [] : [{ id: r.id, field: `slots.${field}`, stored, ledger }];
    }),
  );
}
