import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet } from '../../../testing/index.ts';
import { ageingMs, evolveLock } from '../../coordination/lock.ts';

let fleet: TestFleet;
let a: string;
let b: string;
let c: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ({ a, b, c } = await fleet.tree<'a' | 'b' | 'c'>({ a: {}, b: {}, c: {} }));
});
const waiting = { waitMs: 30_000 };
/** An agent that goes on beating while time passes in steps of the loop. */
const pass = async (ms: number) => {
  fleet.clock.pass(ms);
  await fleet.sweepCoordination();
};

describe('I-SYNC-1: permits', () => {
  it('a mutex is one permit; the next waits and gets it on the release', async () => {
    const token = await fleet.held(a, 'deploy');
    expect(await fleet.acquire(b, 'deploy', { ...waiting, requestId: 'r' })).toMatchObject({
      ok: true,
      value: { state: 'waiting', requestId: 'r' },
    });
    expect(fleet.standing('deploy')).toEqual({ holders: [a], waiters: [b] });
    expect(fleet.lockOf('deploy').id).toMatch(/^lck_/);
    expect(await fleet.release(a, 'deploy', token)).toEqual({ ok: true, value: { released: true } });
    expect(fleet.standing('deploy')).toEqual({ holders: [b], waiters: [] });
    expect(await fleet.acquire(b, 'deploy', { ...waiting, requestId: 'r' })).toMatchObject({
      ok: true,
      value: { state: 'granted', token: '2' },
    });
  });
  it('a semaphore of two holds two', async () => {
    await fleet.held(a, 'pool', { permits: 2 });
    await fleet.held(b, 'pool', { permits: 2 });
    expect(await fleet.acquire(c, 'pool', { permits: 2 })).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 0 } });
  });
  it('another number of permits is refused while anyone holds or waits, and taken when nobody does', async () => {
    const token = await fleet.held(a, 'pool', { permits: 2 });
    expect(await fleet.acquire(b, 'pool', { permits: 3 })).toMatchObject({
      ok: false,
      error: { code: 'invalid_input', issues: [{ path: 'permits' }] },
    });
    await fleet.release(a, 'pool', token);
    expect(await fleet.held(b, 'pool', { permits: 3 })).toBe('2');
    expect(fleet.lockOf('pool').permits).toBe(3);
  });
  it('a late sweep neither grants twice nor keeps a permit back: expiry is judged by the acquire itself', async () => {
    await fleet.held(a, 'deploy', { leaseMs: 10_000 });
    fleet.clock.pass(9_999);
    expect((await fleet.acquire(b, 'deploy')).ok).toBe(false);
    fleet.clock.pass(1);
    expect(await fleet.held(b, 'deploy')).toBe('2');
    expect(fleet.standing('deploy').holders).toEqual([b]);
    await fleet.sweepCoordination();
    expect(fleet.standing('deploy').holders).toEqual([b]);
  });
  it('the record refuses a grant beyond its permits, and a token that is not higher', async () => {
    await fleet.held(a, 'deploy');
    const lock = fleet.lockOf('deploy');
    const grant = (token: string) =>
      ({
        type: 'lock.granted',
        subjectId: lock.id,
        data: { name: 'deploy', agentId: b, requestId: 'r', callId: null, token, expiresAtMs: 1, waitedMs: 0 },
      }) as const;
    expect(() => evolveLock(lock, grant('2'), 0)).toThrow('1 of 1 held');
    expect(() => evolveLock({ ...lock, holders: [] }, grant('1'), 0)).toThrow('token 1 after 1');
  });
});

describe('what an acquire answers', () => {
  it('a request of its own where none was given, and until when it may wait', async () => {
    await fleet.held(a, 'deploy');
    const { requestId, ...rest } = await fleet.do('locks.acquire', { name: 'deploy', agentId: b, ...waiting });
    expect(requestId).toMatch(/^req_/);
    expect(rest).toEqual({ state: 'waiting', deadlineMs: fleet.clock.nowMs() + waiting.waitMs });
  });
  it('until when it holds; a renewal counts from now', async () => {
    const iso = (inMs: number) => new Date(fleet.clock.nowMs() + inMs).toISOString();
    expect(await fleet.do('locks.acquire', { name: 'deploy', agentId: a, leaseMs: 5_000 })).toMatchObject({ expiresAt: iso(5_000) });
    fleet.clock.pass(1_000);
    const renewed = await fleet.do('locks.renew', { name: 'deploy', agentId: a, token: '1', leaseMs: 7_000 });
    expect(renewed).toEqual({ token: '1', expiresAt: iso(7_000) });
  });
});

