import { beforeEach, describe, expect, it } from 'vitest';
import { TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let lead: string;
let coder: string;
let other: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ({ lead, coder, other } = await fleet.tree<'lead' | 'coder' | 'other'>({ lead: { coder: {} }, other: {} }));
});
const r = { requestId: 'r' };
const waiting = { ok: true, value: { state: 'waiting', requestId: 'r' } };
const ended = (endState: string) => ({ ok: true, value: { state: 'ended', requestId: 'r', endState } });
const finish = (id: string, outcome: 'completed' | 'failed' = 'completed') => fleet.do('agents.finish', { id, outcome }, fleet.as(id));
const task = async (more: { dependsOn?: string[] } = {}) => (await fleet.do('tasks.add', { title: 't', ...more })).taskId;
const claim = async (agentId: string) => (await fleet.do('tasks.claim', { agentId }, fleet.as(agentId))).taskIds[0] ?? '';
const waiters = (id: string) => fleet.state.endWatches.get(id)?.waiters.map((w) => w.agentId) ?? [];
const ends = (id: string) => fleet.events('agent.wait-ended', id).map((e) => e.data.why);

describe('waiting for the end of an agent', () => {
  it('is served in the transaction that ends it, and who asks again hears the same', async () => {
    expect(await fleet.waitForAgent(lead, coder, r)).toMatchObject(waiting);
    expect(await fleet.waitForAgent(lead, coder, r)).toMatchObject(waiting);
    expect(waiters(coder)).toEqual([lead]);
    await finish(coder, 'failed');
    expect(fleet.events('agent.wait-ended', lead)).toMatchObject([{ data: { at: `agent:${coder}`, why: 'served', state: 'failed' } }]);
    expect(waiters(coder)).toEqual([]);
    expect(await fleet.waitForAgent(lead, coder, r)).toEqual(ended('failed'));
  });
  it('answers at once where it has ended already, and leaves nothing behind', async () => {
    await finish(coder);
    expect(await fleet.waitForAgent(lead, coder, r)).toEqual(ended('completed'));
    expect(fleet.state.endWatches.size).toBe(0);
  });
  it('an end by a stop counts as one by itself', async () => {
    await fleet.waitForAgent(other, coder, r);
    await fleet.do('agents.stop', { id: coder, reason: 'enough' });
    expect(waiters(coder)).toEqual([other]);
    await fleet.do('agents.finish', { id: coder, outcome: 'stopped' }, fleet.as(coder));
    expect(fleet.agentOf(coder).state).toBe('stopped');
    expect(waiters(coder)).toEqual([]);
    expect(await fleet.waitForAgent(other, coder, r)).toEqual(ended('stopped'));
  });
  it('times out at its deadline, whether or not a sweep came', async () => {
    expect(await fleet.waitForAgent(lead, coder, { ...r, waitMs: 0 })).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 0 } });
    await fleet.waitForAgent(lead, coder, { ...r, waitMs: 5_000 });
    fleet.clock.pass(4_999);
    await fleet.sweepCoordination();
    expect(waiters(coder)).toEqual([lead]);
    fleet.clock.pass(1);
    expect(await fleet.waitForAgent(lead, coder, r)).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 5_000 } });
    expect(waiters(coder)).toEqual([]);
  });
  it('is refused for what is not there, and for a waiter that is not the caller', async () => {
    expect(await fleet.waitForAgent(lead, 'agt_none')).toMatchObject({ ok: false, error: { code: 'not_found', kind: 'agent' } });
    expect(await fleet.waitForTask(lead, coder)).toMatchObject({ ok: false, error: { code: 'not_found', kind: 'task' } });
    expect(await fleet.refused('agents.wait', { id: coder, agentId: lead }, fleet.as(other))).toMatchObject({
      code: 'not_found',
      id: lead,
    });
    expect(fleet.state.endWatches.size).toBe(0);
  });
  it('I-SYNC-3: is withdrawn by the call that asked last for it, and by no other', async () => {
    await fleet.waitForAgent(lead, coder, { ...r, callId: 'one' });
    await fleet.waitForAgent(lead, coder, { ...r, callId: 'two' });
    const withdraw = (callId: string) => fleet.do('waits.withdraw', { id: coder, agentId: lead, requestId: 'r', callId }, fleet.as(lead));
    expect(await withdraw('one')).toEqual({ withdrawn: false });
    expect(waiters(coder)).toEqual([lead]);
    expect(await withdraw('two')).toEqual({ withdrawn: true });
    expect([waiters(coder), ends(lead)]).toEqual([[], ['withdrawn']]);
  });
});

