import { beforeEach, describe, expect, it } from 'vitest';
import { gone, TestFleet } from '../../../testing/index.ts';
import type { ProcessEvidence, RestartStrategy, RestartType } from '../../api/inputs.ts';

let fleet: TestFleet;
let runner: string;
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
});

/** Takes the launch orders that wait, as a runner does: answers whom they start, with the epoch. */
async function starts(): Promise<[name: string, epoch: number][]> {
  const { orders } = await fleet.poll(runner);
  const launches = orders.filter((o) => o.kind === 'launch');
  for (const o of launches) {
    await fleet.report(runner, { kind: 'started', agentId: o.agentId, epoch: o.epoch, pid: 9, startTime: '1', containment: 'cgroup' });
    await fleet.beat(o.agentId);
  }
  await fleet.poll(
    runner,
    launches.map((o) => o.orderId),
  );
  return launches.map((o) => [o.name, o.epoch]);
}
async function launch(
  name: string,
  parentId: string | null,
  more: { restart?: RestartType; supervision?: { strategy?: RestartStrategy; intensity?: number; periodMs?: number } } = {},
): Promise<string> {
  const command = { name, command: 'agent', args: ['--x'], env: { A: '1' }, ...more };
  const { agentId } = parentId
    ? await fleet.do('agents.spawn', { id: parentId, ...command })
    : await fleet.do('agents.launch', { ...command, supervision: undefined, ...(more as object), runnerId: runner });
  await starts();
  return agentId;
}
const exit = (agentId: string, over: Partial<ProcessEvidence> = {}) =>
  fleet.report(runner, { kind: 'exited', agentId, epoch: fleet.agentOf(agentId).epoch, evidence: gone(over) });
const crash = (agentId: string) => exit(agentId, { exitCode: 1 });
const keeps = (strategy: RestartStrategy, intensity = 5) => ({ supervision: { strategy, intensity, periodMs: 10_000 } });

