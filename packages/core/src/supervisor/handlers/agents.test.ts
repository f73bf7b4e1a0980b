import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, operator, system, TestFleet } from '../../../testing/index.ts';
import { defaultLeaseMs } from '../../agents/lease.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});

describe('register', () => {
  it('puts the agent into the tree with its whole path, a token of its own and a lease', async () => {
    const root = await fleet.do('agents.register', { name: 'root', role: 'lead', budgetUsd: '1.5', metadata: { a: 1 } });
    const child = await fleet.do('agents.register', { name: 'child', parentId: root.agentId });
    expect(fleet.agentOf(child.agentId)).toMatchObject({
      path: [root.agentId, child.agentId],
      parentId: root.agentId,
      sessionId: root.agentId,
      state: 'starting',
      epoch: 1,
    });
    expect(fleet.agentOf(root.agentId)).toMatchObject({
      budgetNanoUsd: 1_500_000_000n,
      role: 'lead',
      metadata: { a: 1 },
      sessionId: root.agentId,
    });
    expect(child.token).not.toBe(root.token);
    const tokens = [...fleet.state.tokens.values()].map((t) => [t.hash, t.kind, t.subjectId, t.epoch]);
    expect(tokens).toEqual([root, child].map((r) => [fleet.secrets.hashOf(r.token), 'agent', r.agentId, 1]));
    expect(JSON.stringify([...fleet.state.agents.values()], (_, v) => (typeof v === 'bigint' ? `${v}` : v))).not.toContain(root.token);
    expect(fleet.state.leases.get(child.agentId)?.expiresAtMs).toBe(fleet.clock.nowMs() + defaultLeaseMs);
  });
  it('an agent’s children are below it unless it says where in its subtree', async () => {
    const a = await fleet.tree<'root' | 'mid' | 'other'>({ root: { mid: {} }, other: {} });
    const { agentId } = await fleet.do('agents.register', { name: 'x' }, fleet.as(a.root));
    expect(fleet.agentOf(agentId).parentId).toBe(a.root);
    await fleet.do('agents.register', { name: 'y', parentId: a.mid }, fleet.as(a.root));
    for (const parentId of [a.other, a.root, 'nobody'])
      expect((await fleet.refused('agents.register', { name: 'z', parentId }, fleet.as(a.mid))).code).toBe('not_found');
  });
  it('an unknown parent changes nothing', async () => {
    expect(await fleet.refused('agents.register', { name: 'x', parentId: 'agt_x' })).toEqual({
      code: 'not_found',
      kind: 'agent',
      id: 'agt_x',
    });
    expect([fleet.state.agents.size, fleet.state.seq]).toEqual([0, 0]);
  });
  it('the same request is the same agent, with a token beside the one that may be lost, or may be in use', async () => {
    const first = await fleet.do('agents.register', { name: 'x', requestId: 'r' });
    const again = await fleet.do('agents.register', { name: 'x', requestId: 'r' });
    expect([again.agentId, fleet.state.agents.size]).toEqual([first.agentId, 1]);
    expect([...fleet.state.tokens.keys()]).toEqual([first.token, again.token].map((token) => fleet.secrets.hashOf(token)));
  });
  it('I-CKPT-7: a late copy of the request gets no token of a later epoch, and voids none', async () => {
    const { agentId } = await fleet.do('agents.register', { name: 'x', requestId: 'r' });
    const saved = await fleet.do(
      'checkpoints.save',
      { id: agentId, epoch: 1, sequence: 1, state: {}, trigger: 'tools' },
      fleet.as(agentId),
    );
    const { token } = await fleet.do('checkpoints.restore', { id: saved.checkpointId });
    expect(await fleet.refused('agents.register', { name: 'x', requestId: 'r' })).toEqual({
      code: 'version_conflict',
      kind: 'agent',
      id: agentId,
      expected: 1,
      actual: 2,
    });
    expect([...fleet.state.tokens.keys()]).toEqual([fleet.secrets.hashOf(token)]);
  });
  it('within one batch a parent can be followed by its children', async () => {
    const root = await fleet.agent('root');
    const results = await fleet.batch([1, 2, 3].map((n) => commandOf('agents.register', { name: `c${n}`, parentId: root }, operator)));
    expect(results.every((r) => r.ok)).toBe(true);
    expect(fleet.state.events.map((e) => e.seq)).toEqual(fleet.state.events.map((_, i) => i + 1));
  });
  it('depth has a limit, with its name', async () => {
    let id = await fleet.agent('root');
    for (let d = 1; d < 64; d++) id = (await fleet.do('agents.register', { name: `${d}`, parentId: id })).agentId;
    expect(await fleet.refused('agents.register', { name: 'deep', parentId: id })).toEqual({
      code: 'limit_reached',
      limit: 'depth',
      max: 64,
    });
  });
});

