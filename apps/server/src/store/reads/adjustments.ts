import { type CostEntryView, usdOf } from '@reeve/core/vocabulary';
import type { Db } from '@reeve/prisma';

type Entry = { agentId: string; eventId: string };
/** What stands beside an entry, and by how much that changes how many calls are without a price. */
export type Adjustments = { adjusted: CostEntryView['adjusted']; unpricedDelta: number };
const none: Adjustments = { adjusted: null, unpricedDelta: 0 };
const keyOf = (e: Entry): string => JSON.stringify([e.agentId, e.eventId]);

/** What corrections have been added beside these entries. */
export async function adjustmentsOf(db: Db, entries: readonly Entry[]): Promise<(entry: Entry) => Adjustments> {
  const rows = await db.$queryRaw<
    { agent_id: string; refers_to: string; nano: string; repriced: boolean; unpriced: bigint; latest: bigint }[]
  >`
    select a.agent_id, a.refers_to, coalesce(sum(a.cost_nano_usd), 0)::text as nano, bool_or(a.price_version is not null) as repriced,
      sum(a.unpriced_delta) as unpriced, max(a.id) as latest
    from unnest(${entries.map((e) => e.agentId)}::text[], ${entries.map((e) => e.eventId)}::text[]) of(agent_id, event_id)
    join cost_entry a on a.agent_id = of.agent_id and a.refers_to = of.event_id and a.refers_to is not null
    group by 1, 2`;
  const found = new Map(
    rows.map((r): [string, Adjustments] => [
      keyOf({ agentId: r.agent_id, eventId: r.refers_to }),
      {
        adjusted: { byUsd: usdOf(BigInt(r.nano)), repriced: r.repriced, latestId: r.latest.toString() },
        unpricedDelta: Number(r.unpriced),
      },
    ]),
  );
  return (entry) => found.get(keyOf(entry)) ?? none;
}