describe('what a restarted agent goes on from', () => {
  const orderOf = async () => (await fleet.poll(runner)).orders.find((o) => o.kind === 'launch');
  it('I-CKPT-6: a crash begins the next epoch from the latest checkpoint; without one from nothing', async () => {
    const id = await launch('worker', null, { restart: 'transient' });
    await crash(id);
    expect(await orderOf()).toMatchObject({ agentId: id, epoch: 2 });
    expect(await orderOf()).not.toHaveProperty('restore');
    await starts();
    await fleet.do('checkpoints.save', { id, sequence: 1, state: 1, trigger: 'tools' });
    const { checkpointId } = await fleet.do('checkpoints.save', { id, sequence: 2, state: 2, trigger: 'tools' });
    fleet.clock.pass(10_000);
    await crash(id);
    expect(await orderOf()).toMatchObject({
      agentId: id,
      epoch: 3,
      command: 'agent',
      args: ['--x'],
      env: { A: '1' },
      restore: checkpointId,
    });
    expect(await fleet.do('checkpoints.resume', { id: checkpointId }, fleet.as(id))).toMatchObject({ agentId: id, epoch: 3, state: 2 });
  });
  it('I-CKPT-7: a restore with relaunch starts the command on its runner from the checkpoint; its token goes to that process alone', async () => {
    const id = await launch('worker', null);
    const { checkpointId } = await fleet.do('checkpoints.save', { id, sequence: 1, state: { at: 49 }, trigger: 'tools' });
    const tokens = fleet.state.tokens.size;
    const told = await fleet.do('checkpoints.restore', { id: checkpointId, relaunch: true });
    expect(told).toMatchObject({ epoch: 2, token: '', launched: true, state: { at: 49 } });
    expect(fleet.state.tokens.size).toBeLessThan(tokens);
    expect(fleet.agentOf(id)).toMatchObject({ state: 'starting', epoch: 2, process: 'launching', runnerId: runner });
    const { orders } = await fleet.poll(runner);
    expect(orders.map((o) => [o.kind, 'epoch' in o && o.epoch])).toEqual([
      ['stop', 1],
      ['launch', 2],
    ]);
    expect(orders[1]).toMatchObject({ command: 'agent', args: ['--x'], restore: checkpointId, token: expect.stringMatching(/./) });
    await starts();
    expect(fleet.agentOf(id)).toMatchObject({ state: 'running', epoch: 2 });
  });
  it('a fork with relaunch is started by the runner of its source, and reads the state, its events and its effects as its own', async () => {
    const id = await launch('worker', null);
    const { checkpointId } = await fleet.do('checkpoints.save', { id, sequence: 7, state: { at: 49 }, trigger: 'tools', eventSequence: 1 });
    const events = [1, 2, 3].map((n) => ({ eventId: `e${n}`, type: 'did', data: n, sequence: n, epoch: 1 }));
    await fleet.do('agents.events', { id, events });
    await fleet.do('effects.begin', { id, key: 'mail', attemptId: 'a' }, fleet.as(id));
    const told = await fleet.do('checkpoints.restore', { id: checkpointId, mode: 'fork', relaunch: true, requestId: 'once' });
    expect(told).toMatchObject({ epoch: 1, token: '', launched: true, state: { at: 49 } });
    const again = await fleet.do('checkpoints.restore', { id: checkpointId, mode: 'fork', relaunch: true, requestId: 'once' });
    expect([again.agentId, again.token]).toEqual([told.agentId, '']);
    const { orders } = await fleet.poll(runner);
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({ kind: 'launch', agentId: told.agentId, epoch: 1, command: 'agent', args: ['--x'], env: { A: '1' } });
    const restore = (orders[0] as { restore?: string }).restore ?? '';
    await starts();
    expect(fleet.agentOf(told.agentId)).toMatchObject({ state: 'running', epoch: 1, runnerId: runner });
    expect(fleet.agentOf(id)).toMatchObject({ state: 'running', epoch: 1 });
    // with its own token alone: the source is none of its business
    const fork = fleet.as(told.agentId);
    expect(await fleet.refused('checkpoints.resume', { id: checkpointId }, fork)).toMatchObject({ code: 'not_found' });
    const resumed = await fleet.do('checkpoints.resume', { id: restore }, fork);
    expect(resumed).toMatchObject({ agentId: told.agentId, state: { at: 49 }, inDoubt: [{ key: 'mail' }] });
    expect(resumed.eventsAfter.map((e) => [e.data, e.epoch])).toEqual([
      [2, 0],
      [3, 0],
    ]);
    // and it saves from its first number on
    await fleet.do('checkpoints.save', { id: told.agentId, sequence: 1, state: 1, trigger: 'x' }, fork);
    expect(
      await fleet.refused('checkpoints.restore', { id: restore, mode: 'fork', relaunch: true }, fleet.as(await fleet.agent('x'))),
    ).toMatchObject({ code: 'not_found' });
  });
  it('is refused, and changes nothing, where no runner can start it: none, one that is away, one that never knew the command', async () => {
    const hosted = await launch('worker', null);
    const own = await fleet.agent('own');
    const save = async (id: string) => (await fleet.do('checkpoints.save', { id, sequence: 1, state: 1, trigger: 'x' })).checkpointId;
    const [ofHosted, ofOwn] = [await save(hosted), await save(own)];
    expect(await fleet.refused('checkpoints.restore', { id: ofOwn, relaunch: true })).toMatchObject({ code: 'forbidden' });
    const agents = fleet.state.agents.size;
    expect(await fleet.refused('checkpoints.restore', { id: ofOwn, mode: 'fork', relaunch: true })).toMatchObject({ code: 'forbidden' });
    expect(fleet.state.agents.size).toBe(agents);
    expect((await fleet.do('checkpoints.preview', { id: ofOwn })).relaunch).toBe('no-runner');
    expect((await fleet.do('checkpoints.preview', { id: ofHosted })).relaunch).toBe('runner');
    fleet.clock.pass(60_000);
    expect(await fleet.refused('checkpoints.restore', { id: ofHosted, relaunch: true })).toMatchObject({ code: 'unavailable' });
    expect((await fleet.do('checkpoints.preview', { id: ofHosted })).relaunch).toBe('runner-away');
    expect([fleet.agentOf(own).epoch, fleet.agentOf(hosted).epoch]).toEqual([1, 1]);
  });
});

