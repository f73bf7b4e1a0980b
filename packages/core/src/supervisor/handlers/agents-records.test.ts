import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, gone, operator, TestFleet } from '../../../testing/index.ts';
import type { Agent } from '../../agents/agent.ts';
import type { Actor } from '../commands.ts';

/** The records that a registration makes, field by field, and what callers are told word for word. */
let fleet: TestFleet;
let nowMs: number;
beforeEach(() => {
  fleet = new TestFleet();
  nowMs = fleet.clock.nowMs();
});
const host = { name: 'local', host: 'h', pid: 1, startTime: '1', containment: 'none' } as const;
const plain = (id: string): Agent => ({
  id,
  projectId: fleet.projectId,
  parentId: null,
  path: [id],
  chargedTo: [],
  sessionId: id,
  name: 'x',
  kind: 'agent',
  role: null,
  model: null,
  state: 'starting',
  epoch: 1,
  version: 1,
  budgetNanoUsd: null,
  onParentExit: null,
  metadata: {},
  runnerId: null,
  containment: null,
  pid: null,
  pidStartTime: null,
  process: 'none',
  processEvidence: null,
  pausedBy: null,
  interruptReason: null,
  stopId: null,
  acknowledged: false,
  orphanHandled: false,
  orphanIgnoredUntilMs: null,
  limits: null,
  leaseMs: 15_000,
  createdAtMs: nowMs,
  endedAtMs: null,
  result: null,
  error: null,
  requestId: null,
});

