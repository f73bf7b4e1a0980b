import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, commandOf, system, TestFleet } from '../../../testing/test-fleet.ts';
import { type AgentState, isRestorable } from '../../kernel/transitions.ts';
import type { Actor } from '../commands.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const save = async (id: string, sequence = 1, more: object = {}) =>
  (await fleet.do('checkpoints.save', { id, sequence, state: { n: sequence }, trigger: 'tools', ...more })).checkpointId;
const restore = (id: string, actor?: Actor) => fleet.do('checkpoints.restore', { id, mode: 'restore' }, actor);
const fork = (id: string, more: object = {}, actor?: Actor) => fleet.do('checkpoints.restore', { id, mode: 'fork', ...more }, actor);

describe('the preview of a restore', () => {
  it('says what is lost and what is in doubt, and changes nothing', async () => {
    const a = await fleet.agent('a');
    const early = await save(a, 1, { eventSequence: 1 });
    fleet.clock.pass(1_000);
    const late = await save(a, 2);
    await fleet.do('agents.events', {
      id: a,
      events: [1, 2, 3].map((sequence) => ({ eventId: `e${sequence}`, type: 'worked', sequence, data: null })),
    });
    await fleet.spend(callOf(a, 'c1', { atMs: fleet.clock.nowMs() }));
    await fleet.do('effects.begin', { id: a, key: 'mail', description: 'to Ann', attemptId: 'x' });
    const { taskId } = await fleet.do('tasks.add', { title: 'dig' });
    await fleet.do('tasks.claim', { agentId: a });
    await fleet.held(a, 'deploy');
    const before = JSON.stringify(fleet.state, (_, v) => (v instanceof Map ? [...v] : typeof v === 'bigint' ? String(v) : v));
    expect(await fleet.do('checkpoints.preview', { id: early })).toMatchObject({
      agentId: a,
      agentState: 'running',
      epoch: 2,
      refusal: null,
      lost: {
        usd: '0.010000000',
        events: 2,
        eventsTruncated: false,
        isLatest: false,
        claims: [{ taskId, title: 'dig' }],
        locks: [{ name: 'deploy', held: true }],
      },
      inDoubt: [{ key: 'mail', description: 'to Ann' }],
      relaunch: 'no-runner',
    });
    expect((await fleet.do('checkpoints.preview', { id: late })).lost).toMatchObject({ isLatest: true, events: 3 });
    expect(JSON.stringify(fleet.state, (_, v) => (v instanceof Map ? [...v] : typeof v === 'bigint' ? String(v) : v))).toBe(before);
  });
  it('I-STOP-8: says why the restore would be refused, by the same decision', async () => {
    const a = await fleet.agent('a');
    const id = await save(a);
    await fleet.do('agents.stop', { id: a, reason: 'enough' });
    expect((await fleet.do('checkpoints.preview', { id })).refusal).toContain('enough');
    expect(await fleet.refused('checkpoints.restore', { id })).toMatchObject({ code: 'fenced' });
  });
});

