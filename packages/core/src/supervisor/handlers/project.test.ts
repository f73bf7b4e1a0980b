import { describe, expect, it } from 'vitest';
import { commandOf, operator, TestFleet } from '../../../testing/index.ts';

describe('limits at registration', () => {
  it('a batch as large as a storm is admitted up to the limit and refused beyond it, by name', async () => {
    const fleet = new TestFleet();
    await fleet.do('project.configure', { limits: { children: 7 } });
    const root = await fleet.agent('root');
    const storm = Array.from({ length: 50 }, (_, i) => commandOf('agents.register', { name: `c${i}`, parentId: root }, operator));
    const results = await fleet.batch(storm);
    expect(results.filter((r) => r.ok)).toHaveLength(7);
    expect(results[7]).toEqual({ ok: false, error: { code: 'limit_reached', limit: 'children', max: 7 } });
    expect(await fleet.refused('agents.register', { name: 'late', parentId: root })).toMatchObject({ limit: 'children' });
  });
  it('live agents make room when they end, spawns do not, and a rate recovers with time', async () => {
    const fleet = new TestFleet();
    const root = await fleet.agent('root', null, {
      limits: { 'session-live-agents': 3, 'session-spawns': 5, 'session-spawns-per-minute': 4 },
    });
    const [a] = [await fleet.agent('a', root), await fleet.agent('b', root)];
    expect(await fleet.refused('agents.register', { name: 'c', parentId: root })).toMatchObject({ limit: 'session-live-agents' });
    await fleet.do('agents.finish', { id: a, outcome: 'completed' });
    const c = await fleet.agent('c', root);
    await fleet.do('agents.finish', { id: c, outcome: 'completed' });
    expect(await fleet.refused('agents.register', { name: 'd', parentId: root })).toMatchObject({ limit: 'session-spawns-per-minute' });
    fleet.clock.pass(60_000);
    const d = await fleet.agent('d', root);
    await fleet.do('agents.finish', { id: d, outcome: 'completed' });
    expect(await fleet.refused('agents.register', { name: 'e', parentId: root })).toMatchObject({ limit: 'session-spawns' });
    // another session has its own counts
    await fleet.agent('other root');
  });
  it('the tightest holds for processes that a runner starts, and for every session of the project', async () => {
    const fleet = new TestFleet();
    const runner = await fleet.runner();
    const root = await fleet.launched('root', runner);
    await fleet.do('project.configure', { limits: { 'project-live-agents': 2, depth: 2 } });
    const child = await fleet.launched('child', runner, root);
    const spawn = { name: 'x', command: 'sleep' };
    expect(await fleet.refused('agents.spawn', { id: root, ...spawn })).toMatchObject({ limit: 'project-live-agents' });
    expect(await fleet.refused('agents.launch', { ...spawn, args: [], runnerId: runner })).toMatchObject({ limit: 'project-live-agents' });
    await fleet.do('project.configure', { limits: { 'project-live-agents': 100 } });
    expect(await fleet.refused('agents.spawn', { id: child, ...spawn })).toMatchObject({ limit: 'depth', max: 2 });
  });
  it('a request that was answered before is answered again, however full it is by now', async () => {
    const fleet = new TestFleet();
    const first = await fleet.do('agents.register', { name: 'a', requestId: 'r' });
    await fleet.do('project.configure', { limits: { 'project-live-agents': 0 } });
    expect((await fleet.do('agents.register', { name: 'a', requestId: 'r' })).agentId).toBe(first.agentId);
  });
});

