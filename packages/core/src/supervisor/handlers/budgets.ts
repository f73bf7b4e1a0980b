import { type Agent, chargedOf } from '../../agents/agent.ts';
import { admit, decideSetBudget, maxNanoUsd, type Standing } from '../../costs/budget.ts';
import { adjustmentOf } from '../../costs/cost-entry.ts';
import { markOf } from '../../costs/over-budget.ts';
import { decideGiveBack, decideUnknown, type Reservation } from '../../costs/reservation.ts';
import { isoOf } from '../../kernel/clock.ts';
import { nanoUsdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';
import type { CommandOf, CommandOutput } from '../commands.ts';
import { absent, actorName, agentFor, applyToAgent, covers, each, isOperator, settingsOf, unfenced, type Work } from '../work.ts';
import { applyToReservation, book, holdable, putReservation, standingsOf, tellCrossed } from './booking.ts';
import { scopedStandings } from './budget-tallies.ts';

const invalid = (path: string, message: string): Result<never> => err({ code: 'invalid_input', issues: [{ path, message }] });

/**
 * Whether a child may be put under these ancestors: none of their budgets is used up, and the child's own is not more
 * than what they have left. The check reserves nothing: two children may be promised the same money, and the first
 * reservation gets it.
 */
export async function roomFor(work: Work, ancestors: readonly Agent[], budgetNanoUsd: bigint | null): Promise<Result<null>> {
  const parent = ancestors.at(-1);
  const charged = parent ? chargedOf(parent) : [];
  const own = parent ? [...(await standingsOf(work, charged)).values()] : [];
  const scoped = await scopedStandings(work, charged);
  const open = admit([...own, ...scoped], 1n);
  if (!open.ok || budgetNanoUsd === null || budgetNanoUsd <= 1n) return open;
  // its own is for all its time: what is left of a day says nothing about that
  return admit([...own, ...scoped.filter((s) => s.named?.period !== 'day')], budgetNanoUsd);
}

/**
 * Reservations of all calls in a batch, in the order in which they came: each is admitted against what those before it
 * have left, at every ancestor (I-COST-5). Fenced agents reserve nothing (I-STOP-1).
 */
export async function reserveCosts(
  work: Work,
  commands: readonly CommandOf<'costs.reserve'>[],
): Promise<Result<CommandOutput<'costs.reserve'>>[]> {
  const { tx } = work;
  const agents = await tx.agents.withAncestors(commands.map((c) => c.input.agentId));
  const asked = new Set(commands.map((c) => c.input.agentId));
  const charged = [...new Set(agents.filter((a) => asked.has(a.id)).flatMap(chargedOf))];
  // in one go: each reservation then looks at what is at hand
  await tx.rollups.many(charged);
  await tx.budgetUses.many(charged);
  await scopedStandings(work, charged);
  const scopeOf = (agentId: string) => `reserve:${agentId}`;
  await tx.requests.readAhead(
    commands.flatMap(({ input: { agentId, requestId } }) => (requestId ? [{ scope: scopeOf(agentId), requestId }] : [])),
  );
  return each(async (_, { input, actor }: CommandOf<'costs.reserve'>): Promise<Result<CommandOutput<'costs.reserve'>>> => {
    const found = await agentFor(work, actor, input.agentId);
    if (!found.ok) return found;
    const agent = found.value;
    const before = input.requestId ? await tx.requests.get(scopeOf(agent.id), input.requestId) : undefined;
    const known = before?.[0] ? await tx.reservations.get(before[0]) : undefined;
    if (known) return ok({ reservationId: known.id, expiresAt: isoOf(known.expiresAtMs) });
    const free = await unfenced(work, agent);
    if (!free.ok) return free;
    const amountNanoUsd = nanoUsdOf(input.amountUsd);
    if (amountNanoUsd === undefined || amountNanoUsd <= 0n) return invalid('amountUsd', 'must be at least 0.000000001');
    const ids = chargedOf(agent);
    const standings = await standingsOf(work, ids);
    const room = admit([...inOrder(ids, standings), ...(await scopedStandings(work, ids))], amountNanoUsd);
    if (!room.ok) return room;
    const full = (await tx.budgetUses.many(ids)).find((u) => u.reservedNanoUsd + u.unknownNanoUsd + amountNanoUsd > maxNanoUsd);
    if (full) return invalid('amountUsd', `more would be reserved below ${full.id} than can be counted`);
    const reservation: Reservation = {
      id: work.ports.ids.next('reservation'),
      projectId: tx.projectId,
      agentId: agent.id,
      path: agent.path,
      chargedTo: agent.chargedTo,
      amountNanoUsd,
      settledNanoUsd: 0n,
      state: 'open',
      createdAtMs: tx.nowMs,
      expiresAtMs: tx.nowMs + input.ttlMs,
      endedAtMs: null,
    };
    await putReservation(work, reservation, actor);
    if (input.requestId) tx.requests.put(scopeOf(agent.id), input.requestId, [reservation.id]);
    return ok({ reservationId: reservation.id, expiresAt: isoOf(reservation.expiresAtMs) });
  })(work, commands);
}
const inOrder = (ids: readonly string[], standings: ReadonlyMap<string, Standing>) => ids.flatMap((id) => standings.get(id) ?? []);

export const releaseReservations = each(
  async (work, { input, actor }: CommandOf<'costs.release'>): Promise<Result<CommandOutput<'costs.release'>>> => {
    const r = await work.tx.reservations.get(input.id);
    const agent = r && (await work.tx.agents.get(r.agentId));
    if (!r || !agent || !covers(actor, agent)) return absent('reservation', input.id);
    const decided = decideGiveBack(r, isOperator(actor));
    if (!decided.ok) return decided;
    const next = await applyToReservation(work, r, decided.value, actor);
    return ok({ reservationId: next.id, state: next.state });
  },
);

export const sweepReservations = each(
  async (work, { input, actor }: CommandOf<'costs.sweep'>): Promise<Result<CommandOutput<'costs.sweep'>>> => {
    let unknown = 0;
    for (const r of await work.tx.reservations.many(input.reservationIds)) {
      const events = decideUnknown(r, 'expired', work.tx.nowMs);
      unknown += events.length;
      await applyToReservation(work, r, events, actor);
    }
    return ok({ unknown });
  },
);

/** A correction is an entry of its own (I-COST-4), beside the one that it corrects. */
export const adjustCosts = each(
  async (work, { input, actor }: CommandOf<'costs.adjust'>): Promise<Result<CommandOutput<'costs.adjust'>>> => {
    const { tx } = work;
    if (!isOperator(actor)) return err({ code: 'forbidden', rule: 'only an operator corrects costs' });
    const agent = await agentFor(work, actor, input.agentId);
    if (!agent.ok) return agent;
    const wrong = await tx.ledger.find(input.agentId, input.refersTo);
    if (!wrong) return absent('cost entry', input.refersTo);
    if (wrong.pricedBy === 'adjustment') return invalid('refersTo', `is a correction itself, of ${wrong.refersTo}: correct that one`);
    const costNanoUsd = nanoUsdOf(input.amountUsd);
    if (!costNanoUsd) return invalid('amountUsd', 'must not be 0');
    const above = await tx.agents.withAncestors([input.agentId]);
    const late = isFinalAgent(agent.value.state) || above.some((a) => a.stopId !== null) || (await settingsOf(work)).haltedBy !== null;
    const entry = adjustmentOf(wrong, {
      eventId: input.eventId,
      costNanoUsd,
      priceVersion: null,
      late,
      reason: input.reason,
      atMs: tx.nowMs,
      recordedAtMs: tx.nowMs,
    });
    const [fits] = await holdable(work, [[entry]]);
    if (fits && !fits.ok) return fits;
    const { told, status, scoped } = await book(work, [entry], actor);
    return ok({
      accepted: told[0] === 'accepted' ? 1 : 0,
      duplicates: told[0] === 'duplicate' ? 1 : 0,
      conflicts: told[0] === 'conflict' ? [entry.eventId] : [],
      budgets: [
        ...[...status].map(([agentId, s]) => ({ agentId, status: s })),
        ...scoped.map(({ budget, status: s }) => ({ agentId: budget.agentId, budgetId: budget.id, status: s })),
      ],
    });
  },
);

/** A fact for each sum that the audit found wrong, so that it is seen where everything else is. */
export const tellMismatches = each(
  async (work, { input, actor }: CommandOf<'costs.mismatch'>): Promise<Result<CommandOutput<'costs.mismatch'>>> => {
    if (actor.kind !== 'system') return err({ code: 'forbidden', rule: 'only the audit tells of sums that are wrong' });
    for (const { id, ...data } of input.found) work.tx.append({ type: 'cost.mismatch', subjectId: id, data }, actorName(actor));
    return ok({ told: input.found.length });
  },
);

export const setBudgets = each(async (work, { input, actor }: CommandOf<'budgets.set'>): Promise<Result<CommandOutput<'budgets.set'>>> => {
  if (!isOperator(actor)) return err({ code: 'forbidden', rule: 'only an operator sets budgets' });
  const found = await agentFor(work, actor, input.id);
  if (!found.ok) return found;
  const budgetNanoUsd = input.budgetUsd === null ? null : nanoUsdOf(input.budgetUsd);
  if (budgetNanoUsd === undefined) return invalid('budgetUsd', 'is no amount');
  const before = (await standingsOf(work, [input.id])).get(input.id);
  applyToAgent(work, found.value, decideSetBudget(found.value, budgetNanoUsd, input.reason), actor);
  const now = (await standingsOf(work, [input.id])).get(input.id);
  // crossed by this word, not by a cost: a fact all the same, told once
  if (now) tellCrossed(work, now, before ? markOf(before.settledNanoUsd, before.budgetNanoUsd) : 'below');
  return ok({ agentId: input.id });
});
