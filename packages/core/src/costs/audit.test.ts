import { describe, expect, it } from 'vitest';
import { entryOf, reservationOf, useOf } from '../../testing/records.ts';
import { auditRollups, auditUses } from './audit.ts';
import { foldEntries } from './rollup.ts';

const entry = (eventId: string, costNanoUsd: bigint, chargedTo: string[] = []) =>
  entryOf({ projectId: 'p', agentId: 'b', eventId, path: ['a', 'b'], costNanoUsd, chargedTo });

describe('the audit of sums (I-COST-9)', () => {
  const ledger = [entry('1', 5n), entry('2', -2n)];
  const sums = () => [...foldEntries(ledger).values()];
  it('finds nothing where the sums are the fold of the ledger', () => {
    expect(auditRollups(ledger, sums())).toEqual([]);
  });
  it('finds one nano-USD too much, by its field', () => {
    const wrong = sums().map((r) => (r.id === 'a' ? { ...r, totalNanoUsd: r.totalNanoUsd + 1n } : r));
    expect(auditRollups(ledger, wrong)).toEqual([{ id: 'a', field: 'totalNanoUsd', stored: '4', ledger: '3' }]);
  });
  it('finds a sum that is missing, and one that nothing in the ledger explains', () => {
    const [a, b] = sums();
    if (!a || !b) throw new Error('no sums');
    expect(auditRollups(ledger, [a]).map((d) => d.id)).toContain(b.id);
    expect(auditRollups([], [a]).every((d) => d.ledger === '0')).toBe(true);
  });
  it('finds what is held wrongly: reserved, unknown, above, moved', () => {
    const open = reservationOf({ id: 'r', projectId: 'p', path: ['a'], chargedTo: ['old'], amountNanoUsd: 7n });
    const moved = [entry('3', 4n, ['old'])];
    const zero = { reservedNanoUsd: 0n, unknownNanoUsd: 0n, overshootNanoUsd: 0n, movedNanoUsd: 0n };
    const right = [
      useOf({ id: 'a', projectId: 'p', ...zero, reservedNanoUsd: 7n }),
      useOf({ id: 'old', projectId: 'p', ...zero, reservedNanoUsd: 7n, movedNanoUsd: 4n }),
    ];
    expect(auditUses(moved, [open], right)).toEqual([]);
    expect(auditUses(moved, [open], right.slice(1))).toEqual([{ id: 'a', field: 'reservedNanoUsd', stored: '0', ledger: '7' }]);
    const unknown = { ...open, state: 'unknown' as const, settledNanoUsd: 2n };
    expect(auditUses(moved, [unknown], right).map((d) => [d.id, d.field, d.ledger])).toEqual([
      ['a', 'reservedNanoUsd', '0'],
      ['a', 'unknownNanoUsd', '5'],
      ['old', 'reservedNanoUsd', '0'],
      ['old', 'unknownNanoUsd', '5'],
    ]);
  });
});
