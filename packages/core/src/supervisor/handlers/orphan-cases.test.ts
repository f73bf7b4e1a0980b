import { beforeEach, describe, expect, it } from 'vitest';
import { operator, system, TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const plan = (agentIds: string[], limit = 100) => fleet.do('orphans.plan', { agentIds, limit }, operator);
const handle = (agentIds: string[], action: 'policy' | 'stop' | 'reparent' | 'ignore', more: { forMs?: number; reason?: string } = {}) =>
  fleet.do('orphans.handle', { agentIds, action, reason: '', ...more }, operator);
const sweep = (...ids: string[]) => fleet.sweepOrphans(...ids);

describe('the dry run of a sweep', () => {
  it('I-ORPH-1: shows of each orphan its parent, by whose policy what would be done, and writes nothing', async () => {
    const top = await fleet.agent('top');
    const up = await fleet.agent('up', top);
    const own = await fleet.agent('own', up, { onParentExit: { failed: 'reparent' } });
    const plain = await fleet.agent('plain', up);
    await fleet.agent('low', plain);
    await fleet.do('agents.finish', { id: up, outcome: 'failed' });
    const seq = fleet.state.seq;
    const seen = await plan([own, plain, top]);
    expect(fleet.state.seq).toBe(seq);
    expect(seen).toMatchObject({ total: 2, would: { stop: 1, reparent: 1, ignore: 0 }, halted: false, live: 4 });
    const of = (id: string) => seen.items.find((i) => i.agentId === id);
    expect(of(own)).toMatchObject({
      name: 'own',
      below: 0,
      cause: 'failed',
      parent: { agentId: up, name: 'up', state: 'failed', epoch: 1, endedAt: expect.any(String) },
      policy: { action: 'reparent', from: 'agent', ignoredUntil: null },
      would: { action: 'reparent', to: { agentId: top, name: 'top' }, because: 'its parent is failed' },
    });
    expect(of(plain)).toMatchObject({ below: 1, policy: { action: 'stop', from: 'default' }, would: { action: 'stop', to: null } });
    expect(of(plain)?.leaseExpiresAt).toEqual(expect.any(String));
  });
  it('says what the sweep then does, of those below another orphan too', async () => {
    const a = await fleet.tree<'up' | 'mid' | 'gone' | 'low'>({ up: { mid: { gone: { low: {} } } } });
    await fleet.do('agents.finish', { id: a.gone, outcome: 'completed' });
    await fleet.do('agents.finish', { id: a.up, outcome: 'completed' });
    const seen = await plan([a.low, a.mid]);
    expect(seen.items.map((i) => [i.agentId, i.would.action, i.would.stoppedWith])).toEqual([
      [a.mid, 'stop', null],
      [a.low, 'stop', a.mid],
    ]);
    expect(await sweep(a.low, a.mid)).toMatchObject({ stopped: 1, reparented: 0 });
    expect(fleet.agentOf(a.low).state).toBe('stopping');
  });
  it('shows first what something would be done about, and when each was heard of', async () => {
    const up = await fleet.agent('up');
    const left = await fleet.agent('left', up, { onParentExit: { failed: 'ignore' } });
    const stopped = await fleet.agent('stopped', up);
    const silent = await fleet.do('agents.register', { name: 'silent', parentId: up });
    await fleet.do('agents.finish', { id: up, outcome: 'failed' });
    const seen = await plan([left, stopped, silent.agentId]);
    expect(seen.items.map((i) => [i.agentId, i.would.action])).toEqual([
      [stopped, 'stop'],
      [silent.agentId, 'stop'],
      [left, 'ignore'],
    ]);
    const iso = (inMs: number) => new Date(fleet.clock.nowMs() + inMs).toISOString();
    expect(seen.items.map((i) => [i.lastHeartbeatAt, i.leaseExpiresAt])).toEqual([
      [iso(0), iso(15_000)],
      [null, iso(15_000)],
      [iso(0), iso(15_000)],
    ]);
    expect(seen.would).toEqual({ stop: 2, reparent: 0, ignore: 1 });
  });
  it('I-ORPH-7: says that too many at once halt the sweep, and shows the first of them', async () => {
    const up = await fleet.agent('up');
    const children: string[] = [];
    for (let n = 0; n < 12; n++) children.push(await fleet.agent(`c${n}`, up));
    await fleet.do('agents.finish', { id: up, outcome: 'failed' });
    const seen = await plan(children, 5);
    expect(seen).toMatchObject({ total: 12, would: { stop: 12 }, live: 12, halted: true });
    expect(seen.items).toHaveLength(5);
  });
});

describe('an operator on orphans', () => {
  it('applies the policy past a halt, in their own name', async () => {
    const up = await fleet.agent('up');
    const children: string[] = [];
    for (let n = 0; n < 12; n++) children.push(await fleet.agent(`c${n}`, up));
    await fleet.do('agents.finish', { id: up, outcome: 'failed' });
    expect(await sweep(...children)).toMatchObject({ stopped: 0, halted: 12 });
    expect(await handle(children, 'policy', { reason: 'they are mine' })).toEqual({ stopped: 12, reparented: 0, ignored: 0, skipped: [] });
    expect([...fleet.state.stops.values()][0]).toMatchObject({
      reason: 'orphaned: its parent is failed; they are mine',
      actor: expect.stringContaining('person'),
    });
  });
  it('I-ORPH-5: leaves one alone for a while, whatever its policy says; then the sweep has it again', async () => {
    const a = await fleet.tree<'up' | 'child'>({ up: { child: {} } });
    await fleet.do('agents.finish', { id: a.up, outcome: 'completed' });
    expect(await handle([a.child], 'ignore', { forMs: 60_000 })).toMatchObject({ ignored: 1 });
    expect(await sweep(a.child)).toMatchObject({ stopped: 0 });
    expect((await plan([a.child])).items[0]?.policy).toMatchObject({
      action: 'ignore',
      from: 'operator',
      ignoredUntil: expect.any(String),
    });
    fleet.clock.pass(60_000);
    expect(await sweep(a.child)).toMatchObject({ stopped: 1 });
  });
  it('moves one whose policy would stop it, below its nearest ancestor that lives', async () => {
    const a = await fleet.tree<'top' | 'up' | 'child'>({ top: { up: { child: {} } } });
    await fleet.do('agents.finish', { id: a.up, outcome: 'completed' });
    expect(await handle([a.child], 'reparent')).toMatchObject({ reparented: 1 });
    expect(fleet.agentOf(a.child)).toMatchObject({ parentId: a.top, state: 'running' });
  });
  it('stops one that its policy ignores; asked for the policy it is left, and says so', async () => {
    const up = await fleet.agent('up');
    const child = await fleet.agent('child', up, { onParentExit: { completed: 'ignore' } });
    await fleet.do('agents.finish', { id: up, outcome: 'completed' });
    expect((await handle([child], 'policy')).skipped).toEqual([{ agentId: child, why: 'its policy leaves it where it is' }]);
    expect(await handle([child], 'stop')).toMatchObject({ stopped: 1, skipped: [] });
    expect(fleet.agentOf(child).state).toBe('stopping');
  });
  it('skips who is none by then; an id that nobody has refuses the whole', async () => {
    const a = await fleet.tree<'up' | 'child'>({ up: { child: {} } });
    expect(await handle([a.child, a.up], 'stop')).toMatchObject({
      stopped: 0,
      skipped: [{ why: 'it is no orphan' }, { why: 'it is no orphan' }],
    });
    await fleet.do('agents.finish', { id: a.up, outcome: 'failed' });
    const refused = await fleet.refused('orphans.handle', { agentIds: [a.child, 'agt_x'], action: 'stop', reason: '' }, operator);
    expect(refused).toEqual({ code: 'not_found', kind: 'agent', id: 'agt_x' });
    expect(fleet.agentOf(a.child).state).toBe('running');
  });
  it('one that is being stopped is no orphan any more', async () => {
    const a = await fleet.tree<'top' | 'up' | 'child'>({ top: { up: { child: {} } } });
    await fleet.do('agents.finish', { id: a.up, outcome: 'failed' });
    await fleet.do('agents.stop', { id: a.top });
    expect((await plan([a.child])).total).toBe(0);
    expect(await fleet.do('orphans.handle', { agentIds: [a.child], action: 'stop', reason: '' }, system)).toMatchObject({ stopped: 0 });
  });
});
