import { beforeEach, describe, expect, it } from 'vitest';
import { operator, system, TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let ann: string;
let bob: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ann = await fleet.agent('ann');
  bob = await fleet.agent('bob');
});
const add = async (more: object = {}, actor = operator) => (await fleet.do('tasks.add', { title: 'work', ...more }, actor)).taskId;
const claim = async (agentId = ann, more: object = {}) =>
  (await fleet.do('tasks.claim', { agentId, ...more }, fleet.as(agentId))).taskIds[0] as string;
const complete = (id: string, agentId = ann) => fleet.do('tasks.complete', { id, token: fleet.tokenOf(id) }, fleet.as(agentId));
const attach = (id: string, kind: string, agentId = ann) =>
  fleet.do('tasks.attach', { id, token: fleet.tokenOf(id), kind, name: kind, content: 'x' }, fleet.as(agentId));
const factsOf = (id: string) => fleet.state.events.filter((e) => e.subjectId === id).map((e) => e.type);

describe('a task that a person must accept', () => {
  it('is in review when its holder is done, held by nobody, and done once it is accepted', async () => {
    const id = await add({ review: true });
    const after = await add({ title: 'after', dependsOn: [id] });
    await claim();
    expect(await complete(id)).toEqual({ taskId: id, state: 'in-review' });
    expect(fleet.taskOf(id)).toMatchObject({ agentId: null, claimExpiresAtMs: null, submittedBy: ann, finishedAtMs: null });
    expect(fleet.taskOf(after).state).toBe('blocked');
    expect(await claim(bob)).toBeUndefined();
    expect(await fleet.do('tasks.accept', { id })).toEqual({ taskId: id, state: 'done' });
    expect(fleet.taskOf(after).state).toBe('ready');
    // twice is once
    await fleet.do('tasks.accept', { id });
    expect(factsOf(id).filter((t) => t === 'task.accepted')).toHaveLength(1);
  });
  it('I-TASK-3: a completion told twice is one, in review and after', async () => {
    const id = await add({ review: true });
    await claim();
    await complete(id);
    expect(await complete(id)).toEqual({ taskId: id, state: 'in-review' });
    await fleet.do('tasks.accept', { id });
    expect(await complete(id)).toEqual({ taskId: id, state: 'done' });
    expect(factsOf(id)).not.toContain('task.superseded');
  });
  it('I-TASK-2: after it was sent back the old token writes nothing, and the refusal is kept', async () => {
    const id = await add({ review: true });
    await claim();
    await complete(id);
    await fleet.do('tasks.reject', { id, reason: 'no tests' });
    expect(fleet.taskOf(id)).toMatchObject({ state: 'ready', attempts: 1 });
    expect(fleet.taskOf(id).failures).toMatchObject([{ agentId: ann, error: 'sent back: no tests', attempt: 1 }]);
    expect(await fleet.refused('tasks.complete', { id, token: '1' }, fleet.as(ann))).toMatchObject({ code: 'stale_token' });
    expect(factsOf(id)).toContain('task.superseded');
  });
  it('I-TASK-5: what is sent back after its last attempt is a dead letter', async () => {
    const id = await add({ review: true, maxAttempts: 1 });
    await claim();
    await complete(id);
    expect(await fleet.do('tasks.reject', { id, reason: 'no' })).toMatchObject({ state: 'dead-letter' });
    expect(await fleet.do('tasks.retry', { id })).toMatchObject({ state: 'ready' });
  });
  it('is neither accepted nor sent back before it is in review', async () => {
    const id = await add({ review: true });
    for (const type of ['tasks.accept', 'tasks.reject'] as const)
      expect(await fleet.refused(type, { id, reason: 'because' })).toMatchObject({ code: 'illegal_transition', from: 'ready' });
  });
  it('I-TASK-4: a stop of who did it leaves it in review, and it can be cancelled', async () => {
    const id = await add({ review: true });
    await claim();
    await complete(id);
    await fleet.do('agents.stop', { id: ann, reason: 'x' });
    expect(fleet.taskOf(id).state).toBe('in-review');
    await fleet.do('tasks.cancel', { id });
    expect(fleet.taskOf(id).state).toBe('cancelled');
  });
});