describe('launching', () => {
  it('a spawn is an order to the runner that holds the parent; the token is made when it is fetched', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { agentId } = await fleet.do('agents.spawn', { id: lead, name: 'child', command: 'node', args: ['x.js'], env: { A: '1' } });
    expect([...fleet.state.orders.values()].map((o) => o.kind === 'launch' && o.payload)).toMatchObject([{ token: '', agentId }]);
    const { orders } = await fleet.poll(runner);
    expect(orders).toMatchObject([{ kind: 'launch', agentId, parentId: lead, command: 'node', args: ['x.js'], env: { A: '1' } }]);
    const token = orders[0]?.kind === 'launch' ? orders[0].token : '';
    expect(fleet.state.tokens.get(fleet.secrets.hashOf(token))).toMatchObject({ subjectId: agentId });
    expect(fleet.agentOf(agentId)).toMatchObject({ process: 'launching', runnerId: runner });
  });
  it('a late poll does not take its token from an agent that has started', async () => {
    const runner = await fleet.runner();
    const { agentId } = await fleet.do('agents.launch', { name: 'x', command: 'sleep', args: [], runnerId: runner });
    const [order] = (await fleet.poll(runner)).orders;
    const token = order?.kind === 'launch' ? order.token : '';
    await fleet.beat(agentId);
    expect((await fleet.poll(runner)).orders).toEqual([]);
    expect(fleet.state.tokens.get(fleet.secrets.hashOf(token))?.subjectId).toBe(agentId);
  });
  it('nothing is launched for an agent that has ended before its runner came for it', async () => {
    const runner = await fleet.runner();
    const { agentId } = await fleet.do('agents.launch', { name: 'x', command: 'sleep', args: [], runnerId: runner });
    await fleet.do('agents.finish', { id: agentId, outcome: 'failed' });
    expect((await fleet.poll(runner)).orders).toEqual([]);
    expect(fleet.state.orders.size).toBe(0);
  });
  it('an order comes until it is done', async () => {
    const runner = await fleet.runner();
    await fleet.do('agents.launch', { name: 'x', command: 'sleep', args: [], runnerId: runner });
    const first = await fleet.poll(runner);
    const again = await fleet.poll(runner);
    expect(again.orders.map((o) => o.orderId)).toEqual(first.orders.map((o) => o.orderId));
    expect(
      (
        await fleet.poll(
          runner,
          again.orders.map((o) => o.orderId),
        )
      ).orders,
    ).toEqual([]);
  });
  it('asked twice by the same request, in one batch or at one moment, it is launched once', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const spawn = () => commandOf('agents.spawn', { id: lead, name: 'x', command: 'sleep', requestId: 'r' }, operator);
    await fleet.batch([spawn(), spawn()]);
    await fleet.batch([spawn()]);
    expect((await fleet.poll(runner)).orders).toHaveLength(1);
  });
  it('an agent that no runner started has none to start its children', async () => {
    const id = await fleet.agent('alone');
    expect((await fleet.refused('agents.spawn', { id, name: 'x', command: 'sleep' })).code).toBe('forbidden');
  });
  it('what could not be started failed, and says why', async () => {
    const runner = await fleet.runner();
    const { agentId } = await fleet.do('agents.launch', { name: 'x', command: 'nope', args: [], runnerId: runner });
    const report = { kind: 'launch-failed', agentId, epoch: 1, error: 'nope: not found' } as const;
    expect(await fleet.report(runner, report)).toEqual({ accepted: 1 });
    expect(fleet.agentOf(agentId)).toMatchObject({ state: 'failed', error: 'nope: not found', process: 'ended' });
    expect(await fleet.report(runner, report)).toEqual({ accepted: 0 });
  });
  it('reports for another runner’s agent, another epoch or an agent that is gone are dropped', async () => {
    const runner = await fleet.runner();
    const other = await fleet.runner('other');
    const id = await fleet.launched('x', runner);
    const started = { kind: 'started', agentId: id, epoch: 1, pid: 9, startTime: '9', containment: 'none' } as const;
    const reports = [started, { ...started, epoch: 2 }, { ...started, agentId: 'agt_x' }] as const;
    expect(await fleet.report(other, reports[0])).toEqual({ accepted: 0 });
    expect(await fleet.report(runner, ...reports)).toEqual({ accepted: 0 });
    expect(fleet.agentOf(id).pid).toBe(100);
  });
  it('a runner that an agent started is bounded by it, and so is every runner that registers through it', async () => {
    const id = await fleet.agent('x');
    const host = { host: 'here', pid: 1, startTime: '1', containment: 'none' } as const;
    const nested = await fleet.do('runners.register', { name: 'nested', ...host }, fleet.as(id));
    const actor = { kind: 'runner' as const, id: nested.runnerId, scope: [id] };
    const third = await fleet.do('runners.register', { name: 'local', ...host }, actor);
    expect([nested, third].map((r) => fleet.state.runners.get(r.runnerId)?.scope)).toEqual([[id], [id]]);
  });
  it('a process that registers again, because the answer was lost, is the same runner with a new token', async () => {
    const host = { name: 'local', host: 'here', pid: 7, startTime: '77', containment: 'none' } as const;
    const first = await fleet.do('runners.register', host);
    const again = await fleet.do('runners.register', host);
    expect(again.runnerId).toBe(first.runnerId);
    expect([...fleet.state.tokens.values()].filter((t) => t.subjectId === first.runnerId)).toHaveLength(1);
    const id = await fleet.agent('x');
    for (const [told, actor] of [
      [{ ...host, startTime: '78' }, operator],
      [{ ...host, name: 'other' }, operator],
      [host, fleet.as(id)],
    ] as const)
      expect((await fleet.do('runners.register', told, actor)).runnerId).not.toBe(first.runnerId);
  });
  it('only the runner itself polls and reports', async () => {
    const runner = await fleet.runner();
    expect((await fleet.refused('runners.poll', { id: runner, done: [] }, operator)).code).toBe('not_found');
    const stranger = { kind: 'runner', id: 'run_x', scope: null } as const;
    expect((await fleet.refused('runners.report', { id: runner, reports: [] }, stranger)).code).toBe('not_found');
  });
});

