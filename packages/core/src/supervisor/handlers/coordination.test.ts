import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, operator, system, TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let a: string;
let b: string;
let c: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ({ a, b, c } = await fleet.tree<'a' | 'b' | 'c'>({ a: {}, b: {}, c: {} }));
});
const r = { requestId: 'r' };
const waiting = { waitMs: 30_000 };
const stands = { ok: true, value: { state: 'waiting' } };
const ended = (endState: string) => ({ ok: true, value: { state: 'ended', requestId: 'r', endState } });
const waiters = (id: string) => fleet.state.endWatches.get(id)?.waiters.map((w) => [w.agentId, w.requestId]) ?? [];
const task = async (more: object = {}) => (await fleet.do('tasks.add', { title: 't', ...more })).taskId;

describe('what is kept under a request', () => {
  it('a hold whose lease was over may be asked for again, by the same request', async () => {
    expect(await fleet.held(a, 'x', { ...r, leaseMs: 5_000 })).toBe('1');
    fleet.clock.pass(5_000);
    expect(await fleet.held(a, 'x', r)).toBe('2');
  });
  it('what one holder of several gives back is over for that one alone', async () => {
    const token = await fleet.held(a, 'pool', { ...r, permits: 2 });
    const other = await fleet.held(b, 'pool', { ...r, permits: 2 });
    await fleet.release(b, 'pool', other);
    expect(await fleet.held(a, 'pool', { ...r, permits: 2 })).toBe(token);
    expect(await fleet.acquire(b, 'pool', { ...r, permits: 2 })).toMatchObject({ ok: false, error: { code: 'stale_token' } });
  });
  it('who withdrew may ask again: at a lock, at a barrier, for an end', async () => {
    await fleet.held(a, 'x');
    for (let n = 0; n < 2; n++) {
      expect(await fleet.acquire(b, 'x', { ...waiting, ...r })).toMatchObject(stands);
      expect(await fleet.do('locks.withdraw', { name: 'x', agentId: b, ...r })).toEqual({ withdrawn: true });
      expect(await fleet.waitForAgent(b, a, r)).toMatchObject(stands);
      expect(await fleet.do('waits.withdraw', { id: a, agentId: b, ...r })).toEqual({ withdrawn: true });
    }
    expect(await fleet.arrive(b, 'meet', 2, { ...r, onPartyDeath: 'shrink', partyIds: [b, c] })).toMatchObject(stands);
  });
  it('an end that was told stays told, though its task is taken up again', async () => {
    const id = await task();
    expect(await fleet.waitForTask(a, id, r)).toMatchObject(stands);
    await fleet.do('tasks.cancel', { id });
    await fleet.do('tasks.retry', { id });
    expect(fleet.taskOf(id).state).toBe('ready');
    expect(await fleet.waitForTask(a, id, r)).toEqual(ended('cancelled'));
    expect(await fleet.waitForTask(a, id, { requestId: 'another' })).toMatchObject(stands);
  });
  it('a request of its own where none was given, and until when it may wait', async () => {
    const nowMs = fleet.clock.nowMs();
    await fleet.waitForAgent(a, c, { ...r, waitMs: 9_000 });
    await fleet.waitForAgent(b, c, { requestId: 'other', waitMs: 8_000 });
    expect(await fleet.waitForAgent(b, c, { waitMs: 5_000 })).toEqual({
      ok: true,
      value: { state: 'waiting', requestId: expect.stringMatching(/^req_/), deadlineMs: nowMs + 5_000 },
    });
    expect(await fleet.waitForAgent(b, c, { requestId: 'other' })).toMatchObject({ value: { deadlineMs: nowMs + 8_000 } });
    expect(await fleet.waitForAgent(a, c, r)).toMatchObject({ value: { deadlineMs: nowMs + 9_000 } });
  });
});

describe('withdrawing a wait for an end', () => {
  it('ends that wait, by who has it and the request that made it', async () => {
    await fleet.waitForAgent(a, c, r);
    await fleet.waitForAgent(a, c, { requestId: 'more' });
    await fleet.waitForAgent(b, c, r);
    expect(await fleet.do('waits.withdraw', { id: c, agentId: a, ...r })).toEqual({ withdrawn: true });
    expect(waiters(c)).toEqual([
      [a, 'more'],
      [b, 'r'],
    ]);
    expect(await fleet.do('waits.withdraw', { id: c, agentId: a, ...r })).toEqual({ withdrawn: false });
    expect(await fleet.do('waits.withdraw', { id: b, agentId: a, ...r })).toEqual({ withdrawn: false });
    expect(await fleet.refused('waits.withdraw', { id: c, agentId: b, ...r }, fleet.as(a))).toEqual({
      code: 'not_found',
      kind: 'agent',
      id: b,
    });
    expect(waiters(c)).toHaveLength(2);
  });
});

