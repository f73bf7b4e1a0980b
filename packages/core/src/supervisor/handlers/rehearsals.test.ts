import { beforeEach, describe, expect, it } from 'vitest';
import { TestFleet } from '../../../testing/test-fleet.ts';
import { compareRehearsal } from '../../checkpoints/rehearsal.ts';

let fleet: TestFleet;
let runner: string;
let lead: string;
let coder: string;
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
  lead = await fleet.launched('lead', runner);
  coder = await fleet.launched('coder', runner, lead);
});
const save = async (id: string, sequence = 1) =>
  (await fleet.do('checkpoints.save', { id, sequence, state: { n: sequence }, trigger: 'tools' })).checkpointId;
const begin = (id: string, key: string) => fleet.do('effects.begin', { id, key, attemptId: `${id} ${key}` }, fleet.as(id));
const effect = async (id: string, key: string, result: unknown) => {
  await begin(id, key);
  await fleet.do('effects.acknowledge', { id, key, result: result as never }, fleet.as(id));
};
/** A rehearsal that has come up. */
const rehearse = async (checkpoint: string): Promise<string> => {
  const { agentId } = await fleet.do('checkpoints.rehearse', { id: checkpoint });
  await fleet.report(runner, { kind: 'started', agentId, epoch: 1, pid: 300, startTime: '9', containment: 'cgroup' });
  await fleet.beat(agentId);
  return agentId;
};

describe('a rehearsal', () => {
  it('is a process of its own in a session of its own, told by its environment, from the checkpoint alone', async () => {
    const checkpoint = await save(coder);
    await fleet.do('agents.events', { id: coder, events: [{ eventId: 'later', type: 'note', sequence: 9, data: null }] });
    await fleet.poll(runner);
    const { agentId, sessionId } = await fleet.do('checkpoints.rehearse', { id: checkpoint });
    expect(fleet.agentOf(agentId)).toMatchObject({ parentId: null, sessionId, path: [agentId], name: 'coder (rehearsal)', epoch: 1 });
    expect(sessionId).not.toBe(fleet.agentOf(coder).sessionId);
    const order = (await fleet.poll(runner)).orders.find((o) => o.kind === 'launch' && o.agentId === agentId);
    expect(order).toMatchObject({ env: { REEVE_REHEARSAL: '1' }, parentId: null });
    const from = order?.kind === 'launch' ? (order.restore ?? '') : '';
    const resumed = await fleet.do('checkpoints.resume', { id: from }, fleet.as(agentId));
    expect(resumed).toMatchObject({ state: { n: 1 }, eventsAfter: [] });
    expect([fleet.agentOf(coder).state, fleet.agentOf(coder).epoch]).toEqual(['running', 1]);
    expect(fleet.state.launches.get(agentId)?.restart).toBe('temporary');
  });
  it('asked twice with one request is one rehearsal', async () => {
    const checkpoint = await save(coder);
    const first = await fleet.do('checkpoints.rehearse', { id: checkpoint, requestId: 'r' });
    expect(await fleet.do('checkpoints.rehearse', { id: checkpoint, requestId: 'r' })).toEqual(first);
    expect(fleet.events('agent.rehearsing')).toHaveLength(1);
  });
  it('I-CKPT-5: does no keyed effect: it is told what came of it in the original, or that it is done', async () => {
    const checkpoint = await save(coder);
    await effect(coder, 'pay', { receipt: 7 });
    await begin(coder, 'doubtful');
    const twin = await rehearse(checkpoint);
    expect(await begin(twin, 'pay')).toMatchObject({ status: 'acknowledged', result: { receipt: 7 } });
    expect(await begin(twin, 'doubtful')).toMatchObject({ status: 'acknowledged', result: null });
    expect(await begin(twin, 'new')).toMatchObject({ status: 'acknowledged', result: null });
    await begin(twin, 'pay');
    expect(fleet.events('effect.rehearsed', twin).map((e) => [e.data.key, e.data.known])).toEqual([
      ['pay', true],
      ['doubtful', false],
      ['new', false],
    ]);
    expect(fleet.events('effect.begun', twin)).toEqual([]);
    // the original's own stand as they were
    expect([...fleet.state.effects.values()].filter((e) => e.agentId === coder).map((e) => [e.key, e.acknowledgedAtMs !== null])).toEqual([
      ['pay', true],
      ['doubtful', false],
    ]);
  });
  it('touches nothing live: no task, no lock, no barrier, no change, also through those that it starts', async () => {
    const held = await fleet.held(coder, 'deploy');
    const { taskId } = await fleet.do('tasks.add', { title: 'live' });
    const twin = await rehearse(await save(coder));
    const { agentId: helper } = await fleet.do('agents.register', { name: 'h', metadata: { rehearsalOf: 7 } }, fleet.as(twin));
    await fleet.beat(helper);
    for (const id of [twin, helper]) {
      expect(await fleet.do('tasks.claim', { agentId: id }, fleet.as(id))).toEqual({ taskIds: [], tokens: [] });
      expect(await fleet.refused('tasks.add', { title: 'x' }, fleet.as(id))).toMatchObject({ code: 'forbidden' });
      expect(await fleet.refused('tasks.comment', { id: taskId, body: 'x' }, fleet.as(id))).toMatchObject({ code: 'forbidden' });
    }
    // by whoever speaks for it, too
    expect(await fleet.do('tasks.claim', { agentId: twin })).toEqual({ taskIds: [], tokens: [] });
    // not even with the token that stands in the saved state
    await fleet.release(twin, 'deploy', held);
    const own = await fleet.held(twin, 'deploy');
    expect(fleet.standing('deploy').holders).toEqual([coder]);
    const waits = await fleet.acquire(helper, 'deploy', { waitMs: 1_000 });
    expect(waits.ok && waits.value.state).toBe('waiting');
    await fleet.release(twin, 'deploy', own);
    expect(fleet.standing(`rehearsal/${twin}/deploy`).holders).toEqual([helper]);
    await fleet.arrive(twin, 'meet', 2, { waitMs: 1_000 });
    expect([...fleet.state.barriers.values()].map((b) => b.name)).toEqual([`rehearsal/${twin}/meet`]);
    const live = await fleet.agent('live');
    expect((await fleet.do('tasks.claim', { agentId: live }, fleet.as(live))).taskIds).toEqual([taskId]);
  });
  it('that holds the token of a live claim in its state cannot use it', async () => {
    const { taskId } = await fleet.do('tasks.add', { title: 'live' });
    await fleet.do('tasks.claim', { agentId: coder });
    const twin = await rehearse(await save(coder));
    const token = fleet.tokenOf(taskId);
    for (const type of ['tasks.complete', 'tasks.release', 'tasks.renew'] as const)
      expect(await fleet.refused(type, { id: taskId, token }, fleet.as(twin))).toMatchObject({ code: 'forbidden' });
    expect(fleet.taskOf(taskId)).toMatchObject({ state: 'claimed', agentId: coder });
  });
  it('is known as one to whatever it starts, and is not rehearsed again', async () => {
    const twin = await rehearse(await save(coder));
    await fleet.poll(runner);
    const { agentId } = await fleet.do('agents.spawn', { id: twin, name: 'below', command: 'true' });
    expect(fleet.state.launches.get(agentId)?.env).toMatchObject({ REEVE_REHEARSAL: '1' });
    expect(await fleet.refused('checkpoints.rehearse', { id: await save(twin) })).toMatchObject({ code: 'illegal_transition' });
  });
  it('needs a runner that knows the command', async () => {
    const own = await fleet.agent('own program');
    expect(await fleet.refused('checkpoints.rehearse', { id: await save(own) })).toMatchObject({ code: 'illegal_transition' });
    const checkpoint = await save(coder);
    fleet.clock.pass(31_000);
    expect(await fleet.refused('checkpoints.rehearse', { id: checkpoint })).toMatchObject({ code: 'unavailable' });
  });
});

