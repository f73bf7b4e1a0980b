import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection, type ReeveError } from '../src/index.ts';
import { Locks } from '../src/locks.ts';
import { FakeServer, Refusal } from './fake-server.ts';

describe('locks and barriers', () => {
  let server: FakeServer;
  let locks: Locks;
  let stop: AbortController;
  let refusals: ReeveError[];

  beforeEach(async () => {
    refusals = [];
    stop = new AbortController();
    server = await new FakeServer({
      'locks.acquire': () => ({ token: '7', expiresAt: '', requestId: 'r' }),
      'locks.renew': () => ({ token: '7', expiresAt: '' }),
      'locks.release': () => ({ released: true }),
      'barriers.wait': () => ({ generation: 2, index: 1, requestId: 'r' }),
    }).start();
    const connection = new Connection({ url: server.url, token: 't', retryForMs: 20_000 });
    locks = new Locks(connection, { id: 'a', signal: stop.signal }, (e) => refusals.push(e));
  });
  afterEach(async () => {
    locks.abandonAll();
    await server.stop();
  });

  it('renews a permit while it is held, and gives it back once, with its token', async () => {
    const lock = await locks.acquire('deploy', { leaseMs: 1_000, permits: 2 });
    expect(server.of('locks.acquire')[0]).toMatchObject({ name: 'deploy', agentId: 'a', permits: 2, leaseMs: 1_000, waitMs: 60_000 });
    await expect.poll(() => server.of('locks.renew').length, { timeout: 5_000 }).toBeGreaterThanOrEqual(1);
    expect(server.of('locks.renew')[0]).toEqual({ name: 'deploy', agentId: 'a', token: '7', leaseMs: 1_000 });
    expect([await lock.release(), await lock.release()]).toEqual([true, true]);
    expect(server.of('locks.release')).toEqual([{ name: 'deploy', agentId: 'a', token: '7' }]);
  });
  it('gives it back at the end of an `await using`', async () => {
    {
      await using lock = await locks.acquire('deploy');
      expect(lock.token).toBe('7');
      expect(server.of('locks.release')).toEqual([]);
    }
    expect(server.of('locks.release')).toHaveLength(1);
  });
  it('tells the holder when the permit is lost', async () => {
    server.procedures['locks.renew'] = () => {
      throw new Refusal({ code: 'stale_token', kind: 'lock', id: 'deploy' });
    };
    const lock = await locks.acquire('deploy', { leaseMs: 1_000 });
    await expect.poll(() => lock.lost.aborted, { timeout: 5_000 }).toBe(true);
    expect(lock.lost.reason).toMatchObject({ code: 'stale_token' });
    expect(await lock.release()).toBe(false);
    expect(server.of('locks.release')).toEqual([]);
  });
  it('asks again with the same request when the reply is lost', async () => {
    server.loseReplies = 1;
    expect((await locks.acquire('deploy', { renew: false })).token).toBe('7');
    expect(server.of('locks.acquire')).toHaveLength(2);
    expect(new Set(server.of('locks.acquire').map((c) => c.requestId)).size).toBe(1);
  });
  it('stops waiting when the agent stops, or when its caller says so', async () => {
    server.procedures['locks.acquire'] = () => new Promise(() => {});
    server.procedures['barriers.wait'] = () => new Promise(() => {});
    const own = new AbortController();
    const mine = locks.acquire('deploy', { signal: own.signal });
    own.abort(new Error('mine'));
    await expect(mine).rejects.toThrow('mine');
    const waiting = [locks.acquire('deploy'), locks.wait('meet', { parties: 2 })];
    stop.abort(new Error('stopped'));
    for (const w of waiting) await expect(w).rejects.toThrow('stopped');
  });
  it('waits for the end of another agent: the same request again when a reply is lost, and no longer than its own stop', async () => {
    server.procedures['agents.wait'] = () => ({ id: 'b', state: 'failed', requestId: 'r' });
    server.loseReplies = 1;
    expect(await locks.ended('b', { waitMs: 5_000, blocking: false })).toBe('failed');
    expect(server.of('agents.wait')[0]).toMatchObject({ id: 'b', agentId: 'a', waitMs: 5_000, blocking: false });
    expect(new Set(server.of('agents.wait').map((c) => c.requestId)).size).toBe(1);
    server.procedures['agents.wait'] = () => {
      throw new Refusal({ code: 'deadlock', cycle: ['a', 'agent:b', 'b', 'agent:a', 'a'] });
    };
    await expect(locks.ended('b')).rejects.toMatchObject({ code: 'deadlock' });
    expect(refusals.map((e) => e.code)).toEqual(['deadlock']);
    server.procedures['agents.wait'] = () => new Promise(() => {});
    const waiting = locks.ended('b');
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
  });
  it('comes to a barrier, and passes on what breaks it, a deadlock and a fence', async () => {
    expect(await locks.wait('meet', { parties: 3, onPartyDeath: 'shrink' })).toMatchObject({ generation: 2, index: 1 });
    expect(server.of('barriers.wait')[0]).toMatchObject({ name: 'meet', agentId: 'a', parties: 3, onPartyDeath: 'shrink' });
    const refuse = (wire: { code: string } & Record<string, unknown>) => () => {
      throw new Refusal(wire);
    };
    server.procedures['barriers.wait'] = refuse({ code: 'broken_barrier', name: 'meet', generation: 2, agentId: 'b', why: 'timed-out' });
    await expect(locks.wait('meet', { parties: 3 })).rejects.toMatchObject({ code: 'broken_barrier', failure: { agentId: 'b' } });
    server.procedures['locks.acquire'] = refuse({ code: 'deadlock', cycle: ['a', 'lock:x', 'a'] });
    await expect(locks.acquire('x')).rejects.toMatchObject({ code: 'deadlock', failure: { cycle: ['a', 'lock:x', 'a'] } });
    server.procedures['locks.acquire'] = refuse({ code: 'fenced', stopId: 's', reason: '' });
    await expect(locks.acquire('x')).rejects.toMatchObject({ code: 'fenced' });
    expect(refusals.map((e) => e.code)).toEqual(['broken_barrier', 'deadlock', 'fenced']);
  });
});
