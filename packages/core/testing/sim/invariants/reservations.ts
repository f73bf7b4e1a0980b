import type { LoggedEvent } from '../../../src/kernel/events.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

type Kept = { amount: bigint; settled: bigint; state: 'open' | 'settled' | 'unknown' | 'released'; above: readonly string[] };
type Use = { reserved: bigint; unknown: bigint };
type Book = { kept: Map<string, Kept>; uses: Map<string, Use> };

/** Reservations as their facts tell of them, added up by hand for every agent above. */
const bookOf = (m: Model): Book => m.remember('reservations', () => ({ kept: new Map(), uses: new Map() }));
const useOf = (b: Book, id: string): Use => {
  let use = b.uses.get(id);
  if (!use) {
    use = { reserved: 0n, unknown: 0n };
    b.uses.set(id, use);
  }
  return use;
};
function count(b: Book, r: Kept, sign: bigint): void {
  const rest = r.amount > r.settled ? r.amount - r.settled : 0n;
  for (const id of r.above) {
    const use = useOf(b, id);
    if (r.state === 'open') use.reserved += sign * r.amount;
    if (r.state === 'unknown') use.unknown += sign * rest;
  }
}

const facts = ['budget.reserved', 'budget.settled', 'budget.unknown', 'budget.released'] as const;

export const reservationInvariants: readonly Invariant[] = [
  {
    id: 'I-COST-6',
    says: 'money set aside of which no cost came is unknown, up to the reservation; nobody but a cost or an operator makes less of it',
    on: ['budget.settled', 'budget.unknown', 'budget.released'],
    fact(m, e) {
      if (e.type !== 'budget.released') return undefined;
      const r = bookOf(m).kept.get(e.data.reservationId);
      return r?.state === 'unknown' && e.actor.startsWith('agent:')
        ? `${e.actor} wrote off what was unknown of ${e.data.reservationId}`
        : undefined;
    },
    settled(m, nowMs) {
      for (const r of m.state.reservations.values())
        if (r.state === 'open' && r.expiresAtMs + 5_000 < nowMs) return `${r.id} is open long after its deadline`;
      return undefined;
    },
  },
  {
    id: 'I-COST-5',
    says: 'settled and reserved are never above a budget when something is admitted, at every ancestor',
    on: facts,
    fact(m, e) {
      const book = bookOf(m);
      take(m, book, e);
      if (e.type !== 'budget.reserved') return undefined;
      for (const id of book.kept.get(e.data.reservationId)?.above ?? []) {
        const budget = m.state.agents.get(id)?.budgetNanoUsd ?? null;
        if (budget === null) continue;
        // what other commands of the batch have settled is not in it yet: this is the least that was spent
        const spent = m.rows.rollups.get(id)?.totalNanoUsd ?? 0n;
        const { reserved, unknown } = useOf(book, id);
        if (spent + reserved + unknown > budget) return `${id} has ${budget}: ${spent} spent, ${reserved} reserved, ${unknown} unknown`;
      }
      return undefined;
    },
    check(m, commit) {
      if (!commit.events.some((e) => (facts as readonly string[]).includes(e.type))) return undefined;
      for (const [id, own] of bookOf(m).uses) {
        const kept = m.state.budgetUses.get(id);
        if ((kept?.reservedNanoUsd ?? 0n) !== own.reserved || (kept?.unknownNanoUsd ?? 0n) !== own.unknown)
          return `${id} has ${kept?.reservedNanoUsd}/${kept?.unknownNanoUsd}, its reservations ${own.reserved}/${own.unknown}`;
      }
      return undefined;
    },
  },
];

function take(m: Model, book: Book, e: LoggedEvent): void {
  if (e.type === 'budget.reserved') {
    const stored = m.state.reservations.get(e.data.reservationId);
    const above = [...(stored?.chargedTo ?? []), ...(stored?.path ?? [])];
    const fresh: Kept = { amount: BigInt(e.data.nanoUsd), settled: 0n, state: 'open', above };
    book.kept.set(e.data.reservationId, fresh);
    count(book, fresh, 1n);
    m.hit('money reserved');
    return;
  }
  if (e.type !== 'budget.settled' && e.type !== 'budget.unknown' && e.type !== 'budget.released') return;
  const r = book.kept.get(e.data.reservationId);
  if (!r) return;
  count(book, r, -1n);
  if (e.type === 'budget.unknown') {
    r.state = 'unknown';
    m.hit(e.data.why === 'expired' ? 'reservation ran out' : 'reservation unknown for another reason');
  } else if (e.type === 'budget.released') r.state = 'released';
  else {
    r.settled += BigInt(e.data.costNanoUsd);
    if (r.settled > r.amount) m.hit('cost above its reservation');
    if (r.state === 'unknown') m.hit('unknown money settled by a late cost');
    if (r.state !== 'released') r.state = 'settled';
    m.hit('reservation settled');
  }
  count(book, r, 1n);
}