describe('heartbeats', () => {
  it('renew the lease, and keep what they tell', async () => {
    const id = await fleet.agent('x');
    const at = fleet.clock.pass(5_000);
    expect(await fleet.beat(id, { activity: ' reads ', progress: 0.5, metrics: { toolsExecuted: 3 } })).toEqual({
      directive: 'run',
      leaseMs: 15_000,
    });
    const told = { lastHeartbeatMs: at, expiresAtMs: at + 15_000, activity: 'reads', progress: 0.5, toolsExecuted: 3 };
    expect(fleet.state.leases.get(id)).toMatchObject(told);
    // a beat that says less forgets nothing, and a counter does not go back
    await fleet.beat(id, { metrics: { toolsExecuted: 1 } });
    expect(fleet.state.leases.get(id)).toMatchObject(told);
  });
  it('an activity is a fact once, a plain beat is none', async () => {
    const id = await fleet.agent('x');
    const seq = fleet.state.seq;
    await fleet.beat(id);
    expect(fleet.state.seq).toBe(seq);
    for (const activity of ['a', 'a', 'b']) await fleet.beat(id, { activity });
    expect(fleet.events('agent.activity').map((e) => e.data.activity)).toEqual(['a', 'b']);
  });
  it('carry the pause of an operator until it is resumed', async () => {
    const id = await fleet.agent('x');
    await fleet.do('agents.pause', { id, reason: 'wait' });
    expect((await fleet.beat(id, { state: 'running' })).directive).toBe('pause');
    await fleet.do('agents.resume', { id });
    expect((await fleet.beat(id)).directive).toBe('run');
  });
  it('a pause by the agent itself is no directive', async () => {
    const id = await fleet.agent('x');
    expect((await fleet.beat(id, { state: 'paused' })).directive).toBe('run');
    expect(fleet.agentOf(id).state).toBe('paused');
  });
  it('carry an interrupt once, also when it was asked for twice before the agent heard of it', async () => {
    const id = await fleet.agent('x');
    await fleet.do('agents.interrupt', { id, reason: 'enough' });
    await fleet.do('agents.interrupt', { id, reason: 'enough' });
    expect(fleet.events('agent.interrupted', id)).toHaveLength(1);
    expect((await fleet.beat(id)).interrupt).toEqual({ reason: 'enough' });
    expect((await fleet.beat(id)).interrupt).toBeUndefined();
    expect(fleet.agentOf(id).state).toBe('running');
  });
  it('of an old epoch, a stranger or an ended agent are refused and renew nothing', async () => {
    const a = await fleet.tree<'x' | 'y'>({ x: {}, y: {} });
    const lease = fleet.state.leases.get(a.x);
    fleet.clock.pass(1);
    expect((await fleet.refused('agents.heartbeat', { id: a.x, epoch: 2 })).code).toBe('version_conflict');
    expect((await fleet.refused('agents.heartbeat', { id: a.x }, fleet.as(a.y))).code).toBe('not_found');
    expect(fleet.state.leases.get(a.x)).toEqual(lease);
    await fleet.do('agents.finish', { id: a.y, outcome: 'completed' });
    expect((await fleet.refused('agents.heartbeat', { id: a.y })).code).toBe('illegal_transition');
  });
  it('an agent that ended itself is told to stop, should it still be there', async () => {
    const id = await fleet.agent('x');
    await fleet.do('agents.finish', { id, outcome: 'stopped' });
    expect((await fleet.beat(id)).directive).toBe('stop');
  });
});

