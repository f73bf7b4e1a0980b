import { describe, expect, it } from 'vitest';
import * as records from '../records.ts';
import { callOf, commandOf, operator } from '../test-fleet.ts';
import type { StoreBench } from './store-bench.ts';

/** Budgets: what stands against them, and that no number of callers gets above one. */
export function budgetsCases(bench: StoreBench): void {
  const { transact, id, run, register } = bench;
  describe('budgets', () => {
    it('come back as they were put, and open reservations are found by their agent', async () => {
      const use = records.useOf({ id: id('agent'), projectId: bench.projectId });
      const [open, ended] = [records.reservationOf({ id: id('reservation'), projectId: bench.projectId }), id('reservation')];
      await transact(async (tx) => {
        tx.budgetUses.put(use);
        tx.reservations.put(open);
        tx.reservations.put({ ...open, id: ended, state: 'unknown', endedAtMs: open.createdAtMs });
        expect((await tx.reservations.openOf(['agt_1', 'agt_2'])).map((r) => r.id)).toEqual([open.id]);
      });
      await transact(async (tx) => {
        expect(await tx.budgetUses.get(use.id)).toEqual(use);
        expect(await tx.reservations.get(open.id)).toEqual(open);
        expect((await tx.reservations.get(ended))?.state).toBe('unknown');
        expect(await tx.reservations.openOf(['agt_2'])).toEqual([]);
        tx.reservations.put({ ...open, state: 'settled' });
        expect(await tx.reservations.openOf(['agt_1'])).toEqual([]);
      });
    });
    it('I-COST-4: an entry is found by its agent and id, whole', async () => {
      const agentId = id('agent');
      const entry = records.entryOf({
        projectId: bench.projectId,
        agentId,
        eventId: 'fix',
        pricedBy: 'adjustment',
        refersTo: 'e',
        reason: 'why',
      });
      const other = records.entryOf({
        projectId: bench.projectId,
        agentId,
        eventId: 'none',
        chargedTo: [],
        reservationId: null,
        priceVersion: null,
      });
      await transact(async (tx) => {
        await tx.ledger.append([entry, other]);
        expect(await tx.ledger.find(agentId, 'fix')).toEqual(entry);
      });
      expect(await transact((tx) => tx.ledger.find(agentId, 'none'))).toEqual(other);
      expect(await transact((tx) => tx.ledger.find('agt_other', 'fix'))).toBeUndefined();
      // a correction told again, and one under its id that says something else
      const again = await transact((tx) => tx.ledger.append([entry, { ...entry, reason: 'another' }, { ...entry, refersTo: 'f' }]));
      expect(again).toEqual(['duplicate', 'conflict', 'conflict']);
    });
    it('I-COST-5: settled + reserved is never above a budget, with 64 callers at once', async () => {
      const [lead] = (await run([commandOf('agents.register', { name: 'lead', budgetUsd: '1.00' }, operator)])) as { agentId: string }[];
      const leadId = lead?.agentId ?? '';
      const mid = (await run([commandOf('agents.register', { name: 'mid', parentId: leadId, budgetUsd: '0.60' }, operator)])) as {
        agentId: string;
      }[];
      const agents: string[] = [leadId, mid[0]?.agentId ?? '', await register(mid[0]?.agentId), await register(leadId)];
      const budget = { [agents[0] as string]: 1_000_000_000n, [agents[1] as string]: 600_000_000n };
      const seen = { admitted: 0, denied: 0, released: 0, settled: 0, full: 0 };
      const check = () =>
        transact(async (tx) => {
          for (const [agentId, max] of Object.entries(budget)) {
            const use = await tx.budgetUses.get(agentId);
            const spent = (await tx.rollups.get(agentId))?.totalNanoUsd ?? 0n;
            const held = spent + (use?.reservedNanoUsd ?? 0n) + (use?.unknownNanoUsd ?? 0n);
            expect(held).toBeLessThanOrEqual(max);
            if (held > max - 70_000_000n) seen.full += 1;
          }
        });
      const callers = Array.from({ length: 64 }, async (_, n) => {
        const agentId = agents[n % 4] as string;
        const reserve = commandOf('costs.reserve', { agentId, amountUsd: '0.07' }, operator);
        const { results } = await bench.supervisor.executeBatch(bench.projectId, [reserve]);
        await check();
        const r = results[0];
        if (!r?.ok) {
          expect(r?.error.code).toBe('budget_exceeded');
          seen.denied += 1;
          return;
        }
        seen.admitted += 1;
        const { reservationId } = r.value as { reservationId: string };
        // a third is never heard of again
        if (n % 3 === 0) {
          await run([commandOf('costs.release', { id: reservationId }, operator)]);
          seen.released += 1;
        } else if (n % 3 === 1) {
          const entries = [callOf(agentId, `e${n}`, { reservationId, costNanoUsd: 30_000_000n })];
          await run([commandOf('costs.report', { entries }, operator), commandOf('costs.report', { entries }, operator)]);
          seen.settled += 1;
        }
        await check();
      });
      await Promise.all(callers);
      expect(seen.admitted + seen.denied).toBe(64);
      for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(0);
      const rollup = await transact((tx) => tx.rollups.get(leadId));
      expect(rollup?.totalNanoUsd).toBe(BigInt(seen.settled) * 30_000_000n);
    });
  });
}
