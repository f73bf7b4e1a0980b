import { beforeEach, describe, expect, it } from 'vitest';
import { gone, operator, TestFleet } from '../../../testing/index.ts';
import type { Actor } from '../commands.ts';

let fleet: TestFleet;
let runner: string;
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
});
const host = { name: 'r', host: 'here', pid: 7, startTime: '9', containment: 'process-group' } as const;
const self = (id: string): Actor => ({ kind: 'runner', id, scope: null });
const launch = async (name = 'a') =>
  (await fleet.do('agents.launch', { name, command: 'sleep', args: ['1'], cwd: '/w', env: { A: '1' }, runnerId: runner })).agentId;
const started = (agentId: string, epoch = 1) =>
  ({ kind: 'started', agentId, epoch, pid: 100, startTime: '8', containment: 'cgroup' }) as const;

describe('a runner', () => {
  it('registers with what it is, a token of its own and a lease', async () => {
    const told = await fleet.do('runners.register', host);
    expect(told).toMatchObject({ leaseMs: 30_000, token: expect.any(String) });
    expect(fleet.state.runners.get(told.runnerId)).toEqual({
      ...host,
      id: told.runnerId,
      projectId: fleet.projectId,
      scope: null,
      leaseExpiresAtMs: fleet.clock.nowMs() + 30_000,
      createdAtMs: fleet.clock.nowMs(),
    });
    expect(fleet.state.tokens.get(fleet.secrets.hashOf(told.token))).toMatchObject({
      kind: 'runner',
      subjectId: told.runnerId,
      epoch: 1,
      createdAtMs: fleet.clock.nowMs(),
    });
    expect(fleet.events('runner.registered', told.runnerId).map((e) => [e.actor, e.data])).toEqual([
      ['person:Ann', { name: 'r', host: 'here', containment: 'process-group' }],
    ]);
  });
  it('comes back as itself with a new token; the old one is gone, and nobody else comes in its name', async () => {
    const first = await fleet.do('runners.register', host);
    const created = fleet.clock.nowMs();
    fleet.clock.pass(5_000);
    const again = await fleet.do('runners.register', { ...host, pid: 8, runnerId: first.runnerId });
    expect(again.runnerId).toBe(first.runnerId);
    expect(fleet.state.runners.get(first.runnerId)).toMatchObject({ pid: 8, createdAtMs: created, leaseExpiresAtMs: created + 35_000 });
    expect(fleet.state.tokens.has(fleet.secrets.hashOf(first.token))).toBe(false);
    expect((await fleet.do('runners.register', { ...host, runnerId: first.runnerId }, self(first.runnerId))).runnerId).toBe(first.runnerId);
    const error = { code: 'not_found', kind: 'runner', id: first.runnerId };
    expect(await fleet.refused('runners.register', { ...host, runnerId: first.runnerId }, self(runner))).toEqual(error);
    const agent = await fleet.agent('x');
    expect(await fleet.refused('runners.register', { ...host, runnerId: first.runnerId }, fleet.as(agent))).toEqual(error);
    // one that this database has never seen gets a name of its own
    expect((await fleet.do('runners.register', { ...host, runnerId: 'run_gone' })).runnerId).not.toBe('run_gone');
  });
  it('I-STOP-1: an agent under a stop starts no new one; the one it has comes back to report', async () => {
    const agent = await fleet.agent('x');
    const known = await fleet.do('runners.register', host, fleet.as(agent));
    await fleet.do('agents.stop', { id: agent, reason: 'enough' });
    expect(await fleet.refused('runners.register', { ...host, name: 'another' }, fleet.as(agent))).toMatchObject({ code: 'fenced' });
    expect((await fleet.do('runners.register', host, fleet.as(agent))).runnerId).toBe(known.runnerId);
  });
  it('renews its lease by asking, in steps, so that not every poll writes', async () => {
    const lease = () => fleet.state.runners.get(runner)?.leaseExpiresAtMs;
    const before = lease();
    fleet.clock.pass(7_500);
    expect(await fleet.poll(runner)).toEqual({ orders: [], leaseMs: 30_000 });
    expect(lease()).toBe(before);
    fleet.clock.pass(1);
    await fleet.poll(runner);
    expect(lease()).toBe(fleet.clock.nowMs() + 30_000);
  });
  it('asks and tells for itself alone', async () => {
    const other = await fleet.runner('other');
    for (const actor of [operator, self(other)]) {
      expect(await fleet.refused('runners.poll', { id: runner, done: [] }, actor)).toEqual({
        code: 'not_found',
        kind: 'runner',
        id: runner,
      });
      expect(await fleet.refused('runners.report', { id: runner, reports: [] }, actor)).toMatchObject({
        code: 'not_found',
        kind: 'runner',
      });
    }
    expect((await fleet.refused('runners.poll', { id: 'run_x', done: [] }, self('run_x'))).code).toBe('not_found');
  });
});

