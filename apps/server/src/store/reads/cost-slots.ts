import { Prisma } from '@reeve/prisma';
import { slotOf } from '../cost-slots.ts';
import { unpricedOf } from '../pg-sums.ts';

/** Where sums start: at all roots together, or at one node. */
export type From = { projectId: string; root: string | undefined };

const sums = Prisma.sql`sum(nano) as nano, sum(input) as input, sum(output) as output, sum(entries) as entries, sum(unpriced) as unpriced`;

/**
 * The ledger as slots: what has been folded, and entry by entry what has not been yet, in one statement and so at one
 * moment. A root, and each node, has one row for five minutes, a model and a role, however many spent below it.
 *
 * `part` says what of it: `whole`, all at or below the start; `below`, the nodes right below the start, each with all below it,
 * and the start's own. Columns: key (the node), model, role, slot, and the sums.
 */
export function slots({ projectId, root }: From, part: 'whole' | 'below', since?: Date): Prisma.Sql {
  const time = since ? Prisma.sql`and s.slot >= ${since}` : Prisma.empty;
  const ours = Prisma.sql`s.project_id = ${projectId} ${time}`;
  const start = root === undefined ? Prisma.sql`s.depth = 1` : Prisma.sql`s.agent_id = ${root}`;
  const children = root === undefined ? Prisma.sql`s.depth = 2` : Prisma.sql`s.parent_id = ${root}`;
  const inclusive = Prisma.sql`select s.agent_id as key, s.model, s.role, s.slot, s.total_nano_usd as nano, s.input_tokens as input,
    s.output_tokens as output, s.entries, s.unpriced from cost_slot s`;
  // of the start itself only money is known without its children: figures beside it are of the whole
  const own = Prisma.sql`select s.agent_id as key, s.model, s.role, s.slot, s.own_nano_usd as nano, 0::int8 as input, 0::int8 as output,
    0::int8 as entries, 0::int8 as unpriced from cost_slot s`;
  const folded =
    part === 'whole'
      ? Prisma.sql`${inclusive} where ${ours} and ${start}`
      : Prisma.sql`${inclusive} where ${ours} and ${children} union all ${own} where ${ours} and ${start} and s.own_nano_usd <> 0`;
  const place = root === undefined ? Prisma.sql`1` : Prisma.sql`array_position(e.path, ${root})`;
  const key = part === 'whole' ? Prisma.sql`e.path[${place}]` : Prisma.sql`coalesce(e.path[${place} + 1], e.path[${place}])`;
  const fresh = Prisma.sql`
    select ${key} as key, e.model, coalesce(e.role, '') as role, ${slotOf(Prisma.sql`e.at`)} as slot, coalesce(e.cost_nano_usd, 0) as nano,
      e.input_tokens as input, e.output_tokens as output, 1::int8 as entries, ${Prisma.raw(unpricedOf('e'))}::int8 as unpriced
    from cost_entry e
    where e.project_id = ${projectId} and e.id > coalesce((select last_id from cost_fold where project_id = ${projectId}), 0)
      ${since ? Prisma.sql`and e.at >= ${since}` : Prisma.empty} ${root === undefined ? Prisma.empty : Prisma.sql`and ${root} = any(e.path)`}`;
  return Prisma.sql`(${folded} union all ${fresh})`;
}
/** The sums of slots by one of their columns. */
export const slotSums = (from: Prisma.Sql, key: Prisma.Sql): Prisma.Sql =>
  Prisma.sql`select ${key} as key, ${sums} from ${from} x group by 1`;