describe('restart types', () => {
  it.each([
    ['permanent', 0, true],
    ['permanent', 1, true],
    ['transient', 0, false],
    ['transient', 1, true],
    ['temporary', 1, false],
    [undefined, 1, false],
  ] as const)('%s with exit code %i: started again: %s', async (restart, exitCode, again) => {
    const id = await launch('worker', null, restart ? { restart } : {});
    await exit(id, { exitCode });
    expect(await starts()).toEqual(again ? [['worker', 2]] : []);
    expect(fleet.agentOf(id)).toMatchObject(again ? { state: 'running', epoch: 2, process: 'running', endedAtMs: null } : { epoch: 1 });
    expect(fleet.events('agent.restarted').length).toBe(again ? 1 : 0);
  });
  it('has twice the lease of the agent until its first heartbeat, as a first start has', async () => {
    const id = await launch('worker', null, { restart: 'transient' });
    fleet.state.agents.set(id, { ...fleet.agentOf(id), leaseMs: 60_000 });
    await crash(id);
    expect(fleet.state.leases.get(id)?.expiresAtMs).toBe(fleet.clock.nowMs() + 120_000);
  });
  it('is the same command in a new epoch: nothing of the old one is left to it, and its late reports change nothing', async () => {
    const id = await launch('worker', null, { restart: 'transient' });
    await fleet.do('tasks.add', { title: 't' });
    const claimed = await fleet.do('tasks.claim', { agentId: id }, fleet.as(id));
    const old = fleet.as(id);
    await crash(id);
    const { orders } = await fleet.poll(runner);
    expect(orders).toMatchObject([{ kind: 'launch', agentId: id, epoch: 2, command: 'agent', args: ['--x'], env: { A: '1' } }]);
    expect(fleet.taskOf(claimed.taskIds[0] ?? '')).toMatchObject({ state: 'ready', agentId: null });
    expect(await fleet.refused('agents.heartbeat', { id, epoch: 1 })).toMatchObject({ code: 'version_conflict' });
    expect(await fleet.refused('tasks.claim', { agentId: id }, old)).toMatchObject({ code: 'version_conflict' });
    await fleet.report(runner, { kind: 'exited', agentId: id, epoch: 1, evidence: gone({ exitCode: 1 }) });
    expect(fleet.agentOf(id)).toMatchObject({ state: 'starting', epoch: 2, process: 'launching' });
  });
  it('one that could not be started counts as failed, one that left something running is not started beside it', async () => {
    const id = await launch('worker', null, { restart: 'permanent' });
    await exit(id, { exitCode: 1, survivors: 2 });
    expect(await starts()).toEqual([]);
    await exit(id, { exitCode: 1, survivors: 0 });
    expect(await starts()).toEqual([['worker', 2]]);
    await fleet.report(runner, { kind: 'launch-failed', agentId: id, epoch: 2, error: 'no such file' });
    // the second within five seconds: once is enough by default
    expect(await starts()).toEqual([]);
    expect(fleet.events('agent.restarts-exhausted')).toMatchObject([{ data: { restarts: 1, intensity: 1, stopped: null } }]);
  });
  it('one that reported its end is started again when its process is gone, not before', async () => {
    const id = await launch('worker', null, { restart: 'permanent' });
    await fleet.do('agents.finish', { id, outcome: 'completed' });
    expect(await starts()).toEqual([]);
    await exit(id);
    expect(await starts()).toEqual([['worker', 2]]);
  });
});

