import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { Json, TestServer } from '../harness.ts';

/** A server that ends and starts again on its data; last of all, since its address changes. */
export function restartCases(on: () => TestServer): void {
  let agent: { agentId: string; token: string };
  let stopped: { agentId: string; token: string };
  let before: { seq: number; stop: Json; taskId: string; claimed: Json };
  beforeAll(async () => {
    agent = await on().agent({ name: 'before the restart' });
    stopped = await on().agent({ name: 'under a stop' });
    const { stopId } = await on().ok(on().post(`/agents/${stopped.agentId}/stop`, { graceMs: 3_600_000, reason: 'long' }));
    const taskId = await on().task({ labels: ['restart'] });
    const [claimed] = (
      await on().ok(on().post('/tasks/claim', { agentId: agent.agentId, labels: ['restart'], requestId: 'r' }, agent.token))
    ).tasks;
    before = { seq: await on().lastSeq(), stop: await on().ok(on().get(`/stops/${stopId}`)), taskId, claimed };
    await on().restart();
  });

  it('agents, tokens and claims are as they were', async () => {
    expect(await on().ok(on().post(`/agents/${agent.agentId}/heartbeat`, {}, agent.token))).toMatchObject({ directive: 'run' });
    expect((await on().ok(on().get(`/agents/${agent.agentId}`))).state).toBe('running');
    const again = await on().ok(on().post('/tasks/claim', { agentId: agent.agentId, labels: ['restart'], requestId: 'r' }, agent.token));
    expect(again.tasks).toEqual([before.claimed]);
    expect(await on().ok(on().post(`/tasks/${before.taskId}/complete`, { token: before.claimed.claim.token }, agent.token))).toMatchObject({
      state: 'done',
    });
  });
  it('I-STOP-7: an open stop goes on, the same one, with the same deadlines', async () => {
    expect(await on().ok(on().get(`/stops/${before.stop.id}`))).toEqual(before.stop);
    expect((await on().ok(on().post(`/agents/${stopped.agentId}/heartbeat`, {}, stopped.token))).stop.deadline).toBe(
      before.stop.receipt[0].deadline,
    );
    await on().ok(on().post(`/agents/${stopped.agentId}/finish`, { outcome: 'stopped' }, stopped.token));
    expect((await on().ok(on().get(`/stops/${before.stop.id}`))).state).toBe('done');
  });
  it('a live client resumes across it, and seq goes on without a gap', async () => {
    const { socket } = await on().connected();
    const task = await on().task();
    await until(
      () =>
        new Promise<boolean>((go) =>
          socket.emit('resume', { afterSeq: before.seq }, (a) =>
            go('frame' in a && a.frame.patches.some((p) => p[0] === 't' && p[1].id === task)),
          ),
        ),
      'what changed since',
    );
    socket.disconnect();
    const [gaps] = await on().sql(
      'select count(*)::int as events, max(seq)::int as last from event where seq <= (select seq from project)',
    );
    expect(gaps.events).toBe(gaps.last);
  });
  describe('without its database', () => {
    it('every call is 503, with advice and nothing else; when it is back, so is the server', async () => {
      await on().get('/me');
      await on().withoutDatabase(async () => {
        expect((await fetch(`${on().url}/healthz`)).status).toBe(200);
        expect((await fetch(`${on().url}/readyz`)).status).toBe(503);
        for (const [method, path, body, token] of [
          ['POST', '/tasks', { title: 'lost' }, undefined],
          ['POST', '/heartbeats', { beats: [{ agentId: agent.agentId }] }, undefined],
          ['POST', `/agents/${agent.agentId}/heartbeat`, {}, agent.token],
          ['GET', '/agents', undefined, undefined],
          ['GET', `/agents/${agent.agentId}`, undefined, undefined],
          ['GET', '/tasks', undefined, undefined],
          ['GET', '/me', undefined, 'rv_never-seen-before'],
        ] as const) {
          const r = await on().call(method, path, body, { token });
          expect([r.status, r.body.error], `${method} ${path}`).toEqual([
            503,
            { code: 'unavailable', what: 'The database', message: expect.any(String) },
          ]);
        }
      });
      expect((await fetch(`${on().url}/readyz`)).status).toBe(200);
      expect((await on().ok(on().get('/tasks?label=lost'))).items).toEqual([]);
      await on().ok(on().post(`/agents/${agent.agentId}/heartbeat`, {}, agent.token));
    });
  });
  describe('a second server', () => {
    it('on the same data directory is refused, and says who holds it', async () => {
      await expect(on().startAnother()).rejects.toThrow(String(process.pid));
      expect((await on().get('/me')).status).toBe(200);
    });
  });
}
