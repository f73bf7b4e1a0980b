import { nanoUsdOf } from '@reeve/core';
import { expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Every figure of money leads to records that add up to it. */
export function tracesCases(on: () => TestServer): void {
  const sum = (rows: Json[], key: string) => rows.reduce((n: bigint, r: Json) => n + (nanoUsdOf(r[key] ?? '0') ?? 0n), 0n);
  const spend = (agentId: string, eventId: string, costUsd: string, more: object = {}) =>
    on().ok(
      on().post('/costs', {
        events: [
          {
            eventId,
            agentId,
            model: 'm',
            inputTokens: 1,
            outputTokens: 1,
            costUsd,
            at: new Date(Date.now() - 5_000).toISOString(),
            ...more,
          },
        ],
      }),
    );
  const items = async (path: string): Promise<Json[]> => (await on().ok(on().get(path))).items;

  it('what is reserved is open reservations; what is unknown is those of which no cost came', async () => {
    const lead = await on().agent({ budgetUsd: '9' });
    const child = await on().agent({ parentId: lead.agentId });
    const other = await on().agent();
    const reserve = async (agentId: string, amountUsd: string) =>
      (await on().ok(on().post('/costs/reservations', { agentId, amountUsd }))).reservationId as string;
    const { budgetId } = await on().ok(on().post('/budgets', { name: 'b', scope: 'session', agentId: lead.agentId, hardUsd: 20 }));
    await reserve(lead.agentId, '0.5');
    await reserve(child.agentId, '0.25');
    await reserve(other.agentId, '5');
    const lost = await reserve(child.agentId, '1');
    await on().ok(
      on().post('/costs', {
        events: [{ eventId: 'u', agentId: child.agentId, model: 'nobody-knows-it', inputTokens: 1, outputTokens: 1, reservationId: lost }],
      }),
    );
    const view = (await items('/budgets')).find((b) => b.budgetId === budgetId);
    for (const whose of [`agentId=${lead.agentId}`, `budgetId=${budgetId}`]) {
      const open = await items(`/costs/reservations?${whose}`);
      expect(open.map((r) => r.agentId).sort()).toEqual([lead.agentId, child.agentId].sort());
      expect(sum(open, 'heldUsd')).toBe(nanoUsdOf(view?.reservedUsd));
      const unknown = await items(`/costs/reservations?${whose}&state=unknown`);
      expect(unknown.map((r) => r.id)).toEqual([lost]);
      expect(sum(unknown, 'heldUsd')).toBe(nanoUsdOf(view?.unknownUsd));
    }
    const first = await on().ok(on().get(`/costs/reservations?agentId=${lead.agentId}&limit=1`));
    const rest = await items(`/costs/reservations?agentId=${lead.agentId}&limit=1&cursor=${first.nextCursor}`);
    expect(sum([...first.items, ...rest], 'amountUsd')).toBe(750_000_000n);
    expect((await on().get('/costs/reservations?budgetId=bud_none')).status).toBe(404);
  });
  it('a burn is the calls of its window, so many times', async () => {
    const lead = await on().agent({ budgetUsd: '9' });
    const child = await on().agent({ parentId: lead.agentId });
    await spend(child.agentId, '1', '0.03');
    await spend(lead.agentId, '2', '0.01');
    await spend(lead.agentId, 'old', '1', { at: new Date(Date.now() - 3_600_000).toISOString() });
    const { budgetId } = await on().ok(on().post('/budgets', { name: 'b', scope: 'subtree', agentId: lead.agentId, hardUsd: 20 }));
    const [own, scoped] = [
      (await items('/costs/budgets?limit=1000')).find((b) => b.agentId === lead.agentId),
      (await items('/budgets')).find((b) => b.budgetId === budgetId),
    ];
    for (const b of [own, scoped]) {
      expect(nanoUsdOf(b?.burnUsdPerHour)).toBe(240_000_000n);
      const { from, to, times } = b?.burnWindow ?? {};
      const calls = await items(`/costs/entries?agentId=${lead.agentId}&subtree=true&charged=true&from=${from}&to=${to}`);
      expect(sum(calls, 'costUsd') * BigInt(times)).toBe(nanoUsdOf(b?.burnUsdPerHour));
    }
    const { burnUsdPerHour, burnWindow } = await on().ok(on().get('/overview'));
    const all = await items(`/costs/entries?from=${burnWindow.from}&to=${burnWindow.to}&limit=1000`);
    expect(sum(all, 'costUsd') * BigInt(burnWindow.times)).toBe(nanoUsdOf(burnUsdPerHour));
  });
  it('the others of a chart are the rest beside the series that have a name', async () => {
    const root = await on().agent();
    const a = await on().agent({ parentId: root.agentId, role: 'writer' });
    const b = await on().agent({ parentId: root.agentId });
    const below = await on().agent({ parentId: a.agentId, role: 'judge' });
    for (const [agent, id, model] of [
      [root, 'r', 'x'],
      [a, 'a', 'y'],
      [b, 'b', 'z'],
      [below, 'below', 'x'],
    ] as const)
      await spend(agent.agentId, id, '0.01', { model });
    const rest = async (...lines: string[]) =>
      (await items(`/costs/entries?root=${root.agentId}&except=${encodeURIComponent(lines.join('\n'))}`)).map((e) => e.eventId).sort();
    expect(await rest(`subtree:${a.agentId}`)).toEqual(['b', 'r']);
    expect(await rest(`agent:${root.agentId}`, `subtree:${b.agentId}`)).toEqual(['a', 'below']);
    expect(await rest('model:x', 'model:z')).toEqual(['a']);
    expect(await rest('role:writer')).toEqual(['b', 'below', 'r']);
    expect(await rest('role:')).toEqual(['a', 'below']);
  });
}
