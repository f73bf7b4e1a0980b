import { auditRollups, auditUses } from '../src/costs/audit.ts';
import { budgetPeriodEndMs, budgetPeriodStartMs, heldSince } from '../src/costs/scoped-budget.ts';
import type { MemoryState } from '../src/memory/memory-state.ts';

/** Whether the sums that are kept are what the ledger says, and its own sums add up to those of the roots (I-COST-3, I-COST-9). */
export function auditOf(state: Readonly<MemoryState>): string[] {
  const entries = [...state.ledger.values()];
  const sums = [...state.rollups.values()];
  const found = [...auditRollups(entries, sums), ...auditUses(entries, [...state.reservations.values()], state.budgetUses.values())].map(
    (d) => `${d.id}.${d.field}: stored ${d.stored}, ledger ${d.ledger}`,
  );
  found.push(...talliesOf(state));
  const add = (all: bigint[]) => all.reduce((s, n) => s + n, 0n);
  const roots = new Set(entries.map((e) => e.path[0] as string));
  const own = add(sums.map((r) => r.ownNanoUsd));
  // an orphan that went to the top has a total of its own from then on; what it spent before stays with its old root
  const before = add(entries.flatMap((e) => e.path.slice(1).flatMap((id) => (roots.has(id) ? [e.costNanoUsd ?? 0n] : []))));
  const totals = add(sums.filter((r) => roots.has(r.id)).map((r) => r.totalNanoUsd)) - before;
  const booked = add(entries.map((e) => e.costNanoUsd ?? 0n));
  if (own !== booked || totals !== booked) found.push(`own ${own}, totals of the roots ${totals}, ledger ${booked}`);
  return found;
}

/** What stands against each budget of a subtree, a session or the project, added up anew from entries and reservations. */
function talliesOf(state: Readonly<MemoryState>): string[] {
  const found: string[] = [];
  for (const { budgets } of state.settings.values())
    for (const b of budgets) {
      const t = state.budgetTallies.get(b.id);
      if (!t) {
        found.push(`${b.id} has no tally`);
        continue;
      }
      const counts = (r: { path: readonly string[]; chargedTo: readonly string[] }) =>
        b.agentId === null || r.path.includes(b.agentId) || r.chargedTo.includes(b.agentId);
      const [from, to] = [budgetPeriodStartMs(t.period), budgetPeriodEndMs(t.period) ?? Number.POSITIVE_INFINITY];
      let spent = 0n;
      for (const e of state.ledger.values()) if (counts(e) && e.recordedAtMs >= from && e.recordedAtMs < to) spent += e.costNanoUsd ?? 0n;
      let [reserved, unknown] = [0n, 0n];
      for (const r of state.reservations.values()) {
        if (!counts(r)) continue;
        const held = heldSince(r, from);
        reserved += held.reservedNanoUsd;
        unknown += held.unknownNanoUsd;
      }
      const [is, was] = [[spent, reserved, unknown].join('/'), [t.spentNanoUsd, t.reservedNanoUsd, t.unknownNanoUsd].join('/')];
      if (is !== was) found.push(`${b.id} in ${t.period}: stored ${was}, ledger ${is}`);
    }
  return found;
}
