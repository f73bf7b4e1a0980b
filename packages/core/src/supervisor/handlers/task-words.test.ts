import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, operator, TestFleet } from '../../../testing/index.ts';
import type { Actor } from '../commands.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});

describe('who may say what about a task', () => {
  let ann: string;
  let bob: string;
  beforeEach(async () => {
    ann = await fleet.agent('ann');
    bob = await fleet.agent('bob');
  });
  const add = async (more: object = {}, actor: Actor = operator) => (await fleet.do('tasks.add', { title: 'work', ...more }, actor)).taskId;
  const claim = async (agentId = ann) => (await fleet.do('tasks.claim', { agentId }, fleet.as(agentId))).taskIds[0] as string;
  const rule = (text: string) => ({ code: 'forbidden', rule: text });
  const unknown = { code: 'not_found', kind: 'task', id: 'tsk_x' };

  it('of an unknown task there is nothing to say, by any verb', async () => {
    const refused = [
      await fleet.refused('tasks.depend', { id: 'tsk_x', add: [], remove: [] }),
      await fleet.refused('tasks.edit', { id: 'tsk_x', title: 'y' }),
      await fleet.refused('tasks.comment', { id: 'tsk_x', body: 'x' }),
      await fleet.refused('tasks.attach', { id: 'tsk_x', kind: 'k', name: 'n', content: 'c' }),
      await fleet.refused('tasks.accept', { id: 'tsk_x' }),
      await fleet.refused('tasks.reject', { id: 'tsk_x', reason: 'r' }),
      await fleet.refused('tasks.cancel', { id: 'tsk_x' }),
      await fleet.refused('tasks.prioritise', { id: 'tsk_x', priority: 1 }),
      await fleet.refused('tasks.add', { title: 'x', parentId: 'tsk_x' }),
      await fleet.refused('tasks.add', { title: 'x', dependsOn: ['tsk_x'] }),
      await fleet.refused('tasks.complete', { id: 'tsk_x', token: '1' }),
    ];
    for (const r of refused) expect(r).toEqual(unknown);
  });
  it('each refusal names its rule', async () => {
    const id = await add({}, fleet.as(bob));
    const as = fleet.as(ann);
    expect(await fleet.refused('tasks.depend', { id, add: [], remove: [] }, as)).toEqual(
      rule('who did not add a task does not say what it waits for'),
    );
    expect(await fleet.refused('tasks.edit', { id, title: 'y' }, as)).toEqual(rule('who did not add a task does not say what it is'));
    expect(await fleet.refused('tasks.add', { title: 'x', parentId: id }, as)).toEqual(
      rule('who neither holds nor added a task does not split it'),
    );
    await claim();
    expect(await fleet.refused('tasks.edit', { id, evidence: [] }, fleet.as(bob))).toEqual(
      rule('once work on a task began, only an operator says what it must show'),
    );
    // what it is called is another matter
    await fleet.do('tasks.edit', { id, title: 'renamed' }, fleet.as(bob));
    const outside = rule('the claim is held by an agent outside your subtree');
    expect(await fleet.refused('tasks.complete', { id, token: '1' }, fleet.as(bob))).toEqual(outside);
    expect(await fleet.refused('tasks.attach', { id, token: '1', kind: 'k', name: 'n', content: 'c' }, fleet.as(bob))).toEqual(outside);
  });
  it('I-STOP-1: an agent under a fence says nothing any more', async () => {
    const id = await add({}, fleet.as(bob));
    const as = fleet.as(bob);
    await fleet.do('agents.stop', { id: bob });
    for (const refused of [
      await fleet.refused('tasks.edit', { id, title: 'y' }, as),
      await fleet.refused('tasks.depend', { id, add: [], remove: [] }, as),
      await fleet.refused('tasks.add', { title: 'y' }, as),
    ])
      expect(refused).toMatchObject({ code: 'fenced' });
    const gone: Actor = { kind: 'agent', id: 'agt_x', epoch: 1, path: ['agt_x'] };
    expect(await fleet.refused('tasks.add', { title: 'y' }, gone)).toEqual({ code: 'not_found', kind: 'agent', id: 'agt_x' });
    expect(fleet.taskOf(id).title).toBe('work');
  });
  it('a part stands in the log of the whole; what was added by an agent is split by it, and by whoever holds it', async () => {
    const root = await add({}, fleet.as(bob));
    const part = await add({ parentId: root }, fleet.as(bob));
    expect(fleet.events('task.subtask-added').map((e) => [e.subjectId, e.actor, e.data])).toEqual([
      [root, `agent:${bob}`, { subtaskId: part }],
    ]);
    await claim();
    await add({ parentId: root }, fleet.as(ann));
    await add({ parentId: root });
    expect(fleet.taskOf(root).subtasks).toBe(3);
    const done = await add();
    const holder = await fleet.agent('holder');
    await fleet.do('tasks.claim', { agentId: holder, limit: 9 });
    await fleet.do('tasks.complete', { id: done, token: fleet.tokenOf(done) });
    expect(await fleet.refused('tasks.add', { title: 'x', parentId: done })).toEqual({
      code: 'illegal_transition',
      kind: 'task',
      id: done,
      from: 'done',
      to: 'split',
    });
  });
  it('a task has two hundred parts at most', async () => {
    const root = await add();
    const parts = Array.from({ length: 200 }, () => commandOf('tasks.add', { title: 'p', parentId: root }, operator));
    expect((await fleet.batch(parts)).every((r) => r.ok)).toBe(true);
    expect(await fleet.refused('tasks.add', { title: 'p', parentId: root })).toEqual({
      code: 'limit_reached',
      limit: 'sub-tasks of a task',
      max: 200,
    });
  });
  it('a comment is a fact with its id', async () => {
    const id = await add();
    const { commentId } = await fleet.do('tasks.comment', { id, body: 'x' });
    expect(commentId).toMatch(/^cmt_/);
    expect(fleet.events('task.commented').map((e) => [e.subjectId, e.actor, e.data])).toEqual([[id, 'person:Ann', { commentId }]]);
    await fleet.do('tasks.comment', { id, body: 'x' });
    expect(fleet.state.taskComments.size).toBe(2);
  });
  it('an artefact keeps who brought it and when; one without content the digest that was told', async () => {
    const id = await add();
    await claim();
    const proof = { id, kind: 'diff', name: 'd', uri: 'https://x.example/d', digest: 'ab'.repeat(32) };
    const { artefactId, ...rest } = await fleet.do('tasks.attach', proof);
    expect(artefactId).toMatch(/^art_/);
    expect(rest).toEqual({ taskId: id, state: 'claimed' });
    const plain = { projectId: fleet.projectId, taskId: id, attempt: 1, kind: 'diff', name: 'd', mediaType: null };
    const by = { createdBy: 'person:Ann', createdAtMs: fleet.clock.nowMs() };
    expect([...fleet.state.artefacts.values()]).toEqual([
      { ...plain, ...by, id: artefactId, uri: proof.uri, content: null, digest: proof.digest },
    ]);
    const { digest: _, ...without } = proof;
    await fleet.do('tasks.attach', without);
    expect([...fleet.state.artefacts.values()].at(-1)?.digest).toBeNull();
    // a request of another caller under the same id is another
    await fleet.do('tasks.attach', { ...without, requestId: 'r' });
    await fleet.do('tasks.attach', { ...without, requestId: 'r', token: '1' }, fleet.as(ann));
    expect(fleet.state.artefacts.size).toBe(4);
  });
  it('I-TASK-2: proof without a token, or of a task that nobody holds, is kept as a late word', async () => {
    const id = await add();
    const proof = { id, kind: 'diff', name: 'd', content: '+' };
    expect(await fleet.refused('tasks.attach', proof, fleet.as(ann))).toEqual({ code: 'stale_token', kind: 'task', id });
    expect(await fleet.refused('tasks.attach', { ...proof, token: '0' }, fleet.as(ann))).toMatchObject({ code: 'stale_token' });
    expect(fleet.events('task.superseded').map((e) => [e.subjectId, e.actor, e.data])).toEqual([
      [id, `agent:${ann}`, { agentId: null, token: '', verb: 'attach' }],
      [id, `agent:${ann}`, { agentId: null, token: '0', verb: 'attach' }],
    ]);
  });
});

describe('when a task is ready', () => {
  it('at its very moment, and where its time is over already', async () => {
    const at = (inMs: number) => new Date(fleet.clock.nowMs() + inMs).toISOString();
    const states = [];
    for (const inMs of [-1, 0, 1]) {
      const { taskId } = await fleet.do('tasks.add', { title: 't', notBefore: at(inMs), body: 'b' });
      states.push([fleet.taskOf(taskId).state, fleet.taskOf(taskId).body]);
    }
    expect(states).toEqual([
      ['ready', 'b'],
      ['ready', 'b'],
      ['scheduled', 'b'],
    ]);
  });
});
