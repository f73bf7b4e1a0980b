import type { Agent } from '../../agents/agent.ts';
import type { CostEntry } from '../../costs/cost-entry.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { covers, settingsOf, type Work } from '../work.ts';
import { book, holdable } from './booking.ts';
import { ownPriced } from './prices.ts';

type Out = CommandOutput<'costs.report'>;

/**
 * Cost entries of all calls in a batch: one append for all, rollups folded from what was really new, in the same
 * transaction (I-COST-1, I-COST-3). A call that names an unknown agent, or amounts that no sum can hold, is refused whole.
 */
export async function reportCosts(work: Work, commands: readonly CommandOf<'costs.report'>[]): Promise<Result<Out>[]> {
  const { tx } = work;
  const known = new Map(
    (await tx.agents.withAncestors(commands.flatMap((c) => c.input.entries.map((e) => e.agentId)))).map((a) => [a.id, a]),
  );
  const { haltedBy, prices } = await settingsOf(work);
  const halted = haltedBy !== null;
  const isLate = (a: Agent) => halted || isFinalAgent(a.state) || a.path.some((id) => known.get(id)?.stopId);
  const named = commands.flatMap((c) => c.input.entries.flatMap((e) => e.reservationId ?? []));
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
  const rows = groups.flatMap((entries, command) => {
    const r = fits[command];
    if (out[command] || r?.ok) return entries.map((entry) => ({ command, entry }));
    out[command] = r as Result<never>;
    return [];
  });
  const { told, status, scoped } = await book(
    work,
    rows.map((r) => r.entry),
    commands[0]?.actor ?? { kind: 'system', id: 'costs' },
  );
  const ofCommand = commands.map((): { entry: CostEntry; told: (typeof told)[number] | undefined }[] => []);
  rows.forEach((r, i) => {
    ofCommand[r.command]?.push({ entry: r.entry, told: told[i] });
  });
  ofCommand.forEach((mine, command) => {
    if (out[command]) return;
    const touched = new Set(mine.flatMap((r) => [...r.entry.path, ...r.entry.chargedTo]));
    out[command] = ok({
      accepted: mine.filter((r) => r.told === 'accepted').length,
      duplicates: mine.filter((r) => r.told === 'duplicate').length,
      conflicts: mine.filter((r) => r.told === 'conflict').map((r) => r.entry.eventId),
      // what one call touched is little beside all budgets of a batch
      budgets: [
        ...[...touched].flatMap((agentId) => {
          const s = status.get(agentId);
          return s ? [{ agentId, status: s }] : [];
        }),
        ...scoped.flatMap(({ budget: b, status: s }) =>
          b.agentId === null || touched.has(b.agentId) ? [{ agentId: b.agentId, budgetId: b.id, status: s }] : [],
        ),
      ],
    });
  });
  return out as Result<Out>[];
}
