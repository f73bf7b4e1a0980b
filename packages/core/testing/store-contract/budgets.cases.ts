import { describe, expect, it } from 'vitest';
import { usdOf } from '../../src/kernel/money.ts';
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
    it('of scopes come back with what stands against them; what they begin with is counted by the time it was recorded', async () => {
      const tally = records.tallyOf({ id: id('budget'), projectId: bench.projectId });
      const [lead, moved, day] = [id('agent'), id('agent'), Date.UTC(2026, 0, 2)];
      const entry = (eventId: string, costNanoUsd: bigint | null, more: object) =>
        records.entryOf({
          projectId: bench.projectId,
          agentId: lead,
          eventId,
          costNanoUsd,
          chargedTo: [],
          recordedAtMs: day,
          atMs: 0,
          ...more,
        });
      const reservation = (more: object) =>
        records.reservationOf({ id: id('reservation'), projectId: bench.projectId, path: [lead], amountNanoUsd: 100n, ...more });
      await transact(async (tx) => {
        await tx.budgetTallies.get(tally.id);
        tx.budgetTallies.put(tally);
        await tx.ledger.append([
          entry('yesterday', 1n, { recordedAtMs: day - 1 }),
          entry('today', 10n, {}),
          entry('unpriced', null, {}),
          entry('credit', -3n, { recordedAtMs: day + 1 }),
          entry('below', 100n, { agentId: moved, path: [lead, moved] }),
          entry('moved', 1_000n, { agentId: moved, path: [moved], chargedTo: [lead] }),
          entry('elsewhere', 10_000n, { agentId: moved, path: [moved] }),
        ]);
        tx.reservations.put(reservation({}));
        tx.reservations.put(reservation({ path: [moved], chargedTo: [lead], amountNanoUsd: 7n }));
        tx.reservations.put(reservation({ state: 'unknown', endedAtMs: day, settledNanoUsd: 40n }));
        tx.reservations.put(reservation({ state: 'unknown', endedAtMs: day - 1, settledNanoUsd: 0n }));
        tx.reservations.put(reservation({ state: 'settled', endedAtMs: day }));
        tx.reservations.put(reservation({ path: [moved], amountNanoUsd: 1_000n }));
        expect(await tx.ledger.chargedSince(lead, day)).toBe(1_107n);
      });
      await transact(async (tx) => {
        expect(await tx.budgetTallies.get(tally.id)).toEqual(tally);
        expect(await tx.ledger.chargedSince(lead, 0)).toBe(1_108n);
        expect((await tx.ledger.chargedSince(null, day)) - (await tx.ledger.chargedSince(lead, day))).toBeGreaterThanOrEqual(10_000n);
        expect(await tx.reservations.heldSince(lead, day)).toEqual({ reservedNanoUsd: 107n, unknownNanoUsd: 60n });
        expect(await tx.reservations.heldSince(lead, 0)).toEqual({ reservedNanoUsd: 107n, unknownNanoUsd: 160n });
        expect((await tx.reservations.heldSince(null, day)).reservedNanoUsd).toBeGreaterThanOrEqual(1_107n);
      });
    });
    it('I-COST-5: of the project, for the day, is not passed by 32 callers at once', async () => {
      const agents = [await register(), await register()];
      const [made] = (await run([
        commandOf('budgets.make', { name: 'all', scope: 'project', period: 'day', hardUsd: 1_000 }, operator),
      ])) as { budgetId: string }[];
      const budgetId = made?.budgetId ?? '';
      const before = await transact((tx) => tx.budgetTallies.get(budgetId));
      // ten cents more than stand against it already
      const left = 100_000_000n + (before?.spentNanoUsd ?? 0n) + (before?.reservedNanoUsd ?? 0n) + (before?.unknownNanoUsd ?? 0n);
      await run([commandOf('budgets.edit', { id: budgetId, hardUsd: usdOf(left) }, operator)]);
      const answers = await Promise.all(
        Array.from({ length: 32 }, (_, n) =>
          bench.supervisor.executeBatch(bench.projectId, [
            commandOf('costs.reserve', { agentId: agents[n % 2] as string, amountUsd: '0.009' }, operator),
          ]),
        ),
      );
      const refused = answers.flatMap((a) => (a.results[0]?.ok === false ? [a.results[0].error] : []));
      expect(answers.length - refused.length).toBe(11);
      expect(refused[0]).toMatchObject({ code: 'budget_exceeded', budgetId, period: 'day', scope: 'project' });
      await run([commandOf('costs.report', { entries: [callOf(agents[0] as string, 'day', { costNanoUsd: 5_000_000n })] }, operator)]);
      const after = await transact((tx) => tx.budgetTallies.get(budgetId));
      expect((after?.reservedNanoUsd ?? 0n) - (before?.reservedNanoUsd ?? 0n)).toBe(99_000_000n);
      expect((after?.spentNanoUsd ?? 0n) - (before?.spentNanoUsd ?? 0n)).toBe(5_000_000n);
      await run([commandOf('budgets.remove', { id: budgetId }, operator)]);
    });
    it('what may be priced anew comes by page in the order of the ledger, with what earlier re-pricing added', async () => {
      const [agentId, model] = [id('agent'), `model ${id('event')}`];
      const entry = (eventId: string, more: object = {}) =>
        records.entryOf({ projectId: bench.projectId, agentId, eventId, model, pricedBy: 'table', ...more });
      const fix = (eventId: string, refersTo: string, costNanoUsd: bigint, priceVersion: string | null, more: object = {}) =>
        entry(eventId, { pricedBy: 'adjustment', refersTo, costNanoUsd, priceVersion, reason: 'r', ...more });
      const none = { pricedBy: 'unpriced', costNanoUsd: null };
      const atMs = Date.UTC(2026, 0, 2);
      await transact((tx) =>
        tx.ledger.append([
          entry('1', { atMs: atMs - 1 }),
          entry('2', { ...none, atMs }),
          entry('3', { ...none, atMs: atMs + 1, provider: 'other' }),
          entry('bill', { pricedBy: 'reported' }),
          entry('else', { model: 'another' }),
          fix('f1', '2', 100n, 'project@1', { unpricedDelta: -1 }),
          fix('f2', '2', -30n, 'project@2'),
          fix('hand', '2', 5_000n, null),
        ]),
      );
      const of = { model, provider: null, fromMs: null, toMs: null, unpricedOnly: false };
      const ask = (more: object, after: string | null = null, limit = 10) =>
        transact((tx) => tx.ledger.repriceable({ ...of, ...more }, after, limit));
      const all = await ask({});
      expect([all.rows.map((r) => [r.entry.eventId, r.repricedNanoUsd, r.isUnpriced]), all.next]).toEqual([
        [
          ['1', 0n, false],
          ['2', 70n, false],
          ['3', 0n, true],
        ],
        null,
      ]);
      expect(all.rows[1]?.entry).toEqual(entry('2', { ...none, atMs }));
      const ids = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).rows.map((r) => r.entry.eventId);
      expect(await ids({ unpricedOnly: true })).toEqual(['2', '3']);
      expect(await ids({ provider: 'other' })).toEqual(['3']);
      expect(await ids({ fromMs: atMs, toMs: atMs + 1 })).toEqual(['2']);
      const first = await ask({}, null, 2);
      expect(first.rows).toHaveLength(2);
      expect(await ids({}, first.next)).toEqual(['3']);
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
        unpricedDelta: -1,
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