describe('the evidence gate', () => {
  it('holds a completion that lacks an artefact in review; the artefact lets it go', async () => {
    const id = await add({ evidence: ['test-report', 'diff'] });
    await claim();
    await attach(id, 'diff');
    expect(await complete(id)).toMatchObject({ state: 'in-review' });
    expect(await fleet.refused('tasks.accept', { id })).toEqual({ code: 'evidence_missing', taskId: id, missing: ['test-report'] });
    expect(await attach(id, 'test-report')).toMatchObject({ state: 'done' });
  });
  it('is overridden by a person with a reason, and the log says what was missing', async () => {
    const id = await add({ evidence: ['diff'] });
    await claim();
    await complete(id);
    await fleet.do('tasks.accept', { id, override: true, reason: 'seen it run' });
    const fact = fleet.state.events.findLast((e) => e.type === 'task.accepted');
    expect(fact).toMatchObject({ actor: 'person:Ann', data: { reason: 'seen it run', overrode: ['diff'] } });
  });
  it('counts what the latest attempt showed, not what an earlier one did', async () => {
    const id = await add({ evidence: ['diff'] });
    await claim();
    await attach(id, 'diff');
    await fleet.do('tasks.release', { id, token: fleet.tokenOf(id) }, fleet.as(ann));
    await claim(bob);
    expect(await complete(id, bob)).toMatchObject({ state: 'in-review' });
  });
  it('takes no proof from whoever does not hold the claim', async () => {
    const id = await add({ evidence: ['diff'] });
    await claim();
    const proof = { id, kind: 'diff', name: 'd', content: '+' };
    expect(await fleet.refused('tasks.attach', { ...proof, token: '1' }, fleet.as(bob))).toMatchObject({ code: 'forbidden' });
    expect(await fleet.refused('tasks.attach', { ...proof, token: '9' }, fleet.as(ann))).toMatchObject({ code: 'stale_token' });
    expect(await fleet.refused('tasks.attach', proof, fleet.as(ann))).toMatchObject({ code: 'stale_token' });
    expect(fleet.taskOf(id).artefactKinds).toEqual([]);
  });
  it('keeps the digest of a content, and a request asked again adds nothing', async () => {
    const id = await add();
    await claim();
    const proof = { id, token: '1', kind: 'diff', name: 'd', content: 'héllo', requestId: 'r' };
    const first = await fleet.do('tasks.attach', proof, fleet.as(ann));
    expect((await fleet.do('tasks.attach', proof, fleet.as(ann))).artefactId).toBe(first.artefactId);
    expect([...fleet.state.artefacts.values()]).toMatchObject([{ content: 'héllo', attempt: 1, digest: fleet.secrets.digest('héllo') }]);
  });
});

describe('sub-tasks', () => {
  it('a task is done once all its parts are done or cancelled, however deep they go', async () => {
    const root = await add();
    await claim();
    const [a, b] = [await add({ parentId: root, priority: 2 }, fleet.as(ann)), await add({ parentId: root }, fleet.as(ann))];
    expect(await complete(root)).toMatchObject({ state: 'in-review' });
    await claim(bob);
    const deep = await add({ parentId: a, priority: 9 }, fleet.as(bob));
    await complete(a, bob);
    await claim(bob);
    await complete(deep, bob);
    expect([fleet.taskOf(a).state, fleet.taskOf(root).state]).toEqual(['done', 'in-review']);
    await fleet.do('tasks.cancel', { id: b });
    expect(fleet.taskOf(root).state).toBe('done');
  });
  it('a part that failed keeps the whole in review, until it is tried again or overridden', async () => {
    const root = await add();
    await claim();
    const part = await add({ parentId: root, maxAttempts: 1 }, fleet.as(ann));
    await complete(root);
    await claim(bob);
    await fleet.do('tasks.fail', { id: part, token: '1' }, fleet.as(bob));
    expect(await fleet.refused('tasks.accept', { id: root })).toMatchObject({ missing: [`sub-task ${part}`] });
    await fleet.do('tasks.accept', { id: root, override: true, reason: 'not needed' });
    expect(fleet.taskOf(root).state).toBe('done');
  });
  it('are added by whoever holds or added the task, to what is still open', async () => {
    const root = await add();
    expect(await fleet.refused('tasks.add', { title: 'x', parentId: root }, fleet.as(bob))).toMatchObject({ code: 'forbidden' });
    await claim();
    await add({ parentId: root }, fleet.as(ann));
    await fleet.do('tasks.cancel', { id: root });
    expect(await fleet.refused('tasks.add', { title: 'x', parentId: root })).toMatchObject({ code: 'illegal_transition', to: 'split' });
    expect(await fleet.refused('tasks.add', { title: 'x', parentId: 'tsk_x' })).toMatchObject({ code: 'not_found' });
  });
});