describe('I-SYNC-2: tokens', () => {
  it('grow with every grant, also after nobody held it for long', async () => {
    for (const n of ['1', '2', '3']) {
      expect(await fleet.held(a, 'deploy')).toBe(n);
      await fleet.release(a, 'deploy', n);
      fleet.clock.pass(1e9);
      await fleet.beat(a);
    }
  });
  it('a second release does nothing, also when somebody else holds it by then', async () => {
    const token = await fleet.held(a, 'deploy');
    await fleet.release(a, 'deploy', token);
    expect(await fleet.release(a, 'deploy', token)).toEqual({ ok: true, value: { released: false } });
    await fleet.held(b, 'deploy');
    expect(await fleet.release(a, 'deploy', token)).toEqual({ ok: true, value: { released: false } });
    expect(fleet.standing('deploy').holders).toEqual([b]);
  });
  it('a token of another agent, one that was never given, and a lock that never was are refused', async () => {
    const token = await fleet.held(a, 'deploy');
    expect(await fleet.release(b, 'deploy', token)).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    expect(await fleet.release(a, 'deploy', '2')).toMatchObject({ ok: false, error: { code: 'stale_token', kind: 'lock' } });
    const unknown = { code: 'not_found', kind: 'lock', id: 'nothing' };
    expect(await fleet.release(a, 'nothing', '1')).toEqual({ ok: false, error: unknown });
    expect(await fleet.refused('locks.renew', { name: 'nothing', agentId: a, token: '1' })).toEqual(unknown);
    expect(await fleet.refused('locks.force-release', { name: 'nothing', reason: 'x' })).toEqual(unknown);
    expect(await fleet.do('locks.withdraw', { name: 'nothing', agentId: a, requestId: 'r' })).toEqual({ withdrawn: false });
    expect(fleet.standing('deploy').holders).toEqual([a]);
  });
  it('I-SYNC-2, I-SYNC-3: a late copy of an acquire does not hold again what was released, or taken away', async () => {
    const asked = { name: 'deploy', agentId: a, requestId: 'r' };
    const first = await fleet.do('locks.acquire', asked, fleet.as(a));
    if (first.state !== 'granted') throw new Error('it has to wait');
    await fleet.release(a, 'deploy', first.token);
    expect(await fleet.acquire(a, 'deploy', { requestId: 'r', ...waiting })).toEqual({
      ok: false,
      error: { code: 'stale_token', kind: 'lock', id: 'deploy' },
    });
    expect(fleet.standing('deploy')).toEqual({ holders: [], waiters: [] });
    await fleet.held(a, 'deploy', { requestId: 'another' });
    await fleet.do('locks.force-release', { name: 'deploy', reason: 'it hangs' });
    expect(await fleet.acquire(a, 'deploy', { requestId: 'another' })).toMatchObject({ ok: false, error: { code: 'stale_token' } });
    // of another agent the same name is another request
    expect(await fleet.acquire(b, 'deploy', { requestId: 'r' })).toMatchObject({ ok: true, value: { state: 'granted' } });
  });
  it('the same request is answered with the same grant; a renewal keeps the token and needs it', async () => {
    const first = await fleet.do('locks.acquire', { name: 'deploy', agentId: a, requestId: 'r', leaseMs: 5_000 });
    expect(await fleet.do('locks.acquire', { name: 'deploy', agentId: a, requestId: 'r', leaseMs: 5_000 })).toEqual(first);
    expect(fleet.events('lock.granted')).toHaveLength(1);
    fleet.clock.pass(4_000);
    expect(await fleet.do('locks.renew', { name: 'deploy', agentId: a, token: '1', leaseMs: 5_000 })).toMatchObject({ token: '1' });
    fleet.clock.pass(4_000);
    expect((await fleet.acquire(b, 'deploy')).ok).toBe(false);
    fleet.clock.pass(1_000);
    expect(await fleet.refused('locks.renew', { name: 'deploy', agentId: a, token: '1' })).toMatchObject({ code: 'stale_token' });
    expect(await fleet.held(b, 'deploy')).toBe('2');
  });
  it('an operator takes it away with a reason that stands in the log', async () => {
    await fleet.held(a, 'deploy');
    await fleet.acquire(b, 'deploy', waiting);
    expect(await fleet.do('locks.force-release', { name: 'deploy', reason: 'stuck' })).toEqual({ freed: 1 });
    expect(fleet.events('lock.freed')[0]).toMatchObject({ actor: 'person:Ann', data: { agentId: a, why: 'operator', reason: 'stuck' } });
    expect(fleet.standing('deploy').holders).toEqual([b]);
    expect(await fleet.do('locks.force-release', { name: 'deploy', agentId: a, reason: 'again' })).toEqual({ freed: 0 });
  });
});