describe('an order to launch', () => {
  it('carries a fresh token each time it is fetched, until it is done', async () => {
    const agentId = await launch();
    const [first] = (await fleet.poll(runner)).orders;
    expect(first).toEqual({
      kind: 'launch',
      orderId: expect.any(String),
      agentId,
      epoch: 1,
      token: expect.stringMatching(/./),
      parentId: null,
      name: 'a',
      command: 'sleep',
      args: ['1'],
      cwd: '/w',
      env: { A: '1' },
    });
    const [again] = (await fleet.poll(runner)).orders;
    if (first?.kind !== 'launch' || again?.kind !== 'launch') throw new Error('no launch');
    expect([again.orderId, again.token === first.token]).toEqual([first.orderId, false]);
    // both count: the agent may have been started with the first before the second poll, which was late, was answered
    for (const { token } of [first, again])
      expect(fleet.state.tokens.get(fleet.secrets.hashOf(token))).toMatchObject({ kind: 'agent', subjectId: agentId, epoch: 1 });
    expect((await fleet.poll(runner, [first.orderId])).orders).toEqual([]);
  });
});

describe('what a runner tells', () => {
  it('a start is attached once; of another epoch, runner or agent it is not', async () => {
    const agentId = await launch();
    const other = await fleet.runner('other');
    expect(await fleet.report(runner, started(agentId, 2), started('agt_x'))).toEqual({ accepted: 0 });
    expect(await fleet.report(other, started(agentId))).toEqual({ accepted: 0 });
    expect(await fleet.report(runner, started(agentId), started(agentId))).toEqual({ accepted: 1 });
    expect(fleet.agentOf(agentId)).toMatchObject({
      pid: 100,
      pidStartTime: '8',
      containment: 'cgroup',
      process: 'running',
      runnerId: runner,
    });
    expect(fleet.events('agent.attached').map((e) => [e.actor, e.data.pid])).toEqual([[`runner:${runner}`, 100]]);
    await fleet.report(runner, { kind: 'exited', agentId, epoch: 1, evidence: gone() });
    expect(await fleet.report(runner, started(agentId))).toEqual({ accepted: 0 });
  });
  it('a start that comes after the end of the agent does not bring it back', async () => {
    const agentId = await launch();
    await fleet.do('agents.finish', { id: agentId, outcome: 'failed' });
    expect(await fleet.report(runner, started(agentId))).toEqual({ accepted: 0 });
    expect(fleet.agentOf(agentId).process).toBe('launching');
  });
  it('an ask is heard and changes nothing', async () => {
    const agentId = await launch();
    const seq = fleet.state.seq;
    expect(await fleet.report(runner, { kind: 'asked', agentId, epoch: 1, step: 'term' })).toEqual({ accepted: 1 });
    expect(fleet.state.seq).toBe(seq);
  });
  it('an end is told once, and what could not be started says why', async () => {
    const [one, two] = [await launch('one'), await launch('two')];
    const exited = { kind: 'exited', agentId: one, epoch: 1, evidence: gone({ exitCode: 2 }) } as const;
    expect(await fleet.report(runner, exited, exited)).toEqual({ accepted: 1 });
    expect(fleet.agentOf(one)).toMatchObject({ state: 'failed', error: 'exit code 2', process: 'ended' });
    await fleet.report(runner, { kind: 'launch-failed', agentId: two, epoch: 1, error: `no such command ${'x'.repeat(2_000)}` });
    expect(fleet.agentOf(two)).toMatchObject({ state: 'failed', error: expect.stringContaining('no such command') });
    expect(fleet.agentOf(two).processEvidence).toEqual({
      containment: 'none',
      exitCode: null,
      signal: null,
      survivors: 0,
      killed: false,
      detail: expect.stringMatching(/^no such command x{1984}$/),
    });
    expect(fleet.events('agent.ended', two).map((e) => e.data.detail)).toEqual(['could not be started']);
    expect(fleet.events('agent.ended', one).map((e) => e.data.detail)).toEqual(['exit code 2']);
  });
  it('I-STOP-9: the end of a member steps its stop in the same report', async () => {
    const agentId = await fleet.launched('a', runner);
    const { stopId } = await fleet.do('agents.stop', { id: agentId });
    expect(await fleet.exited(runner, agentId)).toEqual({ accepted: 1 });
    expect(fleet.receipt(stopId ?? '')).toEqual({ a: 'stopped' });
    expect(fleet.state.stops.get(stopId ?? '')?.state).toBe('done');
  });
});
