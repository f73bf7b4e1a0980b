import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, system, TestFleet } from '../../../testing/index.ts';
import { defaultLeaseMs } from '../../agents/lease.ts';
import { haltFloor, mustHalt } from '../../orphans/orphan-policy.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
type Exit = 'completed' | 'failed' | 'stopped' | 'lost';
const leave = async (id: string, how: Exit) => {
  if (how !== 'lost') return void (await fleet.do('agents.finish', { id, outcome: how }));
  fleet.clock.pass(defaultLeaseMs);
  await fleet.expire(id);
};
const policy = (how: Exit, action: 'stop' | 'reparent' | 'ignore') => ({ onParentExit: { [how]: action } });

describe('who is an orphan', () => {
  it.each(['completed', 'failed', 'stopped'] as const)(
    'I-ORPH-1: the child of a parent that has %s is stopped, unless it says otherwise',
    async (how) => {
      const a = await fleet.tree<'up' | 'child' | 'low'>({ up: { child: { low: {} } } });
      await leave(a.up, how);
      expect(await fleet.sweepOrphans(a.child)).toMatchObject({ stopped: 1, reparented: 0 });
      expect([a.child, a.low].map((id) => fleet.agentOf(id).state)).toEqual(['stopping', 'stopping']);
      expect([...fleet.state.stops.values()][0]).toMatchObject({
        agentId: a.child,
        reason: `orphaned: its parent is ${how}`,
        actor: 'system:orphan-sweeper',
      });
      expect(fleet.events('agent.orphan-handled').map((e) => [e.subjectId, e.data])).toEqual([
        [a.child, { parentId: a.up, action: 'stop', because: `its parent is ${how}` }],
      ]);
    },
  );
  it('I-ORPH-1: read again inside: a suspect whose parent lives, or that is no child, is left alone', async () => {
    const a = await fleet.tree<'up' | 'child'>({ up: { child: {} } });
    const seq = fleet.state.seq;
    expect(await fleet.sweepOrphans(a.child, a.up, 'agt_x')).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.state.seq).toBe(seq);
  });
  it('I-ORPH-2: a lost parent orphans nobody by default, and its return changes nothing', async () => {
    const a = await fleet.tree<'up' | 'child'>({ up: { child: {} } });
    await leave(a.up, 'lost');
    await fleet.beat(a.child);
    expect(await fleet.sweepOrphans(a.child)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.agentOf(a.child)).toMatchObject({ state: 'running', orphanHandled: false });
    await fleet.beat(a.up);
    await leave(a.up, 'failed');
    expect(await fleet.sweepOrphans(a.child)).toMatchObject({ stopped: 1, reparented: 0 });
  });
  it('a lost parent stops a child that asked for it', async () => {
    const up = await fleet.agent('up');
    const child = await fleet.agent('child', up, policy('lost', 'stop'));
    await leave(up, 'lost');
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 1, reparented: 0 });
  });
  it('a child under a stop is no orphan: the stop has it', async () => {
    const a = await fleet.tree<'up' | 'child'>({ up: { child: {} } });
    await fleet.do('agents.stop', { id: a.child });
    await leave(a.up, 'completed');
    expect(await fleet.sweepOrphans(a.child)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.state.stops.size).toBe(1);
  });
});