describe('I-SYNC-3: who no longer waits never holds', () => {
  it('timed out: dropped before anyone is served, and told so whenever it asks', async () => {
    const token = await fleet.held(a, 'deploy', { leaseMs: 60_000 });
    await fleet.acquire(b, 'deploy', { waitMs: 5_000, requestId: 'r' });
    fleet.clock.pass(5_000);
    await fleet.release(a, 'deploy', token);
    expect(fleet.standing('deploy')).toEqual({ holders: [], waiters: [] });
    const again = await fleet.acquire(b, 'deploy', { waitMs: 5_000, requestId: 'r' });
    expect(again).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 5_000 } });
    expect(fleet.standing('deploy')).toEqual({ holders: [], waiters: [] });
  });
  it('aborted while waiting, and aborted when it had just been granted', async () => {
    const token = await fleet.held(a, 'deploy');
    await fleet.acquire(b, 'deploy', { ...waiting, requestId: 'b', callId: '1' });
    await fleet.acquire(c, 'deploy', { ...waiting, requestId: 'c', callId: '1' });
    expect(await fleet.do('locks.withdraw', { name: 'deploy', agentId: b, requestId: 'b', callId: '1' })).toEqual({ withdrawn: true });
    await fleet.release(a, 'deploy', token);
    expect(fleet.standing('deploy').holders).toEqual([c]);
    expect(await fleet.do('locks.withdraw', { name: 'deploy', agentId: c, requestId: 'c', callId: '1' })).toEqual({ withdrawn: true });
    expect(fleet.standing('deploy')).toEqual({ holders: [], waiters: [] });
  });
  it('a call that another one of the same request has replaced withdraws nothing', async () => {
    const token = await fleet.held(a, 'deploy');
    await fleet.acquire(b, 'deploy', { ...waiting, requestId: 'b', callId: '1' });
    fleet.clock.pass(100);
    await fleet.acquire(b, 'deploy', { ...waiting, requestId: 'b', callId: '2' });
    expect(fleet.lockOf('deploy').waiters).toMatchObject([{ callId: '2', sinceMs: fleet.clock.nowMs() - 100 }]);
    expect(await fleet.do('locks.withdraw', { name: 'deploy', agentId: b, requestId: 'b', callId: '1' })).toEqual({ withdrawn: false });
    await fleet.release(a, 'deploy', token);
    expect(await fleet.do('locks.withdraw', { name: 'deploy', agentId: b, requestId: 'b', callId: '1' })).toEqual({ withdrawn: false });
    expect(fleet.standing('deploy').holders).toEqual([b]);
  });
  it('died: an agent that finished is out of the queue, and what it held goes on', async () => {
    const token = await fleet.held(a, 'deploy');
    await fleet.acquire(b, 'deploy', waiting);
    await fleet.acquire(c, 'deploy', waiting);
    await fleet.do('agents.finish', { id: b, outcome: 'failed' });
    expect(fleet.standing('deploy')).toEqual({ holders: [a], waiters: [c] });
    await fleet.do('agents.finish', { id: a, outcome: 'completed' });
    expect(fleet.standing('deploy')).toEqual({ holders: [c], waiters: [] });
    expect(fleet.events('lock.freed').map((e) => e.data)).toMatchObject([{ agentId: a, token, why: 'holder-ended' }]);
    expect(await fleet.acquire(a, 'deploy')).toMatchObject({ ok: false, error: { code: 'illegal_transition' } });
  });
  it('died: so is one whose process was seen to end', async () => {
    const runner = await fleet.runner();
    const held = await fleet.launched('held', runner);
    await fleet.held(held, 'deploy');
    await fleet.acquire(b, 'deploy', waiting);
    await fleet.exited(runner, held, { exitCode: 1 });
    expect(fleet.standing('deploy')).toEqual({ holders: [b], waiters: [] });
  });
});