describe('capabilities', () => {
  it('a task goes to an agent that can do all it needs, in one batch too', async () => {
    const gpu = await add({ needs: ['gpu'], priority: 5 });
    const plain = await add();
    expect(await claim(ann)).toBe(plain);
    expect(await claim(bob, { capabilities: ['web'] })).toBeUndefined();
    expect(await claim(bob, { capabilities: ['web', 'gpu'] })).toBe(gpu);
  });
});

describe('an edit', () => {
  it('changes what is told, once, and the log has the new values', async () => {
    const id = await add({ labels: ['a'] });
    await fleet.do('tasks.edit', { id, title: 'better', body: 'long', labels: ['b', 'b'], priority: 7, needs: ['gpu'] });
    expect(fleet.taskOf(id)).toMatchObject({ title: 'better', body: 'long', labels: ['b'], priority: 7, needs: ['gpu'] });
    const before = fleet.state.events.length;
    await fleet.do('tasks.edit', { id, title: 'better', labels: ['b'] });
    expect(fleet.state.events).toHaveLength(before);
    expect(fleet.state.events.find((e) => e.type === 'task.edited')?.data).toMatchObject({ changed: { title: 'better', labels: ['b'] } });
  });
  it('of the time schedules a ready task, and takes the time away again', async () => {
    const id = await add();
    const notBefore = new Date(fleet.clock.nowMs() + 60_000).toISOString();
    expect(await fleet.do('tasks.edit', { id, notBefore })).toMatchObject({ state: 'scheduled' });
    fleet.clock.pass(59_000);
    await fleet.do('tasks.sweep', { taskIds: [id] }, system);
    expect(fleet.taskOf(id).state).toBe('scheduled');
    expect(await fleet.do('tasks.edit', { id, notBefore: null })).toMatchObject({ state: 'ready' });
  });
  it('is for operators and for who added the task; an agent takes no gate away once work began', async () => {
    const id = await add({}, fleet.as(bob));
    expect(await fleet.refused('tasks.edit', { id, title: 'x' }, fleet.as(ann))).toMatchObject({ code: 'forbidden' });
    await fleet.do('tasks.edit', { id, title: 'x', review: true }, fleet.as(bob));
    await claim();
    expect(await fleet.refused('tasks.edit', { id, review: false }, fleet.as(bob))).toMatchObject({ code: 'forbidden' });
    await complete(id);
    // an operator takes the gate away: nothing is waited for any more
    expect(await fleet.do('tasks.edit', { id, review: false })).toMatchObject({ state: 'done' });
    expect(await fleet.refused('tasks.edit', { id, title: 'y' })).toMatchObject({ code: 'illegal_transition' });
  });
});

describe('comments', () => {
  it('anybody says something, once for a request', async () => {
    const id = await add();
    const said = { id, body: ' why? ', requestId: 'r' };
    const first = await fleet.do('tasks.comment', said, fleet.as(bob));
    expect(await fleet.do('tasks.comment', said, fleet.as(bob))).toEqual(first);
    await fleet.do('tasks.comment', said, fleet.as(ann));
    expect([...fleet.state.taskComments.values()]).toMatchObject([
      { taskId: id, body: 'why?', createdBy: `agent:${bob}` },
      { taskId: id, body: 'why?', createdBy: `agent:${ann}` },
    ]);
    expect(await fleet.refused('tasks.comment', { id: 'tsk_x', body: 'x' })).toMatchObject({ code: 'not_found' });
  });
});
