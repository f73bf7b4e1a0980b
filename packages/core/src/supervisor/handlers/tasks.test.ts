import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, operator, system, TestFleet } from '../../../testing/index.ts';
import { isoOf } from '../../kernel/clock.ts';

let fleet: TestFleet;
let ann: string;
let bob: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ann = await fleet.agent('ann');
  bob = await fleet.agent('bob');
});
const add = async (title = 'work', more: object = {}) => (await fleet.do('tasks.add', { title, ...more })).taskId;
const claim = async (agentId: string, more: object = {}) =>
  (await fleet.do('tasks.claim', { agentId, ...more }, fleet.as(agentId))).taskIds;
const sweep = (...taskIds: string[]) => fleet.do('tasks.sweep', { taskIds }, system);

describe('claims', () => {
  it('I-TASK-7: by priority, then by age', async () => {
    const low = await add('low', { priority: -1 });
    const first = await add('first');
    const second = await add('second');
    const high = await add('high', { priority: 9 });
    expect(await claim(ann, { limit: 3 })).toEqual([high, first, second]);
    expect(await claim(bob, { limit: 3 })).toEqual([low]);
    expect(await claim(bob)).toEqual([]);
  });
  it('takes only tasks that carry all labels asked for', async () => {
    const plain = await add('plain');
    const both = await add('both', { labels: ['ts', 'ui', 'ts'] });
    expect(await claim(ann, { labels: ['ui', 'api'] })).toEqual([]);
    expect(await claim(ann, { labels: ['ui', 'ts'] })).toEqual([both]);
    expect(fleet.taskOf(both).labels).toEqual(['ts', 'ui']);
    expect(await claim(ann)).toEqual([plain]);
  });
  it('I-TASK-1: of many claims in one batch each task goes to one, in the order of arrival', async () => {
    const ids = [await add('1'), await add('2', { labels: ['x'] }), await add('3')];
    const asked = [
      commandOf('tasks.claim', { agentId: ann }, operator),
      commandOf('tasks.claim', { agentId: bob, labels: ['x'] }, operator),
      commandOf('tasks.claim', { agentId: ann }, operator),
      commandOf('tasks.claim', { agentId: bob }, operator),
    ];
    const results = (await fleet.batch(asked)).map((r) => (r.ok ? (r.value as { taskIds: string[] }).taskIds : []));
    expect(results).toEqual([[ids[0]], [ids[1]], [ids[2]], []]);
  });
  it('an empty answer means that nothing is ready: what another set of labels took is made up for', async () => {
    const [one, two, three] = [await add('1', { labels: ['x'] }), await add('2', { labels: ['x'] }), await add('3')];
    const results = await fleet.batch([
      commandOf('tasks.claim', { agentId: ann }, operator),
      commandOf('tasks.claim', { agentId: bob, labels: ['x'] }, operator),
      commandOf('tasks.claim', { agentId: ann }, operator),
    ]);
    expect(results.map((r) => r.ok && r.value)).toMatchObject([{ taskIds: [one] }, { taskIds: [two] }, { taskIds: [three] }]);
  });
  it('I-TASK-3: a request asked again is not answered with a later claim of the same agent', async () => {
    const id = await add();
    expect(await claim(ann, { requestId: 'r1', leaseMs: 1_000 })).toEqual([id]);
    fleet.clock.pass(1_000);
    await sweep(id);
    expect(await claim(ann, { requestId: 'r2' })).toEqual([id]);
    // two workers of one agent would both complete with the token of the second claim
    expect(await claim(ann, { requestId: 'r1' })).toEqual([]);
    expect(await fleet.do('tasks.claim', { agentId: ann, requestId: 'r2' })).toEqual({ taskIds: [id], tokens: ['2'] });
  });
  it('I-TASK-3: the same request after a lost reply has the same tasks, and takes no more', async () => {
    const ids = [await add('1'), await add('2')];
    expect(await claim(ann, { requestId: 'r1' })).toEqual([ids[0]]);
    expect(await claim(ann, { requestId: 'r1' })).toEqual([ids[0]]);
    expect(fleet.taskOf(ids[0] as string).attempts).toBe(1);
    // the id is the agent's own: another one's request is another request
    expect(await claim(bob, { requestId: 'r1' })).toEqual([ids[1]]);
  });
  it('I-TASK-3: in one batch too', async () => {
    const id = await add();
    const twice = [1, 2].map(() => commandOf('tasks.claim', { agentId: ann, requestId: 'r' }, operator));
    expect((await fleet.batch(twice)).map((r) => r.ok && r.value)).toMatchObject([{ taskIds: [id] }, { taskIds: [id] }]);
    expect(fleet.taskOf(id).claimToken).toBe(1n);
  });
  it('I-TASK-3: an empty answer is not remembered', async () => {
    expect(await claim(ann, { requestId: 'r' })).toEqual([]);
    const id = await add();
    expect(await claim(ann, { requestId: 'r' })).toEqual([id]);
  });
  it('I-TASK-1: a repeated request never hands out the claim that someone else has by now', async () => {
    const id = await add();
    await claim(ann, { requestId: 'r', leaseMs: 1_000 });
    fleet.clock.pass(1_000);
    await sweep(id);
    expect(await claim(bob)).toEqual([id]);
    expect(await claim(ann, { requestId: 'r' })).toEqual([]);
  });
  it('is refused for another’s agent, and for one that has ended', async () => {
    await add();
    expect((await fleet.refused('tasks.claim', { agentId: bob }, fleet.as(ann))).code).toBe('not_found');
    await fleet.do('agents.finish', { id: ann, outcome: 'completed' });
    expect((await fleet.refused('tasks.claim', { agentId: ann }, fleet.as(ann))).code).toBe('illegal_transition');
  });
  it('an agent claims for those below it', async () => {
    const child = await fleet.agent('child', ann);
    const id = await add();
    expect((await fleet.do('tasks.claim', { agentId: child }, fleet.as(ann))).taskIds).toEqual([id]);
    expect(fleet.taskOf(id).agentId).toBe(child);
  });
});