describe('I-SYNC-4: the queue', () => {
  it('first come, first served within a priority; a higher one goes before', async () => {
    const token = await fleet.held(a, 'deploy');
    const { d } = await fleet.tree<'d'>({ d: {} });
    await fleet.acquire(b, 'deploy', waiting);
    await fleet.acquire(c, 'deploy', waiting);
    await fleet.acquire(d, 'deploy', { ...waiting, priority: 1 });
    const order: string[] = [];
    for (let held = token, holder = a; ; ) {
      await fleet.release(holder, 'deploy', held);
      const next = fleet.lockOf('deploy').holders[0];
      if (!next) break;
      order.push(next.agentId);
      held = next.token;
      holder = next.agentId;
    }
    expect(order).toEqual([d, b, c]);
  });
  it('with ageing: a step of priority for each two seconds waited, and not before', async () => {
    const run = async (agedMs: number) => {
      const name = `aged ${agedMs}`;
      const token = await fleet.held(a, name, { leaseMs: 60_000 });
      await fleet.acquire(b, name, { ...waiting, priority: -1 });
      fleet.clock.pass(agedMs);
      await fleet.acquire(c, name, { ...waiting, priority: 1 });
      await fleet.release(a, name, token);
      return fleet.standing(name).holders[0];
    };
    expect(await run(2 * ageingMs - 1)).toBe(c);
    expect(await run(2 * ageingMs)).toBe(b);
  });
});

describe('I-SYNC-5: the death of an owner', () => {
  it('frees within its lease, by the sweep, which twice equals once; the lease alone counts, not whether it is lost', async () => {
    await fleet.held(a, 'deploy', { leaseMs: 60_000 });
    await fleet.acquire(b, 'deploy', { waitMs: 120_000 });
    await pass(30_000);
    await fleet.expire(a);
    expect(fleet.agentOf(a).state).toBe('lost');
    await fleet.sweepCoordination();
    expect(fleet.standing('deploy').holders).toEqual([a]);
    fleet.clock.pass(30_000);
    expect(await fleet.sweepCoordination()).toEqual({ settled: 1, deadlocks: 0 });
    expect(fleet.standing('deploy').holders).toEqual([b]);
    expect(fleet.events('lock.freed').map((e) => e.data.why)).toEqual(['lease-expired']);
    const seq = fleet.state.seq;
    expect(await fleet.sweepCoordination()).toEqual({ settled: 0, deadlocks: 0 });
    expect(fleet.state.seq).toBe(seq);
  });
});

describe('I-SYNC-8, I-STOP-1: a stop', () => {
  it('aborts the waits and frees the locks of its subtree in the accepting transaction, and says so in its receipt', async () => {
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    await fleet.held(lead, 'one');
    await fleet.held(coder, 'two');
    await fleet.held(coder, 'three', { permits: 2 });
    await fleet.acquire(coder, 'one', { ...waiting, requestId: 'r' });
    await fleet.acquire(a, 'one', waiting);
    await fleet.held(b, 'four');
    await fleet.acquire(lead, 'four', waiting);
    const preview = await fleet.do('agents.stop', { id: lead, dryRun: true });
    expect(preview.preview?.locks.map((l) => `${l.name} ${l.agentId}`).sort()).toEqual([`one ${lead}`, `three ${coder}`, `two ${coder}`]);
    const { stopId } = await fleet.do('agents.stop', { id: lead, reason: 'x' });
    expect(['one', 'two', 'three', 'four'].map((n) => fleet.standing(n))).toEqual([
      { holders: [a], waiters: [] },
      { holders: [], waiters: [] },
      { holders: [], waiters: [] },
      { holders: [b], waiters: [] },
    ]);
    expect([lead, coder].map((id) => fleet.member(stopId as string, id).locksFreed)).toEqual([1, 2]);
    expect(await fleet.acquire(coder, 'one', { ...waiting, requestId: 'r' })).toMatchObject({
      ok: false,
      error: { code: 'fenced', stopId },
    });
    for (const name of ['two', 'free'])
      expect(await fleet.acquire(lead, name)).toMatchObject({ ok: false, error: { code: 'fenced', stopId } });
    expect(await fleet.ask('locks.renew', { name: 'two', agentId: coder, token: '1' })).toMatchObject({
      ok: false,
      error: { code: 'fenced' },
    });
    expect(await fleet.arrive(coder, 'meet', 1)).toMatchObject({ ok: false, error: { code: 'fenced' } });
    await fleet.do('agents.finish', { id: coder, outcome: 'stopped' });
    expect(fleet.member(stopId as string, coder).evidence).toMatchObject({ locksFreed: 2 });
  });
  it('in one batch with acquires it comes first, and none of them gets through', async () => {
    const command = (agentId: string) => ({
      type: 'locks.acquire' as const,
      input: { name: 'deploy', agentId, permits: 1, leaseMs: 5_000, waitMs: 0, priority: 0, blocking: true },
      actor: operator,
    });
    const stop = {
      type: 'agents.stop' as const,
      input: { id: a, mode: 'graceful' as const, graceMs: 0, killConfirmMs: 0, reason: '', dryRun: false },
      actor: operator,
    };
    const results = await fleet.batch([command(a), command(b), stop]);
    expect(results.map((r) => (r.ok ? 'ok' : r.error.code))).toEqual(['fenced', 'ok', 'ok']);
    expect(fleet.standing('deploy').holders).toEqual([b]);
  });
});

