import { beforeEach, describe, expect, it } from 'vitest';
import { TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
type Three = 'lead' | 'coder' | 'helper';
const three = { lead: { coder: { helper: {} } } };
const stop = async (id: string, propagation: 'foreground' | 'background', more: object = {}) =>
  (await fleet.do('agents.stop', { id, propagation, ...more })).stopId as string;
const end = (id: string) => fleet.do('agents.finish', { id, outcome: 'stopped' }, fleet.as(id));
const asked = (stopId: string, a: Record<Three, string>) =>
  (['lead', 'coder', 'helper'] as const).map((n) => fleet.member(stopId, a[n]).askedAtMs !== null);

describe('propagation of a stop', () => {
  it('foreground, as without a word: leaves are asked first, a parent only waits', async () => {
    const a = await fleet.tree<Three>(three);
    const stopId = await stop(a.lead, 'foreground');
    expect(asked(stopId, a)).toEqual([false, false, true]);
    expect((await fleet.beat(a.lead)).directive).toBe('pause');
    expect(fleet.events('stop.accepted')[0]?.data.propagation).toBe('foreground');
  });
  it('background: all are asked in the accepting transaction, each with the whole grace', async () => {
    const a = await fleet.tree<Three>(three);
    const stopId = await stop(a.lead, 'background', { graceMs: 30_000 });
    expect(asked(stopId, a)).toEqual([true, true, true]);
    for (const id of Object.values(a)) {
      expect((await fleet.beat(id)).directive).toBe('stop');
      expect(fleet.member(stopId, id).deadlineMs).toBe(fleet.clock.nowMs() + 30_000);
    }
  });
  it('I-STOP-4: in the background too no member is final before all below it are, whoever reports first', async () => {
    const a = await fleet.tree<Three>(three);
    const stopId = await stop(a.lead, 'background');
    await end(a.lead);
    expect(fleet.agentOf(a.lead)).toMatchObject({ state: 'stopping', acknowledged: true });
    await end(a.coder);
    expect([a.lead, a.coder].map((id) => fleet.agentOf(id).state)).toEqual(['stopping', 'stopping']);
    await end(a.helper);
    expect(Object.values(a).map((id) => fleet.agentOf(id).state)).toEqual(['stopped', 'stopped', 'stopped']);
    const order = fleet.events('stop.member-ended', stopId).map((e) => e.data.agentId);
    expect(order).toEqual([a.helper, a.coder, a.lead]);
    expect(fleet.receipt(stopId)).toEqual({ lead: 'stopped', coder: 'stopped', helper: 'stopped' });
  });
  it('I-STOP-5: a hanging child is killed by its deadline, and its parent has not waited to be asked', async () => {
    const runnerId = await fleet.runner();
    const lead = await fleet.launched('lead', runnerId);
    const child = await fleet.launched('child', runnerId, lead);
    const stopId = await stop(lead, 'background', { graceMs: 10_000 });
    expect((await fleet.stopOrders(runnerId)).map((o) => o.agentId).sort()).toEqual([lead, child].sort());
    await fleet.exited(runnerId, lead);
    expect(fleet.agentOf(lead).state).toBe('stopping');
    await fleet.pass(10_000, 1_000);
    expect((await fleet.stopOrders(runnerId)).map((o) => o.agentId)).toEqual([child]);
    await fleet.exited(runnerId, child, { killed: true, signal: 'SIGKILL' });
    expect(fleet.receipt(stopId)).toEqual({ lead: 'stopped', child: 'killed' });
  });
  it('I-STOP-2: asked again it gets stronger, and stays what it was: its propagation is not changed', async () => {
    const a = await fleet.tree<Three>(three);
    const stopId = await stop(a.lead, 'background', { graceMs: 30_000 });
    expect(await stop(a.lead, 'foreground', { graceMs: 10_000 })).toBe(stopId);
    for (const id of Object.values(a)) expect(fleet.member(stopId, id).deadlineMs).toBe(fleet.clock.nowMs() + 10_000);
    expect(fleet.state.stops.get(stopId)?.propagation).toBe('background');
  });
  it('the preview comes from the same planner', async () => {
    const a = await fleet.tree<Three>(three);
    const { preview, waves } = await fleet.do('agents.stop', { id: a.lead, propagation: 'background', dryRun: true });
    expect([waves, preview?.waves.length]).toEqual([3, 3]);
    expect(fleet.state.stops.size).toBe(0);
  });
});
