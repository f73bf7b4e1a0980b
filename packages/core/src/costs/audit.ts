import { type BudgetUse, emptyUse } from './budget.ts';
import type { CostEntry } from './cost-entry.ts';
import { heldBy, type Reservation } from './reservation.ts';
import { emptyRollup, foldEntries, type Rollup } from './rollup.ts';

/** One sum that is not what the ledger says. */
export type Discrepancy = { id: string; field: string; stored: string; ledger: string };

/**
 * What the budgets' side must be: the fold of all reservations and of the entries of moved agents.
 *
 * Use it to check what is kept (`auditUses`), or to make it anew.
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', path: ['lead', 'a'], chargedTo: ['old'], amountNanoUsd: 5n });
 * [...foldUses([], [r]).keys()]; // → ['lead', 'a', 'old']
 * foldUses([], [r]).get('old')?.reservedNanoUsd; // → 5n
 */
export function foldUses(entries: readonly CostEntry[], reservations: readonly Reservation[]): Map<string, BudgetUse> {
  const uses = new Map<string, BudgetUse>();
  const add = (projectId: string, ids: readonly string[], more: Partial<BudgetUse>) => {
    for (const id of ids) uses.set(id, addUse(uses.get(id) ?? emptyUse(projectId, id), more));
  };
  for (const e of entries) if (e.chargedTo.length) add(e.projectId, e.chargedTo, { movedNanoUsd: e.costNanoUsd ?? 0n });
  for (const r of reservations) add(r.projectId, [...r.path, ...r.chargedTo], heldBy(r));
  return uses;
}
const useFields = ['reservedNanoUsd', 'unknownNanoUsd', 'overshootNanoUsd', 'movedNanoUsd'] as const;
/**
 * `use + more`, field by field; a field that is left out adds nothing.
 *
 * Use it with the difference of two `heldBy`.
 *
 * @example
 * addUse(emptyUse('p', 'a'), { reservedNanoUsd: 5n }).reservedNanoUsd; // → 5n
 */
export function addUse(use: BudgetUse, more: Partial<BudgetUse>): BudgetUse {
  const sum = { ...use };
  for (const f of useFields) sum[f] += more[f] ?? 0n;
  return sum;
}

function compare<T extends { id: string }>(stored: ReadonlyMap<string, T>, ledger: ReadonlyMap<string, T>, empty: (id: string) => T) {
  const out: Discrepancy[] = [];
  for (const id of new Set([...stored.keys(), ...ledger.keys()])) {
    const zero = empty(id);
    const [a, b] = [stored.get(id) ?? zero, ledger.get(id) ?? zero];
    for (const field of Object.keys(zero) as (keyof T & string)[]) {
      if (field === 'id' || field === 'projectId' || a[field] === b[field]) continue;
      out.push({ id, field, stored: String(a[field]), ledger: String(b[field]) });
    }
  }
  return out;
}
const byId = <T extends { id: string }>(rows: Iterable<T>) => new Map([...rows].map((r) => [r.id, r]));

/**
 * Every rollup against the fold of the ledger, to one nano-USD (I-COST-9); empty: they agree.
 *
 * Use it on a whole project as it was at one moment: entries that came between the two reads would be told as wrong.
 *
 * @example
 * const call = entryOf({ projectId: 'p', agentId: 'a', eventId: 'e', costNanoUsd: 5n });
 * auditRollups([call], foldEntries([call]).values()); // → []
 * const [sum] = foldEntries([call]).values();
 * auditRollups([call], [{ ...sum, ownNanoUsd: 6n }]); // → [{ id: 'a', field: 'ownNanoUsd', stored: '6', ledger: '5' }]
 */
export const auditRollups = (entries: readonly CostEntry[], rollups: Iterable<Rollup>): Discrepancy[] =>
  compareRollups(rollups, foldEntries(entries));

/**
 * The same against a fold that is at hand.
 *
 * Use it where the fold is carried along instead of made anew; `LedgerAudit` does.
 *
 * @example
 * compareRollups([], new Map([['a', { ...emptyRollup('p', 'a'), ownEntries: 1 }]])); // → [{ id: 'a', field: 'ownEntries', stored: '0', ledger: '1' }]
 */
export const compareRollups = (stored: Iterable<Rollup>, folded: ReadonlyMap<string, Rollup>): Discrepancy[] =>
  compare(byId(stored), folded, (id) => emptyRollup('', id));

/**
 * The same of what is reserved, unknown, above its reservation, and spent by moved agents.
 *
 * Use it beside `auditRollups`, on the same moment.
 *
 * @example
 * const r = reservationOf({ id: 'r', projectId: 'p', path: ['a'], amountNanoUsd: 5n });
 * auditUses([], [r], foldUses([], [r]).values()); // → []
 * auditUses([], [r], []); // → [{ id: 'a', field: 'reservedNanoUsd', stored: '0', ledger: '5' }]
 */
export const auditUses = (entries: readonly CostEntry[], reservations: readonly Reservation[], uses: Iterable<BudgetUse>): Discrepancy[] =>
  compare(byId(uses), foldUses(entries, reservations), (id) => emptyUse('', id));
