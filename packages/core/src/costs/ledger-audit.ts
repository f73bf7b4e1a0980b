import { type Discrepancy, sumDifferences } from './audit.ts';
import type { CostEntry } from './cost-entry.ts';
import { addRollup, emptyRollup, foldEntries, type Rollup } from './rollup.ts';

const keyOf = (d: Discrepancy): string => `${d.id} ${d.field}`;
const same = (a: Discrepancy, b: Discrepancy | undefined): boolean => a.stored === b?.stored && a.ledger === b.ledger;
/**
 * Sums that differ, from one look to the next: the same difference is told once.
 *
 * Use it behind an audit that is repeated; what has been mended meanwhile is told again when it breaks again.
 *
 * @example
 * const seen = new Differences();
 * const d = { id: 'a', field: 'ownNanoUsd', stored: '6', ledger: '5' };
 * seen.news([d]); // → [d]
 * seen.news([d]); // → []
 * seen.count; // → 1
 */
export class Differences {
  private readonly open = new Map<string, Discrepancy>();

  /** What differs now and was not told before. */
  news(found: readonly Discrepancy[]): Discrepancy[] {
    const before = new Map(this.open);
    this.open.clear();
    for (const d of found) this.open.set(keyOf(d), d);
    return found.filter((d) => !same(d, before.get(keyOf(d))));
  }
  /** How many differ, as of the last look. */
  get count(): number {
    return this.open.size;
  }
}

/**
 * A second fold of the ledger, entry by entry as they come, which is held against the sums that are kept: to one nano-USD,
 * all the time (I-COST-9). It never reads an entry twice, so a check costs as much as what is new.
 *
 * Use it with entries in the order of the ledger, from its first one on, and with sums of the same moment as the last.
 *
 * @example
 * const audit = new LedgerAudit();
 * const call = entryOf({ projectId: 'p', agentId: 'a', eventId: 'e', costNanoUsd: 5n });
 * audit.add([call]);
 * audit.check([...foldEntries([call]).values()]); // → []
 * const wrong = [...foldEntries([call]).values()].map((r) => ({ ...r, ownNanoUsd: 6n }));
 * audit.check(wrong); // → [{ id: 'a', field: 'ownNanoUsd', stored: '6', ledger: '5' }]
 * audit.check(wrong); // → []
 */
export class LedgerAudit {
  private readonly sums = new Map<string, Rollup>();
  private readonly differences = new Differences();

  add(entries: readonly CostEntry[]): void {
    for (const [id, delta] of foldEntries(entries))
      this.sums.set(id, addRollup(this.sums.get(id) ?? emptyRollup(delta.projectId, id), delta));
  }
  /**
   * A check of all sums, which may come in parts. `done` answers what differs and was not told before; what has been mended
   * meanwhile is told again when it breaks again. One that is not brought to its end has told and changed nothing.
   */
  begin(): { look(part: readonly Rollup[]): void; done(): Discrepancy[] } {
    const seen = new Set<string>();
    const found: Discrepancy[] = [];
    return {
      look: (part) => {
        for (const r of part) {
          seen.add(r.id);
          found.push(...sumDifferences(r.id, r, this.sums.get(r.id)));
        }
      },
      done: () => {
        for (const [id, sum] of this.sums) if (!seen.has(id)) found.push(...sumDifferences(id, undefined, sum));
        return this.differences.news(found);
      },
    };
  }
  /** The same of all sums at once. */
  check(stored: readonly Rollup[]): Discrepancy[] {
    const check = this.begin();
    check.look(stored);
    return check.done();
  }
  /** How many sums differ, as of the last check. */
  get wrong(): number {
    return this.differences.count;
  }
}
