import { describe, expect, it } from 'vitest';
import { entryOf } from '../../testing/records.ts';
import { LedgerAudit } from './ledger-audit.ts';
import { foldEntries } from './rollup.ts';

const entry = (eventId: string, costNanoUsd: bigint) =>
  entryOf({ projectId: 'p', agentId: 'b', eventId, path: ['a', 'b'], costNanoUsd, chargedTo: [] });
const [first, second] = [entry('1', 5n), entry('2', 7n)];
const sumsOf = (...entries: (typeof first)[]) => [...foldEntries(entries).values()];

describe('the audit that goes on (I-COST-9)', () => {
  it('adds what is new to what it has, and agrees with sums of the same moment', () => {
    const audit = new LedgerAudit();
    audit.add([first]);
    expect(audit.check(sumsOf(first))).toEqual([]);
    audit.add([second]);
    expect(audit.check(sumsOf(first, second))).toEqual([]);
    expect(audit.check(sumsOf(first)).map((d) => d.id)).toContain('a');
  });
  it('tells a difference once, another one anew, and the same again after it was mended', () => {
    const audit = new LedgerAudit();
    audit.add([first]);
    const wrong = (by: bigint) => sumsOf(first).map((r) => (r.id === 'a' ? { ...r, totalNanoUsd: r.totalNanoUsd + by } : r));
    expect(audit.check(wrong(1n))).toEqual([{ id: 'a', field: 'totalNanoUsd', stored: '6', ledger: '5' }]);
    expect(audit.check(wrong(1n))).toEqual([]);
    expect(audit.wrong).toBe(1);
    expect(audit.check(wrong(2n))).toHaveLength(1);
    expect(audit.check(sumsOf(first))).toEqual([]);
    expect(audit.wrong).toBe(0);
    expect(audit.check(wrong(2n))).toHaveLength(1);
  });
});