describe('I-SYNC-7: deadlocks', () => {
  it('the wait that closes the circle is told so at once, being the youngest; what it holds stays with it', async () => {
    await fleet.held(a, 'x');
    const mine = await fleet.held(b, 'y');
    await fleet.acquire(a, 'y', { ...waiting, requestId: 'a' });
    fleet.clock.pass(1);
    const refused = await fleet.acquire(b, 'x', { ...waiting, requestId: 'b' });
    expect(refused).toEqual({ ok: false, error: { code: 'deadlock', cycle: [b, 'lock:x', a, 'lock:y', b] } });
    expect([fleet.standing('x'), fleet.standing('y')]).toEqual([
      { holders: [a], waiters: [] },
      { holders: [b], waiters: [a] },
    ]);
    expect(await fleet.acquire(b, 'x', { ...waiting, requestId: 'b' })).toEqual(refused);
    await fleet.release(b, 'y', mine);
    expect(fleet.standing('y').holders).toEqual([a]);
  });
  it('an older wait of lower priority gives way to the one that closes the circle, and hears why', async () => {
    await fleet.held(a, 'x');
    await fleet.held(b, 'y');
    await fleet.acquire(a, 'y', { ...waiting, requestId: 'a', priority: -1 });
    expect(await fleet.acquire(b, 'x', { ...waiting, requestId: 'b' })).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await fleet.acquire(a, 'y', { ...waiting, requestId: 'a', priority: -1 })).toEqual({
      ok: false,
      error: { code: 'deadlock', cycle: [a, 'lock:y', b, 'lock:x', a] },
    });
    expect(fleet.events('lock.wait-ended').map((e) => e.data)).toMatchObject([{ agentId: a, why: 'deadlock', cycle: expect.any(Array) }]);
  });
  it('waiting again for what one holds is one; with `blocking: false` no wait is a ground for any', async () => {
    await fleet.held(a, 'x');
    expect(await fleet.acquire(a, 'x', waiting)).toMatchObject({ ok: false, error: { code: 'deadlock', cycle: [a, 'lock:x', a] } });
    expect(await fleet.acquire(a, 'x', { ...waiting, blocking: false })).toMatchObject({ ok: true, value: { state: 'waiting' } });
  });
  it('one that no new wait has closed is found by the sweep', async () => {
    // b waits for y with a wait that does not count; when it is granted, it holds what a waits for
    const y = await fleet.held(c, 'y');
    await fleet.held(a, 'x');
    await fleet.acquire(b, 'y', { ...waiting, requestId: 'b' });
    await fleet.acquire(a, 'y', { ...waiting, requestId: 'a' });
    await fleet.acquire(b, 'x', { ...waiting, requestId: 'b2' });
    await fleet.release(c, 'y', y);
    expect(fleet.standing('y')).toEqual({ holders: [b], waiters: [a] });
    expect(await fleet.sweepCoordination()).toMatchObject({ deadlocks: 1 });
    expect(await fleet.sweepCoordination()).toMatchObject({ deadlocks: 0 });
    expect(fleet.events('lock.wait-ended').map((e) => e.data)).toMatchObject([{ agentId: b, requestId: 'b2', why: 'deadlock' }]);
  });
});

it('agents speak for themselves and their subtree alone', async () => {
  const token = await fleet.held(a, 'deploy');
  const as = fleet.as(b);
  for (const refused of [
    await fleet.ask('locks.acquire', { name: 'x', agentId: a }, as),
    await fleet.ask('locks.release', { name: 'deploy', agentId: a, token }, as),
    await fleet.ask('locks.renew', { name: 'deploy', agentId: a, token }, as),
    await fleet.ask('locks.withdraw', { name: 'deploy', agentId: a, requestId: 'r' }, as),
    await fleet.ask('barriers.wait', { name: 'x', agentId: a, parties: 1 }, as),
    await fleet.ask('barriers.withdraw', { name: 'x', agentId: a, requestId: 'r' }, as),
  ])
    expect(refused).toMatchObject({ ok: false, error: { code: 'not_found', kind: 'agent' } });
  expect(fleet.standing('deploy').holders).toEqual([a]);
});