describe('lost and recovered', () => {
  it('I-ORPH-1: only when the lease is over as read inside the transaction', async () => {
    const id = await fleet.agent('x');
    fleet.clock.pass(defaultLeaseMs - 1);
    expect(await fleet.expire(id)).toEqual({ lost: 0 });
    fleet.clock.pass(1);
    expect(await fleet.expire(id, 'agt_unknown')).toEqual({ lost: 1 });
    expect(fleet.agentOf(id).state).toBe('lost');
    expect(await fleet.expire(id)).toEqual({ lost: 0 });
  });
  it('I-ORPH-2: a heartbeat brings it back, and one that waited in the same batch as the suspicion refutes it, whichever came first', async () => {
    const id = await fleet.agent('x');
    fleet.clock.pass(defaultLeaseMs);
    const beat = commandOf('agents.heartbeat', { id }, operator);
    const expire = commandOf('agents.expire', { agentIds: [id], extendedByMs: 0 }, system);
    await fleet.batch([beat, expire]);
    expect(fleet.agentOf(id).state).toBe('running');
    fleet.clock.pass(defaultLeaseMs);
    await fleet.batch([expire, beat]);
    expect(fleet.agentOf(id).state).toBe('running');
    expect(fleet.events('agent.lost', id)).toEqual([]);
    fleet.clock.pass(defaultLeaseMs);
    await fleet.batch([expire]);
    await fleet.batch([beat]);
    expect(fleet.events('agent.running', id).map((e) => e.data.from)).toEqual(['starting', 'lost']);
  });
  it('I-ORPH-3: a supervisor that was late by d extends every lease by d', async () => {
    const id = await fleet.agent('x');
    fleet.clock.pass(defaultLeaseMs + 59_999);
    expect(await fleet.do('agents.expire', { agentIds: [id], extendedByMs: 60_000 }, system)).toEqual({ lost: 0 });
    fleet.clock.pass(1);
    expect(await fleet.do('agents.expire', { agentIds: [id], extendedByMs: 60_000 }, system)).toEqual({ lost: 1 });
  });
  it('a process that has yet to be started has twice the lease', async () => {
    const runner = await fleet.runner();
    const { agentId } = await fleet.do('agents.launch', { name: 'x', command: 'sleep', args: [], runnerId: runner });
    fleet.clock.pass(2 * defaultLeaseMs - 1);
    expect(await fleet.expire(agentId)).toEqual({ lost: 0 });
  });
  it('a lost agent keeps its claims until their own lease ends', async () => {
    const id = await fleet.agent('x');
    const { taskId } = await fleet.do('tasks.add', { title: 't' });
    await fleet.do('tasks.claim', { agentId: id });
    fleet.clock.pass(defaultLeaseMs);
    await fleet.expire(id);
    expect((await fleet.do('tasks.complete', { id: taskId, token: '1' }, fleet.as(id))).state).toBe('done');
  });
});