describe('a registration', () => {
  it('with a name alone', async () => {
    const told = await fleet.do('agents.register', { name: 'x' });
    const id = told.agentId;
    expect(told).toEqual({ agentId: id, token: expect.any(String), epoch: 1, leaseMs: 15_000, sessionId: id });
    expect(fleet.agentOf(id)).toEqual(plain(id));
    expect(fleet.state.leases.get(id)).toMatchObject({
      id,
      projectId: fleet.projectId,
      lastHeartbeatMs: null,
      expiresAtMs: nowMs + 15_000,
      activity: null,
      progress: null,
      toolsExecuted: 0,
    });
    expect(fleet.state.tokens.get(fleet.secrets.hashOf(told.token))).toEqual({
      hash: fleet.secrets.hashOf(told.token),
      projectId: fleet.projectId,
      kind: 'agent',
      subjectId: id,
      epoch: 1,
      createdAtMs: nowMs,
    });
    expect(fleet.events('agent.registered').map((e) => [e.subjectId, e.actor, e.data])).toEqual([
      [id, 'person:Ann', { name: 'x', parentId: null, role: null }],
    ]);
  });
  it('with everything, below a parent', async () => {
    const up = await fleet.agent('up');
    const told = {
      role: 'r',
      kind: 'k',
      model: 'm',
      budgetUsd: 2,
      onParentExit: { lost: 'stop' as const },
      metadata: { a: 1 },
      requestId: 'q',
    };
    const { agentId: id } = await fleet.do('agents.register', { name: 'x', parentId: up, ...told });
    const { budgetUsd: _, ...kept } = told;
    expect(fleet.agentOf(id)).toEqual({
      ...plain(id),
      ...kept,
      requestId: `person:ann/${up}/q`,
      budgetNanoUsd: 2_000_000_000n,
      parentId: up,
      path: [up, id],
      sessionId: up,
    });
    expect(fleet.events('agent.registered', id)[0]?.data).toEqual({ name: 'x', parentId: up, role: 'r' });
  });
  it('a request for a root is kept under no parent', async () => {
    const { agentId } = await fleet.do('agents.register', { name: 'x', requestId: 'q' });
    expect(fleet.agentOf(agentId).requestId).toBe('person:ann//q');
  });
  it('what an agent registers without saying where counts for its own limits', async () => {
    const root = await fleet.agent('root', null, { limits: { children: 2 } });
    const child = () => commandOf('agents.register', { name: 'x' }, fleet.as(root));
    await fleet.batch([child()]);
    expect(await fleet.batch([child(), child()])).toMatchObject([
      { ok: true },
      { ok: false, error: { code: 'limit_reached', limit: 'children' } },
    ]);
  });
  it('a root that left a budget behind hands it down', async () => {
    const up = await fleet.agent('up', null, { budgetUsd: 1 });
    const child = await fleet.agent('child', up, { onParentExit: { completed: 'reparent' } });
    await fleet.do('agents.finish', { id: up, outcome: 'completed' });
    await fleet.sweepOrphans(child);
    const below = await fleet.agent('below', child);
    expect([child, below].map((id) => fleet.agentOf(id).chargedTo)).toEqual([[up], [up]]);
  });
  it('limits are those of a session, taken at its root alone', async () => {
    const limits = { children: 2 };
    const root = await fleet.do('agents.register', { name: 'root', limits });
    const child = await fleet.do('agents.register', { name: 'child', parentId: root.agentId, limits });
    expect([fleet.agentOf(root.agentId).limits, fleet.agentOf(child.agentId).limits]).toEqual([limits, null]);
  });
  it('a request that somebody else made is another one; a runner makes none', async () => {
    const mine = await fleet.do('agents.register', { name: 'x', requestId: 'q' });
    const other = await fleet.agent('other');
    const { agentId } = await fleet.do('agents.register', { name: 'x', requestId: 'q' }, fleet.as(other));
    expect(agentId).not.toBe(mine.agentId);
    expect(fleet.agentOf(agentId).requestId).toBe(`agent:${other}/${other}/q`);
    const runner: Actor = { kind: 'runner', id: await fleet.runner(), scope: null };
    expect(await fleet.refused('agents.register', { name: 'x' }, runner)).toEqual({
      code: 'forbidden',
      rule: 'a runner registers agents with the token it was started with',
    });
  });
  it('an agent names no runner but those of its own line; one without a bound is everybody’s', async () => {
    const a = await fleet.tree<'lead' | 'coder' | 'other'>({ lead: { coder: {} }, other: {} });
    const { runnerId } = await fleet.do('runners.register', host, fleet.as(a.lead));
    const local = await fleet.runner();
    const register = (id: string, on: string) => fleet.ask('agents.register', { name: 'x', runnerId: on }, fleet.as(id));
    expect(await register(a.coder, runnerId)).toMatchObject({ ok: true });
    expect(await register(a.other, runnerId)).toEqual({ ok: false, error: { code: 'not_found', kind: 'runner', id: runnerId } });
    expect(await register(a.other, local)).toMatchObject({ ok: true });
    // a person names whichever there is
    expect(await fleet.ask('agents.register', { name: 'x', runnerId })).toMatchObject({ ok: true });
    expect(await fleet.refused('agents.register', { name: 'x', runnerId: 'run_x' })).toEqual({
      code: 'not_found',
      kind: 'runner',
      id: 'run_x',
    });
  });
  it('I-STOP-1: under a fence it says which, and why', async () => {
    const root = await fleet.agent('root');
    const { stopId } = await fleet.do('agents.stop', { id: root, reason: 'enough' });
    const error = { code: 'fenced', stopId, reason: 'enough' };
    expect(await fleet.refused('agents.register', { name: 'x', parentId: root })).toEqual(error);
    const other = await fleet.agent('other');
    const halted = await fleet.do('project.stop', { mode: 'graceful', graceMs: 0, killConfirmMs: 0, reason: 'fire' });
    expect(await fleet.refused('agents.register', { name: 'x' })).toEqual({ code: 'fenced', stopId: halted.stopId, reason: 'fire' });
    expect((await fleet.refused('agents.register', { name: 'x', parentId: other })).code).toBe('fenced');
  });
});

