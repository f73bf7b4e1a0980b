import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import { TestServer } from '../harness.ts';

// A server of its own: an emergency stop is of everything.
let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server?.stop());
const patch = (body: unknown, token?: string) => server.call('PATCH', '/project', body, { token });
const limit = (body: { limits: { name: string }[] }, name: string) => body.limits.find((l) => l.name === name);

describe('limits over HTTP', () => {
  it('stand beside what is used of them; a registration beyond one is 429 and names it', async () => {
    const root = await server.agent({ name: 'root', limits: { children: 2 } });
    await server.agent({ name: 'one' }, root.token);
    await server.agent({ name: 'two' }, root.token);
    const refused = await server.post('/agents', { name: 'three' }, root.token);
    expect(refused.status).toBe(429);
    expect(refused.body.error).toMatchObject({ code: 'limit_reached', limit: 'children', max: 2 });
    const project = await server.ok(server.get('/project'));
    expect(limit(project, 'children')).toMatchObject({ used: 2, agentId: root.agentId });
    expect(limit(project, 'depth')).toMatchObject({ used: 2, max: 64 });
    expect(limit(project, 'session-live-agents')).toMatchObject({ used: 3, agentId: root.agentId });
    expect(limit(project, 'project-live-agents')).toMatchObject({ used: 3, agentId: null });
    expect(limit(project, 'session-spawns')).toMatchObject({ used: 3 });
    expect(limit(project, 'project-spawns-per-minute')).toMatchObject({ used: 3 });
  });
  it('of the project are changed by an operator, with before and after in the log, and survive a restart', async () => {
    const changed = await server.ok(patch({ limits: { 'project-live-agents': 4 }, onParentExit: { lost: 'stop' } }));
    expect(changed).toMatchObject({ onParentExit: { lost: 'stop' }, halted: null });
    await server.restart();
    await server.ok(server.post('/agents', { name: 'fourth' }));
    expect((await server.post('/agents', { name: 'fifth' })).body.error).toMatchObject({ limit: 'project-live-agents', max: 4 });
    const { items } = await server.ok(server.get('/events?type=project.configured'));
    expect(items).toHaveLength(1);
    expect(items[0].data.after.limits['project-live-agents']).toBe(4);
    expect(items[0].sentence).toBe('settings changed: project-live-agents 60000 → 4, the policy for orphans');
    await server.ok(patch({ limits: { 'project-live-agents': 60_000 }, onParentExit: null }));
  });
  it('refuse what is no bound, and whoever is no operator', async () => {
    for (const limits of [{ depth: 65 }, { children: -1 }, { children: 1.5 }, { children: '3' }, { nonsense: 3 }])
      expect((await patch({ limits })).body.error, JSON.stringify(limits)).toMatchObject({ code: 'invalid_input' });
    expect((await server.post('/agents', { name: 'x', limits: { depth: 65 } })).status).toBe(400);
    const agent = await server.agent({ name: 'nosy' });
    expect((await server.get('/project', agent.token)).status).toBe(403);
    expect((await patch({ limits: { children: 1 } }, agent.token)).status).toBe(403);
    expect((await server.post('/project/stop', { reason: 'x' }, agent.token)).status).toBe(403);
    expect((await server.post('/project/reopen', {}, agent.token)).status).toBe(403);
  });
});