describe('strategies', () => {
  const group = async (strategy: RestartStrategy) => {
    const lead = await launch('lead', null, keeps(strategy));
    const ids: Record<string, string> = { lead };
    for (const [name, restart] of [
      ['a', 'permanent'],
      ['b', 'permanent'],
      ['c', 'temporary'],
      ['d', 'permanent'],
    ] as const) {
      fleet.clock.pass(1);
      ids[name] = await launch(name, lead, { restart });
    }
    // not started by a runner: no strategy reaches it
    ids.guest = await fleet.agent('guest', lead);
    return ids as Record<'lead' | 'a' | 'b' | 'c' | 'd' | 'guest', string>;
  };
  it.each([
    ['one-for-one', [['b', 2]], 'running'],
    [
      'one-for-all',
      [
        ['b', 2],
        ['a', 2],
        ['d', 2],
      ],
      'stopping',
    ],
    [
      'rest-for-one',
      [
        ['b', 2],
        ['d', 2],
      ],
      'stopping',
    ],
  ] as const)('%s', async (strategy, started, temporary) => {
    const ids = await group(strategy);
    await crash(ids.b);
    expect(await starts()).toEqual(started);
    expect([fleet.agentOf(ids.c).state, fleet.agentOf(ids.guest).state, fleet.agentOf(ids.lead).epoch]).toEqual([temporary, 'running', 1]);
  });
  it('a group that starts together counts once; too often, and the parent gives up with all below it', async () => {
    const lead = await launch('lead', null, keeps('one-for-all', 2));
    const a = await launch('a', lead, { restart: 'permanent' });
    await launch('b', lead, { restart: 'permanent' });
    for (let n = 0; n < 2; n++) {
      await crash(a);
      expect(await starts()).toHaveLength(2);
    }
    await crash(a);
    expect(await starts()).toEqual([]);
    expect(fleet.events('agent.restarts-exhausted')).toMatchObject([{ subjectId: a, data: { restarts: 2, intensity: 2, stopped: lead } }]);
    expect(fleet.agentOf(lead).state).toBe('stopping');
    expect([...fleet.state.stops.values()].map((s) => s.reason)).toEqual(['a ended more than 2 times within 10000 ms']);
  });
  it('one-for-all: of a sibling that still ran nothing is left to its next epoch, and its own children are judged', async () => {
    const lead = await launch('lead', null, keeps('one-for-all'));
    const a = await launch('a', lead, { restart: 'permanent' });
    const b = await launch('b', lead, { restart: 'permanent' });
    const stopped = await fleet.agent('stopped', b, { onParentExit: { stopped: 'stop', failed: 'ignore', completed: 'ignore' } });
    const [ends, further] = [await launch('ends', b), await fleet.agent('further', b, { onParentExit: { stopped: 'ignore' } })];
    const below = await fleet.agent('below', further);
    await fleet.do('agents.stop', { id: ends, graceMs: 5_000, reason: 'first' });
    await fleet.do('tasks.add', { title: 't' });
    const { taskIds } = await fleet.do('tasks.claim', { agentId: b }, fleet.as(b));
    await fleet.held(b, 'deploy');
    const [old, token] = [fleet.as(b), fleet.state.tokens.size];
    await crash(a);
    expect(fleet.taskOf(taskIds[0] ?? '')).toMatchObject({ state: 'ready', agentId: null });
    expect(fleet.events('task.released', taskIds[0]).map((e) => [e.data.why, e.actor])).toEqual([['holder-stopped', 'system:restarts']]);
    expect(fleet.standing('deploy').holders).toEqual([]);
    expect(fleet.events('lock.freed').map((e) => e.data)).toMatchObject([{ agentId: b, why: 'holder-ended' }]);
    expect(fleet.state.tokens.size).toBeLessThan(token);
    expect(await fleet.refused('tasks.claim', { agentId: b }, old)).toMatchObject({ code: 'version_conflict' });
    expect([stopped, ends, further, below].map((id) => fleet.agentOf(id).state)).toEqual(['stopping', 'stopping', 'running', 'running']);
    expect(fleet.events('agent.orphan-handled').map((e) => e.subjectId)).toEqual([stopped]);
    expect([...fleet.state.stops.values()].map((s) => [s.reason, s.mode, s.graceMs])).toEqual([
      ['first', 'graceful', 5_000],
      [expect.stringMatching(/^orphaned: /), 'graceful', 30_000],
    ]);
    expect(fleet.events('agent.restarted').map((e) => [e.subjectId, e.data])).toEqual([
      [a, { epoch: 2, from: 'failed', because: 'a failed', restarts: 1 }],
      [b, { epoch: 2, from: 'running', because: 'a failed', restarts: 1 }],
    ]);
  });
  it('a launch that a runner has not taken yet is withdrawn for that of the next epoch; a temporary one is told why it ends', async () => {
    const lead = await launch('lead', null, keeps('one-for-all'));
    const a = await launch('a', lead, { restart: 'permanent' });
    await fleet.do('agents.spawn', { id: lead, name: 'b', command: 'agent', restart: 'permanent' });
    const c = await launch('c', lead, { restart: 'temporary' });
    await crash(a);
    const { orders } = await fleet.poll(runner);
    const launches = orders.filter((o) => o.kind === 'launch');
    expect(new Set(launches.map((o) => [o.name, o.epoch].join(' ')))).toEqual(new Set(['a 2', 'b 2']));
    expect(new Set(launches.map((o) => o.orderId)).size).toBe(2);
    const stop = fleet.state.stops.get(fleet.agentOf(c).stopId ?? '');
    expect(stop).toMatchObject({ mode: 'graceful', graceMs: 30_000, reason: 'a ended, and all of its group with it' });
  });
  it('who is being stopped already is no part of the group', async () => {
    const lead = await launch('lead', null, keeps('one-for-all'));
    const a = await launch('a', lead, { restart: 'permanent' });
    const b = await launch('b', lead, { restart: 'permanent' });
    await fleet.do('agents.stop', { id: b, reason: 'not this one' });
    await crash(a);
    expect(await starts()).toEqual([['a', 2]]);
    expect(fleet.agentOf(b)).toMatchObject({ state: 'stopping', epoch: 1 });
  });
  it('restarts that are long past do not count', async () => {
    const lead = await launch('lead', null, keeps('one-for-one', 1));
    const a = await launch('a', lead, { restart: 'permanent' });
    for (let n = 2; n < 8; n++) {
      await crash(a);
      expect(await starts()).toEqual([['a', n]]);
      fleet.clock.pass(10_000);
    }
  });
});