describe('a restore', () => {
  it('hands out the state, a new epoch and its token; the agent starts again in its place', async () => {
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const id = await save(coder, 3, { messages: ['m'], context: { cwd: '/x' } });
    const told = await restore(id);
    expect(told).toMatchObject({
      agentId: coder,
      epoch: 2,
      sessionId: lead,
      checkpointId: id,
      sequence: 3,
      state: { n: 3 },
      messages: ['m'],
      context: { cwd: '/x' },
      inDoubt: [],
      eventsAfter: [],
      eventsAfterTruncated: false,
    });
    expect(fleet.state.tokens.get(fleet.secrets.hashOf(told.token))).toMatchObject({ subjectId: coder, epoch: 2, kind: 'agent' });
    expect(fleet.agentOf(coder)).toMatchObject({ state: 'starting', epoch: 2, parentId: lead, path: [lead, coder], endedAtMs: null });
    expect((await fleet.beat(coder, { epoch: 2 })).directive).toBe('run');
    expect(fleet.agentOf(coder).state).toBe('running');
    await save(coder, 1, { epoch: 2 });
    expect(fleet.events('agent.restored', coder)[0]?.data).toEqual({
      checkpointId: id,
      sequence: 3,
      from: 'running',
      epoch: 2,
      claimsReleased: 0,
      inDoubt: 0,
    });
  });

  it('whose reply was lost and is asked again begins no epoch more; a late copy of it gets no token of a later epoch', async () => {
    const id = await fleet.agent('a');
    const checkpoint = await save(id);
    const ask = () => fleet.do('checkpoints.restore', { id: checkpoint, requestId: 'r' });
    const first = await ask();
    const again = await ask();
    expect(again).toMatchObject({ agentId: id, epoch: 2, state: { n: 1 }, launched: false });
    for (const { token } of [first, again])
      expect(fleet.state.tokens.get(fleet.secrets.hashOf(token))).toMatchObject({ subjectId: id, epoch: 2 });
    expect(fleet.events('agent.restored', id)).toHaveLength(1);
    await fleet.do('checkpoints.restore', { id: checkpoint, requestId: 'another' });
    expect(await fleet.refused('checkpoints.restore', { id: checkpoint, requestId: 'r' })).toMatchObject({
      code: 'version_conflict',
      expected: 2,
      actual: 3,
    });
    expect(fleet.agentOf(id).epoch).toBe(3);
  });

  it('I-CKPT-7, I-CKPT-2: fences the old epoch: its token, its claims, its heartbeats, its late checkpoint', async () => {
    const { agentId: id, token } = await fleet.do('agents.register', { name: 'a' });
    await fleet.beat(id);
    const zombie = fleet.as(id);
    const checkpoint = await save(id, 5);
    const { taskId } = await fleet.do('tasks.add', { title: 't' });
    await fleet.do('tasks.claim', { agentId: id });
    const claim = fleet.tokenOf(taskId);
    expect(fleet.state.tokens.has(fleet.secrets.hashOf(token))).toBe(true);

    await restore(checkpoint);
    expect(fleet.state.tokens.has(fleet.secrets.hashOf(token))).toBe(false);
    expect(fleet.taskOf(taskId)).toMatchObject({ state: 'ready', agentId: null });
    const conflict = { code: 'version_conflict', expected: 1, actual: 2 };
    expect(await fleet.refused('agents.heartbeat', { id, epoch: 1 })).toMatchObject(conflict);
    expect(await fleet.refused('agents.finish', { id, epoch: 1, outcome: 'completed' })).toMatchObject(conflict);
    expect(await fleet.refused('effects.begin', { id, epoch: 1, key: 'k', attemptId: 'x' })).toMatchObject(conflict);
    // what got past the token check before the restore
    expect(await fleet.refused('agents.heartbeat', { id }, zombie)).toMatchObject(conflict);
    expect(await fleet.refused('tasks.claim', { agentId: id }, zombie)).toMatchObject(conflict);
    expect(await fleet.refused('agents.register', { name: 'child' }, zombie)).toMatchObject(conflict);
    expect(await fleet.refused('tasks.complete', { id: taskId, token: claim }, zombie)).toMatchObject(conflict);
    expect(await fleet.refused('tasks.complete', { id: taskId, token: claim })).toMatchObject({ code: 'stale_token' });
    // newer by its number, older by its epoch
    for (const actor of [zombie, undefined])
      expect(
        await fleet.refused('checkpoints.save', { id, epoch: actor ? undefined : 1, sequence: 9, state: 'old', trigger: 't' }, actor),
      ).toMatchObject(conflict);
    expect(fleet.events('checkpoint.discarded', id).map((e) => [e.data.epoch, e.data.sequence, e.data.currentEpoch])).toEqual([
      [1, 9, 2],
      [1, 9, 2],
    ]);
    expect([...fleet.state.checkpoints.values()].map((r) => r.checkpoint.sequence)).toEqual([5]);
  });

  it('I-CKPT-7: of commands of the old epoch in one batch with the restore none gets through behind it', async () => {
    const id = await fleet.agent('a');
    const checkpoint = await save(id);
    await fleet.do('tasks.add', { title: 't' });
    const zombie = fleet.as(id);
    const [restored, claimed, told] = await fleet.batch([
      commandOf('checkpoints.restore', { id: checkpoint, mode: 'restore' }, system),
      commandOf('tasks.claim', { agentId: id }, zombie),
      commandOf('agents.log', { id, lines: [{ stream: 'stdout', at: 1, text: 'last words' }] }, zombie),
    ]);
    expect([restored?.ok, claimed, told?.ok]).toEqual([
      true,
      { ok: false, error: expect.objectContaining({ code: 'version_conflict' }) },
      true,
    ]);
  });

  it('I-CKPT-7, I-SYNC-5: what the old epoch held is free, for who waits and for the new epoch', async () => {
    const [id, other] = [await fleet.agent('a'), await fleet.agent('other')];
    const checkpoint = await save(id);
    const acquire = (agentId: string) => fleet.do('locks.acquire', { name: 'l', agentId, permits: 1, leaseMs: 60_000, waitMs: 0 });
    await acquire(id);
    expect(await fleet.refused('locks.acquire', { name: 'l', agentId: other, permits: 1, leaseMs: 60_000, waitMs: 0 })).toBeDefined();
    await restore(checkpoint);
    expect(await acquire(other)).toBeDefined();
  });

  it('I-CKPT-7: the old process is asked to end, and its end is not the end of the new epoch', async () => {
    const runnerId = await fleet.runner();
    const id = await fleet.launched('a', runnerId);
    await restore(await save(id));
    const [order, ...more] = await fleet.stopOrders(runnerId);
    expect([order, more.length]).toMatchObject([{ agentId: id, epoch: 1, mode: 'force' }, 0]);
    await fleet.exited(runnerId, id, { exitCode: 1 });
    expect(fleet.agentOf(id)).toMatchObject({ state: 'starting', epoch: 2, process: 'none', runnerId: null });
  });
  it('I-CKPT-7: a launch that has not begun is off', async () => {
    const runnerId = await fleet.runner();
    const { agentId } = await fleet.do('agents.launch', { name: 'a', command: 'x', args: [], runnerId });
    await restore(await save(agentId));
    expect((await fleet.poll(runnerId)).orders.map((o) => o.kind)).toEqual(['stop']);
  });

  it('begins from every state that no stop has touched, and the final ones stay final for the epoch that was', async () => {
    const reach: Partial<Record<AgentState, (id: string) => Promise<unknown>>> = {
      running: async () => undefined,
      paused: (id) => fleet.do('agents.pause', { id }),
      lost: async (id) => {
        fleet.clock.pass(60_000);
        await fleet.expire(id);
      },
      completed: (id) => fleet.do('agents.finish', { id, outcome: 'completed', result: 1 }),
      failed: (id) => fleet.do('agents.finish', { id, outcome: 'failed', error: 'x' }),
      stopped: (id) => fleet.do('agents.finish', { id, outcome: 'stopped' }),
    };
    for (const [state, go] of Object.entries(reach)) {
      const id = await fleet.agent(state);
      const checkpoint = await save(id);
      await go(id);
      expect([fleet.agentOf(id).state, isRestorable(state as AgentState)]).toEqual([state, true]);
      await restore(checkpoint);
      expect(fleet.agentOf(id)).toMatchObject({ state: 'starting', epoch: 2, result: null, error: null, endedAtMs: null, pausedBy: null });
    }
    const { agentId } = await fleet.do('agents.register', { name: 'starting' });
    await restore(await save(agentId));
    expect(fleet.agentOf(agentId)).toMatchObject({ state: 'starting', epoch: 2 });
    expect((['stopping', 'unconfirmed', 'killed'] as const).map(isRestorable)).toEqual([false, false, false]);
  });
  it('I-STOP-8: under a fence nothing is restored, at no point of the stop and never after', async () => {
    const { lead, coder, early } = await fleet.tree<'lead' | 'coder' | 'early'>({ lead: { coder: {}, early: {} } });
    const [ofLead, ofCoder, ofEarly] = [await save(lead), await save(coder), await save(early)];
    await fleet.do('agents.finish', { id: early, outcome: 'completed' });
    await fleet.do('agents.stop', { id: lead });
    const refused = (id: string) => fleet.refused('checkpoints.restore', { id, mode: 'restore' });
    for (const id of [ofLead, ofCoder, ofEarly]) expect(await refused(id)).toMatchObject({ code: 'fenced' });
    for (const id of [coder, lead]) await fleet.do('agents.finish', { id, outcome: 'stopped' });
    expect(fleet.agentOf(lead).state).toBe('stopped');
    for (const id of [ofLead, ofCoder, ofEarly]) expect(await refused(id)).toMatchObject({ code: 'fenced' });
    expect(fleet.agentOf(lead).epoch).toBe(1);
  });
  it('I-STOP-8: in a project that was stopped as a whole not even what had ended before begins again', async () => {
    const [done] = [await fleet.agent('done'), await fleet.agent('other')];
    const id = await save(done);
    await fleet.do('agents.finish', { id: done, outcome: 'completed' });
    await fleet.do('project.stop', {});
    for (const mode of ['restore', 'fork'] as const)
      expect(await fleet.refused('checkpoints.restore', { id, mode })).toMatchObject({ code: 'fenced' });
    await fleet.do('project.reopen', {});
    expect((await restore(id)).epoch).toBe(2);
  });
  it('I-ORPH-1: is refused below a parent that has ended, where nothing may register either', async () => {
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const id = await save(coder);
    await fleet.do('agents.finish', { id: lead, outcome: 'completed' });
    expect(await fleet.refused('checkpoints.restore', { id, mode: 'restore' })).toMatchObject({
      code: 'illegal_transition',
      kind: 'parent',
    });
  });
  it('I-ORPH-5: its children stay, and the policy for orphans applies anew to the new epoch', async () => {
    const lead = await fleet.agent('lead');
    const coder = await fleet.agent('coder', lead, { onParentExit: { failed: 'reparent' } });
    await fleet.agent('filler');
    const id = await save(lead);
    fleet.store.state(fleet.projectId).agents.set(coder, { ...fleet.agentOf(coder), orphanHandled: true });
    await restore(id);
    expect(fleet.agentOf(coder)).toMatchObject({ state: 'running', parentId: lead, orphanHandled: false });
  });
  it('a new epoch that never reports is lost as any other', async () => {
    const id = await fleet.agent('a');
    await restore(await save(id));
    fleet.clock.pass(29_999);
    expect((await fleet.expire(id)).lost).toBe(0);
    fleet.clock.pass(1);
    expect((await fleet.expire(id)).lost).toBe(1);
  });
  it('I-CKPT-1: of a checkpoint whose stored text has changed is refused, and changes nothing', async () => {
    const id = await fleet.agent('a');
    const checkpoint = await save(id);
    const row = fleet.state.checkpoints.get(checkpoint);
    if (row) fleet.store.state(fleet.projectId).checkpoints.set(checkpoint, { ...row, bodyText: row.bodyText.replace('1', '2') });
    for (const mode of ['restore', 'fork'] as const)
      expect(await fleet.refused('checkpoints.restore', { id: checkpoint, mode })).toMatchObject({ code: 'corrupt' });
    expect([fleet.agentOf(id).epoch, fleet.state.agents.size]).toEqual([1, 1]);
  });
  it('an agent may restore itself and what is below it', async () => {
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    expect((await restore(await save(coder), fleet.as(lead))).epoch).toBe(2);
    expect((await restore(await save(lead), fleet.as(lead))).epoch).toBe(2);
  });
});