describe('writes by a holder', () => {
  let id: string;
  let token: string;
  beforeEach(async () => {
    id = await add();
    await claim(ann, { leaseMs: 10_000 });
    token = fleet.tokenOf(id);
  });
  const lateBy = () => fleet.events('task.superseded', id).map((e) => [e.data.verb, e.data.token]);

  it('I-TASK-2: complete, and the result is kept', async () => {
    expect(await fleet.do('tasks.complete', { id, token, result: { n: 1 } }, fleet.as(ann))).toEqual({ taskId: id, state: 'done' });
    expect(fleet.taskOf(id)).toMatchObject({ state: 'done', result: { n: 1 }, agentId: null, finishedAtMs: fleet.clock.nowMs() });
  });
  it('I-TASK-3: a completion told twice by its token is one, and the first result stays', async () => {
    await fleet.do('tasks.complete', { id, token, result: 1 }, fleet.as(ann));
    const seq = fleet.state.seq;
    expect(await fleet.do('tasks.complete', { id, token, result: 2 }, fleet.as(ann))).toEqual({ taskId: id, state: 'done' });
    expect(fleet.taskOf(id).result).toBe(1);
    expect(fleet.state.seq).toBe(seq);
  });
  it('I-TASK-2: a late write is refused with stale_token, kept, and changes nothing', async () => {
    fleet.clock.pass(10_000);
    await sweep(id);
    await claim(bob);
    const now = fleet.taskOf(id);
    for (const verb of ['complete', 'fail', 'release', 'renew'] as const)
      expect((await fleet.refused(`tasks.${verb}`, { id, token }, fleet.as(ann))).code, verb).toBe('stale_token');
    expect(lateBy()).toEqual(['complete', 'fail', 'release', 'renew'].map((v) => [v, token]));
    expect(fleet.taskOf(id)).toEqual(now);
    expect(fleet.tokenOf(id)).not.toBe(token);
  });
  it('I-TASK-2: the same agent’s older token is as stale as another’s', async () => {
    fleet.clock.pass(10_000);
    await sweep(id);
    await claim(ann);
    expect((await fleet.refused('tasks.complete', { id, token }, fleet.as(ann))).code).toBe('stale_token');
  });
  it('I-TASK-2: a token that an agent guessed is no claim of its own', async () => {
    for (const verb of ['complete', 'fail', 'release', 'renew'] as const)
      expect((await fleet.refused(`tasks.${verb}`, { id, token }, fleet.as(bob))).code, verb).toBe('forbidden');
    expect(fleet.taskOf(id)).toMatchObject({ state: 'claimed', agentId: ann });
  });
  it('renewing puts the end of the lease off, and the sweep keeps away from it', async () => {
    fleet.clock.pass(9_000);
    await fleet.do('tasks.renew', { id, token, leaseMs: 10_000 }, fleet.as(ann));
    fleet.clock.pass(9_999);
    expect(await sweep(id)).toEqual({ moved: 0 });
    expect(fleet.taskOf(id).state).toBe('claimed');
    fleet.clock.pass(1);
    expect(await sweep(id)).toEqual({ moved: 1 });
  });
  it('a release gives the task back at once and costs no attempt', async () => {
    await fleet.do('tasks.release', { id, token }, fleet.as(ann));
    expect(fleet.taskOf(id)).toMatchObject({ state: 'ready', attempts: 0, agentId: null });
    expect(await claim(bob)).toEqual([id]);
    expect(fleet.tokenOf(id)).toBe('2');
  });
  it('I-TASK-5: a failed attempt waits longer each time, then the dead-letter column keeps every failure', async () => {
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      await fleet.do('tasks.fail', { id, token: fleet.tokenOf(id), error: `broken ${attempt}` });
      const t = fleet.taskOf(id);
      if (attempt === 3) break;
      expect(t.state).toBe('scheduled');
      waits.push((t.notBeforeMs ?? 0) - fleet.clock.nowMs());
      expect(await claim(bob)).toEqual([]);
      fleet.clock.pass(waits.at(-1) as number);
      await sweep(id);
      expect(await claim(ann)).toEqual([id]);
    }
    expect(waits).toEqual([1_000, 2_000]);
    expect(fleet.taskOf(id)).toMatchObject({ state: 'dead-letter', attempts: 3 });
    expect(fleet.taskOf(id).failures.map((f) => [f.error, f.attempt, f.agentId])).toEqual([1, 2, 3].map((n) => [`broken ${n}`, n, ann]));
  });
  it('I-TASK-5: a failure that no retry can mend is final at once', async () => {
    await fleet.do('tasks.fail', { id, token, error: 'no such file', retryable: false });
    expect(fleet.taskOf(id).state).toBe('failed');
  });
  it('I-TASK-5: a task whose every holder vanishes ends in the dead-letter column too', async () => {
    for (let n = 0; n < 3; n++) {
      fleet.clock.pass(400_000);
      await sweep(id);
      if (n < 2) await claim(bob);
    }
    expect(fleet.taskOf(id).state).toBe('dead-letter');
  });
  it('I-TASK-4: the sweep is level-triggered, twice is once, and it acts on what it reads itself', async () => {
    fleet.clock.pass(10_000);
    expect(await sweep(id, id, 'unknown')).toEqual({ moved: 1 });
    const seq = fleet.state.seq;
    expect(await sweep(id)).toEqual({ moved: 0 });
    expect(fleet.state.seq).toBe(seq);
  });
  it('an operator takes a claim away; what the holder then writes is late', async () => {
    await fleet.do('tasks.force-release', { id, reason: 'stuck' });
    expect(fleet.taskOf(id).state).toBe('ready');
    expect((await fleet.refused('tasks.complete', { id, token }, fleet.as(ann))).code).toBe('stale_token');
    expect((await fleet.refused('tasks.force-release', { id })).code).toBe('illegal_transition');
  });
  it('of an unknown task there is nothing to say', async () => {
    expect((await fleet.refused('tasks.complete', { id: 'nope', token: '1' })).code).toBe('not_found');
  });
});

