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

function compare<T extends { id: string }>(
  stored: ReadonlyMap<string, T>,
  ledger: ReadonlyMap<string, T>,
  zero: T,
  fields: readonly (keyof T & string)[],
): Discrepancy[] {
  const out: Discrepancy[] = [];
  for (const id of new Set([...stored.keys(), ...ledger.keys()]))
    out.push(...differencesOf(id, stored.get(id) ?? zero, ledger.get(id) ?? zero, fields));
  return out;
}
const none: readonly Discrepancy[] = [];
function differencesOf<T>(id: string, stored: T, ledger: T, fields: readonly (keyof T & string)[]): readonly Discrepancy[] {
  if (fields.every((f) => stored[f] === ledger[f])) return none;
  return fields
    .filter((f) => stored[f] !== ledger[f])
    .map((field) => ({ id, field, stored: String(stored[field]), ledger: String(ledger[field]) }));
}
const byId = <T extends { id: string }>(rows: Iterable<T>) => new Map([...rows].map((r) => [r.id, r]));
const noSum = emptyRollup('', '');
const sumFields = Object.keys(noSum).filter((f) => f !== 'id' && f !== 'projectId') as (keyof Rollup)[];
/**
 * Where one rollup is not what the ledger says; undefined is one that is not there, which is all zero.
 *
 * Use it where rollups come a part at a time; `auditRollups` takes all at once.
 *
 * @example
 * sumDifferences('a', undefined, { ...emptyRollup('p', 'a'), ownEntries: 1 }); // → [{ id: 'a', field: 'ownEntries', stored: '0', ledger: '1' }]
 */
export const sumDifferences = (id: string, stored: Rollup | undefined, ledger: Rollup | undefined): readonly Discrepancy[] =>
  differencesOf(id, stored ?? noSum, ledger ?? noSum, sumFields);

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
  compare(byId(rollups), foldEntries(entries), noSum, sumFields);

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
  compare(byId(uses), foldUses(entries, reservations), emptyUse('', ''), useFields);
