import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CostEntry } from './cost-entry.ts';
import { payloadOf } from './cost-entry.ts';
import { addRollup, emptyRollup, foldEntries, type Rollup } from './rollup.ts';

const entry = (over: Partial<CostEntry> = {}): CostEntry => ({
  projectId: 'p',
  agentId: 'a',
  eventId: 'e',
  path: ['a'],
  chargedTo: [],
  sessionId: 'a',
  role: null,
  model: 'm',
  provider: null,
  inputTokens: 1,
  outputTokens: 1,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costNanoUsd: 1n,
  pricedBy: 'table',
  priceVersion: 'v1',
  late: false,
  reservationId: null,
  refersTo: null,
  reason: null,
  atMs: 0,
  recordedAtMs: 0,
  ...over,
});
/** Entries of agents in a forest: node i hangs below any node before it, or below none. */
const ledger = fc
  .tuple(
    fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
    fc.array(fc.record({ at: fc.nat(), cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 15n })), tokens: fc.nat(1e9) }), { maxLength: 60 }),
  )
  .map(([picks, calls]) => {
    const paths: string[][] = [];
    for (const [i, pick] of picks.entries()) paths.push([...(paths[pick % (i + 1)] ?? []), `n${i}`]);
    return calls.map(({ at, cost, tokens }, i) => {
      const path = paths[at % paths.length] as string[];
      return entry({
        agentId: path.at(-1),
        path,
        sessionId: path[0],
        eventId: `${i}`,
        costNanoUsd: cost,
        inputTokens: tokens,
        pricedBy: cost === null ? 'unpriced' : 'table',
      });
    });
  });
const sumOf = <T>(all: T[], of: (x: T) => bigint) => all.reduce((s, x) => s + of(x), 0n);

describe('rollups', () => {
  it('I-COST-3, I-COST-9: the sum of what agents spent themselves is the sum of the totals of the roots, and both are the ledger', () => {
    fc.assert(
      fc.property(ledger, (entries) => {
        const sums = [...foldEntries(entries).values()];
        const roots = new Set(entries.map((e) => e.path[0]));
        const booked = sumOf(entries, (e) => e.costNanoUsd ?? 0n);
        const tops = sums.filter((r) => roots.has(r.id));
        return (
          sumOf(sums, (r) => r.ownNanoUsd) === booked &&
          sumOf(tops, (r) => r.totalNanoUsd) === booked &&
          sumOf(tops, (r) => BigInt(r.totalInputTokens)) === sumOf(entries, (e) => BigInt(e.inputTokens)) &&
          sumOf(tops, (r) => BigInt(r.totalUnpriced)) === BigInt(entries.filter((e) => e.costNanoUsd === null).length)
        );
      }),
    );
  });
  it('I-COST-9: an inclusive sum is the own one and those of the children', () => {
    fc.assert(
      fc.property(ledger, (entries) => {
        const sums = foldEntries(entries);
        const parentOf = new Map(entries.flatMap((e) => e.path.map((id, i) => [id, e.path[i - 1]] as const)));
        return [...sums.values()].every((r) => {
          const below = [...sums.values()].filter((c) => parentOf.get(c.id) === r.id);
          return (
            r.totalNanoUsd === r.ownNanoUsd + sumOf(below, (c) => c.totalNanoUsd) &&
            r.totalEntries === r.ownEntries + below.reduce((s, c) => s + c.totalEntries, 0)
          );
        });
      }),
    );
  });
  it('I-COST-2: totals depend neither on the order nor on how the entries were batched', () => {
    const cut = ledger.chain((entries) =>
      fc.tuple(fc.constant(entries), fc.shuffledSubarray(entries, { minLength: entries.length }), fc.nat()),
    );
    fc.assert(
      fc.property(cut, ([entries, shuffled, at]) => {
        const whole = foldEntries(entries);
        const half = at % (shuffled.length + 1);
        const added = foldEntries(shuffled.slice(0, half));
        for (const [id, delta] of foldEntries(shuffled.slice(half))) added.set(id, addRollup(added.get(id) ?? emptyRollup('p', id), delta));
        const sorted = (m: Map<string, Rollup>) => [...m.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
        expect(sorted(added)).toEqual(sorted(whole));
      }),
    );
  });
  it('I-COST-2: folded onto sums they are these and what the entries add, and the sums that were given are as they were', () => {
    const two = fc.tuple(ledger, ledger);
    fc.assert(
      fc.property(two, ([before, after]) => {
        const sums = foldEntries(before);
        const now = foldEntries(after, (id) => sums.get(id));
        expect(sums).toEqual(foldEntries(before));
        for (const [id, delta] of foldEntries(after)) expect(now.get(id)).toEqual(addRollup(sums.get(id) ?? emptyRollup('p', id), delta));
        expect(now.size).toBe(foldEntries(after).size);
      }),
    );
  });
  it('I-COST-8: an unpriced call is counted as one, and adds nothing', () => {
    const [r] = foldEntries([entry({ costNanoUsd: null, pricedBy: 'unpriced' }), entry({ eventId: 'f' })]).values();
    expect(r).toMatchObject({ ownNanoUsd: 1n, ownUnpriced: 1, totalUnpriced: 1, ownEntries: 2 });
  });
});

describe('what makes two tellings of one call the same (I-COST-1)', () => {
  it('usage, model and a reported price do; the time, the price table and where the agent hung do not', () => {
    const first = payloadOf(entry());
    for (const same of [{ atMs: 9 }, { recordedAtMs: 9 }, { costNanoUsd: 7n, priceVersion: 'v2' }, { path: ['x', 'a'] }, { late: true }])
      expect(payloadOf(entry(same)), JSON.stringify(Object.keys(same))).toBe(first);
    for (const other of [
      { model: 'n' },
      { provider: 'x' },
      { inputTokens: 2 },
      { outputTokens: 2 },
      { cachedInputTokens: 1 },
      { cacheWriteTokens: 1 },
      { reasoningTokens: 1 },
    ])
      expect(payloadOf(entry(other)), JSON.stringify(other)).not.toBe(first);
    const reported = (n: bigint) => payloadOf(entry({ pricedBy: 'reported', costNanoUsd: n }));
    expect(reported(1n)).not.toBe(reported(2n));
  });
});
