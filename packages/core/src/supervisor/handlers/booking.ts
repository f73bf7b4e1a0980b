import { addUse } from '../../costs/audit.ts';
import { emptyUse, maxNanoUsd, type OwnStanding, standingOf } from '../../costs/budget.ts';
import type { CostEntry } from '../../costs/cost-entry.ts';
import { type BudgetMark, budgetMarks, isOverBudget, markOf } from '../../costs/over-budget.ts';
import { decideSettle, evolveReservation, heldBy, type Reservation } from '../../costs/reservation.ts';
import type { NewEvent, RecordedCost } from '../../kernel/events.ts';
import { usdOf } from '../../kernel/money.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Actor, BudgetStatus } from '../commands.ts';
import type { SeveralIds, Tx } from '../ports.ts';
import { actorName, byId, type Work } from '../work.ts';
import { type CountedBudget, countHeld, countSpent } from './budget-tallies.ts';

/** Adds to what stands against the budgets of these agents. */
async function addToUses({ tx }: Work, ids: readonly string[], more: Parameters<typeof addUse>[1]): Promise<void> {
  const uses = new Map((await tx.budgetUses.many(ids)).map((u) => [u.id, u]));
  for (const id of ids) tx.budgetUses.put(addUse(uses.get(id) ?? emptyUse(tx.projectId, id), more));
}

/** Records facts about one reservation, its new state, and the difference at every budget above it, in one step. */
export async function applyToReservation(work: Work, r: Reservation, events: readonly NewEvent[], actor: Actor): Promise<Reservation> {
  const { tx } = work;
  if (events.length === 0) return r;
  let next = r;
  for (const e of events) {
    next = evolveReservation(next, e, tx.nowMs);
    tx.append(e, actorName(actor));
  }
  const [before, after] = [heldBy(r), heldBy(next)];
  tx.reservations.put(next);
  await addToUses(work, [...r.chargedTo, ...r.path], {
    reservedNanoUsd: after.reservedNanoUsd - before.reservedNanoUsd,
    unknownNanoUsd: after.unknownNanoUsd - before.unknownNanoUsd,
    overshootNanoUsd: after.overshootNanoUsd - before.overshootNanoUsd,
  });
  await countHeld(work, r, next);
  return next;
}
/** A new one, held at every agent above. The caller has admitted it. */
export async function putReservation(work: Work, r: Reservation, actor: Actor): Promise<void> {
  work.tx.reservations.put(r);
  await addToUses(work, [...r.chargedTo, ...r.path], heldBy(r));
  await countHeld(work, null, r);
  const data = { reservationId: r.id, nanoUsd: r.amountNanoUsd.toString(), expiresAtMs: r.expiresAtMs };
  work.tx.append({ type: 'budget.reserved', subjectId: r.agentId, data }, actorName(actor));
}

/** Where the budgets among these agents stand. Nothing is read where none of them has one. */
export async function standingsOf({ tx }: Work, ids: SeveralIds): Promise<Map<string, OwnStanding>> {
  const bounded: { id: string; budget: bigint }[] = [];
  for (const { id, budgetNanoUsd } of await tx.agents.many(ids)) if (budgetNanoUsd !== null) bounded.push({ id, budget: budgetNanoUsd });
  const standings = new Map<string, OwnStanding>();
  if (bounded.length === 0) return standings;
  const boundedIds = bounded.map((a) => a.id);
  const sums = byId(await tx.rollups.many(boundedIds));
  const uses = byId(await tx.budgetUses.many(boundedIds));
  for (const a of bounded) standings.set(a.id, standingOf(a, a.budget, sums.get(a.id), uses.get(a.id)));
  return standings;
}

export type Booked = { told: Awaited<ReturnType<Tx['ledger']['append']>>; status: Map<string, BudgetStatus>; scoped: CountedBudget[] };
/**
 * Puts entries into the ledger with all that follows from those which are new, in one transaction: rollups, what moved
 * agents spent, reservations that they settle, budgets that they cross (I-COST-1, I-COST-3, I-COST-5).
 */