describe('finish', () => {
  it('ends the agent with its result; told twice is fine', async () => {
    const id = await fleet.agent('x');
    expect(await fleet.do('agents.finish', { id, outcome: 'completed', result: { n: 1 } }, fleet.as(id))).toEqual({ state: 'completed' });
    expect(await fleet.do('agents.finish', { id, outcome: 'completed' }, fleet.as(id))).toEqual({ state: 'completed' });
    expect(fleet.events('agent.ended')).toHaveLength(1);
    expect(fleet.agentOf(id).result).toEqual({ n: 1 });
  });
  it('a parent speaks for its child, a child not for its parent', async () => {
    const a = await fleet.tree<'up' | 'down'>({ up: { down: {} } });
    expect((await fleet.refused('agents.finish', { id: a.up, outcome: 'failed' }, fleet.as(a.down))).code).toBe('not_found');
    expect(await fleet.do('agents.finish', { id: a.down, outcome: 'failed', error: 'e' }, fleet.as(a.up))).toEqual({ state: 'failed' });
  });
});

describe('pause, resume and interrupt of a subtree', () => {
  it('reach every member that can, and tell how many', async () => {
    const a = await fleet.tree<'up' | 'mid' | 'low' | 'ended'>({ up: { mid: { low: {} }, ended: {} } });
    await fleet.do('agents.finish', { id: a.ended, outcome: 'completed' });
    expect(await fleet.do('agents.pause', { id: a.up, subtree: true, reason: 'r' })).toEqual({ agents: 3 });
    expect(await fleet.do('agents.pause', { id: a.up, subtree: true })).toEqual({ agents: 0 });
    expect(await fleet.do('agents.resume', { id: a.mid })).toEqual({ agents: 1 });
    expect([a.up, a.mid, a.low].map((id) => fleet.agentOf(id).state)).toEqual(['paused', 'running', 'paused']);
    expect(await fleet.do('agents.interrupt', { id: a.mid, subtree: true })).toEqual({ agents: 2 });
  });
});

describe('events and output', () => {
  it('each event of an agent is stored once, whatever is sent again', async () => {
    const id = await fleet.agent('x');
    const e = (eventId: string) => ({ eventId, type: 'tool.call', data: 1 });
    expect(await fleet.do('agents.events', { id, events: [e('1'), e('2'), e('2')] })).toEqual({ accepted: 2, duplicates: 1 });
    expect(await fleet.do('agents.events', { id, events: [e('2'), e('3')] })).toEqual({ accepted: 1, duplicates: 1 });
    expect(fleet.events('agent.reported').map((f) => f.data.count)).toEqual([2, 1]);
    const other = await fleet.agent('y');
    expect(await fleet.do('agents.events', { id: other, events: [e('1')] })).toEqual({ accepted: 1, duplicates: 0 });
  });
});
