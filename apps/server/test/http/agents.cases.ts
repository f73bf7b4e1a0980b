import { describe, expect, it } from 'vitest';
import { until } from '../database/support.ts';
import type { TestServer } from '../harness.ts';

/** Rows of contract.md: agents, heartbeats, pause and resume, stops. */
export function agentsCases(on: () => TestServer): void {
  describe('POST /agents', () => {
    it('registers a root with a project token, and its children with its own', async () => {
      const root = await on().post('/agents', {
        name: 'lead',
        kind: 'orchestrator',
        model: 'model-a',
        role: 'lead',
        budgetUsd: 1.5,
        onParentExit: { failed: 'ignore' },
        metadata: { team: ['a', { b: 1 }] },
      });
      expect(root.status).toBe(201);
      expect(root.body).toEqual({
        agentId: expect.any(String),
        token: expect.stringMatching(/^rv_/),
        epoch: 1,
        leaseMs: 15_000,
        sessionId: root.body.agentId,
      });
      const child = await on().post('/agents', { name: 'coder' }, root.body.token);
      expect(child.status).toBe(201);
      const [up, down] = [
        await on().ok(on().get(`/agents/${root.body.agentId}`)),
        await on().ok(on().get(`/agents/${child.body.agentId}`)),
      ];
      expect(up).toMatchObject({
        id: root.body.agentId,
        name: 'lead',
        kind: 'orchestrator',
        model: 'model-a',
        role: 'lead',
        state: 'starting',
        parentId: null,
        conditions: [],
        budgetUsd: '1.500000000',
        onParentExit: { failed: 'ignore' },
        metadata: { team: ['a', { b: 1 }] },
        cost: { ownUsd: '0.000000000', subtreeUsd: '0.000000000' },
      });
      expect(down).toMatchObject({ parentId: up.id, path: [up.id, down.id], sessionId: up.id });
      expect(up.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });
    it('is idempotent by requestId: the same agent, and a new token beside the old one, which may be in use', async () => {
      const first = await on().ok(on().post('/agents', { name: 'x', requestId: 'register-once' }));
      expect((await on().get('/me', first.token)).status).toBe(200);
      const again = await on().ok(on().post('/agents', { name: 'x', requestId: 'register-once' }));
      expect(again.agentId).toBe(first.agentId);
      expect((await on().get('/me', again.token)).body).toMatchObject({ kind: 'agent', agentId: first.agentId });
      expect((await on().get('/me', first.token)).body).toMatchObject({ kind: 'agent', agentId: first.agentId });
    });
    it('registered many times at once by one requestId it is one agent', async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => on().post('/agents', { name: 'x', requestId: 'register-racing' })));
      expect(new Set(all.map((a) => a.body.agentId)).size).toBe(1);
    });
  });

  describe('heartbeats', () => {
    it('POST /agents/{id}/heartbeat answers the directive and the lease, and the agent shows what it told', async () => {
      const { agentId, token } = await on().agent();
      const beat = { epoch: 1, state: 'running', activity: 'reads', progress: 0.5, metrics: { toolsExecuted: 7 } };
      expect(await on().ok(on().post(`/agents/${agentId}/heartbeat`, beat, token))).toEqual({ directive: 'run', leaseMs: 15_000 });
      expect(await on().ok(on().get(`/agents/${agentId}`))).toMatchObject({
        state: 'running',
        activity: 'reads',
        progress: 0.5,
        toolsExecuted: 7,
      });
      const old = await on().post(`/agents/${agentId}/heartbeat`, { epoch: 2 }, token);
      expect([old.status, old.body.error]).toMatchObject([409, { code: 'version_conflict', expected: 2, actual: 1 }]);
    });
    it('POST /heartbeats answers for each, in order; an unknown id is no fault of the others', async () => {
      const [a, b] = [await on().agent(), await on().agent()];
      await on().ok(on().post(`/agents/${b.agentId}/pause`, { reason: 'wait' }));
      const beats = [a.agentId, 'agt_unknown', b.agentId].map((agentId) => ({ agentId }));
      const { directives, leaseMs } = await on().ok(on().post('/heartbeats', { beats }));
      expect(leaseMs).toBe(15_000);
      expect(directives).toMatchObject([
        { agentId: a.agentId, directive: 'run' },
        { agentId: 'agt_unknown', directive: 'stop', error: { code: 'not_found' } },
        { agentId: b.agentId, directive: 'pause' },
      ]);
    });
    it('a thousand in one call are one transaction or few', async () => {
      const { agentId } = await on().agent();
      const beats = Array.from({ length: 1_000 }, () => ({ agentId }));
      expect((await on().ok(on().post('/heartbeats', { beats }))).directives).toHaveLength(1_000);
      expect((await on().post('/heartbeats', { beats: [...beats, { agentId }] })).status).toBe(400);
    });
  });

  describe('the life of an agent', () => {
    it('POST /agents/{id}/events stores each once, /logs keeps the output, /finish ends it', async () => {
      const { agentId, token } = await on().agent();
      const e = (eventId: string) => ({ eventId, type: 'tool.call', at: '2026-01-01T00:00:00Z', data: { n: 1 } });
      expect(await on().ok(on().post(`/agents/${agentId}/events`, { events: [e('1'), e('2')] }, token))).toEqual({
        accepted: 2,
        duplicates: 0,
      });
      expect(await on().ok(on().post(`/agents/${agentId}/events`, { events: [e('2'), e('3')] }, token))).toEqual({
        accepted: 1,
        duplicates: 1,
      });
      const lines = [
        { stream: 'stdout', at: 1_700_000_000_000, text: 'a\u001b[31mred' },
        { stream: 'stderr', at: 1_700_000_000_001, text: '<script>' },
      ];
      expect(await on().ok(on().post(`/agents/${agentId}/logs`, { lines }, token))).toEqual({ accepted: 2 });
      const { items } = await on().ok(on().get(`/agents/${agentId}/logs`, token));
      expect(items.map((l: { text: string }) => l.text)).toEqual(lines.map((l) => l.text));
      const newer = await on().ok(on().get(`/agents/${agentId}/logs?after=${items[0].n}&limit=1`, token));
      expect(newer.items).toEqual([items[1]]);
      expect(await on().ok(on().post(`/agents/${agentId}/finish`, { outcome: 'completed', result: { ok: true } }, token))).toEqual({
        state: 'completed',
      });
      expect(await on().ok(on().post(`/agents/${agentId}/finish`, { outcome: 'completed' }, token))).toEqual({ state: 'completed' });
      expect((await on().post(`/agents/${agentId}/finish`, { outcome: 'failed' }, token)).body.error.code).toBe('illegal_transition');
      expect(await on().ok(on().get(`/agents/${agentId}`))).toMatchObject({
        state: 'completed',
        result: { ok: true },
        endedAt: expect.any(String),
      });
    });
    it('POST /agents/{id}/pause, /resume and /interrupt answer 202 and come with the next heartbeat', async () => {
      const { agentId, token } = await on().agent();
      const child = await on().agent({ parentId: agentId });
      const paused = await on().post(`/agents/${agentId}/pause`, { reason: 'wait', subtree: true });
      expect([paused.status, paused.body]).toEqual([202, { agents: 2 }]);
      const beat = () => on().ok(on().post(`/agents/${child.agentId}/heartbeat`, {}, token));
      expect((await beat()).directive).toBe('pause');
      expect((await on().ok(on().get(`/agents/${child.agentId}`))).state).toBe('paused');
      expect((await on().post(`/agents/${agentId}/resume`, { subtree: true })).body).toEqual({ agents: 2 });
      expect((await on().post(`/agents/${child.agentId}/interrupt`, { reason: 'enough' })).status).toBe(202);
      expect(await beat()).toMatchObject({ directive: 'run', interrupt: { reason: 'enough' } });
    });
    it('GET /agents lists by subtree and state, in pages that miss nothing and repeat nothing', async () => {
      const root = await on().agent({ name: 'paged' });
      for (let n = 0; n < 7; n++) await on().ok(on().post('/agents', { name: `p${n}`, parentId: root.agentId }));
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { items: { name: string }[]; nextCursor: string | null } = await on().ok(
          on().get(`/agents?root=${root.agentId}&limit=3${cursor ? `&cursor=${cursor}` : ''}`),
        );
        expect(page.items.length).toBeLessThanOrEqual(3);
        seen.push(...page.items.map((a) => a.name));
        cursor = page.nextCursor;
      }
      expect(seen).toEqual(['paged', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
      const starting = await on().ok(on().get(`/agents?root=${root.agentId}&state=starting`));
      expect(starting.items).toHaveLength(7);
      expect((await on().ok(on().get(`/agents?root=${root.agentId}&state=running,paused`))).items).toHaveLength(1);
      expect((await on().get('/agents?root=agt_x')).status).toBe(404);
    });
  });

  describe('an agent’s token', () => {
    it('speaks for its subtree alone: a sibling, its parent and strangers are as good as absent', async () => {
      const root = await on().agent({ name: 'root' });
      const [a, b] = [await on().agent({ parentId: root.agentId }), await on().agent({ parentId: root.agentId })];
      const below = await on().agent({}, a.token);
      const calls: [string, string, object?][] = [
        ['GET', ''],
        ['GET', '/logs'],
        ['POST', '/heartbeat'],
        ['POST', '/finish', { outcome: 'failed' }],
        ['POST', '/events', { events: [{ eventId: 'e', type: 't' }] }],
        ['POST', '/logs', { lines: [] }],
        ['POST', '/pause'],
        ['POST', '/stop'],
        ['POST', '/spawn', { name: 'x', command: 'x' }],
      ];
      for (const [method, path, body] of calls)
        for (const id of [b.agentId, root.agentId, 'agt_x']) {
          const r = await on().call(method, `/agents/${id}${path}`, body ?? (method === 'POST' ? {} : undefined), { token: a.token });
          expect([r.status, r.body.error?.code], `${method} ${path}`).toEqual([404, 'not_found']);
        }
      expect((await on().get(`/agents/${below.agentId}`, a.token)).status).toBe(200);
      expect((await on().post('/agents', { name: 'x', parentId: b.agentId }, a.token)).status).toBe(404);
      expect((await on().post('/tasks/claim', { agentId: b.agentId }, a.token)).status).toBe(404);
      expect((await on().get(`/costs?root=${b.agentId}`, a.token)).status).toBe(404);
      const { items } = await on().ok(on().get('/agents', a.token));
      expect(items.map((x: { id: string }) => x.id)).toEqual([a.agentId, below.agentId]);
      expect((await on().ok(on().get(`/agents/${b.agentId}`))).state).toBe('running');
    });
    it('may not do what is the operator’s', async () => {
      const { token } = await on().agent();
      const id = await on().task();
      for (const [method, path] of [
        ['GET', '/events'],
        ['GET', '/overview'],
        ['GET', '/snapshot'],
        ['GET', '/changes'],
        ['POST', `/tasks/${id}/cancel`],
        ['POST', `/tasks/${id}/force-release`],
        ['POST', '/repositories'],
      ] as const) {
        const r = await on().call(method, path, method === 'POST' ? {} : undefined, { token });
        expect([r.status, r.body.error.code], path).toEqual([403, 'forbidden']);
      }
      await on().ok(on().post(`/tasks/${id}/cancel`));
    });
  });

  describe('stops', () => {
    const finish = (a: { agentId: string; token: string }) =>
      on().ok(on().post(`/agents/${a.agentId}/finish`, { outcome: 'stopped' }, a.token));

    it('a dry run previews the waves, and changes nothing', async () => {
      const root = await on().agent({ name: 'root' });
      const child = await on().agent({ name: 'child', parentId: root.agentId });
      const facts = await on().factsOfCallers();
      const { status, body } = await on().post(`/agents/${root.agentId}/stop`, { dryRun: true });
      expect(status).toBe(202);
      expect(body).toMatchObject({ stopId: null, members: 2, waves: 2 });
      expect(body.preview.waves.map((w: { agents: { id: string }[] }) => w.agents.map((a) => a.id))).toEqual([
        [child.agentId],
        [root.agentId],
      ]);
      expect(await on().factsOfCallers()).toBe(facts);
      expect((await on().ok(on().get(`/agents/${root.agentId}`))).state).toBe('running');
    });
    it('I-STOP-1, I-STOP-4, I-STOP-9: fence, leaves first, and a receipt with evidence', async () => {
      const root = await on().agent({ name: 'root' });
      const child = await on().agent({ name: 'child', parentId: root.agentId });
      const taskId = await on().task({ labels: ['held-by-child'] });
      await on().ok(on().post('/tasks/claim', { agentId: child.agentId, labels: ['held-by-child'] }, child.token));
      const accepted = await on().post(`/agents/${root.agentId}/stop`, { mode: 'graceful', graceMs: 20_000, reason: 'enough' });
      expect([accepted.status, accepted.body]).toMatchObject([202, { members: 2, waves: 2 }]);
      const { stopId } = accepted.body;
      expect((await on().ok(on().post(`/agents/${root.agentId}/stop`, { reason: 'again' }))).stopId).toBe(stopId);

      for (const r of [
        await on().post('/agents', { name: 'late' }, child.token),
        await on().post('/tasks/claim', { agentId: child.agentId }, child.token),
        await on().post('/tasks', { title: 'late' }, child.token),
      ])
        expect([r.status, r.body.error]).toMatchObject([409, { code: 'fenced', stopId, reason: 'enough' }]);
      expect((await on().ok(on().get(`/tasks/${taskId}`))).state).toBe('ready');

      const told = await on().ok(on().post(`/agents/${child.agentId}/heartbeat`, {}, child.token));
      expect(told).toMatchObject({ directive: 'stop', stop: { stopId, mode: 'graceful', reason: 'enough', deadline: expect.any(String) } });
      expect((await on().ok(on().post(`/agents/${root.agentId}/heartbeat`, {}, root.token))).directive).toBe('pause');
      expect((await on().ok(on().get(`/stops/${stopId}`))).state).toBe('stopping');
      expect(await finish(root)).toEqual({ state: 'stopping' });
      expect(await finish(child)).toEqual({ state: 'stopped' });
      const receipt = await on().ok(on().get(`/stops/${stopId}`));
      expect(receipt).toMatchObject({ state: 'done', agentId: root.agentId, mode: 'graceful', reason: 'enough' });
      expect(receipt.receipt).toMatchObject([
        {
          agentId: child.agentId,
          outcome: 'stopped',
          evidence: { how: 'acknowledged', claimsReleased: 1, costAfterAcceptanceUsd: '0.000000000' },
        },
        { agentId: root.agentId, outcome: 'stopped', evidence: { how: 'acknowledged' } },
      ]);
      for (const line of receipt.receipt) expect([line.askedAt, line.endedAt].every((t) => typeof t === 'string')).toBe(true);
      expect((await on().ok(on().get(`/agents/${child.agentId}`))).conditions).toContain('fenced');
      expect((await on().ok(on().get('/stops'))).items.map((s: { id: string }) => s.id)).toContain(stopId);
      expect((await on().get(`/stops/${stopId}`, (await on().agent()).token)).status).toBe(404);
      expect((await on().get('/stops/stp_x')).status).toBe(404);
    });
    it('nobody answers: unconfirmed after the time to confirm, with the reason; a late word mends it', async () => {
      const agent = await on().agent();
      const { stopId } = await on().ok(on().post(`/agents/${agent.agentId}/stop`, { mode: 'force', killConfirmMs: 0 }));
      let stop: { state: string; receipt: object[] } = { state: '', receipt: [] };
      await until(async () => {
        stop = await on().ok(on().get(`/stops/${stopId}`));
        return stop.state === 'done';
      }, 'the stop to end');
      expect(stop.receipt).toMatchObject([{ outcome: 'unconfirmed', evidence: { how: 'lease-expired' } }]);
      expect((await on().ok(on().get(`/agents/${agent.agentId}`))).state).toBe('unconfirmed');
      await finish(agent);
      expect((await on().ok(on().get(`/stops/${stopId}`))).receipt).toMatchObject([
        { outcome: 'stopped', evidence: { how: 'acknowledged' } },
      ]);
    });
  });
}