describe('a fork', () => {
  it('is a new agent beside its source, which goes on', async () => {
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const id = await save(coder, 2);
    const told = await fork(id);
    expect(told).toMatchObject({ epoch: 1, sequence: 2, state: { n: 2 }, sessionId: lead });
    expect(fleet.agentOf(told.agentId)).toMatchObject({
      name: 'coder (fork)',
      parentId: lead,
      state: 'starting',
      metadata: { forkedFrom: id },
    });
    expect(fleet.agentOf(coder)).toMatchObject({ state: 'running', epoch: 1 });
    await save(coder, 3);
    await fleet.do('checkpoints.save', { id: told.agentId, sequence: 1, state: 1, trigger: 'tools' });
    expect(fleet.events('agent.forked', told.agentId)[0]?.data).toEqual({ checkpointId: id, fromAgentId: coder });
  });
  it('goes where it is told to, or to the top; told again with the same request it is the same one', async () => {
    const { lead, coder, other } = await fleet.tree<'lead' | 'coder' | 'other'>({ lead: { coder: {} }, other: {} });
    const id = await save(coder);
    const first = await fork(id, { parentId: other, name: 'twin', requestId: 'r' });
    const again = await fork(id, { parentId: other, name: 'twin', requestId: 'r' });
    expect([first.agentId === again.agentId, fleet.agentOf(first.agentId).path]).toEqual([true, [other, first.agentId]]);
    // the fork may speak with the first by now, and this be a late copy of the request
    for (const { token } of [first, again]) expect(fleet.state.tokens.has(fleet.secrets.hashOf(token))).toBe(true);
    const root = await fork(id, { parentId: null });
    expect(fleet.agentOf(root.agentId).path).toEqual([root.agentId]);
    const own = await fork(id, {}, fleet.as(coder));
    expect(fleet.agentOf(own.agentId).parentId).toBe(coder);
    const below = await fork(id, {}, fleet.as(lead));
    expect(fleet.agentOf(below.agentId).parentId).toBe(lead);
  });
  it('I-STOP-8: of an agent that was stopped lives outside of the fence alone', async () => {
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const [ofLead, ofCoder] = [await save(lead), await save(coder)];
    await fleet.do('agents.stop', { id: lead });
    expect(await fleet.refused('checkpoints.restore', { id: ofCoder, mode: 'fork' })).toMatchObject({ code: 'fenced' });
    expect(fleet.agentOf((await fork(ofLead)).agentId)).toMatchObject({ parentId: null, state: 'starting', stopId: null });
    expect(fleet.agentOf((await fork(ofCoder, { parentId: null })).agentId).stopId).toBeNull();
  });
  it('I-CKPT-5: what its source did is done, and what it may have done is in doubt', async () => {
    const id = await fleet.agent('a');
    for (const key of ['done', 'doubt']) await fleet.do('effects.begin', { id, key, attemptId: key });
    await fleet.do('effects.acknowledge', { id, key: 'done', result: 7 });
    const { agentId, inDoubt } = await fork(await save(id));
    expect(inDoubt.map((e) => e.key)).toEqual(['doubt']);
    const begin = async (of: string, key: string) => fleet.do('effects.begin', { id: of, key, attemptId: key });
    expect(await begin(agentId, 'done')).toMatchObject({ status: 'acknowledged', result: 7 });
    expect((await begin(agentId, 'doubt')).status).toBe('in-doubt');
    expect((await begin(id, 'doubt')).status).toBe('begun');
  });
});