describe('the emergency stop over HTTP', () => {
  it('fences every session at once; nothing starts until the project is reopened; the receipt has everyone', async () => {
    const lead = await server.agent({ name: 'lead' });
    const coder = await server.agent({ name: 'coder' }, lead.token);
    const live = (await server.ok(server.get('/agents?state=starting,running'))).items.length;
    const accepted = await server.post('/project/stop', { reason: 'fire drill', graceMs: 1_000, killConfirmMs: 500 });
    expect(accepted.status).toBe(202);
    expect(accepted.body).toMatchObject({ members: live, stopId: expect.any(String) });
    const { stopId } = accepted.body;
    const root = await server.post('/agents', { name: 'new root' });
    expect([root.status, root.body.error.code, root.body.error.stopId]).toEqual([409, 'fenced', stopId]);
    expect((await server.post('/agents', { name: 'child' }, lead.token)).body.error).toMatchObject({ code: 'fenced', stopId });
    expect((await server.post('/tasks/claim', { agentId: coder.agentId }, coder.token)).body.error).toMatchObject({ code: 'fenced' });
    expect((await server.ok(server.get('/project'))).halted).toMatchObject({ stopId, reason: 'fire drill' });

    await server.ok(server.post(`/agents/${coder.agentId}/finish`, { outcome: 'stopped' }, coder.token));
    await server.ok(server.post(`/agents/${lead.agentId}/finish`, { outcome: 'stopped' }, lead.token));
    const read = () => server.ok(server.get(`/stops/${stopId}`));
    await until(async () => (await read()).state === 'done', 'the stop to be done');
    const done = await read();
    expect(done.agentId).toBeNull();
    expect(done.receipt).toHaveLength(live);
    const of = (id: string) => done.receipt.find((l: { agentId: string }) => l.agentId === id);
    expect([of(coder.agentId).outcome, of(lead.agentId).outcome]).toEqual(['stopped', 'stopped']);
    expect(of(coder.agentId).endedAt <= of(lead.agentId).endedAt).toBe(true);
    // an agent sees no stop of more than its own subtree
    expect((await server.get(`/stops/${stopId}`, lead.token)).status).toBe(404);

    await server.restart();
    expect((await server.post('/agents', { name: 'still shut' })).status).toBe(409);
    expect(await server.ok(server.post('/project/reopen', { reason: 'all clear' }))).toMatchObject({ halted: null });
    await server.agent({ name: 'open again' });
    expect((await server.post('/project/reopen')).body.error).toMatchObject({ code: 'illegal_transition' });
  });
  it('what a stopped agent still spends is counted, as after the stop', async () => {
    const late = await server.agent({ name: 'late' });
    await server.ok(server.post(`/agents/${late.agentId}/stop`, { reason: 'x', graceMs: 60_000 }));
    const before = (await server.ok(server.get('/overview'))).overshoot;
    const event = { eventId: 'late-1', agentId: late.agentId, model: 'm', inputTokens: 100, outputTokens: 10, costUsd: '0.25' };
    await server.ok(server.post('/costs', { events: [{ ...event, at: new Date(Date.now() + 5).toISOString() }] }, late.token));
    const after = (await server.ok(server.get('/overview'))).overshoot;
    expect(after).toEqual({ usd: '0.250000000', tokens: before.tokens + 110, stops: before.stops + 1 });
  });
});

describe('a spawn storm', () => {
  it('is held at the limits, and its stop is accepted all the same: not one more after it, and the others go on', async () => {
    const other = await server.agent({ name: 'other session' });
    const root = await server.agent({ name: 'storm', limits: { children: 40, 'session-live-agents': 120, 'session-spawns': 150 } });
    const parents = [root];
    const answers = new Map<string, number>();
    let going = true;
    /** Spawns without a pause below whoever there is, as an agent does that has lost its mind. */
    const storm = async (n: number) => {
      for (let i = n; going; i += 16) {
        const parent = parents[i % parents.length] as typeof root;
        const { status, body } = await server.post('/agents', { name: `s${i}` }, parent.token);
        if (status === 201 && parents.length < 30) parents.push(body);
        const said = status === 201 ? 'admitted' : `${status} ${body.error.code}${body.error.limit ? ` ${body.error.limit}` : ''}`;
        answers.set(said, (answers.get(said) ?? 0) + 1);
      }
    };
    const storms = Promise.all(Array.from({ length: 16 }, (_, n) => storm(n)));
    const refusals = (code: string) => [...answers].filter(([said]) => said.includes(code)).reduce((sum, [, n]) => sum + n, 0);
    await until(() => refusals('limit_reached') > 300, 'the storm to be refused');
    expect(answers.get('admitted')).toBeLessThanOrEqual(119); // 120 live ones with the root

    const { stopId, members } = await server.ok(
      server.post(`/agents/${root.agentId}/stop`, { mode: 'force', killConfirmMs: 0, reason: 'storm' }),
    );
    const admitted = answers.get('admitted') ?? 0;
    expect(members).toBeLessThanOrEqual(120);
    const before = refusals('fenced');
    await until(() => refusals('fenced') > before + 100, 'the storm to be fenced');
    going = false;
    await storms;
    // those that were under way when the stop was accepted are members of it, and none came after
    const { receipt } = await server.ok(server.get(`/stops/${stopId}`));
    const live = await server.ok(server.get(`/agents?root=${root.agentId}&state=starting,running&limit=200`));
    expect([receipt.length, live.items]).toEqual([members, []]);
    expect(members - 1).toBeGreaterThanOrEqual(admitted - 16);
    expect([...answers.keys()].filter((said) => !/^(admitted|429 limit_reached|409 fenced|409 illegal_transition)/.test(said))).toEqual([]);
    await server.agent({ name: 'of another session' }, other.token);
  });
});