describe('a comparison', () => {
  const state = (checkpointId: string, digest: string) => ({ checkpointId, epoch: 1, sequence: 1, digest, isKept: true });
  const effects = (original: string[], rehearsed: string[]) =>
    compareRehearsal({ effects: original, states: [] }, { effects: rehearsed, states: [] }).effects;
  it('says how far both did the same, and where first they do not', () => {
    expect(effects(['a', 'b'], ['a', 'b', 'c'])).toEqual({ same: 2, original: 2, rehearsed: 3, difference: null });
    expect(effects(['a', 'b', 'c'], ['a', 'x'])).toEqual({
      same: 1,
      original: 3,
      rehearsed: 2,
      difference: { step: 2, original: 'b', rehearsed: 'x' },
    });
    expect(effects([], [])).toEqual({ same: 0, original: 0, rehearsed: 0, difference: null });
  });
  it('finds states that are equal to the byte, each once', () => {
    const [x, y, z] = [state('o1', 'x'), state('o2', 'x'), state('o3', 'z')];
    const [p, q] = [state('r1', 'x'), state('r2', 'q')];
    expect(compareRehearsal({ effects: [], states: [x, y, z] }, { effects: [], states: [p, q] })).toMatchObject({
      states: [
        { original: x, equal: p },
        { original: y, equal: null },
        { original: z, equal: null },
      ],
      onlyRehearsed: [q],
    });
  });
});
