import { describe, expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Reservations, corrections, budgets; request ids and dependencies as they are met over HTTP. */
export function budgetsCases(on: () => TestServer): void {
  const call = (agentId: string, eventId: string, more: object = {}) => ({
    eventId,
    agentId,
    model: 'own-model',
    inputTokens: 100,
    outputTokens: 10,
    costUsd: '0.01',
    ...more,
  });
  const report = (...events: object[]) => on().ok(on().post('/costs', { events }));
  const reserve = (agentId: string, amountUsd: unknown, more: object = {}, token?: string) =>
    on().post('/costs/reservations', { agentId, amountUsd, ...more }, token);
  const budget = async (id: string): Promise<Json> => (await on().ok(on().get(`/agents/${id}`))).budget;

  it('I-COST-5: POST /costs/reservations holds money at every budget above; a cost that names it settles it', async () => {
    const lead = await on().agent({ budgetUsd: '1' });
    const child = await on().agent({ parentId: lead.agentId });
    const r = await reserve(child.agentId, '0.75', {}, child.token);
    expect([r.status, Object.keys(r.body).sort()]).toEqual([201, ['expiresAt', 'reservationId']]);
    expect(Date.parse(r.body.expiresAt)).toBeGreaterThan(Date.now());
    expect(await budget(lead.agentId)).toEqual({
      budgetUsd: '1.000000000',
      settledUsd: '0.000000000',
      reservedUsd: '0.750000000',
      unknownUsd: '0.000000000',
      overshootUsd: '0.000000000',
    });
    const denied = await reserve(child.agentId, 0.26);
    expect([denied.status, denied.body.error]).toMatchObject([
      402,
      {
        code: 'budget_exceeded',
        agentId: lead.agentId,
        budgetUsd: '1.000000000',
        spentUsd: '0.000000000',
        reservedUsd: '0.750000000',
        unknownUsd: '0.000000000',
      },
    ]);
    const { reservationId } = r.body;
    await report(call(child.agentId, '1', { costUsd: '0.80', reservationId }));
    expect(await budget(lead.agentId)).toMatchObject({
      settledUsd: '0.800000000',
      reservedUsd: '0.000000000',
      overshootUsd: '0.050000000',
    });
    const { items } = await on().ok(on().get(`/costs/entries?agentId=${child.agentId}`));
    expect(items).toMatchObject([{ reservationId, refersTo: null, reason: null }]);
    // what is left is too little for any child with more, and enough for one with less
    const spawn = (budgetUsd: string) => on().post('/agents', { name: 'x', parentId: lead.agentId, budgetUsd });
    expect([(await spawn('0.21')).status, (await spawn('0.20')).status]).toEqual([402, 201]);
  });
  it('I-COST-5: with 64 callers at once settled + reserved stays within the budget', async () => {
    const { agentId } = await on().agent({ budgetUsd: '1' });
    const answers = await Promise.all(Array.from({ length: 64 }, () => reserve(agentId, '0.03')));
    expect(answers.filter((r) => r.status === 201)).toHaveLength(33);
    expect(answers.filter((r) => r.status === 402)).toHaveLength(31);
    expect((await budget(agentId)).reservedUsd).toBe('0.990000000');
  });
  it('a reservation is given back by release or DELETE, and a lost reply makes no second one', async () => {
    const { agentId, token } = await on().agent({ budgetUsd: '1' });
    const one = await on().ok(reserve(agentId, '0.6', { requestId: 'r' }, token));
    expect(await on().ok(reserve(agentId, '0.6', { requestId: 'r' }, token))).toEqual(one);
    const released = await on().post(`/costs/reservations/${one.reservationId}/release`, {}, token);
    expect([released.status, released.body]).toEqual([200, { reservationId: one.reservationId, state: 'released' }]);
    const two = await on().ok(reserve(agentId, '0.9'));
    expect((await on().call('DELETE', `/costs/reservations/${two.reservationId}`, undefined, { token })).body.state).toBe('released');
    expect((await budget(agentId)).reservedUsd).toBe('0.000000000');
    const stranger = await on().agent();
    expect((await on().call('DELETE', `/costs/reservations/${two.reservationId}`, undefined, { token: stranger.token })).status).toBe(404);
  });
  it('GET /costs/budgets: the tightest first, with what is reserved, the burn, and when it is used up at that', async () => {
    const wide = await on().agent({ name: 'wide', budgetUsd: '1000' });
    const tight = await on().agent({ name: 'tight', budgetUsd: '0.10' });
    const child = await on().agent({ parentId: tight.agentId });
    const now = new Date().toISOString();
    await on().ok(
      on().post('/costs', {
        events: [{ eventId: 'b', agentId: child.agentId, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '0.04', at: now }],
      }),
    );
    await on().ok(on().post('/costs/reservations', { agentId: child.agentId, amountUsd: '0.05' }));
    const { items } = await on().ok(on().get('/costs/budgets?limit=200'));
    const of = (id: string) => items.find((b: Json) => b.agentId === id);
    expect(of(tight.agentId)).toMatchObject({
      name: 'tight',
      level: 'near',
      budgetUsd: '0.100000000',
      settledUsd: '0.040000000',
      reservedUsd: '0.050000000',
      unknownUsd: '0.000000000',
      burnUsdPerHour: '0.240000000',
    });
    // a cent is left, at 24 an hour
    expect(Date.parse(of(tight.agentId).exhaustedAt) - Date.now()).toBeGreaterThan(120_000);
    expect(Date.parse(of(tight.agentId).exhaustedAt) - Date.now()).toBeLessThan(160_000);
    expect(of(wide.agentId)).toMatchObject({ level: 'ok', exhaustedAt: null });
    expect(items.indexOf(of(tight.agentId))).toBeLessThan(items.indexOf(of(wide.agentId)));
    const first = await on().ok(on().get('/costs/budgets?limit=1'));
    const second = await on().ok(on().get(`/costs/budgets?limit=1&cursor=${first.nextCursor}`));
    expect([...first.items, ...second.items].map((b: Json) => b.agentId)).toEqual(items.slice(0, 2).map((b: Json) => b.agentId));
  });
  it('I-COST-6: after its deadline it is unknown, by the server’s own clock, and still counted', async () => {
    const { agentId } = await on().agent({ budgetUsd: '1' });
    const { reservationId } = await on().ok(reserve(agentId, '1', { ttlMs: 1_000 }));
    await expect.poll(async () => (await budget(agentId)).unknownUsd, { timeout: 15_000, interval: 200 }).toBe('1.000000000');
    expect((await reserve(agentId, '0.01')).body.error).toMatchObject({ code: 'budget_exceeded', unknownUsd: '1.000000000' });
    await report(call(agentId, 'late', { costUsd: '0.4', reservationId }));
    expect(await budget(agentId)).toMatchObject({ settledUsd: '0.400000000', unknownUsd: '0.000000000' });
  });
  it('I-COST-4: POST /costs/adjustments puts a correction beside the entry; operators alone do', async () => {
    const { agentId, token } = await on().agent();
    await report(call(agentId, '1', { costUsd: '0.50' }));
    const fix = { eventId: 'fix', agentId, refersTo: '1', amountUsd: '-0.20', reason: 'credited' };
    const r = await on().post('/costs/adjustments', fix);
    expect([r.status, r.body]).toEqual([201, { accepted: 1, duplicates: 0, conflicts: [], budgets: [] }]);
    expect(await on().ok(on().post('/costs/adjustments', fix))).toMatchObject({ accepted: 0, duplicates: 1 });
    const { items } = await on().ok(on().get(`/costs/entries?agentId=${agentId}`));
    expect(items).toMatchObject([
      {
        eventId: 'fix',
        pricedBy: 'adjustment',
        costUsd: '-0.200000000',
        refersTo: '1',
        reason: 'credited',
        model: 'own-model',
        inputTokens: 0,
      },
      { eventId: '1', pricedBy: 'reported', costUsd: '0.500000000' },
    ]);
    expect((await on().ok(on().get(`/agents/${agentId}`))).cost.ownUsd).toBe('0.300000000');
    expect((await on().post('/costs/adjustments', { ...fix, eventId: 'own' }, token)).status).toBe(403);
    expect((await on().post('/costs/adjustments', { ...fix, refersTo: 'none' })).status).toBe(404);
  });
  it('PATCH /agents/{id}/budget takes effect at once, and answers the agent', async () => {
    const { agentId, token } = await on().agent({ budgetUsd: '0.10' });
    const patch = (body: unknown, t?: string) => on().call('PATCH', `/agents/${agentId}/budget`, body, t ? { token: t } : {});
    expect((await reserve(agentId, '0.2')).status).toBe(402);
    const raised = await patch({ budgetUsd: '0.5', reason: 'more' });
    expect([raised.status, raised.body.budgetUsd, raised.body.budget.budgetUsd]).toEqual([200, '0.500000000', '0.500000000']);
    expect((await reserve(agentId, '0.2')).status).toBe(201);
    expect((await patch({ budgetUsd: '9' }, token)).status).toBe(403);
    expect((await patch({ budgetUsd: null })).body.budgetUsd).toBeNull();
    const { items } = await on().ok(on().get(`/events?subjectId=${agentId}&type=budget.set`));
    expect(items.map((e: Json) => e.data.afterNanoUsd)).toEqual([null, '500000000']);
  });
  it('I-STOP-1: a fenced agent reserves nothing', async () => {
    const { agentId } = await on().agent({ budgetUsd: '1' });
    await on().ok(on().post(`/agents/${agentId}/stop`, { mode: 'force' }));
    expect((await reserve(agentId, '0.1')).body.error.code).toBe('fenced');
  });
  describe('bad input is refused as such', () => {
    it.each([0, -1, '-0.01', '1e3', 'NaN', '', null, 1e10, '1000000000', '0.0000000000001', {}])('amountUsd %j', async (amountUsd) => {
      const { agentId } = await on().agent();
      const r = await reserve(agentId, amountUsd);
      expect([r.status, r.body.error.code]).toEqual([400, 'invalid_input']);
    });
    it.each([0, 999, 1.5, 86_400_001, '5'])('ttlMs %j', async (ttlMs) => {
      const { agentId } = await on().agent();
      expect((await reserve(agentId, '1', { ttlMs })).status).toBe(400);
    });
    it('an adjustment of nothing, without a reason or without an entry', async () => {
      const { agentId } = await on().agent();
      const fix = { eventId: 'f', agentId, refersTo: '1', amountUsd: '1', reason: 'r' };
      for (const bad of [
        { amountUsd: 0 },
        { amountUsd: '-0' },
        { reason: ' ' },
        { refersTo: '' },
        { eventId: '' },
        { amountUsd: '-2000000000' },
      ])
        expect((await on().post('/costs/adjustments', { ...fix, ...bad })).status, JSON.stringify(bad)).toBe(400);
    });
    it('unknown agents and reservations are not found, and budgets are amounts', async () => {
      expect((await reserve('agt_x', '1')).status).toBe(404);
      expect((await on().call('DELETE', '/costs/reservations/rsv_x')).status).toBe(404);
      const { agentId } = await on().agent();
      for (const budgetUsd of [-1, 'much', undefined, 1e12])
        expect((await on().call('PATCH', `/agents/${agentId}/budget`, { budgetUsd })).status, String(budgetUsd)).toBe(400);
      expect((await on().call('PATCH', '/agents/agt_x/budget', { budgetUsd: '1' })).status).toBe(404);
    });
    it('sums beyond what can be held are 400, not 500, and nothing of them is counted', async () => {
      const { agentId } = await on().agent();
      const rich = (from: number, n: number) => Array.from({ length: n }, (_, i) => call(agentId, `${from + i}`, { costUsd: '999999999' }));
      expect((await on().post('/costs', { events: rich(0, 9) })).status).toBe(200);
      const r = await on().post('/costs', { events: rich(9, 1) });
      expect([r.status, r.body.error]).toMatchObject([400, { code: 'invalid_input', issues: [{ path: 'costUsd' }] }]);
      expect((await on().ok(on().get(`/agents/${agentId}`))).cost.ownUsd).toBe('8999999991.000000000');
      // a project holds more than one such sum, and its pages add them up
      const other = await on().agent();
      await report(...rich(100, 9).map((e) => ({ ...e, agentId: other.agentId })));
      expect((await on().get('/overview')).status).toBe(200);
      expect((await on().get('/costs?groupBy=model')).status).toBe(200);
      for (const id of [agentId, other.agentId])
        for (let n = 0; n < 9; n++)
          await on().ok(
            on().post('/costs/adjustments', {
              eventId: `back ${n}`,
              agentId: id,
              refersTo: `${id === agentId ? n : 100 + n}`,
              amountUsd: '-999999999',
              reason: 'a test',
            }),
          );
    });
  });
  it('a request id belongs to its caller: two agents with the same one each have their own', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    const add = (title: string, token: string) => on().ok(on().post('/tasks', { title, requestId: 'same' }, token));
    const [one, two] = [await add('of a', a.token), await add('of b', b.token)];
    expect([one.title, two.title, (await add('of a', a.token)).id]).toEqual(['of a', 'of b', one.id]);
    const child = (token: string) => on().post('/agents', { name: 'c', requestId: 'same' }, token);
    const [first, second] = [await child(a.token), await child(b.token)];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body.agentId).not.toBe(second.body.agentId);
  });
  it('POST /tasks/{id}/dependencies; a circle is named, and what is stuck says on what', async () => {
    const [first, then, last] = [await on().task(), await on().task(), await on().task()];
    const depend = (id: string, body: object) => on().post(`/tasks/${id}/dependencies`, body);
    expect((await depend(then, { add: [first] })).body).toMatchObject({ state: 'blocked', waitingFor: [first], stuckOn: [] });
    await on().ok(depend(last, { add: [then] }));
    const circle = await depend(first, { add: [last] });
    expect([circle.status, circle.body.error]).toMatchObject([400, { code: 'would_make_cycle', cycle: [first, last, then, first] }]);
    await on().ok(on().post(`/tasks/${first}/cancel`, {}));
    expect((await on().ok(on().get(`/tasks/${last}`))).stuckOn).toEqual([first]);
    expect((await depend(then, { remove: [first] })).body).toMatchObject({ state: 'ready', stuckOn: [] });
    expect((await depend(then, { add: 'x' })).status).toBe(400);
    expect((await depend('tsk_x', {})).status).toBe(404);
    await on().ok(on().post(`/tasks/${then}/cancel`, {}));
    await on().ok(on().post(`/tasks/${last}/cancel`, {}));
  });
  it('I-STOP-4: a stop in the background asks all at once, and says so', async () => {
    const root = await on().agent();
    const child = await on().agent({ parentId: root.agentId });
    const { stopId } = await on().ok(on().post(`/agents/${root.agentId}/stop`, { propagation: 'background' }));
    const stop = await on().ok(on().get(`/stops/${stopId}`));
    expect([stop.propagation, stop.receipt.map((m: Json) => m.askedAt !== null)]).toEqual(['background', [true, true]]);
    await on().ok(on().post(`/agents/${root.agentId}/finish`, { outcome: 'stopped' }, root.token));
    expect((await on().ok(on().get(`/agents/${root.agentId}`))).state).toBe('stopping');
    await on().ok(on().post(`/agents/${child.agentId}/finish`, { outcome: 'stopped' }, child.token));
    expect((await on().ok(on().get(`/agents/${root.agentId}`))).state).toBe('stopped');
    expect((await on().post(`/agents/${root.agentId}/stop`, { propagation: 'sideways' })).status).toBe(400);
  });
}