describe('a launch', () => {
  it('is an order with all that the runner needs and without a token; the first heartbeat has twice the time', async () => {
    const runner = await fleet.runner();
    const launch = { name: 'x', command: 'node', args: ['a'], runnerId: runner, role: 'r' };
    const { agentId, epoch, sessionId } = await fleet.do('agents.launch', launch);
    expect([epoch, sessionId]).toEqual([1, agentId]);
    expect(fleet.agentOf(agentId)).toEqual({ ...plain(agentId), role: 'r', runnerId: runner, process: 'launching' });
    expect(fleet.state.leases.get(agentId)?.expiresAtMs).toBe(nowMs + 30_000);
    expect(fleet.state.launches.get(agentId)).toEqual({
      id: agentId,
      projectId: fleet.projectId,
      command: 'node',
      args: ['a'],
      cwd: null,
      env: {},
      restart: 'temporary',
      supervision: null,
      restartsAtMs: [],
    });
    const [order] = fleet.state.orders.values();
    expect(order?.id).toMatch(/^ord_/);
    expect(order).toEqual({
      id: order?.id,
      projectId: fleet.projectId,
      runnerId: runner,
      agentId,
      kind: 'launch',
      createdAtMs: nowMs,
      payload: {
        kind: 'launch',
        orderId: order?.id,
        agentId,
        epoch: 1,
        token: '',
        parentId: null,
        name: 'x',
        command: 'node',
        args: ['a'],
        cwd: null,
        env: {},
      },
    });
  });
  it('of a child needs a runner that holds the parent, and the caller’s right to it', async () => {
    const alone = await fleet.agent('alone');
    expect(await fleet.refused('agents.spawn', { id: alone, name: 'x', command: 'c' })).toEqual({
      code: 'forbidden',
      rule: 'only children of an agent that a runner started are started by that runner; start this one yourself',
    });
    expect((await fleet.refused('agents.spawn', { id: 'agt_x', name: 'x', command: 'c' })).code).toBe('not_found');
    const lead = await fleet.launched('lead', await fleet.runner());
    const spawn = { id: lead, name: 'x', command: 'c', cwd: '/w', env: { A: '1' } };
    expect((await fleet.refused('agents.spawn', spawn, fleet.as(alone))).code).toBe('not_found');
    const { agentId, sessionId } = await fleet.do('agents.spawn', spawn, fleet.as(lead));
    expect([fleet.agentOf(agentId).path, sessionId]).toEqual([[lead, agentId], lead]);
    expect([...fleet.state.orders.values()].at(-1)?.payload).toMatchObject({ parentId: lead, cwd: '/w', env: { A: '1' } });
  });
});

describe('what a heartbeat is told', () => {
  it('under a stop: wait for the children, then end, by when and why', async () => {
    const a = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const { stopId } = await fleet.do('agents.stop', { id: a.lead, mode: 'drain', graceMs: 20_000, reason: 'r' });
    const stop = (seconds: number) => ({ stopId, mode: 'drain', reason: 'r', deadline: new Date(nowMs + seconds * 1_000).toISOString() });
    expect(await fleet.beat(a.lead)).toEqual({ directive: 'pause', stop: stop(20), leaseMs: 15_000 });
    expect(await fleet.beat(a.coder)).toEqual({ directive: 'stop', stop: stop(10), leaseMs: 15_000 });
  });
  it('an agent that stopped by itself is told to stop, without a stop', async () => {
    const id = await fleet.agent('x');
    await fleet.do('agents.finish', { id, outcome: 'stopped' });
    expect(await fleet.beat(id)).toEqual({ directive: 'stop', leaseMs: 15_000 });
  });
  it('an interruption once, and to the agent itself', async () => {
    const runner = await fleet.runner();
    const id = await fleet.launched('x', runner);
    await fleet.do('agents.interrupt', { id, reason: 'enough' });
    const byRunner: Actor = { kind: 'runner', id: runner, scope: null };
    expect(await fleet.do('agents.heartbeat', { id }, byRunner)).toEqual({ directive: 'run', leaseMs: 15_000 });
    expect(await fleet.beat(id)).toEqual({ directive: 'run', interrupt: { reason: 'enough' }, leaseMs: 15_000 });
    expect(await fleet.beat(id)).toEqual({ directive: 'run', leaseMs: 15_000 });
  });
  it('nothing new: then the agent itself stays as it is', async () => {
    const id = await fleet.agent('x');
    const { commit } = await fleet.supervisor.executeBatch(fleet.projectId, [commandOf('agents.heartbeat', { id }, operator)]);
    expect([commit.agents, commit.events, commit.leases.length]).toEqual([[], [], 1]);
  });
  it('another epoch is refused', async () => {
    const id = await fleet.agent('x');
    const error = { code: 'version_conflict', kind: 'agent', id, expected: 2, actual: 1 };
    expect(await fleet.refused('agents.heartbeat', { id, epoch: 2 })).toEqual(error);
    expect(await fleet.refused('agents.finish', { id, epoch: 2, outcome: 'completed' })).toEqual(error);
  });
});

