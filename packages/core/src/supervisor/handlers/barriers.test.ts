import { beforeEach, describe, expect, it } from 'vitest';
import { TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let a: string;
let b: string;
let c: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ({ a, b, c } = await fleet.tree<'a' | 'b' | 'c'>({ a: {}, b: {}, c: {} }));
});
const come = (id: string, parties = 3, more: Parameters<TestFleet['arrive']>[3] = {}) =>
  fleet.arrive(id, 'meet', parties, { requestId: `of ${id}`, ...more });
const broken = (agentId: string, why: string, generation = 0) => ({
  ok: false,
  error: { code: 'broken_barrier', name: 'meet', generation, agentId, why },
});
const released = (index: number, generation = 0) => ({ ok: true, value: { state: 'released', generation, index } });

describe('I-SYNC-6: a barrier', () => {
  it('releases all when the last has come, each with the generation and its place; a late party is of the next one', async () => {
    expect(await come(a)).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await come(b)).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await come(c)).toMatchObject(released(2));
    expect([await come(a), await come(b), await come(c)]).toMatchObject([released(0), released(1), released(2)]);
    expect(fleet.events('barrier.released')).toHaveLength(1);
    expect(await come(a, 3, { requestId: 'late' })).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(fleet.barrierOf('meet')).toMatchObject({ generation: 1, waiting: 1 });
  });
  it('a time-out breaks it for all, also for who timed out; who comes then is of the next generation', async () => {
    await come(a, 3, { waitMs: 5_000 });
    await come(b, 3, { waitMs: 60_000 });
    fleet.clock.pass(5_000);
    expect(await come(c)).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect([await come(a), await come(b)]).toMatchObject([broken(a, 'timed-out'), broken(a, 'timed-out')]);
    expect(fleet.barrierOf('meet')).toMatchObject({ generation: 1, arrived: [{ agentId: c }] });
  });
  it.each([
    ['finished', 'ended', (id: string) => fleet.do('agents.finish', { id, outcome: 'completed' })],
    ['was stopped', 'stopped', (id: string) => fleet.do('agents.stop', { id })],
    ['has gone away', 'withdrawn', (id: string) => fleet.do('barriers.withdraw', { name: 'meet', agentId: id, requestId: `of ${id}` })],
  ])('a party that %s breaks it for all', async (_, why, end) => {
    await come(a);
    await come(b);
    await end(a);
    expect(await come(b)).toMatchObject(broken(a, why));
    expect(fleet.barrierOf('meet')).toMatchObject({ generation: 1, waiting: 0 });
  });
  it('I-SYNC-3: the end of one that is waited for lets nobody go whose own time was over before, however late the sweep is', async () => {
    const shrink = { onPartyDeath: 'shrink' as const, partyIds: [a, b, c] };
    await come(a, 3, { ...shrink, waitMs: 2_000 });
    await come(b, 3, { ...shrink, waitMs: 60_000 });
    fleet.clock.pass(3_000);
    await fleet.do('agents.finish', { id: c, outcome: 'completed' });
    expect(await come(a, 3, shrink)).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 3_000 } });
    expect(await come(b, 3, shrink)).toMatchObject(released(0));
  });
  it('set to shrink it goes on without, and lets go when the rest is there; nobody who left is released', async () => {
    const shrink = { onPartyDeath: 'shrink' as const };
    await come(a, 3, { ...shrink, waitMs: 5_000 });
    await come(b, 3, shrink);
    fleet.clock.pass(5_000);
    await fleet.sweepCoordination();
    expect(fleet.barrierOf('meet')).toMatchObject({ generation: 0, expected: 2, arrived: [{ agentId: b }] });
    expect(await come(a, 3, shrink)).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 5_000 } });
    expect(await come(c, 3, shrink)).toMatchObject(released(1));
    expect(await come(b, 3, shrink)).toMatchObject(released(0));
  });
  it('the end of a named party that never came shrinks it or breaks it at once', async () => {
    const partyIds = [a, b, c];
    await come(a, 3, { partyIds, onPartyDeath: 'shrink' });
    await come(b, 3, { partyIds, onPartyDeath: 'shrink' });
    await fleet.do('agents.stop', { id: c });
    expect([await come(a), await come(b)]).toMatchObject([released(0), released(1)]);
    expect(await come(a, 3, { partyIds, requestId: '2' })).toMatchObject(broken(c, 'ended', 1));
  });
  it('a call that another one of the same request has replaced withdraws nothing', async () => {
    await come(a, 3, { callId: '1' });
    await come(a, 3, { callId: '2' });
    expect(await fleet.do('barriers.withdraw', { name: 'meet', agentId: a, requestId: `of ${a}`, callId: '1' })).toEqual({
      withdrawn: false,
    });
    expect(fleet.barrierOf('meet').arrived).toMatchObject([{ agentId: a, callId: '2' }]);
  });
  it('answers until when each may wait, and under which request', async () => {
    const nowMs = fleet.clock.nowMs();
    const told = [await fleet.arrive(a, 'meet', 3, { waitMs: 5_000 }), await come(b, 3, { waitMs: 9_000 })];
    expect(told).toEqual([
      { ok: true, value: { state: 'waiting', requestId: expect.stringMatching(/^req_/), deadlineMs: nowMs + 5_000 } },
      { ok: true, value: { state: 'waiting', requestId: `of ${b}`, deadlineMs: nowMs + 9_000 } },
    ]);
    expect(fleet.barrierOf('meet').id).toMatch(/^bar_/);
  });
  it('goes on without who withdraws, who is told so; at a barrier that is none nobody is withdrawn', async () => {
    await come(a);
    const withdraw = (name: string) => fleet.do('barriers.withdraw', { name, agentId: a, requestId: `of ${a}` });
    expect(await withdraw('meet')).toEqual({ withdrawn: true });
    expect(await withdraw('meet')).toEqual({ withdrawn: false });
    expect(await withdraw('nowhere')).toEqual({ withdrawn: false });
  });
  it('refuses another number of parties, another rule, strangers and one agent as two parties, while somebody waits', async () => {
    await come(a, 2, { partyIds: [a, b] });
    const path = async (asked: ReturnType<typeof come>) => {
      const r = await asked;
      return !r.ok && r.error.code === 'invalid_input' ? r.error.issues[0]?.path : r;
    };
    expect(await path(come(b, 3))).toBe('parties');
    expect(await path(come(b, 2, { onPartyDeath: 'shrink' }))).toBe('onPartyDeath');
    expect(await path(come(c, 2))).toBe('agentId');
    expect(await path(come(a, 2, { requestId: 'another' }))).toBe('agentId');
    expect(await path(come(b, 2, { partyIds: [b, c] }))).toBe('partyIds');
    expect(await path(come(b, 2, { partyIds: [b] }))).toBe('partyIds');
    expect(await come(b, 2, { partyIds: [b, 'agt_nobody'] })).toEqual({
      ok: false,
      error: { code: 'not_found', kind: 'agent', id: 'agt_nobody' },
    });
    expect(await come(b, 2)).toMatchObject(released(1));
  });
  it('who may not wait leaves no trace', async () => {
    expect(await come(a, 2, { waitMs: 0 })).toEqual({ ok: false, error: { code: 'timed_out', waitedMs: 0 } });
    expect(fleet.state.barriers.size).toBe(0);
    expect(await come(a, 1, { waitMs: 0 })).toMatchObject(released(0));
  });
});

