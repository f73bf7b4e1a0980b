import type { NewEvent } from '../kernel/events.ts';
import { InvariantError } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { canMove, type ReservationState, reservationTransitions } from '../kernel/transitions.ts';
import type { BudgetUse } from './budget.ts';

/** Money set aside for one call before it is made, at every budget above its agent (I-COST-5). Immutable. */
export type Reservation = {
  id: string;
  projectId: string;
  agentId: string;
  /** Where it is held, frozen: a move of the agent between reserve and settle frees what was taken, no more. */
  path: string[];
  chargedTo: string[];
  amountNanoUsd: bigint;
  /** Sum of the costs that named it. */
  settledNanoUsd: bigint;
  state: ReservationState;
  createdAtMs: number;
  /** From then on an unsettled one is unknown. */
  expiresAtMs: number;
  endedAtMs: number | null;
};

/** What one reservation holds of each budget above; a `BudgetUse` is the sum of these. */
export type Held = Pick<BudgetUse, 'reservedNanoUsd' | 'unknownNanoUsd' | 'overshootNanoUsd'>;
/**
 * A sum, or nothing where it is below.
 *
 * Use it where corrections may have made a sum negative.
 *
 * @example
 * positive(-1n); // → 0n
 */
export const positive = (n: bigint): bigint => (n > 0n ? n : 0n);
/**
 * What a reservation holds of each budget above it, by its state: reserved while it is open, unknown where nothing came
 * back, nothing else; and what its costs took above it.
 *
 * Use it for the difference that a fact makes, and for the sum of all (`foldUses`).
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', amountNanoUsd: 5n });
 * heldBy(r); // → { reservedNanoUsd: 5n, unknownNanoUsd: 0n, overshootNanoUsd: 0n }
 * heldBy({ ...r, state: 'unknown' }).unknownNanoUsd; // → 5n
 * heldBy({ ...r, state: 'settled', settledNanoUsd: 7n }); // → { reservedNanoUsd: 0n, unknownNanoUsd: 0n, overshootNanoUsd: 2n }
 */
export function heldBy(r: Reservation): Held {
  const rest = positive(r.amountNanoUsd - positive(r.settledNanoUsd));
  return {
    reservedNanoUsd: r.state === 'open' ? r.amountNanoUsd : 0n,
    unknownNanoUsd: r.state === 'unknown' ? rest : 0n,
    // what was given back holds nothing: all that comes after is above it
    overshootNanoUsd: positive(r.settledNanoUsd - (r.state === 'released' ? 0n : r.amountNanoUsd)),
  };
}

const about = (r: Reservation) => ({ reservationId: r.id, nanoUsd: r.amountNanoUsd.toString() });

/**
 * A cost that names its reservation; null: a call whose price is unknown, which stays unknown up to the reservation
 * (I-COST-6). A second one for the same reservation adds to the first. What goes above it is a fact of its own.
 *
 * Use it for entries that are new to the ledger.
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', amountNanoUsd: 5n });
 * decideSettle(r, 4n).map((e) => e.type); // → ['budget.settled']
 * decideSettle(r, 7n).map((e) => e.type); // → ['budget.settled', 'budget.overshot']
 * decideSettle(r, null).map((e) => e.type); // → ['budget.unknown']
 */
export function decideSettle(r: Reservation, costNanoUsd: bigint | null): NewEvent[] {
  if (costNanoUsd === null)
    return r.state === 'open' || r.state === 'settled'
      ? [{ type: 'budget.unknown', subjectId: r.agentId, data: { ...about(r), why: 'unpriced' } }]
      : [];
  const settled: NewEvent = {
    type: 'budget.settled',
    subjectId: r.agentId,
    data: { ...about(r), costNanoUsd: costNanoUsd.toString() },
  };
  const before = heldBy(r).overshootNanoUsd;
  const after = heldBy(evolveReservation(r, settled, 0)).overshootNanoUsd;
  if (after <= before) return [settled];
  return [settled, { type: 'budget.overshot', subjectId: r.agentId, data: { ...about(r), aboveNanoUsd: (after - before).toString() } }];
}

/**
 * Given back unused. Its own agent can say so while it is open; once it is unknown only an operator can write it off,
 * since nobody else's word turns unknown money into none. Refuses with `illegal_transition`; twice equals once.
 *
 * Use it where the call was not made.
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p' });
 * decideGiveBack(r, false).ok; // → true
 * decideGiveBack({ ...r, state: 'unknown' }, false).ok; // → false
 * decideGiveBack({ ...r, state: 'unknown' }, true).ok; // → true
 */
export function decideGiveBack(r: Reservation, byOperator: boolean): Result<NewEvent[]> {
  if (r.state === 'released') return ok([]);
  if (!canMove(reservationTransitions, r.state, 'released') || (r.state === 'unknown' && !byOperator))
    return err({ code: 'illegal_transition', kind: 'reservation', id: r.id, from: r.state, to: 'released' });
  return ok([{ type: 'budget.released', subjectId: r.agentId, data: about(r) }]);
}

/**
 * The deadline came, or its agent ended, and no cost has: unknown, never zero (I-COST-6). Twice equals once.
 *
 * Use it from the clock (`expired`) and where an agent ends (`holder-ended`).
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', expiresAtMs: 1_000 });
 * decideUnknown(r, 'expired', 999); // → []
 * decideUnknown(r, 'expired', 1_000).map((e) => e.type); // → ['budget.unknown']
 * decideUnknown({ ...r, state: 'settled' }, 'holder-ended', 999); // → []
 */
export function decideUnknown(r: Reservation, why: 'expired' | 'holder-ended', nowMs: number): NewEvent[] {
  if (r.state !== 'open' || (why === 'expired' && nowMs < r.expiresAtMs)) return [];
  return [{ type: 'budget.unknown', subjectId: r.agentId, data: { ...about(r), why } }];
}

/**
 * Applies one fact. Throws `InvariantError` on a move that the table does not have.
 *
 * Use it with the facts that the decisions here answered, in their order.
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', amountNanoUsd: 5n });
 * const next = decideSettle(r, 4n).reduce((x, e) => evolveReservation(x, e, 1_000), r);
 * next.state; // → 'settled'
 * next.settledNanoUsd; // → 4n
 */
export function evolveReservation(r: Reservation, event: NewEvent, atMs: number): Reservation {
  const to = (state: ReservationState, more: Partial<Reservation> = {}): Reservation => {
    if (r.state !== state && !canMove(reservationTransitions, r.state, state))
      throw new InvariantError(`reservation ${r.id}: ${r.state} → ${state} by ${event.type}`);
    return { ...r, ...more, state, endedAtMs: atMs };
  };
  switch (event.type) {
    case 'budget.settled': {
      const settledNanoUsd = r.settledNanoUsd + BigInt(event.data.costNanoUsd);
      // a late cost of one that was given back counts all the same; the reservation stays given back
      return r.state === 'released' ? { ...r, settledNanoUsd } : to('settled', { settledNanoUsd });
    }
    case 'budget.unknown':
      return to('unknown');
    case 'budget.released':
      return to('released');
    default:
      return r;
  }
}