export async function book(work: Work, entries: readonly CostEntry[], actor: Actor): Promise<Booked> {
  const { tx } = work;
  const told = await tx.ledger.append(entries);
  const isAllNew = told.every((t) => t === 'accepted');
  const fresh = isAllNew ? entries : entries.filter((_, i) => told[i] === 'accepted');
  const conflicts = isAllNew ? [] : entries.filter((_, i) => told[i] === 'conflict');
  if (conflicts.length) await tx.ledger.keepConflicts(conflicts);
  const before = await standingsOf(work, chargedBy(fresh));
  await tx.rollups.add(fresh);
  record(work, fresh, actorName(actor));
  for (const e of conflicts) tx.append({ type: 'cost.conflict', subjectId: e.agentId, data: { eventId: e.eventId } }, `agent:${e.agentId}`);
  const moved = new Map<string, bigint>();
  for (const e of fresh) for (const id of e.chargedTo) moved.set(id, (moved.get(id) ?? 0n) + (e.costNanoUsd ?? 0n));
  for (const [id, nano] of moved) await addToUses(work, [id], { movedNanoUsd: nano });
  for (const e of fresh) {
    const r = e.reservationId ? await tx.reservations.get(e.reservationId) : undefined;
    if (r) await applyToReservation(work, r, decideSettle(r, e.costNanoUsd), actor);
  }
  return { told, status: await crossed(work, before), scoped: await countSpent(work, fresh) };
}

/** Beyond so many spenders in one batch there is a fact for each session instead of one for each of them. */
const factsUpTo = 16;
type Spent = { entries: number; nano: bigint; unpriced: number; late: boolean };
const nothing = (): Spent => ({ entries: 0, nano: 0n, unpriced: 0, late: false });
function count(s: Spent, e: CostEntry): void {
  s.entries += 1;
  s.nano += e.costNanoUsd ?? 0n;
  if (e.costNanoUsd === null) s.unpriced += 1;
  if (e.late) s.late = true;
}
const spentOf = <K>(all: Map<K, Spent>, key: K): Spent => {
  let s = all.get(key);
  if (!s) {
    s = nothing();
    all.set(key, s);
  }
  return s;
};

/**
 * One fact an agent and batch: the ledger has the entries. In a flood one a session, which names them all: a row of the log for
 * each would take longer than the entries.
 */
function record({ tx }: Work, fresh: readonly CostEntry[], actor: string): void {
  const bySession = new Map<string, Map<string, Spent>>();
  for (const e of fresh) {
    if (e.pricedBy === 'adjustment') {
      const data = {
        eventId: e.eventId,
        refersTo: e.refersTo ?? '',
        nanoUsd: String(e.costNanoUsd ?? 0n),
        reason: e.reason ?? '',
        ...(e.unpricedDelta && { unpriced: e.unpricedDelta }),
      };
      tx.append({ type: 'cost.adjusted', subjectId: e.agentId, data }, actor);
      continue;
    }
    let session = bySession.get(e.sessionId);
    if (!session) {
      session = new Map();
      bySession.set(e.sessionId, session);
    }
    count(spentOf(session, e.agentId), e);
  }
  let spenders = 0;
  for (const spent of bySession.values()) spenders += spent.size;
  const tell = (subjectId: string, { nano, ...s }: Spent, of?: RecordedCost[]) =>
    tx.append({ type: 'cost.recorded', subjectId, data: { ...s, nanoUsd: nano.toString(), ...(of && { agents: of }) } }, actor);
  for (const [sessionId, spent] of bySession) {
    if (spenders <= factsUpTo || spent.size === 1) {
      for (const [agentId, s] of spent) tell(agentId, s);
      continue;
    }
    const all = nothing();
    const of: RecordedCost[] = [];
    for (const [agentId, s] of spent) {
      all.entries += s.entries;
      all.nano += s.nano;
      all.unpriced += s.unpriced;
      all.late ||= s.late;
      of.push([agentId, s.entries, s.nano.toString(), s.unpriced]);
    }
    tell(sessionId, all, of);
  }
}