describe('waiting for the end of a task', () => {
  it.each([
    ['done', 'tasks.complete'],
    ['failed', 'tasks.fail'],
  ] as const)('%s is told in the transaction of %s', async (state, type) => {
    const id = await task();
    await claim(coder);
    expect(await fleet.waitForTask(lead, id, r)).toMatchObject(waiting);
    const held = { id, token: fleet.tokenOf(id) };
    if (type === 'tasks.fail') await fleet.do(type, { ...held, error: 'x', retryable: false }, fleet.as(coder));
    else await fleet.do(type, held, fleet.as(coder));
    expect(waiters(id)).toEqual([]);
    expect(await fleet.waitForTask(lead, id, r)).toEqual(ended(state));
  });
  it('a cancelled one has ended; one that is tried again has not', async () => {
    const id = await task();
    await claim(coder);
    await fleet.waitForTask(lead, id, r);
    await fleet.do('tasks.fail', { id, token: fleet.tokenOf(id), error: 'x' }, fleet.as(coder));
    expect(waiters(id)).toEqual([lead]);
    await fleet.do('tasks.cancel', { id, reason: 'no more' });
    expect(await fleet.waitForTask(lead, id, r)).toEqual(ended('cancelled'));
  });
});

describe('I-SYNC-7: circles of waits for agents and tasks', () => {
  const deadlock = (...cycle: string[]) => ({ ok: false, error: { code: 'deadlock', cycle } });

  it('parent and child that wait for each other: the younger wait is told the circle, the other goes on', async () => {
    await fleet.waitForAgent(lead, coder, r);
    fleet.clock.pass(1);
    const told = deadlock(coder, `agent:${lead}`, lead, `agent:${coder}`, coder);
    expect(await fleet.waitForAgent(coder, lead, r)).toEqual(told);
    expect([waiters(coder), waiters(lead)]).toEqual([[lead], []]);
    // whoever asks again hears the same
    expect(await fleet.waitForAgent(coder, lead, r)).toEqual(told);
    await finish(coder);
    expect(await fleet.waitForAgent(lead, coder, r)).toEqual(ended('completed'));
  });
  it('an agent that waits for its own end', async () => {
    expect(await fleet.waitForAgent(lead, lead, r)).toEqual(deadlock(lead, `agent:${lead}`, lead));
  });
  it('a task whose holder waits for who waits for it, also where the task waits for the one that is held', async () => {
    const first = await task();
    const then = await task({ dependsOn: [first] });
    const last = await task({ dependsOn: [then] });
    expect(await claim(coder)).toBe(first);
    await fleet.waitForTask(lead, last, r);
    fleet.clock.pass(1);
    expect(await fleet.waitForAgent(coder, lead, r)).toEqual(deadlock(coder, `agent:${lead}`, lead, `task:${last}`, coder));
  });
  it('through a lock and a task', async () => {
    const id = await task();
    await claim(coder);
    await fleet.held(lead, 'deploy');
    await fleet.waitForTask(lead, id, r);
    fleet.clock.pass(1);
    expect(await fleet.acquire(coder, 'deploy', { waitMs: 30_000, requestId: 'l' })).toEqual(
      deadlock(coder, 'lock:deploy', lead, `task:${id}`, coder),
    );
  });
  it('the victim has the lower priority, whoever began', async () => {
    const id = await task();
    await claim(coder);
    await fleet.held(lead, 'deploy');
    await fleet.acquire(coder, 'deploy', { waitMs: 30_000, priority: 1 });
    fleet.clock.pass(1);
    expect(await fleet.waitForTask(lead, id, r)).toMatchObject({ ok: false, error: { code: 'deadlock' } });
    expect(fleet.standing('deploy')).toEqual({ holders: [lead], waiters: [coder] });
  });
  it('a task that nobody holds, or that can be ready, is no ground; nor is a wait beside which the agent works', async () => {
    const id = await task();
    expect(await fleet.waitForTask(coder, id, r)).toMatchObject(waiting);
    expect(await fleet.waitForAgent(lead, coder, r)).toMatchObject(waiting);
    await finish(coder);
    const more = await fleet.agent('more');
    await fleet.waitForAgent(other, more, { ...r, blocking: false });
    expect(await fleet.waitForAgent(more, other, r)).toMatchObject(waiting);
  });
  it('a claim that closes a circle is found by the next sweep, and by a dependency that does', async () => {
    const id = await task();
    await fleet.waitForTask(lead, id, r);
    await fleet.waitForAgent(coder, lead, r);
    expect(await fleet.sweepCoordination()).toMatchObject({ deadlocks: 0 });
    await claim(coder);
    expect(await fleet.sweepCoordination()).toMatchObject({ deadlocks: 1 });
    expect(await fleet.sweepCoordination()).toMatchObject({ deadlocks: 0 });
    expect([ends(lead), ends(coder)]).toEqual([[], ['deadlock']]);
  });
});

describe('I-SYNC-8: a stop ends the waits below it', () => {
  it('in the transaction that accepts it, and refuses new ones', async () => {
    const id = await task();
    await fleet.waitForTask(coder, id, r);
    await fleet.waitForAgent(other, coder, r);
    await fleet.do('agents.stop', { id: lead, reason: 'enough' });
    expect([waiters(id), ends(coder)]).toEqual([[], ['stopped']]);
    expect(waiters(coder)).toEqual([other]);
    expect(await fleet.waitForTask(coder, id, r)).toMatchObject({ ok: false, error: { code: 'fenced' } });
  });
  it('the end of the waiter ends its wait', async () => {
    await fleet.waitForAgent(coder, other, r);
    await finish(coder);
    expect([waiters(other), ends(coder)]).toEqual([[], ['ended']]);
  });
});