describe('what outranks it', () => {
  it('I-STOP-8: a stop: neither what it ended nor what was about to start comes back', async () => {
    const lead = await launch('lead', null, keeps('one-for-one'));
    const a = await launch('a', lead, { restart: 'permanent' });
    await crash(a);
    expect(fleet.agentOf(a)).toMatchObject({ state: 'starting', epoch: 2 });
    await fleet.do('agents.stop', { id: lead, reason: 'x' });
    expect(await starts()).toEqual([]);
    await exit(a, { killed: true });
    expect(await starts()).toEqual([]);
    expect(fleet.agentOf(a)).toMatchObject({ state: 'killed', epoch: 2 });
  });
  it('I-STOP-8: the emergency stop, and a parent that has ended', async () => {
    const a = await launch('a', null, { restart: 'permanent' });
    const lead = await launch('lead', null, keeps('one-for-one'));
    const b = await launch('b', lead, { restart: 'permanent' });
    await exit(lead);
    await crash(b);
    expect(await starts()).toEqual([]);
    await fleet.do('project.stop', { reason: 'fire' });
    await exit(a);
    expect(await starts()).toEqual([]);
  });
  it('I-ORPH-5: children of the old epoch are judged as those of a parent that ended', async () => {
    const a = await launch('a', null, { restart: 'permanent' });
    const stopped = await fleet.agent('stopped', a);
    const kept = await fleet.agent('kept', a, { onParentExit: { failed: 'ignore' } });
    const moved = await fleet.agent('moved', a, { onParentExit: { failed: 'reparent' } });
    await crash(a);
    expect([fleet.agentOf(stopped).state, fleet.agentOf(kept).parentId, fleet.agentOf(moved).parentId]).toEqual(['stopping', a, null]);
    expect(await starts()).toEqual([['a', 2]]);
  });
});