describe('what an agent tells', () => {
  it('an acknowledgement keeps its result, and is a fact of the stop once', async () => {
    const a = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const { stopId } = await fleet.do('agents.stop', { id: a.lead });
    const word = { id: a.lead, outcome: 'completed', result: { n: 1 }, error: 'e' } as const;
    expect(await fleet.do('agents.finish', word)).toEqual({ state: 'stopping' });
    expect(await fleet.do('agents.finish', { ...word, result: 2 })).toEqual({ state: 'stopping' });
    expect(fleet.agentOf(a.lead)).toMatchObject({ acknowledged: true, result: { n: 1 }, error: 'e' });
    expect(fleet.events('stop.acknowledged').map((e) => [e.subjectId, e.actor, e.data])).toEqual([
      [stopId, `agent:${a.lead}`, { agentId: a.lead }],
    ]);
    expect(await fleet.do('agents.finish', { id: a.coder, outcome: 'completed' })).toEqual({ state: 'stopped' });
    expect(fleet.agentOf(a.lead).state).toBe('stopped');
  });
  it('events with their time, or that of their arrival; the fact names ten types at most', async () => {
    const id = await fleet.agent('x');
    const events = [
      { eventId: 'e1', type: 'tool', at: '2026-01-01T00:00:01Z', data: { a: 1 } },
      { eventId: 'e2', type: 'tool' },
      ...Array.from({ length: 11 }, (_, i) => ({ eventId: `t${i}`, type: `type${i}` })),
    ];
    expect(await fleet.do('agents.events', { id, events })).toEqual({ accepted: 13, duplicates: 0 });
    const rows = [...fleet.state.agentEvents.values()].map((e) => [e.agentId, e.eventId, e.type, e.atMs, e.data]);
    expect(rows.slice(0, 2)).toEqual([
      [id, 'e1', 'tool', Date.UTC(2026, 0, 1, 0, 0, 1), { a: 1 }],
      [id, 'e2', 'tool', nowMs, null],
    ]);
    expect(fleet.events('agent.reported').map((e) => e.data)).toEqual([
      { count: 13, types: ['tool', ...Array.from({ length: 9 }, (_, i) => `type${i}`)] },
    ]);
    expect(await fleet.do('agents.events', { id, events: events.slice(0, 1) })).toEqual({ accepted: 0, duplicates: 1 });
    expect(fleet.events('agent.reported')).toHaveLength(1);
  });
  it('of several calls in one batch each is told what of its own was new', async () => {
    const [one, two] = [await fleet.agent('one'), await fleet.agent('two')];
    const tell = (id: string, ...eventIds: string[]) =>
      commandOf('agents.events', { id, events: eventIds.map((eventId) => ({ eventId, type: 'x' })) }, operator);
    await fleet.batch([tell(one, 'a', 'b'), tell(two, 'a')]);
    expect(await fleet.batch([tell(one, 'a', 'b', 'c'), tell('agt_x', 'a'), tell(two, 'a'), tell(two, 'b', 'c', 'a')])).toEqual([
      { ok: true, value: { accepted: 1, duplicates: 2 } },
      { ok: false, error: { code: 'not_found', kind: 'agent', id: 'agt_x' } },
      { ok: true, value: { accepted: 0, duplicates: 1 } },
      { ok: true, value: { accepted: 2, duplicates: 1 } },
    ]);
  });
  it('output, line by line', async () => {
    const id = await fleet.agent('x');
    const lines = [
      { stream: 'stdout' as const, at: 5, text: 'a' },
      { stream: 'stderr' as const, at: 6, text: 'b' },
    ];
    expect(await fleet.do('agents.log', { id, lines })).toEqual({ accepted: 2 });
    expect(fleet.state.logs).toEqual([
      { agentId: id, stream: 'stdout', atMs: 5, text: 'a' },
      { agentId: id, stream: 'stderr', atMs: 6, text: 'b' },
    ]);
  });
  it('nobody tells for an agent outside their line', async () => {
    const [one, two] = [await fleet.agent('one'), await fleet.agent('two')];
    const error = { code: 'not_found', kind: 'agent', id: one };
    const as = fleet.as(two);
    expect(await fleet.refused('agents.events', { id: one, events: [] }, as)).toEqual(error);
    expect(await fleet.refused('agents.log', { id: one, lines: [] }, as)).toEqual(error);
    expect(await fleet.refused('agents.heartbeat', { id: one }, as)).toEqual(error);
    expect(await fleet.refused('agents.finish', { id: one, outcome: 'completed' }, as)).toEqual(error);
    expect(await fleet.refused('agents.pause', { id: one }, as)).toEqual(error);
    expect(await fleet.refused('agents.stop', { id: one }, as)).toEqual(error);
  });
});

