import { expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { Json, TestServer } from '../harness.ts';

export function orphansCases(on: () => TestServer): void {
  const caseOf = async (id: string): Promise<Json> =>
    (await on().ok(on().get('/orphans?limit=1000'))).items.find((c: Json) => c.agentId === id);

  it('stand with their evidence and a dry run; left alone for a while, the sweep does not touch them (I-ORPH-5)', async () => {
    const up = await on().agent({ name: 'gone' });
    const child = await on().agent({ name: 'left behind', parentId: up.agentId, onParentExit: { failed: 'ignore' } });
    await on().ok(on().post(`/agents/${up.agentId}/finish`, { outcome: 'failed' }));
    expect(await caseOf(child.agentId)).toMatchObject({
      parent: { agentId: up.agentId, state: 'failed', epoch: 1, endedAt: expect.any(String) },
      policy: { action: 'ignore', from: 'agent' },
      would: { action: 'ignore', because: 'its parent is failed' },
    });
    const ignore = { agentIds: [child.agentId], action: 'ignore', forMs: 60_000, reason: 'it ends by itself' };
    expect(await on().ok(on().post('/orphans/handle', ignore))).toMatchObject({ ignored: 1 });
    expect((await caseOf(child.agentId)).policy).toMatchObject({ from: 'operator', ignoredUntil: expect.any(String) });
    expect(await on().ok(on().post('/orphans/handle', { agentIds: [child.agentId], action: 'stop' }))).toMatchObject({ stopped: 1 });
    expect(await caseOf(child.agentId)).toBeUndefined();
  });
  it('refuse what is no order, and whoever is no operator; nothing changes', async () => {
    const agent = await on().agent({ name: 'nosy' });
    const agentIds = [agent.agentId];
    for (const body of [
      { agentIds, action: 'ignore' },
      { agentIds, action: 'stop', forMs: 5_000 },
      { agentIds, action: 'eat' },
      { agentIds: [], action: 'stop' },
    ])
      expect((await on().post('/orphans/handle', body)).body.error, JSON.stringify(body)).toMatchObject({ code: 'invalid_input' });
    expect((await on().post('/orphans/handle', { agentIds: ['agt_none'], action: 'stop' })).status).toBe(404);
    expect((await on().get('/orphans', agent.token)).status).toBe(403);
    expect((await on().post('/orphans/handle', { agentIds, action: 'stop' }, agent.token)).status).toBe(403);
  });
  it('that are left alone, a thousand and more of them, hide none that must be stopped (I-ORPH-4)', async () => {
    const up = await on().agent({ name: 'parent of many' });
    await on().ok(on().post(`/agents/${up.agentId}/finish`, { outcome: 'completed' }));
    // past the server: registering them one by one would take longer than all else here
    await on().sql(
      `insert into agent select (jsonb_populate_record(a, jsonb_build_object(
         'id', '0000' || n, 'parent_id', a.id, 'path', to_jsonb(a.path || ('0000' || n)), 'state', 'running', 'ended_at', null,
         'on_parent_exit', '{"completed": "ignore"}'::jsonb))).* from agent a, generate_series(1, 1100) n where a.id = $1`,
      [up.agentId],
    );
    const top = await on().agent({ name: 'top' });
    const child = await on().agent({ name: 'to be stopped', parentId: top.agentId });
    await on().ok(on().post(`/agents/${top.agentId}/finish`, { outcome: 'completed' }));
    const stopped = async () => (await on().ok(on().get(`/agents/${child.agentId}`))).state !== 'running';
    await until(stopped, 'the orphan to be stopped').finally(() => on().sql(`delete from agent where parent_id = $1`, [up.agentId]));
  });
}
