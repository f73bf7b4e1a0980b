import { expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { Answer, Json, TestServer } from '../harness.ts';

type Agent = { agentId: string; token: string };
/** Rows of contract.md: locks and barriers. */
export function coordinationCases(on: () => TestServer): void {
  const lock = (agent: Agent, name: string, verb: string, more: object = {}): Promise<Answer> =>
    on().post(`/locks/${encodeURIComponent(name)}/${verb}`, { agentId: agent.agentId, ...more }, agent.token);
  const acquire = (agent: Agent, name: string, more: object = {}) =>
    lock(agent, name, 'acquire', { leaseMs: 3_600_000, waitMs: 0, ...more });
  const meet = (agent: Agent, name: string, parties: number, more: object = {}): Promise<Answer> =>
    on().post(`/barriers/${name}/wait`, { agentId: agent.agentId, parties, waitMs: 30_000, ...more }, agent.token);
  const standing = async (name: string): Promise<Json> =>
    (await on().ok(on().get('/locks?held=true&limit=1000'))).items.find((l: Json) => l.name === name);
  const waiters = async (name: string): Promise<string[]> => (await standing(name))?.waiters.map((w: Json) => w.agentId) ?? [];

  it('I-SYNC-1, 2: POST /locks/{name}/acquire, /renew and /release; the next is woken, well before its time is over', async () => {
    const [a, b] = [await on().agent({ name: 'first' }), await on().agent()];
    const held = await acquire(a, 'http', { leaseMs: 5_000 });
    expect([held.status, held.body]).toEqual([200, { token: '1', expiresAt: expect.any(String), requestId: expect.any(String) }]);
    const full = await acquire(b, 'http');
    expect([full.status, full.body.error]).toMatchObject([408, { code: 'timed_out', waitedMs: 0 }]);
    const renewed = await on().ok(lock(a, 'http', 'renew', { token: '1', leaseMs: 600_000 }));
    expect(Date.parse(renewed.expiresAt) - Date.parse(held.body.expiresAt)).toBeGreaterThan(500_000);
    const startedMs = performance.now();
    const waiting = acquire(b, 'http', { waitMs: 60_000, priority: 2 });
    await until(async () => (await waiters('http')).length === 1, 'the wait');
    expect(await standing('http')).toMatchObject({
      permits: 1,
      holders: [{ agentId: a.agentId, agentName: 'first', since: expect.any(String), expiresAt: renewed.expiresAt }],
      waiters: [{ agentId: b.agentId, priority: 2, deadline: expect.any(String) }],
    });
    expect(JSON.stringify(await standing('http'))).not.toContain('token');
    expect(await on().ok(lock(a, 'http', 'release', { token: '1' }))).toEqual({ released: true });
    expect((await waiting).body).toMatchObject({ token: '2' });
    expect(performance.now() - startedMs).toBeLessThan(30_000);
    expect(await on().ok(lock(a, 'http', 'release', { token: '1' }))).toEqual({ released: false });
    expect((await lock(a, 'http', 'renew', { token: '1' })).body.error).toMatchObject({ code: 'stale_token', kind: 'lock', id: 'http' });
    expect((await lock(a, 'http', 'release', { token: '2' })).status).toBe(403);
    expect((await lock(a, 'http', 'release', { token: '99' })).status).toBe(412);
    expect((await lock(a, 'never was', 'release', { token: '1' })).status).toBe(404);
  });
  it('a wait that is over is answered 408 with what it waited; the same request asked again hears the same', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    await acquire(a, 'late');
    const request = { waitMs: 300, requestId: 'late' };
    const late = await acquire(b, 'late', request);
    expect([late.status, late.body.error.code]).toEqual([408, 'timed_out']);
    expect(late.body.error.waitedMs).toBeGreaterThanOrEqual(300);
    expect((await acquire(b, 'late', request)).body).toEqual(late.body);
    expect(await waiters('late')).toEqual([]);
  });
  it('a lost reply loses no lock: the same requestId is the same grant', async () => {
    const a = await on().agent();
    const answers = await Promise.all([1, 2, 3].map(() => acquire(a, 'again', { requestId: 'r' })));
    expect(answers.map((r) => r.body.token)).toEqual(['1', '1', '1']);
  });
  it('I-SYNC-5: a lease that is over goes on to who waits, by the loop alone', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    await acquire(a, 'leased', { leaseMs: 1_000 });
    expect((await acquire(b, 'leased', { waitMs: 30_000 })).body).toMatchObject({ token: '2' });
    expect((await lock(a, 'leased', 'renew', { token: '1' })).status).toBe(412);
  });
  it('I-SYNC-3: a caller that has gone waits no more, and holds nothing', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    await acquire(a, 'gone');
    const gone = new AbortController();
    const asked = fetch(`${on().url}/api/v1/locks/gone/acquire`, {
      method: 'POST',
      headers: { authorization: `Bearer ${b.token}` },
      body: JSON.stringify({ agentId: b.agentId, waitMs: 60_000 }),
      signal: gone.signal,
    });
    await until(async () => (await waiters('gone')).includes(b.agentId), 'the wait');
    gone.abort();
    await expect(asked).rejects.toThrow();
    await until(async () => (await waiters('gone')).length === 0, 'the end of the wait');
    await on().ok(lock(a, 'gone', 'release', { token: '1' }));
    expect(await standing('gone')).toBeUndefined();
  });
  it('I-SYNC-8, I-STOP-1: a stop ends the waits of its subtree with 409 fenced and frees its locks, on the receipt', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    const child = await on().agent({ parentId: b.agentId }, b.token);
    await acquire(a, 'stopped');
    await acquire(child, 'of the child');
    const waiting = acquire(child, 'stopped', { waitMs: 60_000 });
    await until(async () => (await waiters('stopped')).length === 1, 'the wait');
    const { stopId } = await on().ok(on().post(`/agents/${b.agentId}/stop`, { mode: 'force', reason: 'enough' }));
    const fenced = await waiting;
    expect([fenced.status, fenced.body.error]).toMatchObject([409, { code: 'fenced', stopId, reason: 'enough' }]);
    expect(await standing('of the child')).toBeUndefined();
    expect((await acquire(child, 'other')).body.error.code).toBe('fenced');
    await on().ok(on().post(`/agents/${child.agentId}/finish`, { outcome: 'stopped' }, child.token));
    const { receipt } = await on().ok(on().get(`/stops/${stopId}`));
    expect(receipt.find((l: Json) => l.agentId === child.agentId).evidence).toMatchObject({ locksFreed: 1 });
  });
  it('I-SYNC-7: a circle of waits is answered 409 deadlock with the cycle within a second', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    await acquire(a, 'left');
    await acquire(b, 'right');
    const older = acquire(a, 'right', { waitMs: 60_000 });
    await until(async () => (await waiters('right')).length === 1, 'the wait');
    const startedMs = performance.now();
    const victim = await acquire(b, 'left', { waitMs: 60_000 });
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect([victim.status, victim.body.error]).toMatchObject([
      409,
      { code: 'deadlock', cycle: [b.agentId, 'lock:left', a.agentId, 'lock:right', b.agentId] },
    ]);
    await on().ok(lock(b, 'right', 'release', { token: '1' }));
    expect((await older).body).toMatchObject({ token: '2' });
  });
  it('POST /agents/{id}/wait and /tasks/{id}/wait: served when it ends, 408 in time, 404 for what is not there', async () => {
    const [a, b] = [await on().agent(), await on().agent()];
    const waitFor = (kind: string, id: string, who: Agent, more: object = {}) =>
      on().post(`/${kind}/${id}/wait`, { agentId: who.agentId, waitMs: 60_000, ...more }, who.token);
    const { id: taskId } = await on().ok(on().post('/tasks', { title: 'waited for' }));
    const startedMs = performance.now();
    const waiting = [waitFor('tasks', taskId, a), waitFor('agents', b.agentId, a, { requestId: 'end' })] as const;
    const waits = async () => (await on().ok(on().get('/events?type=agent.waiting&limit=100'))).items.map((e: Json) => e.data.at);
    await until(async () => {
      const at = await waits();
      return at.includes(`task:${taskId}`) && at.includes(`agent:${b.agentId}`);
    }, 'the waits');
    await on().ok(on().post(`/tasks/${taskId}/cancel`, { reason: 'no more' }));
    expect((await waiting[0]).body).toEqual({ id: taskId, state: 'cancelled', requestId: expect.any(String) });
    await on().ok(on().post(`/agents/${b.agentId}/finish`, { outcome: 'completed' }, b.token));
    expect((await waiting[1]).body).toEqual({ id: b.agentId, state: 'completed', requestId: 'end' });
    expect(performance.now() - startedMs).toBeLessThan(30_000);
    expect((await waitFor('tasks', taskId, a)).body.state).toBe('cancelled');
    const late = await waitFor('agents', a.agentId, await on().agent(), { waitMs: 200 });
    expect([late.status, late.body.error.code]).toEqual([408, 'timed_out']);
    expect((await waitFor('tasks', 'tsk_none', a)).status).toBe(404);
    expect((await waitFor('agents', 'agt_none', a)).status).toBe(404);
    expect((await waitFor('agents', b.agentId, a, { waitMs: -1 })).status).toBe(400);
  });
  it('I-SYNC-7: parent and child that wait for each other: 409 deadlock with the cycle within a second', async () => {
    const parent = await on().agent();
    const child = await on().agent({ parentId: parent.agentId }, parent.token);
    const waitFor = (of: Agent, who: Agent) => on().post(`/agents/${of.agentId}/wait`, { agentId: who.agentId, waitMs: 60_000 }, who.token);
    const older = waitFor(child, parent);
    const waits = async () => (await on().ok(on().get('/events?type=agent.waiting&limit=1'))).items[0]?.data.at;
    await until(async () => (await waits()) === `agent:${child.agentId}`, 'the wait');
    const startedMs = performance.now();
    const victim = await waitFor(parent, child);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    const cycle = [child.agentId, `agent:${parent.agentId}`, parent.agentId, `agent:${child.agentId}`, child.agentId];
    expect([victim.status, victim.body.error]).toMatchObject([409, { code: 'deadlock', cycle }]);
    await on().ok(on().post(`/agents/${child.agentId}/finish`, { outcome: 'failed' }, child.token));
    expect((await older).body).toMatchObject({ state: 'failed' });
  });
  it('operators take a lock away with a reason, agents do not; the log says who and why', async () => {
    const a = await on().agent();
    await acquire(a, 'forced');
    expect((await lock(a, 'forced', 'force-release', { reason: 'mine' })).status).toBe(403);
    expect((await on().post('/locks/forced/force-release', {})).status).toBe(400);
    expect(await on().ok(on().post('/locks/forced/force-release', { reason: 'stuck' }))).toEqual({ freed: 1 });
    const { items } = await on().ok(on().get('/events?type=lock.freed&limit=1'));
    expect(items[0]).toMatchObject({ subjectKind: 'lock', data: { agentId: a.agentId, why: 'operator', reason: 'stuck' } });
  });
  it('I-SYNC-6: POST /barriers/{name}/wait lets all go at once; a party that goes away breaks it for all with 409', async () => {
    const agents = [await on().agent(), await on().agent(), await on().agent()] as [Agent, Agent, Agent];
    const met = await Promise.all(agents.map((a) => meet(a, 'meet', 3)));
    expect(met.map((m) => m.body.generation)).toEqual([0, 0, 0]);
    expect(met.map((m) => m.body.index).sort()).toEqual([0, 1, 2]);
    const waiting = meet(agents[0], 'meet', 3);
    const there = async () => (await on().ok(on().get('/barriers?held=true'))).items.find((x: Json) => x.name === 'meet');
    await until(async () => (await there())?.arrived.length === 1, 'the first party');
    expect(await there()).toMatchObject({ generation: 1, expected: 3, arrived: [{ agentId: agents[0].agentId }] });
    const short = await meet(agents[1], 'meet', 3, { waitMs: 200 });
    const broken = { code: 'broken_barrier', name: 'meet', generation: 1, agentId: agents[1].agentId, why: 'timed-out' };
    expect([short.status, short.body.error]).toMatchObject([409, broken]);
    const other = await waiting;
    expect([other.status, other.body.error]).toMatchObject([409, broken]);
    expect(await there()).toBeUndefined();
  });
  it('bad input is refused with its field', async () => {
    const a = await on().agent();
    const path = async (asked: Promise<Answer>) => {
      const { status, body } = await asked;
      return `${status} ${body.error.code} ${body.error.issues?.[0]?.path}`;
    };
    for (const [field, value] of [
      ['leaseMs', 999],
      ['leaseMs', 3_600_001],
      ['waitMs', -1],
      ['waitMs', 240_001],
      ['permits', 0],
      ['permits', 1.5],
      ['priority', 11],
      ['priority', 'high'],
      ['requestId', ''],
      ['blocking', 'no'],
    ])
      expect(await path(acquire(a, 'bad', { [field as string]: value }))).toBe(`400 invalid_input ${field}`);
    expect(await path(acquire(a, ' '))).toBe('400 invalid_input name');
    expect(await path(acquire(a, 'x'.repeat(201)))).toMatch(/^40[04] /);
    expect(await path(lock(a, 'bad', 'release', { token: 'one' }))).toBe('400 invalid_input token');
    expect(await path(meet(a, 'bad', 0))).toBe('400 invalid_input parties');
    expect(await path(meet(a, 'bad', 2, { onPartyDeath: 'ignore' }))).toBe('400 invalid_input onPartyDeath');
    expect(await path(meet(a, 'bad', 2, { partyIds: ['x'] }))).toBe('404 not_found undefined');
    await acquire(a, 'sized', { permits: 2 });
    expect(await path(acquire(a, 'sized', { permits: 3 }))).toBe('400 invalid_input permits');
    expect((await acquire({ ...a, agentId: 'agt_nobody' }, 'bad')).status).toBe(404);
    expect((await acquire({ ...a, agentId: (await on().agent()).agentId }, 'bad')).status).toBe(404);
    expect(await standing('bad')).toBeUndefined();
  });
  it('names may hold whatever text does; GET /locks goes by name, in pages that miss nothing', async () => {
    const a = await on().agent();
    const names = ['paged/one two', 'paged/ünï', 'paged/3'].sort();
    for (const name of names) expect((await acquire(a, name)).status).toBe(200);
    const seen: string[] = [];
    for (let cursor: string | null = 'paged/'; cursor !== null; ) {
      const page: Json = await on().ok(on().get(`/locks?limit=1&cursor=${encodeURIComponent(cursor)}`));
      seen.push(...page.items.map((l: Json) => l.name));
      cursor = page.nextCursor;
    }
    expect(seen.filter((n) => n.startsWith('paged/')).sort()).toEqual(names);
  });
}
