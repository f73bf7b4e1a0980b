import { expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Prices of a project's own, and entries priced anew, over HTTP. */
export function pricesCases(on: () => TestServer): void {
  const model = 'house-model-7';
  const call = (agentId: string, eventId: string, more: object = {}) => ({
    eventId,
    agentId,
    model,
    inputTokens: 1_000_000,
    outputTokens: 100_000,
    ...more,
  });
  const report = (...events: object[]) => on().ok(on().post('/costs', { events }));
  const prices = () => on().ok(on().get('/prices'));
  const own = async (id: string) => (await on().ok(on().get(`/agents/${id}`))).cost.ownUsd;
  const rates = { inputUsd: '2', outputUsd: '10.5', cachedInputUsd: '0.25' };
  const always = '1970-01-01T00:00:00Z';

  it('I-COST-4, I-COST-8: a model without a price is listed with what it holds up; its price adds that beside each, once', async () => {
    const { agentId, token } = await on().agent();
    await report(call(agentId, '1'), call(agentId, '2', { cachedInputTokens: 400_000 }), call(agentId, 'bill', { costUsd: '1' }));
    expect((await prices()).unknown).toContainEqual(
      expect.objectContaining({ model, provider: null, entries: 2, inputTokens: 2_000_000, outputTokens: 200_000 }),
    );
    const without = async () => {
      const { cost } = await on().ok(on().get(`/agents/${agentId}`));
      const { items } = await on().ok(on().get(`/costs?root=${agentId}&groupBy=model`));
      return [cost.unpriced, items.find((r: Json) => r.key === model).unpriced];
    };
    expect(await without()).toEqual([2, 2]);
    const reprice = (body: object) => on().ok(on().post('/prices/reprice', { model, ...body }));
    const tried = { rates, validFrom: always };
    // 2 + 1.05 and 1.2 + 0.1 + 1.05
    expect(await reprice({ dryRun: true, tried })).toEqual({ entries: 2, looked: 2, deltaUsd: '5.400000000', dryRun: true });
    expect(await own(agentId)).toBe('1.000000000');
    expect((await on().post('/prices', { model, rates }, token)).status).toBe(403);
    const { version } = await on().ok(on().post('/prices', { model, rates, validFrom: always, reason: 'contract' }));
    expect(await reprice({})).toMatchObject({ entries: 2, deltaUsd: '5.400000000', dryRun: false });
    expect(await reprice({})).toMatchObject({ entries: 0, looked: 2 });
    expect(await own(agentId)).toBe('6.400000000');
    // the sums are whole now, and no floor
    expect(await without()).toEqual([0, 0]);
    const { items } = await on().ok(on().get(`/costs/entries?agentId=${agentId}`));
    expect(items.filter((e: Json) => e.pricedBy === 'adjustment')).toMatchObject([
      { refersTo: '2', costUsd: '2.350000000', priceVersion: `project@${version}` },
      { refersTo: '1', costUsd: '3.050000000' },
    ]);
    const adjusted = (eventId: string) => items.find((e: Json) => e.eventId === eventId).adjusted;
    const latestId = items.find((e: Json) => e.refersTo === '2').id;
    expect(adjusted('2')).toEqual({ byUsd: '2.350000000', repriced: true, latestId });
    expect([adjusted('bill'), adjusted(items.find((e: Json) => e.refersTo === '2').eventId)]).toEqual([null, null]);
    const listed = await prices();
    expect(listed.items[0]).toMatchObject({ version, model, rates: { inputUsd: '2.000000000', reasoningUsd: null }, reason: 'contract' });
    expect(listed.unknown.filter((u: Json) => u.model === model)).toEqual([]);
    await report(call(agentId, '3'));
    expect(await own(agentId)).toBe('9.450000000');
    const fix = { eventId: 'fix', agentId, refersTo: 'bill', amountUsd: '-0.5', reason: 'billed twice' };
    await on().ok(on().post('/costs/adjustments', fix));
    const after: Json[] = (await on().ok(on().get(`/costs/entries?agentId=${agentId}`))).items;
    expect(after.find((e) => e.eventId === 'bill')?.adjusted).toMatchObject({ byUsd: '-0.500000000', repriced: false });
    const { items: audited } = await on().ok(on().get('/audit?action=prices.set'));
    expect(audited[0]).toMatchObject({ subjectKind: 'price', subjectId: model, reason: 'contract' });
  });
  it('I-COST-8: entries say themselves whether they have a price, and those without are as many as the sums say', async () => {
    const { agentId } = await on().agent();
    const of = { model: `free of ${agentId}` };
    const give = async (told: object | null) => {
      await on().ok(on().post('/prices', { ...of, rates: told, validFrom: always, reason: 'x' }));
      await on().ok(on().post('/prices/reprice', of));
    };
    const fix = (eventId: string, amountUsd: string) =>
      on().ok(on().post('/costs/adjustments', { eventId, agentId, refersTo: '2', amountUsd, reason: 'credited' }));
    const waiting = async () => {
      const all: Json[] = (await on().ok(on().get(`/costs/entries?agentId=${agentId}`))).items;
      const told = all.filter((e) => e.unpriced).map((e) => e.eventId);
      const pages: Json[] = [];
      let cursor = '';
      do {
        const page = await on().ok(on().get(`/costs/entries?agentId=${agentId}&unpriced=true&limit=1${cursor && `&cursor=${cursor}`}`));
        pages.push(...page.items);
        cursor = page.nextCursor ?? '';
      } while (cursor);
      expect(pages.map((e) => e.eventId)).toEqual(told);
      expect((await on().ok(on().get(`/agents/${agentId}`))).cost.unpriced).toBe(told.length);
      return told;
    };
    await report(call(agentId, '1', of), call(agentId, '2', { ...of, provider: 'p' }), call(agentId, '3', of));
    expect(await waiting()).toEqual(['3', '2', '1']);
    // what costs nothing has a price
    await give({ inputUsd: '0', outputUsd: '0' });
    expect(await waiting()).toEqual([]);
    // a correction by hand neither prices a call nor takes its price away
    await give({ inputUsd: '0.5', outputUsd: '0' });
    await fix('credit', '-0.5');
    expect(await waiting()).toEqual([]);
    await on().ok(on().post('/prices', { ...of, provider: 'p', rates: null, validFrom: always, reason: 'x' }));
    await on().ok(on().post('/prices/reprice', of));
    await fix('again', '3');
    expect(await waiting()).toEqual(['2']);
  });
  it('a price is exact, or refused', async () => {
    const path = async (more: object) => (await on().post('/prices', { model, rates: { ...rates, ...more } })).body.error.issues[0].path;
    expect(await path({ inputUsd: '0.0000001' })).toBe('rates.inputUsd');
    expect(await path({ outputUsd: -1 })).toBe('rates.outputUsd');
  });
}
