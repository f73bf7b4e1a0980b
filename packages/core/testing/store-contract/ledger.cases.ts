import { describe, expect, it } from 'vitest';
import type { CostEntry } from '../../src/costs/cost-entry.ts';
import { foldEntries, type Rollup } from '../../src/costs/rollup.ts';
import * as records from '../records.ts';
import { callOf, commandOf, operator } from '../test-fleet.ts';
import type { StoreBench } from './store-bench.ts';

/** The ledger of costs and its rollups. */
export function ledgerCases(bench: StoreBench): void {
  const { transact, id, register } = bench;
  describe('the ledger', () => {
    it('I-COST-1: tells what is new, what is a duplicate and what is a conflict, within one call and across calls', async () => {
      const agentId = id('agent');
      const entry = (eventId: string, over: Partial<CostEntry> = {}) =>
        records.entryOf({ projectId: bench.projectId, agentId, eventId, ...over });
      const told = await transact((tx) =>
        tx.ledger.append([
          entry('1'),
          entry('1'),
          entry('1', { model: 'other' }),
          entry('2', { costNanoUsd: null, pricedBy: 'unpriced', priceVersion: null }),
        ]),
      );
      expect(told).toEqual(['accepted', 'duplicate', 'conflict', 'accepted']);
      const again = await transact((tx) =>
        tx.ledger.append([
          entry('1', { atMs: 5, recordedAtMs: 6, late: true, path: ['other'] }),
          entry('2', { inputTokens: 1 }),
          entry('3'),
          { ...entry('1'), agentId: 'agt_other' },
        ]),
      );
      expect(again).toEqual(['duplicate', 'conflict', 'accepted', 'accepted']);
      expect(await transact((tx) => tx.ledger.append([]))).toEqual([]);
      const stored = await bench.on.entries(bench.projectId);
      expect(stored.find((e) => e.eventId === '1' && e.agentId === agentId)).toEqual(entry('1'));
      expect(stored).toHaveLength(4);
    });
    it('I-COST-1: text that a database might not take makes neither duplicates nor conflicts of its own', async () => {
      const agentId = id('agent');
      const odd = records.entryOf({
        projectId: bench.projectId,
        agentId,
        eventId: records.oddText,
        model: records.oddText,
        provider: records.oddText,
        role: records.oddText,
      });
      expect(await transact((tx) => tx.ledger.append([odd, odd]))).toEqual(['accepted', 'duplicate']);
      expect(await transact((tx) => tx.ledger.append([odd]))).toEqual(['duplicate']);
      await transact((tx) => tx.ledger.keepConflicts([odd]));
      expect(await bench.on.conflicts(bench.projectId)).toEqual([records.oddText]);
    });
    it('what a subtree spent is by the time of the calls and the frozen path', async () => {
      const entry = (eventId: string, atMs: number, path: string[]) =>
        records.entryOf({ projectId: bench.projectId, agentId: path.at(-1) ?? '', eventId, atMs, path, costNanoUsd: 5n });
      await transact(async (tx) => {
        await tx.ledger.append([
          entry('1', 1_000, ['a', 'b']),
          entry('2', 2_000, ['a', 'b']),
          entry('3', 3_000, ['a']),
          entry('4', 3_000, ['c']),
        ]);
        expect([await tx.ledger.spentSince('a', 2_000), await tx.ledger.spentSince('b', 0), await tx.ledger.spentSince('d', 0)]).toEqual([
          10n,
          10n,
          0n,
        ]);
      });
    });
    it('I-COST-9: the rollup equals the ledger, whatever was sent twice and however many callers sent it', async () => {
      const root = await register();
      const mid = await register(root);
      const leaves = [await register(mid), await register(mid), await register(root)];
      const calls = Array.from({ length: 60 }, (_, n) =>
        callOf([root, mid, ...leaves][n % 5] as string, `e${n % 45}`, {
          inputTokens: n % 45,
          costNanoUsd: n % 7 === 0 ? null : BigInt(n % 45) * 1_000_000_007n,
          pricedBy: n % 7 === 0 ? 'unpriced' : 'table',
        }),
      );
      const reports = calls.flatMap((c, n) => [[c], [c, calls[(n * 7) % 60] as (typeof calls)[0]]]);
      await Promise.all(
        reports.map((entries) => bench.supervisor.executeBatch(bench.projectId, [commandOf('costs.report', { entries }, operator)])),
      );
      const ledger = await bench.on.entries(bench.projectId);
      const byId = (a: Rollup, b: Rollup) => (a.id < b.id ? -1 : 1);
      const folded = [...foldEntries(ledger).values()].sort(byId);
      expect((await bench.on.rollups(bench.projectId)).sort(byId)).toEqual(folded);
      expect(await transact((tx) => tx.rollups.get(root))).toEqual(folded.find((r) => r.id === root));
      const own = folded.reduce((s, r) => s + r.ownNanoUsd, 0n);
      expect(own).toBe(folded.find((r) => r.id === root)?.totalNanoUsd);
      expect(new Set(ledger.map((e) => `${e.agentId} ${e.eventId}`)).size).toBe(ledger.length);
    });
  });
}
