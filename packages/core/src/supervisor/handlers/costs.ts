import type { Agent } from '../../agents/agent.ts';
import type { CostEntry } from '../../costs/cost-entry.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { byId, covers, settingsOf, type Work } from '../work.ts';
import { type Booked, book, holdable } from './booking.ts';
import { ownPriced } from './prices.ts';

type Out = CommandOutput<'costs.report'>;

/**
 * Cost entries of all calls in a batch: one append for all, rollups folded from what was really new, in the same
 * transaction (I-COST-1, I-COST-3). A call that names an unknown agent, or amounts that no sum can hold, is refused whole.
 */
export async function reportCosts(work: Work, commands: readonly CommandOf<'costs.report'>[]): Promise<Result<Out>[]> {
  const { tx } = work;
  const spenders = new Set<string>();
  for (const c of commands) for (const e of c.input.entries) spenders.add(e.agentId);
  const known = byId(await tx.agents.withAncestors(spenders));
  const { haltedBy, prices } = await settingsOf(work);
  const isAnyFenced = [...known.values()].some((a) => a.stopId);
  const isLate = (a: Agent): boolean =>
    haltedBy !== null || isFinalAgent(a.state) || (isAnyFenced && a.path.some((id) => known.get(id)?.stopId));
  const named: string[] = [];
  for (const c of commands) for (const e of c.input.entries) if (e.reservationId) named.push(e.reservationId);
  // a cost is never refused for the reservation that it names: one that is not its agent's is left out
  const ownerOf = new Map(named.length ? (await tx.reservations.many(named)).map((r) => [r.id, r.agentId]) : []);
  const out: (Result<Out> | undefined)[] = [];
  const groups = commands.map(({ input, actor }, command): CostEntry[] => {
    const missing = input.entries.find((e) => {
      const agent = known.get(e.agentId);
      return !agent || !covers(actor, agent);
    });
    if (missing) {
      out[command] = err({ code: 'not_found', kind: 'agent', id: missing.agentId });
      return [];
    }
    return input.entries.map((e): CostEntry => {
      const agent = known.get(e.agentId) as Agent;
      const price = ownPriced(prices, e);
      // field by field: a spread copy of each of many thousand takes longer than all the rest
      return {
        projectId: tx.projectId,
        agentId: e.agentId,
        eventId: e.eventId,
        path: agent.path,
        chargedTo: agent.chargedTo,
        sessionId: agent.sessionId,
        role: agent.role,
        model: e.model,
        provider: e.provider,
        inputTokens: e.inputTokens,
        outputTokens: e.outputTokens,
        cachedInputTokens: e.cachedInputTokens,
        cacheWriteTokens: e.cacheWriteTokens,
        reasoningTokens: e.reasoningTokens,
        costNanoUsd: price.costNanoUsd,
        pricedBy: price.pricedBy,
        priceVersion: price.priceVersion,
        late: isLate(agent),
        reservationId: e.reservationId && ownerOf.get(e.reservationId) === e.agentId ? e.reservationId : null,
        refersTo: null,
        reason: null,
        atMs: e.atMs,
        recordedAtMs: tx.nowMs,
      };
    });
  });
  const fits = await holdable(work, groups);
  const entries: CostEntry[] = [];
  groups.forEach((group, command) => {
    const fit = fits[command];
    if (!out[command] && !fit?.ok) out[command] = fit as Result<never>;
    if (!out[command]) for (const e of group) entries.push(e);
  });
  const booked = await book(work, entries, commands[0]?.actor ?? { kind: 'system', id: 'costs' });
  let from = 0;
  groups.forEach((group, command) => {
    if (out[command]) return;
    out[command] = ok(answerOf(booked, group, from));
    from += group.length;
  });
  return out as Result<Out>[];
}

/** What became of one call's entries, which stand in the batch from `from` on. */
function answerOf({ told, status, scoped }: Booked, mine: readonly CostEntry[], from: number): Out {
  let accepted = 0;
  let duplicates = 0;
  const conflicts: string[] = [];
  for (let i = 0; i < mine.length; i++) {
    const what = told[from + i];
    if (what === 'accepted') accepted += 1;
    else if (what === 'duplicate') duplicates += 1;
    else conflicts.push((mine[i] as CostEntry).eventId);
  }
  return { accepted, duplicates, conflicts, budgets: status.size + scoped.length === 0 ? [] : touchedBy(mine, status, scoped) };
}
/** Where the budgets above these entries stand: what one call touched is little beside all budgets of a batch. */
function touchedBy(mine: readonly CostEntry[], status: Booked['status'], scoped: Booked['scoped']): Out['budgets'] {
  const told: Out['budgets'] = [];
  const charged = chargedBy(mine);
  for (const agentId of charged) {
    const own = status.get(agentId);
    if (own) told.push({ agentId, status: own });
  }
  for (const { budget, status: s } of scoped)
    if (budget.agentId === null || charged.includes(budget.agentId)) told.push({ agentId: budget.agentId, budgetId: budget.id, status: s });
  return told;
}
/** The agents that count these entries, each once. */
function chargedBy(mine: readonly CostEntry[]): readonly string[] {
  const [first] = mine;
  // most calls tell one entry, of an agent that was never moved
  if (first && mine.length === 1 && first.chargedTo.length === 0) return first.path;
  return [...new Set(mine.flatMap((e) => [...e.path, ...e.chargedTo]))];
}
