import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, operator, TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let ann: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ann = await fleet.agent('ann');
});
const claimed = async (agentId: string, more: object = {}) => {
  const { taskId } = await fleet.do('tasks.add', { title: 'work', ...more });
  await fleet.do('tasks.claim', { agentId });
  expect(fleet.taskOf(taskId).agentId).toBe(agentId);
  return taskId;
};

describe('claims of an agent that ends by itself', () => {
  it.each(['completed', 'failed', 'stopped'] as const)('go back at once when it reports %s, not when their lease ends', async (outcome) => {
    const taskId = await claimed(ann);
    await fleet.do('agents.finish', { id: ann, outcome });
    expect(fleet.taskOf(taskId)).toMatchObject({ state: 'ready', agentId: null, claimExpiresAtMs: null, attempts: 1 });
    const released = fleet.events('task.released');
    expect(released.map((e) => e.data)).toEqual([{ agentId: ann, why: 'holder-ended' }]);
    // one transaction: the end and the release have the same moment and follow each other
    expect(released[0]?.seq).toBe((fleet.events('agent.ended').at(-1)?.seq ?? 0) + 1);
  });
  it('go back when its process ends', async () => {
    const runnerId = await fleet.runner();
    const worker = await fleet.launched('worker', runnerId);
    const taskId = await claimed(worker);
    await fleet.exited(runnerId, worker, { exitCode: null, signal: 'SIGKILL' });
    expect(fleet.taskOf(taskId).state).toBe('ready');
    const bob = await fleet.agent('bob');
    expect((await fleet.do('tasks.claim', { agentId: bob })).taskIds).toEqual([taskId]);
  });
  it('I-TASK-2: the token of the one that ended is worth nothing any more', async () => {
    const taskId = await claimed(ann);
    const token = fleet.tokenOf(taskId);
    await fleet.do('agents.finish', { id: ann, outcome: 'completed' });
    await fleet.do('tasks.claim', { agentId: await fleet.agent('bob') });
    expect((await fleet.refused('tasks.complete', { id: taskId, token })).code).toBe('stale_token');
  });
  it('I-TASK-5: each such end uses an attempt up, so a task that ends all its holders becomes a dead letter', async () => {
    const taskId = await claimed(ann, { maxAttempts: 2 });
    await fleet.do('agents.finish', { id: ann, outcome: 'failed' });
    expect(fleet.taskOf(taskId).state).toBe('ready');
    const bob = await fleet.agent('bob');
    await fleet.do('tasks.claim', { agentId: bob });
    await fleet.do('agents.finish', { id: bob, outcome: 'failed' });
    expect(fleet.taskOf(taskId)).toMatchObject({
      state: 'dead-letter',
      failures: [{ agentId: bob, error: 'its holder ended without settling it' }],
    });
  });
  it('of several that end in one batch each gives back its own, and one that is told twice nothing twice', async () => {
    const bob = await fleet.agent('bob');
    const tasks = [await claimed(ann), await claimed(bob)];
    const finish = (id: string) => commandOf('agents.finish', { id, outcome: 'completed' }, operator);
    await fleet.batch([finish(ann), finish(bob), finish(ann)]);
    expect(tasks.map((id) => fleet.taskOf(id).state)).toEqual(['ready', 'ready']);
    expect(fleet.events('task.released')).toHaveLength(2);
  });
  it('an acknowledged stop is not such an end: the stop has taken the claims back, without an attempt', async () => {
    const taskId = await claimed(ann);
    await fleet.do('agents.stop', { id: ann });
    await fleet.do('agents.finish', { id: ann, outcome: 'stopped' }, fleet.as(ann));
    expect(fleet.taskOf(taskId)).toMatchObject({ state: 'ready', attempts: 0 });
    expect(fleet.events('task.released').map((e) => e.data.why)).toEqual(['holder-stopped']);
  });
});

describe('the process of an agent that has reported its end', () => {
  it('is ended by its runner when it does not exit: no heartbeat tells a program that beats for itself, and no later stop has it as a member', async () => {
    const runnerId = await fleet.runner();
    const worker = await fleet.launched('worker', runnerId);
    const atMs = fleet.clock.nowMs();
    await fleet.do('agents.finish', { id: worker, outcome: 'completed' }, fleet.as(worker));
    const [order, ...more] = await fleet.stopOrders(runnerId);
    expect(order).toMatchObject({ agentId: worker, epoch: 1, lingers: true, termAtMs: atMs + 30_000, killAtMs: atMs + 35_000 });
    expect(more).toEqual([]);
    // told once more it changes nothing
    await fleet.do('agents.finish', { id: worker, outcome: 'completed' }, fleet.as(worker));
    expect(await fleet.stopOrders(runnerId)).toEqual([]);
  });
  it('is left to the orders of its stop, and there is none without a process', async () => {
    const runnerId = await fleet.runner();
    const worker = await fleet.launched('worker', runnerId);
    await fleet.do('agents.stop', { id: worker });
    expect((await fleet.stopOrders(runnerId)).map((o) => o.lingers)).toEqual([undefined]);
    await fleet.do('agents.finish', { id: worker, outcome: 'stopped' }, fleet.as(worker));
    await fleet.do('agents.finish', { id: ann, outcome: 'completed' }, fleet.as(ann));
    expect(await fleet.stopOrders(runnerId)).toEqual([]);
  });
});
