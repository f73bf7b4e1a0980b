import { expect, it } from 'vitest';
import type { Json, TestServer } from '../harness.ts';

/** Runners, and the changes that the local one carries out: a runner played by the test. */
export function runnersCases(on: () => TestServer): void {
  const host = { host: 'here', pid: 1, startTime: '1', containment: 'process-group' };
  const register = async (name: string, token?: string) => {
    const r = await on().ok(on().post('/runners', { name, ...host }, token));
    const poll = async (body: object = {}): Promise<Json[]> =>
      (await on().ok(on().post(`/runners/${r.runnerId}/poll`, { waitMs: 0, ...body }, r.token))).orders;
    const report = (...reports: object[]) => on().ok(on().post(`/runners/${r.runnerId}/reports`, { reports }, r.token));
    return { id: r.runnerId as string, token: r.token as string, poll, report };
  };
  const gateOf = (name: string, where: string, passed = true) => ({
    name,
    on: where,
    exitCode: passed ? 0 : 1,
    ms: 5,
    passed,
    excerpt: 'log',
  });
  /** What the runner says of an order to verify: all is well. */
  const verified = async (runner: Awaited<ReturnType<typeof register>>, { changeId, orderId }: Json) => {
    const gate = (name: string, where: string) => ({ kind: 'change-gate', changeId, gate: gateOf(name, where) });
    const files = [{ path: 'src/sum.ts', layer: 4, added: 1, removed: 0 }];
    const blastRadius = { level: 'low', score: 5, reasons: ['small'], files, dependents: [] };
    await runner.report(
      { kind: 'change-assessed', changeId, baseSha: 'b1', blastRadius },
      { kind: 'change-isolated', changeId, candidateSha: 'c1', diffHash: 'h1', diff: 'diff', branch: 'reeve/x' },
      gate('suite', 'base'),
      gate('red-1', 'base'),
      gate('red-2', 'base'),
      gate('green-1', 'candidate'),
      gate('green-2', 'candidate'),
      { kind: 'change-test-verified', changeId },
      { kind: 'change-validated', changeId },
    );
    await runner.poll({ done: [orderId] });
  };
  /** An agent that the runner hosts. */
  const hosted = async (runner: { id: string }) => on().agent({ runnerId: runner.id });

  it('I-CKPT-7: a fork with relaunch is launched by the runner of its source; its process reads state and events as its own', async () => {
    const runner = await register('forker');
    const parent = await hosted(runner);
    const { agentId } = await on().ok(
      on().post(`/agents/${parent.agentId}/spawn`, { name: 'source', command: 'node', args: ['f.js'] }, parent.token),
    );
    const [first] = await runner.poll({});
    await runner.report({ kind: 'started', agentId, epoch: 1, pid: 98, startTime: '5', containment: 'process-group' });
    const saved = { sequence: 4, state: { at: 49 }, trigger: 'tools', eventSequence: 1 };
    const { checkpointId } = await on().ok(on().post(`/agents/${agentId}/checkpoints`, saved, first.token));
    const events = [1, 2, 3].map((n) => ({ eventId: `e${n}`, type: 'did', data: n, sequence: n }));
    await on().ok(on().post(`/agents/${agentId}/events`, { events }, first.token));
    const fork = await on().ok(on().post(`/checkpoints/${checkpointId}/restore`, { mode: 'fork', relaunch: true }));
    expect(fork).toMatchObject({ epoch: 1, token: '', launched: true });
    const [order] = await runner.poll({ done: [first.orderId] });
    expect(order).toMatchObject({ kind: 'launch', agentId: fork.agentId, command: 'node', args: ['f.js'], restore: expect.any(String) });
    expect((await on().post(`/checkpoints/${checkpointId}/resume`, {}, order.token)).status).toBe(404);
    const resumed = await on().ok(on().post(`/checkpoints/${order.restore}/resume`, {}, order.token));
    expect(resumed).toMatchObject({ agentId: fork.agentId, state: { at: 49 }, eventsAfter: [{ data: 2 }, { data: 3 }] });
    const next = await on().post(`/agents/${fork.agentId}/checkpoints`, { sequence: 1, state: 1, trigger: 'x' }, order.token);
    expect(next.status).toBe(201);
    const { items } = await on().ok(on().get(`/agents/${fork.agentId}/checkpoints`));
    expect(items.map((c: Json) => [c.epoch, c.sequence])).toEqual([
      [1, 1],
      [0, 4],
    ]);
    await runner.poll({ done: [order.orderId] });
  });
  it('I-CKPT-5: a rehearsal far behind is compared with what its original no longer keeps', async () => {
    const runner = await register('rehearser');
    const parent = await hosted(runner);
    const { agentId } = await on().ok(
      on().post(`/agents/${parent.agentId}/spawn`, { name: 'ahead', command: 'node', args: ['f.js'] }, parent.token),
    );
    const [first] = await runner.poll({});
    await runner.report({ kind: 'started', agentId, epoch: 1, pid: 97, startTime: '5', containment: 'process-group' });
    const save = async (id: string, sequence: number, token: string) =>
      (await on().ok(on().post(`/agents/${id}/checkpoints`, { sequence, state: { at: sequence }, trigger: 'tools' }, token)))
        .checkpointId as string;
    const from = await save(agentId, 1, first.token);
    const { agentId: twin } = await on().ok(on().post(`/checkpoints/${from}/rehearse`, {}));
    const [order] = await runner.poll({ done: [first.orderId] });
    for (let sequence = 2; sequence <= 14; sequence++) await save(agentId, sequence, first.token);
    for (const sequence of [1, 2]) await save(twin, sequence + 1, order.token);
    const { states, onlyRehearsed } = await on().ok(on().get(`/agents/${twin}/rehearsal`));
    expect(states.map((s: Json) => [s.original.sequence, s.original.isKept, s.equal?.sequence ?? null])).toEqual([
      [2, false, 2],
      [3, false, 3],
      [4, false, null],
      ...[5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((n) => [n, true, null]),
    ]);
    expect(onlyRehearsed).toEqual([]);
    await runner.poll({ done: [order.orderId] });
  });
  it('a spawn is launched by the runner of the parent, which is woken for it; its child nests and ends by its exit', async () => {
    const runner = await register('spawner');
    const parent = await hosted(runner);
    const waiting = runner.poll({ waitMs: 30_000 });
    const spawned = await on().post(`/agents/${parent.agentId}/spawn`, { name: 'child', command: 'node', args: ['x.js'] }, parent.token);
    expect(spawned.status).toBe(201);
    const [order] = await waiting;
    expect(order).toMatchObject({
      kind: 'launch',
      agentId: spawned.body.agentId,
      parentId: parent.agentId,
      command: 'node',
      args: ['x.js'],
      token: expect.stringMatching(/^rv_/),
    });
    expect((await on().get('/me', order.token)).body).toMatchObject({ kind: 'agent', agentId: order.agentId });
    const { agentId, epoch } = order;
    await runner.report({ kind: 'started', agentId, epoch, pid: 99, startTime: '5', containment: 'process-group' });
    expect(await runner.poll({ done: [order.orderId] })).toEqual([]);
    expect(await on().ok(on().get(`/agents/${agentId}`))).toMatchObject({
      pid: 99,
      pidStartTime: '5',
      containment: 'process-group',
      runnerId: runner.id,
    });
    const evidence = { containment: 'process-group', exitCode: 0, signal: null, survivors: 0 };
    expect(await runner.report({ kind: 'exited', agentId, epoch, evidence })).toEqual({ accepted: 1 });
    expect((await on().ok(on().get(`/agents/${agentId}`))).state).toBe('completed');
  });
  it('I-STOP-9: a stop is an order; the receipt has what the runner saw', async () => {
    const runner = await register('stopper');
    const parent = await hosted(runner);
    await on().ok(on().post(`/agents/${parent.agentId}/spawn`, { name: 'child', command: 'sleep' }, parent.token));
    const [{ agentId, epoch, orderId }] = (await runner.poll()) as [Json];
    await runner.report({ kind: 'started', agentId, epoch, pid: 99, startTime: '5', containment: 'process-group' });
    await runner.poll({ done: [orderId] });
    const { stopId } = await on().ok(on().post(`/agents/${agentId}/stop`, { graceMs: 10_000 }));
    const [stop] = (await runner.poll()) as [Json];
    expect(stop).toMatchObject({ kind: 'stop', stopId, agentId, mode: 'graceful' });
    expect(stop.killAtMs - stop.termAtMs).toBe(10_000);
    const evidence = { containment: 'process-group', exitCode: null, signal: 'SIGTERM', survivors: 0 };
    await runner.report({ kind: 'exited', agentId, epoch, evidence });
    expect((await on().ok(on().get(`/stops/${stopId}`))).receipt).toMatchObject([
      { outcome: 'stopped', evidence: { how: 'process-ended', process: evidence, detail: expect.stringContaining('SIGTERM') } },
    ]);
  });
  it('only the runner itself polls and reports; agents may not, and no runner for another', async () => {
    const [mine, other] = [await register('mine'), await register('other')];
    expect((await on().post(`/runners/${other.id}/poll`, { waitMs: 0 }, mine.token)).status).toBe(404);
    expect((await on().post(`/runners/${other.id}/reports`, { reports: [] }, mine.token)).status).toBe(404);
    expect((await on().post(`/runners/${mine.id}/poll`, { waitMs: 0 }, (await on().agent()).token)).status).toBe(403);
    expect((await on().post(`/runners/${mine.id}/poll`, { waitMs: 0 })).status).toBe(403);
    const again = await on().ok(on().post('/runners', { name: 'mine', ...host, runnerId: mine.id }));
    expect(again.runnerId).toBe(mine.id);
    expect((await on().post(`/runners/${mine.id}/poll`, { waitMs: 0 }, mine.token)).status).toBe(401);
  });

  it('one that an agent started sees no more than that agent, and decides nothing', async () => {
    const [agent, stranger] = [await on().agent(), await on().agent()];
    const below = await on().agent({}, agent.token);
    const runner = await register('nested', agent.token);
    const { items } = await on().ok(on().get('/agents', runner.token));
    expect(items.map((a: Json) => a.id)).toEqual([agent.agentId, below.agentId]);
    expect((await on().get(`/agents?root=${stranger.agentId}`, runner.token)).status).toBe(404);
    expect((await on().get(`/agents/${stranger.agentId}`, runner.token)).status).toBe(404);
    await on().ok(
      on().post('/costs', { events: [{ eventId: 'x', agentId: stranger.agentId, model: 'm', inputTokens: 1, outputTokens: 1 }] }),
    );
    expect((await on().ok(on().get('/costs', runner.token))).items).toEqual([]);
    expect((await on().post('/agents', { name: 'x' }, runner.token)).status).toBe(403);
    expect((await on().post('/tasks/claim', { agentId: stranger.agentId }, runner.token)).status).toBe(403);
  });

  it('a change: proposed with evidence from the runner, approved by its hash, merged, rolled back', async () => {
    const agent = await on().agent({ name: 'toolsmith' });
    const repository = { name: 'tools', path: '/srv/tools', gates: { test: 'npm test' } };
    const registered = await on().post('/repositories', repository);
    expect([registered.status, registered.body]).toMatchObject([201, { ...repository, branch: 'main', id: expect.any(String) }]);
    expect((await on().ok(on().get('/repositories', agent.token))).items).toHaveLength(1);
    const proposal = {
      repositoryId: registered.body.id,
      agentId: agent.agentId,
      title: 'Fix the sum',
      reason: 'It subtracts',
      testPatch: newFile('test/sum.test.ts', 'expect(sum(1, 2)).toBe(3)'),
      fixPatch: newFile('src/sum.ts', 'export const sum = (a, b) => a + b'),
      requestId: 'propose-once',
    };
    expect((await on().post('/changes', proposal, agent.token)).body.error.code).toBe('unavailable');
    const runner = await register('local');
    const proposed = await on().post('/changes', proposal, agent.token);
    expect([proposed.status, proposed.body]).toMatchObject([201, { state: 'proposed', agentId: agent.agentId, gates: [], approvals: [] }]);
    const { id } = proposed.body;
    expect((await on().ok(on().post('/changes', proposal, agent.token))).id).toBe(id);
    expect((await on().get(`/changes/${id}`, (await on().agent()).token)).status).toBe(404);

    const [verify] = (await runner.poll()) as [Json];
    expect(verify).toMatchObject({ kind: 'verify-change', changeId: id, testPatch: proposal.testPatch, fixPatch: proposal.fixPatch });
    await verified(runner, verify);
    const dossier = await on().ok(on().get(`/changes/${id}`));
    expect(dossier).toMatchObject({
      state: 'awaiting-approval',
      baseSha: 'b1',
      candidateSha: 'c1',
      diffHash: 'h1',
      diff: 'diff',
      blastRadius: { level: 'low' },
    });
    expect(dossier.gates).toHaveLength(5);

    const stale = await on().post(`/changes/${id}/approve`, { diffHash: 'another' });
    expect([stale.status, stale.body.error.code]).toEqual([409, 'approval_stale']);
    expect((await on().post(`/changes/${id}/approve`, { diffHash: 'h1' }, runner.token)).status).toBe(403);
    const self = await on().post(`/changes/${id}/approve`, { diffHash: 'h1' }, agent.token);
    expect([self.status, self.body.error.code]).toEqual([403, 'self_approval']);
    expect(await on().ok(on().post(`/changes/${id}/approve`, { diffHash: 'h1', comment: 'good' }))).toMatchObject({
      state: 'merging',
      approvals: [{ decision: 'approved', diffHash: 'h1', comment: 'good' }],
    });
    const [merge] = (await runner.poll()) as [Json];
    expect(merge).toMatchObject({ kind: 'merge-change', changeId: id, candidateSha: 'c1', diffHash: 'h1' });
    await runner.report({ kind: 'change-merged', changeId: id, mergedSha: 'm1' });
    expect(await on().ok(on().get(`/changes/${id}`))).toMatchObject({ state: 'merged', mergedSha: 'm1' });
    expect((await on().post(`/changes/${id}/reject`, { diffHash: 'h1' })).body.error.code).toBe('illegal_transition');

    const rollback = await on().post(`/changes/${id}/rollback`, { diffHash: 'h1', comment: 'broke it' });
    expect([rollback.status, rollback.body]).toMatchObject([202, { state: 'merged', rollbackAsked: true }]);
    await runner.report({ kind: 'change-rolled-back', changeId: id, revertSha: 'r1' });
    expect(await on().ok(on().get(`/changes/${id}`))).toMatchObject({ state: 'rolled-back', revertSha: 'r1' });
    expect((await on().ok(on().get('/changes?state=rolled-back'))).items.map((c: Json) => c.id)).toEqual([id]);
  });
  it('a merge that is not healthy and cannot be rolled back needs a person, until the next one is healthy', async () => {
    const runner = await register('local');
    const allDone = async () => void (await runner.poll({ done: (await runner.poll()).map((o) => o.orderId) }));
    await allDone();
    const agent = await on().agent({ name: 'toolsmith' });
    const activation = { healthCheck: 'npm run smoke', quiesce: 'none' };
    const { id: repositoryId } = await on().ok(
      on().post('/repositories', { name: 'in use', path: '/srv/in-use', gates: { test: 'npm test' }, rules: { activation } }),
    );
    const asPerson = { token: null, headers: { cookie: await on().signIn(), origin: on().url } };
    const frozen = async () =>
      (await on().ok(on().get('/overview'))).needsMe.frozen.map((f: Json) => [f.changeId, f.title, f.repositoryName]);
    const merged = async (title: string, healthy: boolean, approve: 'approve' | 'override') => {
      const patches = { testPatch: newFile('test/sum.test.ts', `expect(${title})`), fixPatch: newFile('src/sum.ts', title) };
      const proposal = { repositoryId, agentId: agent.agentId, title, reason: 'r', ...patches };
      const { id } = await on().ok(on().post('/changes', proposal, agent.token));
      await verified(runner, (await runner.poll())[0]);
      await on().ok(on().call('POST', `/changes/${id}/${approve}`, { diffHash: 'h1', comment: 'as it must be' }, asPerson));
      const [order] = await runner.poll({ waitMs: 30_000 });
      expect(order).toMatchObject({ kind: 'merge-change', changeId: id });
      await runner.report({ kind: 'change-merged', changeId: id, mergedSha: `m-${title}` });
      await runner.poll({ done: [order.orderId] });
      await runner.report({ kind: 'change-activated', changeId: id, gate: gateOf('health', 'candidate', healthy) });
      return id as string;
    };
    const broken = await merged('broken', false, 'approve');
    expect(await frozen()).toEqual([]);
    await runner.report({ kind: 'change-rollback-failed', changeId: broken, error: 'it conflicts' });
    expect((await on().ok(on().get(`/changes/${broken}`))).activation).toMatchObject({ state: 'rollback-failed' });
    expect(await frozen()).toEqual([[broken, 'broken', 'in use']]);
    await allDone();
    await merged('mended', true, 'override');
    expect(await frozen()).toEqual([]);
  });
}

const newFile = (path: string, line: string): string =>
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${line}\n`;