describe('the policy', () => {
  it('I-ORPH-5, I-ORPH-4: is applied once; the sweep again, or with the child named twice, changes nothing', async () => {
    const a = await fleet.tree<'up' | 'child'>({ up: { child: {} } });
    await leave(a.up, 'completed');
    expect(await fleet.sweepOrphans(a.child, a.child)).toMatchObject({ stopped: 1, reparented: 0 });
    const seq = fleet.state.seq;
    expect(await fleet.sweepOrphans(a.child)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.state.seq).toBe(seq);
    expect(fleet.events('agent.orphan-handled')).toHaveLength(1);
  });
  it('ignore leaves it running', async () => {
    const up = await fleet.agent('up');
    const child = await fleet.agent('child', up, policy('failed', 'ignore'));
    await leave(up, 'failed');
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.agentOf(child).state).toBe('running');
  });
  it('I-ORPH-6: reparent moves it, with all below it, under the nearest ancestor that lives; the next stop there has it', async () => {
    const a = await fleet.tree<'top' | 'mid' | 'up'>({ top: { mid: { up: {} } } });
    const child = await fleet.agent('child', a.up, policy('completed', 'reparent'));
    const below = await fleet.agent('below', child);
    await fleet.spend(callOf(below, 'before'));
    await leave(a.up, 'completed');
    await leave(a.mid, 'completed');
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 0, reparented: 1 });
    expect(fleet.agentOf(child)).toMatchObject({ parentId: a.top, path: [a.top, child], state: 'running' });
    expect(fleet.agentOf(below)).toMatchObject({ parentId: child, path: [a.top, child, below] });
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 0, reparented: 0 });
    await fleet.spend(callOf(below, 'after'));
    // I-COST-3: what was spent before stays where it was booked
    const totals = [a.top, a.up, child].map((id) => fleet.state.rollups.get(id)?.totalNanoUsd);
    expect(totals).toEqual([20_000_000n, 10_000_000n, 20_000_000n]);
    const { stopId } = await fleet.do('agents.stop', { id: a.top });
    expect(fleet.agentOf(child)).toMatchObject({ state: 'stopping', stopId });
    expect(fleet.member(stopId ?? '', a.top).wave).toBe(2);
  });
  it('I-ORPH-6: nobody is moved out of a budget: the ones left behind go along, one above the new parent is there anyway', async () => {
    const top = await fleet.agent('top');
    const up = await fleet.agent('up', top, { budgetUsd: 1 });
    const inside = await fleet.agent('inside', up, policy('completed', 'reparent'));
    await leave(up, 'completed');
    expect(await fleet.sweepOrphans(inside)).toMatchObject({ stopped: 0, reparented: 1 });
    expect(fleet.agentOf(inside)).toMatchObject({ path: [top, inside], chargedTo: [up] });
    const boss = await fleet.agent('boss', null, { budgetUsd: 1 });
    const mid = await fleet.agent('mid', boss);
    const below = await fleet.agent('below', mid, policy('completed', 'reparent'));
    await leave(mid, 'completed');
    expect(await fleet.sweepOrphans(below)).toMatchObject({ stopped: 0, reparented: 1 });
    expect(fleet.agentOf(below)).toMatchObject({ path: [boss, below], chargedTo: [] });
    // its own budget stands in its path still
    const hers = await fleet.agent('hers', boss);
    const own = await fleet.agent('own', hers, { ...policy('completed', 'reparent'), budgetUsd: 1 });
    await leave(hers, 'completed');
    await fleet.sweepOrphans(own);
    expect(fleet.agentOf(own)).toMatchObject({ path: [boss, own], chargedTo: [] });
  });
  it('I-ORPH-5: under its new parent it can be orphaned again', async () => {
    const a = await fleet.tree<'top' | 'up'>({ top: { up: {} } });
    const child = await fleet.agent('child', a.up, policy('completed', 'reparent'));
    await leave(a.up, 'completed');
    await fleet.sweepOrphans(child);
    await leave(a.top, 'failed');
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 1, reparented: 0 });
  });
  it('I-ORPH-6: whoever stands under a stop is not moved out of it, whatever its policy says', async () => {
    const root = await fleet.agent('root');
    const up = await fleet.agent('up', root);
    const child = await fleet.agent('child', up, policy('completed', 'reparent'));
    await leave(up, 'completed');
    await fleet.do('agents.stop', { id: root });
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.agentOf(child)).toMatchObject({ parentId: up, path: [root, up, child], state: 'stopping' });
  });
  it('I-ORPH-6: with no ancestor left it is a root of its own, and never an orphan again', async () => {
    const up = await fleet.agent('up');
    const child = await fleet.agent('child', up, policy('completed', 'reparent'));
    await leave(up, 'completed');
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 0, reparented: 1 });
    expect(fleet.agentOf(child).parentId).toBeNull();
    expect(await fleet.sweepOrphans(child)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.agentOf(child)).toMatchObject({ path: [child], sessionId: child });
    expect((await fleet.do('agents.register', { name: 'x', parentId: child })).epoch).toBe(1);
  });
});

describe('I-ORPH-7: a sweep that would orphan too many', () => {
  it('halts above a fifth of the live agents, and never among a handful', () => {
    expect([mustHalt(haltFloor, haltFloor), mustHalt(haltFloor + 1, haltFloor + 1)]).toEqual([false, true]);
    expect([mustHalt(20, 100), mustHalt(21, 100)]).toEqual([false, true]);
  });
  it('changes nothing and says so once, until something about it changes', async () => {
    const up = await fleet.agent('up');
    const children: string[] = [];
    for (let n = 0; n < 12; n++) children.push(await fleet.agent(`c${n}`, up));
    await leave(up, 'failed');
    for (const id of children) await fleet.beat(id);
    const sweep = (haltTold: number) => fleet.do('agents.adopt-orphans', { agentIds: children, haltTold }, system);
    expect(await sweep(0)).toEqual({ stopped: 0, reparented: 0, halted: 12 });
    expect(fleet.events('orphans.halted')).toHaveLength(1);
    expect(await sweep(12)).toEqual({ stopped: 0, reparented: 0, halted: 12 });
    expect(fleet.events('orphans.halted').map((e) => e.data)).toEqual([{ wouldStop: 12, live: 12 }]);
    expect(children.every((id) => fleet.agentOf(id).state === 'running')).toBe(true);
    expect(fleet.state.stops.size).toBe(0);
    // the operator ends the case: the stop of the parent reaches them
    const { members } = await fleet.do('agents.stop', { id: up });
    expect(members).toBe(12);
  });
});