describe('adding', () => {
  it('the same request twice is one task, also in one batch', async () => {
    const one = await add('once', { requestId: 'r' });
    expect(await add('twice', { requestId: 'r' })).toBe(one);
    const both = [1, 2].map(() => commandOf('tasks.add', { title: 'x', requestId: 's' }, operator));
    const ids = (await fleet.batch(both)).map((r) => r.ok && (r.value as { taskId: string }).taskId);
    expect(ids[0]).toBe(ids[1]);
    expect(fleet.state.tasks.size).toBe(2);
  });
  it('I-TASK-4: a blocked task gets ready with the last of its dependencies, never before', async () => {
    const [a, b] = [await add('a'), await add('b')];
    const c = await add('c', { dependsOn: [a, b, a] });
    expect(fleet.taskOf(c)).toMatchObject({ state: 'blocked', dependsOn: [a, b] });
    expect((await claim(ann, { limit: 9 })).sort()).toEqual([a, b].sort());
    await fleet.do('tasks.complete', { id: a, token: '1' });
    expect(fleet.taskOf(c).state).toBe('blocked');
    await fleet.do('tasks.complete', { id: b, token: '1' });
    expect(fleet.taskOf(c).state).toBe('ready');
    expect(fleet.taskOf(await add('d', { dependsOn: [a] })).state).toBe('ready');
  });
  it('I-TASK-4: all dependencies done in one batch unblock it once', async () => {
    const ids = [await add('a'), await add('b')];
    const c = await add('c', { dependsOn: ids });
    await claim(ann, { limit: 9 });
    await fleet.batch(ids.map((id) => commandOf('tasks.complete', { id, token: '1' }, operator)));
    expect(fleet.events('task.ready', c)).toHaveLength(1);
  });
  it('a time that has not come schedules it; the sweep makes it ready then', async () => {
    const at = fleet.clock.nowMs() + 60_000;
    const id = await add('later', { notBefore: isoOf(at) });
    expect(fleet.taskOf(id).state).toBe('scheduled');
    expect(await sweep(id)).toEqual({ moved: 0 });
    fleet.clock.pass(60_000);
    await sweep(id);
    expect(fleet.taskOf(id).state).toBe('ready');
  });
  it('a blocked task waits for its time too when its dependencies are done first', async () => {
    const a = await add('a');
    const c = await add('c', { dependsOn: [a], notBefore: isoOf(fleet.clock.nowMs() + 60_000) });
    await claim(ann);
    await fleet.do('tasks.complete', { id: a, token: '1' });
    expect(fleet.taskOf(c).state).toBe('scheduled');
    fleet.clock.pass(60_000);
    await sweep(c);
    expect(fleet.taskOf(c).state).toBe('ready');
  });
  it('refuses a dependency that is not there', async () => {
    expect(await fleet.refused('tasks.add', { title: 'x', dependsOn: ['tsk_nope'] })).toEqual({
      code: 'not_found',
      kind: 'task',
      id: 'tsk_nope',
    });
  });
});

