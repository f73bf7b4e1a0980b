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
    const agent = { id: 'a', signal: stop.signal };
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

  it('passes a fence on', async () => {
    server.procedures['tasks.claim'] = () => {
      throw new Refusal({ code: 'fenced', stopId: 's', reason: 'enough' });
    };
    await expect(tasks.claim()).rejects.toMatchObject({ code: 'fenced', failure: { stopId: 's' } });
    expect(refusals.map((e) => e.code)).toEqual(['fenced']);
  });

  it('waits until a change is settled', async () => {
    const states = ['assessed', 'awaiting-approval', 'merged'];
    server.procedures['changes.propose'] = () => ({ id: 'c1', state: 'proposed' });
    server.procedures['changes.get'] = () => ({ id: 'c1', state: states.length > 1 ? states.shift() : states[0] });
    const input = { repositoryId: 'r', title: 't', reason: 'r', testPatch: '', fixPatch: '' };
    const { id } = await changes.propose(input);
    expect(server.of('changes.propose')[0]).toMatchObject({ ...input, agentId: 'a' });
    expect((await changes.settled(id, { until: (c) => c.state === 'awaiting-approval' })).state).toBe('awaiting-approval');
    expect((await changes.settled(id)).state).toBe('merged');
  });
});