describe('I-SYNC-7: deadlocks through a barrier', () => {
  it('a missing party that waits for what a present one holds', async () => {
    await fleet.held(a, 'x');
    await come(a, 2, { partyIds: [a, b] });
    fleet.clock.pass(1);
    expect(await fleet.acquire(b, 'x', { waitMs: 30_000 })).toEqual({
      ok: false,
      error: { code: 'deadlock', cycle: [b, 'lock:x', a, 'barrier:meet', b] },
    });
    expect(await come(b, 2, { partyIds: [a, b] })).toMatchObject(released(1));
  });
  it('the party that closes the circle is told the circle, the others that it broke', async () => {
    await fleet.held(a, 'x');
    await come(c, 3, { partyIds: [a, b, c] });
    await fleet.acquire(b, 'x', { waitMs: 30_000, priority: 1 });
    expect(await come(a, 3)).toMatchObject({ ok: false, error: { code: 'deadlock', cycle: [a, 'barrier:meet', b, 'lock:x', a] } });
    expect(await come(c, 3)).toMatchObject(broken(a, 'deadlock'));
  });
  it('parties that nobody named are no ground for one', async () => {
    await fleet.held(a, 'x');
    await come(a, 2);
    expect(await fleet.acquire(b, 'x', { waitMs: 30_000 })).toMatchObject({ ok: true, value: { state: 'waiting' } });
    expect(await fleet.sweepCoordination()).toMatchObject({ deadlocks: 0 });
  });
});