describe('operators', () => {
  it('retry gives a dead letter all its attempts again, and keeps its failures', async () => {
    const id = await add('x', { maxAttempts: 1 });
    await claim(ann);
    await fleet.do('tasks.fail', { id, token: '1', error: 'e' });
    expect(fleet.taskOf(id).state).toBe('dead-letter');
    await fleet.do('tasks.retry', { id });
    expect(fleet.taskOf(id)).toMatchObject({ state: 'ready', attempts: 0, finishedAtMs: null });
    expect(fleet.taskOf(id).failures).toHaveLength(1);
    expect((await fleet.refused('tasks.retry', { id })).code).toBe('illegal_transition');
  });
  it('a cancelled task that was blocked is blocked again when it is retried', async () => {
    const a = await add('a');
    const c = await add('c', { dependsOn: [a] });
    await fleet.do('tasks.cancel', { id: c });
    await fleet.do('tasks.retry', { id: c });
    expect(fleet.taskOf(c).state).toBe('blocked');
    await claim(ann);
    await fleet.do('tasks.complete', { id: a, token: '1' });
    expect(fleet.taskOf(c).state).toBe('ready');
  });
  it('cancel takes a claim away, is fine twice, and not possible once done', async () => {
    const id = await add();
    await claim(ann);
    await fleet.do('tasks.cancel', { id, reason: 'no need' });
    await fleet.do('tasks.cancel', { id });
    expect(fleet.events('task.cancelled')).toHaveLength(1);
    expect((await fleet.refused('tasks.complete', { id, token: '1' })).code).toBe('stale_token');
    const other = await add();
    await claim(ann);
    await fleet.do('tasks.complete', { id: other, token: '1' });
    expect((await fleet.refused('tasks.cancel', { id: other })).code).toBe('illegal_transition');
  });
  it('a new priority counts from the next claim on; the same one is no event', async () => {
    const [a, b] = [await add('a'), await add('b')];
    await fleet.do('tasks.prioritise', { id: b, priority: 5 });
    await fleet.do('tasks.prioritise', { id: b, priority: 5 });
    expect(fleet.events('task.prioritised')).toHaveLength(1);
    expect(await claim(ann, { limit: 2 })).toEqual([b, a]);
  });
});