describe('who waits for a task in review', () => {
  const reviewed = async () => {
    const id = await task({ review: true });
    await fleet.do('tasks.claim', { agentId: b }, fleet.as(b));
    await fleet.do('tasks.complete', { id, token: fleet.tokenOf(id) }, fleet.as(b));
    expect(fleet.taskOf(id).state).toBe('in-review');
    expect(await fleet.waitForTask(a, id, r)).toMatchObject(stands);
    return id;
  };
  it('is served by its acceptance', async () => {
    const id = await reviewed();
    await fleet.do('tasks.accept', { id });
    expect(waiters(id)).toEqual([]);
    expect(await fleet.waitForTask(a, id, r)).toEqual(ended('done'));
  });
});

describe('the sweep', () => {
  it('counts what it moved: a lock, a barrier, a wait for an end; then nothing, and nothing is written', async () => {
    await fleet.held(a, 'x', { leaseMs: 5_000 });
    await fleet.arrive(b, 'meet', 2, { waitMs: 5_000 });
    await fleet.waitForAgent(c, a, { waitMs: 5_000 });
    const sweep = () => fleet.supervisor.executeBatch(fleet.projectId, [commandOf('coordination.sweep', {}, system)]);
    fleet.clock.pass(4_999);
    const early = await sweep();
    expect(early.results).toEqual([{ ok: true, value: { settled: 0, deadlocks: 0 } }]);
    expect([early.commit.locks, early.commit.barriers, early.commit.events]).toEqual([[], [], []]);
    fleet.clock.pass(1);
    expect(await fleet.sweepCoordination()).toEqual({ settled: 3, deadlocks: 0 });
    expect(waiters(a)).toEqual([]);
    expect(await fleet.sweepCoordination()).toEqual({ settled: 0, deadlocks: 0 });
  });
});

describe('I-SYNC-7: the victim of a circle', () => {
  it('gives up the wait that closes it, and no other: not another’s at the same place', async () => {
    await fleet.held(a, 'x');
    expect(await fleet.acquire(b, 'x', { ...waiting, requestId: 'of b', priority: 1 })).toMatchObject(stands);
    expect(await fleet.waitForAgent(c, b, r)).toMatchObject(stands);
    expect(await fleet.waitForAgent(a, b, r)).toMatchObject({ ok: false, error: { code: 'deadlock' } });
    expect(waiters(b)).toEqual([[c, 'r']]);
    expect(await fleet.waitForAgent(a, b, r)).toMatchObject({ ok: false, error: { code: 'deadlock' } });
    expect(fleet.standing('x')).toEqual({ holders: [a], waiters: [b] });
  });
  it('at a barrier', async () => {
    await fleet.held(a, 'x');
    await fleet.acquire(b, 'x', { ...waiting, requestId: 'of b', priority: 1 });
    const partyIds = [a, b];
    expect(await fleet.arrive(a, 'meet', 2, { ...r, partyIds, onPartyDeath: 'shrink' })).toMatchObject({
      ok: false,
      error: { code: 'deadlock' },
    });
    // who asks again hears the same
    expect(await fleet.arrive(a, 'meet', 2, { ...r, partyIds, onPartyDeath: 'shrink' })).toMatchObject({
      ok: false,
      error: { code: 'deadlock' },
    });
  });
});

describe('I-SYNC-8: a stop that is larger than one transaction', () => {
  it('takes from its subtree what it holds and waits for, and from nobody else', async () => {
    fleet = new TestFleet({}, { stopAtOnceUpTo: 0 });
    const t = await fleet.tree<'lead' | 'coder' | 'other' | 'third'>({ lead: { coder: {} }, other: {}, third: {} });
    await fleet.held(t.coder, 'theirs');
    await fleet.held(t.third, 'ours');
    await fleet.acquire(t.other, 'theirs', waiting);
    await fleet.acquire(t.coder, 'ours', waiting);
    await fleet.arrive(t.coder, 'meet', 2, r);
    await fleet.waitForAgent(t.coder, t.third, r);
    await fleet.waitForAgent(t.other, t.coder, r);
    await fleet.do('agents.stop', { id: t.lead, reason: 'x' });
    expect([fleet.standing('theirs'), fleet.standing('ours')]).toEqual([
      { holders: [t.other], waiters: [] },
      { holders: [t.third], waiters: [] },
    ]);
    expect([fleet.barrierOf('meet').waiting, waiters(t.third), waiters(t.coder)]).toEqual([0, [], [[t.other, 'r']]]);
  });
  it('of everything takes from everybody', async () => {
    fleet = new TestFleet({}, { stopAtOnceUpTo: 0 });
    const t = await fleet.tree<'lead' | 'other'>({ lead: {}, other: {} });
    await fleet.held(t.lead, 'x');
    await fleet.acquire(t.other, 'x', waiting);
    await fleet.do('project.stop', { reason: 'fire' });
    expect(fleet.standing('x')).toEqual({ holders: [], waiters: [] });
  });
});

describe('what changes nothing', () => {
  it('is not written: a second release, a second withdrawal', async () => {
    const token = await fleet.held(a, 'x');
    await fleet.release(a, 'x', token);
    const again = [
      commandOf('locks.release', { name: 'x', agentId: a, token }, operator),
      commandOf('waits.withdraw', { id: b, agentId: a, requestId: 'none' }, operator),
    ];
    const { commit } = await fleet.supervisor.executeBatch(fleet.projectId, again);
    expect([commit.locks, commit.barriers, commit.events]).toEqual([[], [], []]);
  });
});