describe('a verb for a subtree', () => {
  it('reaches whom it can, and counts those that it moved', async () => {
    const a = await fleet.tree<'lead' | 'coder' | 'tester'>({ lead: { coder: {}, tester: {} } });
    await fleet.do('agents.finish', { id: a.tester, outcome: 'completed' });
    expect(await fleet.do('agents.pause', { id: a.lead, reason: 'r', subtree: true })).toEqual({ agents: 2 });
    expect(await fleet.do('agents.pause', { id: a.lead, reason: 'r', subtree: true })).toEqual({ agents: 0 });
    expect(await fleet.do('agents.resume', { id: a.lead })).toEqual({ agents: 1 });
    expect([fleet.agentOf(a.lead).state, fleet.agentOf(a.coder).state]).toEqual(['running', 'paused']);
  });
  it('of a fenced agent it is told the fence, of an ended one its state', async () => {
    const [one, two] = [await fleet.agent('one'), await fleet.agent('two')];
    const { stopId } = await fleet.do('agents.stop', { id: one, reason: 'enough' });
    expect(await fleet.refused('agents.pause', { id: one })).toEqual({ code: 'fenced', stopId, reason: 'enough' });
    await fleet.do('agents.finish', { id: two, outcome: 'failed' });
    expect(await fleet.refused('agents.pause', { id: two })).toMatchObject({ code: 'illegal_transition', from: 'failed' });
  });
});

describe('a lease that is over', () => {
  it('makes lost whom it can, at the moment it is over', async () => {
    const [one, two] = [await fleet.agent('one'), await fleet.agent('two')];
    await fleet.do('agents.finish', { id: two, outcome: 'completed' });
    const expire = (extendedByMs = 0) => fleet.do('agents.expire', { agentIds: [one, two, 'agt_x'], extendedByMs }, operator);
    fleet.clock.pass(14_999);
    expect(await expire()).toEqual({ lost: 0 });
    fleet.clock.pass(1);
    expect(await expire(1)).toEqual({ lost: 0 });
    expect(await expire()).toEqual({ lost: 1 });
    expect(fleet.events('agent.lost').map((e) => [e.subjectId, e.data])).toEqual([[one, { leaseExpiredAtMs: nowMs + 15_000 }]]);
    expect(await expire()).toEqual({ lost: 0 });
  });
  it('an agent whose process has ended keeps its evidence through a late word', async () => {
    const runner = await fleet.runner();
    const id = await fleet.launched('x', runner);
    await fleet.exited(runner, id, { exitCode: 3 });
    expect(fleet.agentOf(id)).toMatchObject({ state: 'failed', processEvidence: gone({ exitCode: 3 }) });
    const results = await fleet.batch([commandOf('agents.finish', { id, outcome: 'completed' }, operator)]);
    expect(results).toMatchObject([{ ok: false, error: { code: 'illegal_transition', from: 'failed', to: 'completed' } }]);
  });
});