describe('the emergency stop', () => {
  it('I-STOP-1, I-STOP-4, I-STOP-9: everything stands under one fence at once, ends leaves first, with one receipt', async () => {
    const fleet = new TestFleet();
    const runner = await fleet.runner();
    const held = await fleet.launched('held', runner);
    const ids = await fleet.tree({ one: { leaf: {} }, two: {} });
    const { taskId } = await fleet.do('tasks.add', { title: 't' });
    await fleet.do('tasks.claim', { agentId: ids.two as string });
    const { stopId, members } = await fleet.do('project.stop', { reason: 'fire' });
    expect(members).toBe(4);
    expect(fleet.taskOf(taskId).state).toBe('ready');
    for (const a of fleet.state.agents.values()) expect([a.name, a.state, a.stopId]).toEqual([a.name, 'stopping', stopId]);
    expect(await fleet.refused('agents.register', { name: 'child', parentId: ids.one })).toMatchObject({ code: 'fenced', stopId });
    expect(await fleet.refused('tasks.claim', { agentId: ids.two as string })).toMatchObject({ code: 'fenced' });
    expect((await fleet.beat(ids.one as string)).directive).toBe('pause');
    for (const id of [ids.leaf, ids.one, ids.two]) await fleet.do('agents.finish', { id: id as string, outcome: 'stopped' });
    await fleet.exited(runner, held, { killed: true });
    expect(fleet.receipt(stopId ?? '')).toEqual({ held: 'killed', one: 'stopped', leaf: 'stopped', two: 'stopped' });
    expect(fleet.state.stops.get(stopId ?? '')).toMatchObject({ state: 'done', agentId: null });
  });
  it('nothing new starts, not even a root, until a person reopens the project', async () => {
    const fleet = new TestFleet();
    const { stopId } = await fleet.do('project.stop', { reason: 'fire' });
    expect(fleet.state.stops.get(stopId ?? '')?.state).toBe('done');
    expect(await fleet.refused('agents.register', { name: 'root' })).toEqual({ code: 'fenced', stopId, reason: 'fire' });
    const runner = await fleet.runner();
    const launch = { name: 'x', command: 'sleep', args: [], runnerId: runner };
    expect(await fleet.refused('agents.launch', launch)).toMatchObject({ code: 'fenced' });
    await fleet.do('project.reopen', { reason: 'all clear' });
    await fleet.agent('root');
    expect(await fleet.refused('project.reopen', {})).toMatchObject({ code: 'illegal_transition' });
    expect(fleet.events('project.reopened').map((e) => e.data)).toEqual([{ stopId, reason: 'all clear' }]);
  });
  it('I-STOP-2: asked again it takes in nothing twice and hurries what is still there', async () => {
    const fleet = new TestFleet();
    await fleet.tree({ one: { leaf: {} } });
    const first = await fleet.do('project.stop', { graceMs: 600_000, reason: 'slow' });
    const again = await fleet.do('project.stop', { mode: 'force', reason: 'now' });
    expect(again.stopId).toBe(first.stopId);
    const stop = fleet.state.stops.get(first.stopId ?? '');
    expect(stop).toMatchObject({ mode: 'force', deadlineMs: fleet.clock.nowMs() });
    expect([...fleet.state.stopMembers.values()].map((m) => m.deadlineMs <= fleet.clock.nowMs())).toEqual([true, true]);
    await fleet.pass(40_000, 1_000);
    expect(fleet.state.stops.get(first.stopId ?? '')?.state).toBe('done');
    expect(fleet.state.stops.size).toBe(1);
  });
  it('I-STOP-2: asked again after it is done it is the same stop, and what was left unconfirmed can be stopped again', async () => {
    const fleet = new TestFleet();
    const { one } = await fleet.tree<'one'>({ one: {} });
    const first = await fleet.do('project.stop', { graceMs: 1_000, reason: 'fire' });
    await fleet.do('agents.finish', { id: one, outcome: 'stopped' });
    expect(fleet.state.stops.get(first.stopId ?? '')?.state).toBe('done');
    const { seq } = fleet.state;
    expect(await fleet.do('project.stop', { mode: 'force', reason: 'fire' })).toMatchObject({ stopId: first.stopId, members: 1 });
    expect([fleet.state.seq, fleet.state.stops.size]).toEqual([seq, 1]);

    await fleet.do('project.reopen', { reason: '' });
    await fleet.agent('silent');
    const left = await fleet.do('project.stop', { mode: 'force', reason: 'fire' });
    await fleet.pass(60_000, 1_000);
    expect(fleet.receipt(left.stopId ?? '')).toEqual({ silent: 'unconfirmed' });
    const third = await fleet.do('project.stop', { mode: 'force', reason: 'once more' });
    expect([third.stopId === left.stopId, third.members]).toEqual([false, 1]);
  });
  it('I-STOP-8: what waits to start dies with it', async () => {
    const fleet = new TestFleet();
    const runner = await fleet.runner();
    await fleet.do('agents.launch', { name: 'x', command: 'sleep', args: [], runnerId: runner });
    await fleet.do('project.stop', { reason: 'fire' });
    const { orders } = await fleet.poll(runner);
    expect(orders.filter((o) => o.kind === 'launch')).toEqual([]);
  });
});

describe('the policy for orphans of a project', () => {
  it('I-ORPH-5: holds where the agent has none of its own', async () => {
    const fleet = new TestFleet();
    await fleet.do('project.configure', { onParentExit: { completed: 'reparent' } });
    const root = await fleet.agent('root');
    const parent = await fleet.agent('parent', root);
    const plain = await fleet.agent('plain', parent);
    const own = await fleet.agent('own', parent, { onParentExit: { completed: 'ignore' } });
    await fleet.do('agents.finish', { id: parent, outcome: 'completed' });
    await fleet.sweepOrphans(plain, own);
    expect([fleet.agentOf(plain).parentId, fleet.agentOf(own).parentId]).toEqual([root, parent]);
  });
});
