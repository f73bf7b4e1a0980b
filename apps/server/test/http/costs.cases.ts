import { describe, expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Rows of contract.md: costs. */
export function costsCases(on: () => TestServer): void {
  const call = (agentId: string, eventId: string, more: object = {}) => ({
    eventId,
    agentId,
    model: 'own-model',
    inputTokens: 100,
    outputTokens: 10,
    costUsd: '0.01',
    at: new Date().toISOString(),
    ...more,
  });
  const report = (...events: object[]) => on().ok(on().post('/costs', { events }));
  const cost = async (id: string) => (await on().ok(on().get(`/agents/${id}`))).cost;

  it('I-COST-1: POST /costs counts each event once, and shows conflicts', async () => {
    const { agentId } = await on().agent();
    expect(await report(call(agentId, '1'), call(agentId, '2'))).toEqual({ accepted: 2, duplicates: 0, conflicts: [], budgets: [] });
    expect(await report(call(agentId, '2'), call(agentId, '3'))).toMatchObject({ accepted: 1, duplicates: 1 });
    expect(await report(call(agentId, '3', { inputTokens: 7 }))).toEqual({ accepted: 0, duplicates: 0, conflicts: ['3'], budgets: [] });
    expect(await cost(agentId)).toEqual({ ownUsd: '0.030000000', subtreeUsd: '0.030000000', unpriced: 0 });
    const { items } = await on().ok(on().get(`/events?subjectId=${agentId}&type=cost.conflict`));
    expect(items).toMatchObject([{ data: { eventId: '3' } }]);
  });
  it('reported by fifty callers at once, each event counts once', async () => {
    const { agentId } = await on().agent();
    const events = Array.from({ length: 20 }, (_, n) => call(agentId, `racing ${n}`));
    const answers = await Promise.all(Array.from({ length: 50 }, () => report(...events)));
    expect(answers.reduce((s, a) => s + a.accepted, 0)).toBe(20);
    expect((await cost(agentId)).ownUsd).toBe('0.200000000');
  });
  it('I-COST-3, I-COST-9: own sums add up to the totals of the root; every amount is a decimal string of nine places', async () => {
    const root = await on().agent({ name: 'cost root', role: 'lead' });
    const child = await on().agent({ name: 'cost child', role: 'coder', parentId: root.agentId });
    await report(
      call(root.agentId, 'a', { costUsd: '0.1', model: 'm1' }),
      call(child.agentId, 'b', { costUsd: '0.2', model: 'm2' }),
      call(child.agentId, 'c', { costUsd: 0.000000001, model: 'm1' }),
    );
    const rows = async (groupBy: string): Promise<Json[]> =>
      (await on().ok(on().get(`/costs?root=${root.agentId}&groupBy=${groupBy}`))).items;
    expect(await rows('agent')).toMatchObject([
      {
        key: root.agentId,
        label: 'cost root',
        ownUsd: '0.100000000',
        subtreeUsd: '0.300000001',
        inputTokens: 100,
        outputTokens: 10,
        unpriced: 0,
      },
      { key: child.agentId, ownUsd: '0.200000001', subtreeUsd: '0.200000001', inputTokens: 200 },
    ]);
    const byKey = (all: Json[]) => Object.fromEntries(all.map((r) => [r.key, r.ownUsd]));
    expect(byKey(await rows('model'))).toEqual({ m1: '0.100000001', m2: '0.200000000' });
    expect(byKey(await rows('role'))).toEqual({ lead: '0.100000000', coder: '0.200000001' });
    expect(byKey(await rows('day'))).toEqual({ [new Date().toISOString().slice(0, 10)]: '0.300000001' });
    const entries = await on().ok(on().get(`/costs/entries?agentId=${root.agentId}&subtree=true&limit=2`));
    expect(entries.items.map((e: Json) => e.eventId)).toEqual(['c', 'b']);
    const rest = await on().ok(on().get(`/costs/entries?agentId=${root.agentId}&subtree=true&cursor=${entries.nextCursor}`));
    expect(rest.items.map((e: Json) => e.eventId)).toEqual(['a']);
    expect((await on().ok(on().get(`/costs/entries?agentId=${root.agentId}&subtree=false`))).items).toHaveLength(1);
    const series = await on().ok(on().get(`/costs/series?root=${root.agentId}&windowMinutes=5`));
    expect(series.points.length).toBeGreaterThan(0);
  });
  it('I-COST-8: a known model is priced by the table, an unknown one is unpriced and never 0', async () => {
    const { agentId } = await on().agent();
    const { costUsd: _, ...unpriced } = call(agentId, 'u', { model: 'no-such-model-9' });
    const { costUsd: __, ...listed } = call(agentId, 'l', {
      model: 'gpt-4o-mini',
      provider: 'openai',
      inputTokens: 1_000_000,
      outputTokens: 0,
    });
    await report(unpriced, listed);
    const { items } = await on().ok(on().get(`/costs/entries?agentId=${agentId}`));
    expect(items).toMatchObject([
      { eventId: 'l', pricedBy: 'table', costUsd: '0.150000000', priceVersion: expect.stringContaining('genai-prices') },
      { eventId: 'u', pricedBy: 'unpriced', costUsd: null },
    ]);
    expect(await cost(agentId)).toEqual({ ownUsd: '0.150000000', subtreeUsd: '0.150000000', unpriced: 1 });
  });
  it('sums by agent come by page until all have come, the costliest first', async () => {
    const root = await on().agent({ name: 'many' });
    const ids = [root.agentId];
    for (let i = 0; i < 4; i++) ids.push((await on().agent({ parentId: root.agentId })).agentId);
    // two that cost the same: the place between them is by their ids
    await report(...ids.map((id, i) => call(id, `p${i}`, { costUsd: i === 2 ? '0.01' : `0.0${i + 1}` })));
    const seen: Json[] = [];
    let cursor = '';
    do {
      const page = await on().ok(on().get(`/costs?root=${root.agentId}&limit=2${cursor && `&cursor=${cursor}`}`));
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items);
      cursor = page.nextCursor ?? '';
    } while (cursor);
    const all = (await on().ok(on().get(`/costs?root=${root.agentId}`))).items;
    expect(seen).toEqual(all);
    expect(seen.map((r) => r.key).sort()).toEqual([...ids].sort());
  });
  it('the entries behind a sum: of a model below an agent, of a time, and those without a price', async () => {
    const root = await on().agent();
    const child = await on().agent({ parentId: root.agentId });
    const other = await on().agent();
    const model = `traced-${root.agentId}`;
    await report(
      call(child.agentId, 'in', { model, at: '2026-01-01T10:00:00Z' }),
      call(child.agentId, 'later', { model, at: '2026-01-01T11:00:00Z' }),
      call(other.agentId, 'elsewhere', { model, at: '2026-01-01T10:00:00Z' }),
      call(child.agentId, 'unknown', { model: 'nobody-knows-it', costUsd: undefined, at: '2026-01-01T10:30:00Z' }),
    );
    const ids = async (query: string) => (await on().ok(on().get(`/costs/entries?${query}`))).items.map((e: Json) => e.eventId);
    expect(await ids(`root=${root.agentId}&model=${model}`)).toEqual(['later', 'in']);
    const hour = 'from=2026-01-01T10:00:00Z&to=2026-01-01T11:00:00Z';
    expect(await ids(`root=${root.agentId}&${hour}`)).toEqual(['unknown', 'in']);
    expect(await ids(`root=${root.agentId}&unpriced=true`)).toEqual(['unknown']);
    expect(await ids(`root=${root.agentId}&day=2026-01-01&from=2026-01-01T11:00:00Z`)).toEqual(['later']);
  });
  it('I-COST-7, I-STOP-10: costs that come after a stop are counted, flagged, and stand in the receipt', async () => {
    const { agentId, token } = await on().agent();
    await report(call(agentId, 'before'));
    const { stopId } = await on().ok(on().post(`/agents/${agentId}/stop`));
    expect(await on().ok(on().post('/costs', { events: [call(agentId, 'after')] }, token))).toMatchObject({ accepted: 1 });
    await on().ok(on().post(`/agents/${agentId}/finish`, { outcome: 'stopped' }, token));
    expect(await on().ok(on().post('/costs', { events: [call(agentId, 'late')] }, token))).toMatchObject({ accepted: 1 });
    const { items } = await on().ok(on().get(`/costs/entries?agentId=${agentId}`));
    expect(items.map((e: Json) => [e.eventId, e.late])).toEqual([
      ['late', true],
      ['after', true],
      ['before', false],
    ]);
    expect((await on().ok(on().get(`/stops/${stopId}`))).receipt[0].evidence.costAfterAcceptanceUsd).toBe('0.020000000');
  });
  it('budgets of all ancestors are told; crossing one shows on the agent', async () => {
    const root = await on().agent({ budgetUsd: '0.015' });
    const child = await on().agent({ parentId: root.agentId });
    expect((await report(call(child.agentId, '1'))).budgets).toEqual([{ agentId: root.agentId, status: 'ok' }]);
    expect((await report(call(child.agentId, '2'))).budgets).toEqual([{ agentId: root.agentId, status: 'exceeded' }]);
    expect((await on().ok(on().get(`/agents/${root.agentId}`))).conditions).toContain('over-budget');
  });
  it('a budget that is spent to its last nano-USD is not over, here and in the report', async () => {
    const { agentId } = await on().agent({ budgetUsd: '0.01' });
    expect((await report(call(agentId, '1'))).budgets).toEqual([{ agentId, status: 'ok' }]);
    expect((await on().ok(on().get(`/agents/${agentId}`))).conditions).not.toContain('over-budget');
    expect((await report(call(agentId, '2', { costUsd: '0.000000001' }))).budgets).toEqual([{ agentId, status: 'exceeded' }]);
  });
  it('an unknown agent among them refuses the whole call', async () => {
    const { agentId } = await on().agent();
    const r = await on().post('/costs', { events: [call(agentId, '1'), call('agt_x', '2')] });
    expect([r.status, r.body.error]).toMatchObject([404, { code: 'not_found', id: 'agt_x' }]);
    expect((await cost(agentId)).ownUsd).toBe('0.000000000');
  });
  describe('past the API', () => {
    it('I-COST-9: every rollup in the database equals the ledger, as far as it is folded', async () => {
      const wrong = await on().sql(`
        with sums as (
          select p.id, coalesce(sum(e.cost_nano_usd), 0) as total, coalesce(sum(e.cost_nano_usd) filter (where e.agent_id = p.id), 0) as own, count(*) as entries
          from cost_entry e join cost_rollup_place f using (project_id) cross join lateral unnest(e.path) as p(id)
          where e.id <= f.last_id group by p.id)
        select r.agent_id from cost_rollup r full join sums s on s.id = r.agent_id
        where r.agent_id is null or s.id is null or r.total_nano_usd <> s.total or r.own_nano_usd <> s.own or r.total_entries <> s.entries`);
      expect(wrong).toEqual([]);
    });
  });
}
