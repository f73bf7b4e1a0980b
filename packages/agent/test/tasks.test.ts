import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Changes } from '../src/changes.ts';
import { Connection, type ReeveError } from '../src/index.ts';
import { Tasks } from '../src/tasks.ts';
import { FakeServer, Refusal } from './fake-server.ts';

describe('tasks and changes', () => {
  let server: FakeServer;
  let tasks: Tasks;
  let changes: Changes;
  let stop: AbortController;
  let refusals: ReeveError[];
  const task = { id: 't1', title: 'do it', body: null, labels: ['x'], state: 'claimed' };

  let mayRun: Promise<void>;
  let rested = 0;
  beforeEach(async () => {
    refusals = [];
    stop = new AbortController();
    server = await new FakeServer({
      'tasks.claim': () => ({ tasks: [{ ...task, claim: { token: '7', agentId: 'a', agentName: null, expiresAt: '' } }] }),
      'tasks.renew': () => task,
      'tasks.complete': () => ({ ...task, state: 'done' }),
      'tasks.release': () => ({ ...task, state: 'ready' }),
    }).start();
    const connection = new Connection({ url: server.url, token: 't', retryForMs: 20_000 });
    mayRun = Promise.resolve();
    rested = 0;
    const agent = {
      id: 'a',
      signal: stop.signal,
      whenRunning: () => {
        rested += 1;
        return mayRun;
      },
    };
    tasks = new Tasks(connection, agent, (e) => refusals.push(e));
    changes = new Changes(connection, agent);
  });
  afterEach(async () => {
    tasks.abandonAll();
    await server.stop();
  });

  it('renews a claim while it is held, and settles it with its token', async () => {
    const claimed = await tasks.claim({ labels: ['x'], leaseMs: 1_000 });
    await expect.poll(() => server.of('tasks.renew').length, { timeout: 5_000 }).toBeGreaterThanOrEqual(1);
    expect(server.of('tasks.renew')[0]).toEqual({ id: 't1', token: '7', leaseMs: 1_000 });
    expect((await claimed?.complete({ ok: true }))?.state).toBe('done');
    expect(server.of('tasks.complete')).toEqual([{ id: 't1', token: '7', result: { ok: true } }]);
    expect(claimed?.lost.aborted).toBe(false);
  });

  it('tells the worker when its claim is lost', async () => {
    server.procedures['tasks.renew'] = () => {
      throw new Refusal({ code: 'stale_token', kind: 'task', id: 't1' });
    };
    const claimed = await tasks.claim({ leaseMs: 1_000 });
    await expect.poll(() => claimed?.lost.aborted, { timeout: 5_000 }).toBe(true);
    expect(claimed?.lost.reason).toMatchObject({ code: 'stale_token' });
  });

  it('claims the same task again when the reply is lost, by its request id', async () => {
    server.loseReplies = 1;
    expect((await tasks.claim({ renew: false }))?.id).toBe('t1');
    expect(new Set(server.of('tasks.claim').map((c) => c.requestId)).size).toBe(1);
    expect(server.of('tasks.claim')).toHaveLength(2);
  });

  it('answers null where nothing is ready, and stops waiting when the agent stops', async () => {
    server.procedures['tasks.claim'] = () => ({ tasks: [] });
    expect(await tasks.claim()).toBeNull();
    server.procedures['tasks.claim'] = () => new Promise(() => {});
    const waiting = tasks.claim({ waitMs: 20_000 });
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });

  it('shows what an attempt has made by the token of its claim, once even where the reply is lost', async () => {
    server.procedures['tasks.attach'] = () => ({ artefactId: 'art_1', taskId: 't1', state: 'claimed' });
    const claimed = await tasks.claim({ renew: false });
    server.loseReplies = 1;
    expect(await claimed?.attach({ kind: 'diff', name: 'a.patch', content: '+1' })).toMatchObject({ artefactId: 'art_1' });
    const sent = server.of('tasks.attach');
    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual({ id: 't1', token: '7', kind: 'diff', name: 'a.patch', content: '+1', requestId: sent[1]?.requestId });
  });

  it('splits a task, comments on it and changes it', async () => {
    server.procedures['tasks.add'] = () => ({ ...task, id: 't2' });
    server.procedures['tasks.comment'] = () => ({ commentId: 'c1' });
    server.procedures['tasks.edit'] = () => task;
    server.procedures['tasks.record'] = () => ({ attempts: [], comments: [], artefacts: [], subtasks: [] });
    const claimed = await tasks.claim({ renew: false });
    expect((await claimed?.addSubtask({ title: 'a part', needs: ['gpu'] }))?.id).toBe('t2');
    expect(server.of('tasks.add')[0]).toMatchObject({ title: 'a part', needs: ['gpu'], parentId: 't1', requestId: expect.any(String) });
    await claimed?.comment('half way');
    expect(server.of('tasks.comment')[0]).toMatchObject({ id: 't1', body: 'half way', requestId: expect.any(String) });
    await tasks.edit('t2', { title: 'a smaller part' });
    expect(server.of('tasks.edit')).toEqual([{ id: 't2', title: 'a smaller part' }]);
    expect((await tasks.record('t1')).subtasks).toEqual([]);
  });

  it('passes a fence on', async () => {
    server.procedures['tasks.claim'] = () => {
      throw new Refusal({ code: 'fenced', stopId: 's', reason: 'enough' });
    };
    await expect(tasks.claim()).rejects.toMatchObject({ code: 'fenced', failure: { stopId: 's' } });
    expect(refusals.map((e) => e.code)).toEqual(['fenced']);
  });

  it('rests while it is asked to pause and waits for its change: the merge may wait for just that', async () => {
    let asked = 0;
    let goOn = () => {};
    server.procedures['changes.get'] = () => ({ id: 'c1', comments: [], state: ++asked === 1 ? 'merging' : 'merged' });
    mayRun = new Promise((resolve) => (goOn = resolve));
    let over = false;
    const settled = changes.settled('c1').finally(() => (over = true));
    await expect.poll(() => rested, { timeout: 5_000 }).toBe(1);
    expect([asked, over]).toEqual([1, false]);
    goOn();
    expect((await settled).state).toBe('merged');
  });
  it('waits until a change is settled', async () => {
    const states = ['assessed', 'awaiting-approval', 'merged'];
    server.procedures['changes.propose'] = () => ({ id: 'c1', state: 'proposed' });
    const said = [
      { id: 'm1', by: 'ann', body: 'why?' },
      { id: 'm2', by: 'a', body: 'since it subtracts' },
    ];
    server.procedures['changes.get'] = () => ({ id: 'c1', comments: said, state: states.length > 1 ? states.shift() : states[0] });
    server.procedures['changes.comment'] = () => ({ commentId: 'm2' });
    const input = { repositoryId: 'r', title: 't', reason: 'r', testPatch: '', fixPatch: '' };
    const { id } = await changes.propose(input);
    expect(server.of('changes.propose')[0]).toMatchObject({ ...input, agentId: 'a' });
    expect((await changes.settled(id, { until: (c) => c.state === 'awaiting-approval' })).state).toBe('awaiting-approval');
    const heard: string[] = [];
    expect((await changes.settled(id, { onComment: (c) => heard.push(c.id) })).state).toBe('merged');
    expect([heard, await changes.comments(id)]).toEqual([['m1'], said]);
    await changes.comment(id, 'since it subtracts', { path: 'src/sum.mjs', line: 2 });
    expect(server.of('changes.comment')[0]).toMatchObject({ id, path: 'src/sum.mjs', line: 2, requestId: expect.any(String) });
  });
});
