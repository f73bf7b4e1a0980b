import { budgetPeriodAt, budgetPeriodStartMs } from '@reeve/core';
import { type CostEntryView, type CostGroup, type CostRow, type Page, usdOf } from '@reeve/core/vocabulary';
import { type Db, Prisma } from '@reeve/prisma';
import { notFound } from '../../trpc/failure.ts';
import { agentNames } from './agents.ts';
import { slotSums, slots } from './cost-slots.ts';
import { entryLines, unpricedLines } from './entry-lines.ts';
import { storedBudgets } from './scoped-budgets.ts';
import { unattributedEntries } from './unattributed.ts';

export type Sum = {
  key: string;
  label: string | null;
  /** Sums over a project may be more than an int8 holds: they come as text. */
  own: bigint | string;
  total: bigint | string;
  input: bigint | string;
  output: bigint | string;
  entries: bigint;
  unpriced: bigint;
};
export const sumRow = (r: Sum): CostRow => ({
  key: r.key,
  label: r.label ?? r.key,
  ownUsd: usdOf(BigInt(r.own)),
  subtreeUsd: usdOf(BigInt(r.total)),
  inputTokens: Number(r.input),
  outputTokens: Number(r.output),
  entries: Number(r.entries),
  unpriced: Number(r.unpriced),
});

/**
 * Sums of the ledger. By agent they come from the rollup, in constant time a node, tokens and entries being the
 * agent's own, by page, the costliest first; for the other keys own and subtree are the same number: a model or a day has no
 * tree, and a session is one whole. Below a `root` a session is what it has there.
 */
export async function costRows(
  db: Db,
  projectId: string,
  q: { root?: string; groupBy: CostGroup; limit: number; cursor?: string },
): Promise<Page<CostRow>> {
  if (q.groupBy === 'agent') {
    // what is spent between two pages may move an agent up: it is then met again, or missed, never left out by a limit
    const place = /^(-?\d{1,19}):(.+)$/.exec(q.cursor ?? '');
    const rows = await db.$queryRaw<Sum[]>`
      select a.id as key, a.name as label, r.own_nano_usd as own, r.total_nano_usd as total, r.own_input_tokens as input,
             r.own_output_tokens as output, r.own_entries as entries, r.total_unpriced as unpriced
      from cost_rollup r join agent a on a.id = r.agent_id
      where r.project_id = ${projectId} ${q.root ? Prisma.sql`and ${q.root} = any(a.path)` : Prisma.empty}
        ${place ? Prisma.sql`and (-r.total_nano_usd, a.id) > (${-BigInt(place[1] as string)}::int8, ${place[2]})` : Prisma.empty}
      order by -r.total_nano_usd, a.id limit ${q.limit + 1}`;
    const last = rows[q.limit - 1];
    return { items: rows.slice(0, q.limit).map(sumRow), nextCursor: rows.length > q.limit && last ? `${last.total}:${last.key}` : null };
  }
  const key = {
    session: Prisma.sql`x.key`,
    model: Prisma.sql`x.model`,
    day: Prisma.sql`to_char(x.slot at time zone 'UTC', 'YYYY-MM-DD')`,
    role: Prisma.sql`x.role`,
  }[q.groupBy];
  const rows = await db.$queryRaw<Sum[]>`
    select key, null as label, nano::text as own, nano::text as total, input::text as input, output::text as output,
           entries::int8 as entries, unpriced::int8 as unpriced
    from (${slotSums(slots({ projectId, root: q.root }, 'whole'), key)}) s order by nano desc, key`;
  const keys = rows.map((r) => r.key);
  const names = q.groupBy === 'session' ? await agentNames(db, keys) : new Map<string, string>();
  return { items: rows.map((r) => sumRow({ ...r, label: names.get(r.key) ?? (r.key || 'no role') })), nextCursor: null };
}

type EntriesAsked = {
  agentId?: string;
  subtree?: boolean;
  session?: string;
  model?: string;
  role?: string;
  day?: string;
  root?: string;
  from?: string;
  to?: string;
  unpriced?: boolean;
  budgetId?: string;
  charged?: boolean;
  except?: string;
  unattributed?: boolean;
  limit: number;
  cursor?: string;
};
const below = (agentId: string, charged: boolean): Prisma.CostEntryWhereInput =>
  charged ? { OR: [{ path: { has: agentId } }, { chargedTo: { has: agentId } }] } : { path: { has: agentId } };
