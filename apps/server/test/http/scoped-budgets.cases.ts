import { expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Budgets of subtrees, sessions and the project over HTTP. */
export function scopedBudgetsCases(on: () => TestServer): void {
  let calls = 0;
  const spend = (agentId: string, costUsd: string) =>
    on().ok(
      on().post('/costs', {
        events: [{ eventId: `sb${++calls}`, agentId, model: 'own-model', inputTokens: 1, outputTokens: 1, costUsd }],
      }),
    );
  const make = (body: object) => on().ok(on().post('/budgets', { name: 'limit', ...body }));
  const listed = async (id: string): Promise<Json> => (await on().ok(on().get('/budgets'))).items.find((b: Json) => b.budgetId === id);
  const reserve = (agentId: string, amountUsd: string) => on().post('/costs/reservations', { agentId, amountUsd });
  const stateOf = async (id: string) => (await on().ok(on().get(`/agents/${id}`))).state;

  it('I-COST-5: POST /budgets bounds a session for the day; a denial says which, where it stands and who may raise it; a raise holds at once', async () => {
    const { agentId } = await on().agent();
    const { budgetId } = await make({ scope: 'session', agentId, period: 'day', softUsd: '0.50', hardUsd: 1 });
    await spend(agentId, '0.60');
    expect((await reserve(agentId, '0.30')).status).toBe(201);
    const denied = await reserve(agentId, '0.20');
    expect([denied.status, denied.body.error]).toMatchObject([
      402,
      {
        code: 'budget_exceeded',
        budgetId,
        scope: 'session',
        period: 'day',
        agentId,
        budgetUsd: '1.000000000',
        spentUsd: '0.600000000',
        reservedUsd: '0.300000000',
        unknownUsd: '0.000000000',
        mayRaise: { role: 'operator' },
      },
    ]);
    const { items: people } = await on().ok(on().get('/people'));
    const names = people.filter((m: Json) => m.role !== 'viewer').map((m: Json) => m.name);
    expect(denied.body.error.mayRaise.people).toEqual(names.slice(0, 5));
    expect(await listed(budgetId)).toMatchObject({
      name: 'limit',
      scope: 'session',
      action: 'deny',
      warned: true,
      level: 'near',
      spentUsd: '0.600000000',
      reservedUsd: '0.300000000',
      leftUsd: '0.100000000',
      mayRaise: 'operator',
    });
    const { periodFrom, periodTo } = await listed(budgetId);
    expect([periodFrom.slice(11), Date.parse(periodTo) - Date.parse(periodFrom)]).toEqual(['00:00:00.000Z', 86_400_000]);
    // a figure is its entries
    const entries = await on().ok(on().get(`/costs/entries?budgetId=${budgetId}`));
    expect(entries.items.map((e: Json) => e.costUsd)).toEqual(['0.600000000']);
    expect((await on().get('/costs/entries?budgetId=bud_none')).status).toBe(404);
    const edit = { hardUsd: '2', reason: 'more to do' };
    expect((await on().call('PATCH', `/budgets/${budgetId}`, edit)).status).toBe(200);
    expect((await reserve(agentId, '0.20')).status).toBe(201);
    const { items } = await on().ok(on().get('/audit?action=budgets.edit'));
    expect(items[0]).toMatchObject({ subjectId: budgetId, reason: 'more to do' });
    expect((await on().call('DELETE', `/budgets/${budgetId}`)).status).toBe(200);
    expect(await listed(budgetId)).toBeUndefined();
  });
  it('agents set none, and what makes no sense is refused with its field', async () => {
    const { agentId, token } = await on().agent();
    expect((await on().post('/budgets', { name: 'x', scope: 'subtree', agentId, hardUsd: 1 }, token)).status).toBe(403);
    const refused = async (body: object) => {
      const r = await on().post('/budgets', { name: 'x', scope: 'subtree', agentId, ...body });
      return [r.status, r.body.error.issues?.[0]?.path ?? r.body.error.code];
    };
    expect(await refused({})).toEqual([400, 'hardUsd']);
    expect(await refused({ hardUsd: 1, softUsd: 2 })).toEqual([400, 'softUsd']);
    expect(await refused({ scope: 'project', hardUsd: 1 })).toEqual([400, 'agentId']);
    expect(await refused({ agentId: 'agt_none', hardUsd: 1 })).toEqual([404, 'not_found']);
    expect(await refused({ hardUsd: 1, action: 'explode' })).toEqual([400, 'action']);
    expect((await on().call('PATCH', '/budgets/bud_none', { hardUsd: 1 })).status).toBe(404);
  });
  it('I-STOP-1: reached, it pauses or stops what it bounds, and says so in its own name', async () => {
    const one = await on().agent();
    const child = await on().agent({ parentId: one.agentId });
    await on().post(`/agents/${child.agentId}/heartbeat`, {}, child.token);
    const { budgetId } = await make({ scope: 'subtree', agentId: one.agentId, hardUsd: '0.50', action: 'pause' });
    await spend(child.agentId, '0.50');
    expect(await stateOf(child.agentId)).toBe('paused');
    expect((await on().post(`/agents/${child.agentId}/heartbeat`, { state: 'running' }, child.token)).body.directive).toBe('pause');
    // an operator's word alone does not hold against it
    await on().ok(on().post(`/agents/${child.agentId}/resume`, { reason: 'x' }));
    await expect.poll(() => stateOf(child.agentId), { timeout: 20_000, interval: 200 }).toBe('paused');
    await on().call('PATCH', `/budgets/${budgetId}`, { hardUsd: '0.60' });
    expect(await stateOf(child.agentId)).toBe('running');
    await on().call('PATCH', `/budgets/${budgetId}`, { action: 'stop' });
    const told = await spend(child.agentId, '0.10');
    expect(told.budgets).toContainEqual({ agentId: one.agentId, budgetId, status: 'ok' });
    expect(await stateOf(child.agentId)).toBe('stopping');
    const { items: acts } = await on().ok(on().get('/audit?action=agents.stop'));
    expect(acts[0]).toMatchObject({ actor: `budget:${budgetId}`, subjectId: one.agentId });
    const { items: facts } = await on().ok(on().get(`/events?subjectId=${budgetId}&type=budget.reached`));
    expect(facts[0]).toMatchObject({ subjectKind: 'budget', type: 'budget.reached' });
  });
}