/** Where the touched budgets stand now; crossing one is a fact, told once. */
async function crossed(work: Work, before: ReadonlyMap<string, OwnStanding>): Promise<Map<string, BudgetStatus>> {
  const status = new Map<string, BudgetStatus>();
  if (before.size === 0) return status;
  for (const s of (await standingsOf(work, [...before.keys()])).values()) {
    status.set(s.agentId, isOverBudget(s.settledNanoUsd, s.budgetNanoUsd) ? 'exceeded' : 'ok');
    tellCrossed(work, s, markOf(before.get(s.agentId)?.settledNanoUsd ?? 0n, s.budgetNanoUsd));
  }
  return status;
}
/** Everybody whose budget these entries count against. */
function chargedBy(entries: readonly CostEntry[]): Set<string> {
  const ids = new Set<string>();
  for (const e of entries) {
    ids.add(e.agentId);
    for (const id of e.path) ids.add(id);
  }
  for (const e of entries) for (const id of e.chargedTo) ids.add(id);
  return ids;
}
/** A fact, if a further mark of this budget is passed now: the soft one, which is a hint, or its end. */
export function tellCrossed({ tx }: Work, s: OwnStanding, before: BudgetMark): void {
  const mark = markOf(s.settledNanoUsd, s.budgetNanoUsd);
  if (budgetMarks.indexOf(mark) <= budgetMarks.indexOf(before)) return;
  const data = { budgetUsd: usdOf(s.budgetNanoUsd), spentUsd: usdOf(s.settledNanoUsd) };
  tx.append({ type: mark === 'over' ? 'budget.exceeded' : 'budget.near', subjectId: s.agentId, data }, 'system:costs');
}

/**
 * Amounts and counts of a batch below which nothing is read: sums cannot reach the limits by these within the life of
 * a fleet (nine million batches of a thousand dollars each).
 */
const smallNanoUsd = 1_000_000_000_000n;
const smallTokens = 10_000_000_000;
const fits = ok(null);
const abs = (n: bigint): bigint => (n < 0n ? -n : n);

/**
 * Refuses entries whose sums the ledger could not hold: 9.2 billion USD and 9,007 trillion tokens at any ancestor. It
 * answers for each group of entries, in order; a refused group does not count for the later ones.
 */
export async function holdable({ tx }: Work, groups: readonly (readonly CostEntry[])[]): Promise<Result<null>[]> {
  let nano = 0n;
  let tokens = 0;
  for (const group of groups)
    for (const e of group) {
      nano += abs(e.costNanoUsd ?? 0n);
      tokens += e.inputTokens + e.outputTokens;
    }
  if (nano <= smallNanoUsd && tokens <= smallTokens) return groups.map(() => fits);
  const ids = [...new Set(groups.flat().flatMap((e) => [...e.chargedTo, ...e.path]))];
  const uses = new Map((await tx.budgetUses.many(ids)).map((u) => [u.id, u.movedNanoUsd]));
  const sums = new Map((await tx.rollups.many(ids)).map((r) => [r.id, r]));
  const total = new Map(
    ids.map((id) => {
      const r = sums.get(id);
      return [
        id,
        { nano: (r?.totalNanoUsd ?? 0n) + (uses.get(id) ?? 0n), input: r?.totalInputTokens ?? 0, output: r?.totalOutputTokens ?? 0 },
      ];
    }),
  );
  return groups.map((entries) => {
    const next = new Map<string, { nano: bigint; input: number; output: number }>();
    for (const e of entries)
      for (const id of [...e.chargedTo, ...e.path]) {
        const s = next.get(id) ?? total.get(id) ?? { nano: 0n, input: 0, output: 0 };
        next.set(id, { nano: s.nano + (e.costNanoUsd ?? 0n), input: s.input + e.inputTokens, output: s.output + e.outputTokens });
      }
    for (const [id, s] of next) {
      const what =
        abs(s.nano) > maxNanoUsd ? 'USD' : s.input > Number.MAX_SAFE_INTEGER || s.output > Number.MAX_SAFE_INTEGER ? 'tokens' : null;
      if (what)
        return err({
          code: 'invalid_input' as const,
          issues: [
            { path: what === 'USD' ? 'costUsd' : 'inputTokens', message: `the sum of ${id} would hold more ${what} than can be counted` },
          ],
        });
    }
    for (const [id, s] of next) total.set(id, s);
    return fits;
  });
}