/** What is left out, one a line; a line that says nothing known leaves nothing out. */
function exceptions(lines: string | undefined): Prisma.CostEntryWhereInput[] {
  return (lines ?? '').split('\n').flatMap((line): Prisma.CostEntryWhereInput[] => {
    const [, kind, key = ''] = /^(agent|subtree|model|role):(.*)$/s.exec(line) ?? [];
    switch (kind) {
      case 'agent':
        return [{ agentId: { not: key } }];
      case 'subtree':
        return [{ NOT: { path: { has: key } } }];
      case 'model':
        return [{ model: { not: key } }];
      case 'role':
        // without a role is no other role: SQL would leave those out as well
        return [key === '' ? { role: { not: null } } : { OR: [{ role: null }, { role: { not: key } }] }];
      default:
        return [];
    }
  });
}
/** What a budget counts: whose, and since when, by the time it was recorded. */
async function countedBy(db: Db, projectId: string, budgetId: string): Promise<Prisma.CostEntryWhereInput[]> {
  const budget = (await storedBudgets(db, projectId)).find((b) => b.id === budgetId);
  if (!budget) throw notFound('budget', budgetId);
  const since = new Date(budgetPeriodStartMs(budgetPeriodAt(budget.period, Date.now())));
  const { agentId } = budget;
  return [{ recordedAt: { gte: since } }, ...(agentId === null ? [] : [below(agentId, true)])];
}
/** Newest first; the cursor is the last id of the page. What is unattributed is asked for alone. */
export async function costEntries(db: Db, projectId: string, q: EntriesAsked): Promise<Page<CostEntryView>> {
  const before = q.cursor && /^\d{1,18}$/.test(q.cursor) ? BigInt(q.cursor) : undefined;
  const dayStart = q.day ? new Date(`${q.day}T00:00:00Z`) : undefined;
  const where: Prisma.CostEntryWhereInput = {
    projectId,
    ...(q.agentId && !q.subtree && !q.unattributed ? { agentId: q.agentId } : {}),
    // the index is of paths; a session is where they begin
    ...(q.session ? { sessionId: q.session } : {}),
    ...(q.model ? { model: q.model } : {}),
    ...(q.role !== undefined ? { role: q.role || null } : {}),
    AND: [
      ...(q.agentId && q.subtree ? [below(q.agentId, q.charged === true)] : []),
      ...exceptions(q.except),
      ...(q.root ? [{ path: { has: q.root } }] : []),
      ...(q.session ? [{ path: { has: q.session } }] : []),
      ...(dayStart ? [{ at: { gte: dayStart, lt: new Date(dayStart.getTime() + 86_400_000) } }] : []),
      ...(q.from ? [{ at: { gte: new Date(q.from) } }] : []),
      ...(q.to ? [{ at: { lt: new Date(q.to) } }] : []),
      ...(q.budgetId ? await countedBy(db, projectId, q.budgetId) : []),
    ],
    ...(before === undefined ? {} : { id: { lt: before } }),
    ...(q.unattributed ? { id: { in: await unattributedEntries(db, projectId, { parent: q.agentId, before, limit: q.limit + 1 }) } } : {}),
  };
  const rows = await (q.unpriced ? unpricedLines : entryLines)(db, where, q.limit + 1);
  const names = await agentNames(
    db,
    rows.map((r) => r.agentId),
  );
  const items = rows.slice(0, q.limit).map((r) => ({
    id: r.id.toString(),
    eventId: r.eventId,
    agentId: r.agentId,
    agentName: names.get(r.agentId) ?? null,
    model: r.model,
    provider: r.provider,
    inputTokens: Number(r.inputTokens),
    outputTokens: Number(r.outputTokens),
    cachedInputTokens: Number(r.cachedInputTokens),
    cacheWriteTokens: Number(r.cacheWriteTokens),
    reasoningTokens: Number(r.reasoningTokens),
    costUsd: r.costNanoUsd === null ? null : usdOf(r.costNanoUsd),
    pricedBy: r.pricedBy as CostEntryView['pricedBy'],
    priceVersion: r.priceVersion,
    reservationId: r.reservationId,
    refersTo: r.refersTo,
    reason: r.reason,
    adjusted: r.adjusted,
    unpriced: r.unpriced,
    late: r.late,
    at: r.at.toISOString(),
  }));
  return { items, nextCursor: rows.length > q.limit ? (items.at(-1)?.id ?? null) : null };
}
