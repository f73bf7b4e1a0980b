import { beforeEach, describe, expect, it } from 'vitest';
import { callOf, commandOf, operator, system, TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const three = { lead: { coder: { helper: {} }, tester: {} } };
type Three = 'lead' | 'coder' | 'helper' | 'tester';
const stopOf = async (id: string, more: object = {}) => {
  const { stopId, ...rest } = await fleet.do('agents.stop', { id, reason: 'enough', ...more });
  if (!stopId) throw new Error('no stop');
  return { stopId, ...rest };
};
const end = (id: string) => fleet.do('agents.finish', { id, outcome: 'stopped' }, fleet.as(id));

describe('accepting a stop', () => {
  it('I-STOP-4: an agent waits for those below one that had ended by itself before', async () => {
    const a = await fleet.tree<Three>(three);
    await fleet.do('agents.finish', { id: a.coder, outcome: 'completed' });
    const { stopId, waves } = await stopOf(a.lead);
    expect(waves).toBe(2);
    await end(a.tester);
    expect(await end(a.lead)).toEqual({ state: 'stopping' });
    await end(a.helper);
    expect(fleet.receipt(stopId)).toEqual({ lead: 'stopped', helper: 'stopped', tester: 'stopped' });
  });
  it('I-STOP-1: from that moment nothing starts, claims or changes under it, at any depth', async () => {
    const a = await fleet.tree<Three>(three);
    await fleet.do('tasks.add', { title: 'work' });
    await fleet.runner();
    const { repositoryId } = await fleet.do('repositories.register', { name: 'r', path: '/r', gates: { test: 't' } });
    const { stopId } = await stopOf(a.lead);
    for (const id of [a.lead, a.coder, a.helper, a.tester]) {
      const fenced = { code: 'fenced', stopId, reason: 'enough' };
      expect(await fleet.refused('agents.register', { name: 'late', parentId: id })).toEqual(fenced);
      expect(await fleet.refused('agents.register', { name: 'late' }, fleet.as(id))).toEqual(fenced);
      expect(await fleet.refused('tasks.claim', { agentId: id }, fleet.as(id))).toEqual(fenced);
      expect(await fleet.refused('tasks.add', { title: 'more' }, fleet.as(id))).toEqual(fenced);
      const change = { repositoryId, agentId: id, title: 't', reason: 'r', testPatch: '', fixPatch: '' };
      expect(await fleet.refused('changes.propose', change, fleet.as(id))).toEqual(fenced);
    }
    expect(fleet.state.agents.size).toBe(4);
    expect([...fleet.state.tasks.values()].map((t) => t.state)).toEqual(['ready']);
  });
  it('I-STOP-1: in one batch with spawns and claims the stop comes first, wherever it stands', async () => {
    const a = await fleet.tree<Three>(three);
    await fleet.do('tasks.add', { title: 'work' });
    const results = await fleet.batch([
      commandOf('agents.register', { name: 'racer', parentId: a.helper }, fleet.as(a.helper)),
      commandOf('tasks.claim', { agentId: a.tester }, fleet.as(a.tester)),
      commandOf('agents.stop', { id: a.lead }, operator),
    ]);
    expect(results.map((r) => (r.ok ? 'ok' : r.error.code))).toEqual(['fenced', 'fenced', 'ok']);
  });
  it('I-STOP-1: a child that registers just before is stopped with the rest', async () => {
    const a = await fleet.tree<Three>(three);
    const { agentId } = await fleet.do('agents.register', { name: 'racer', parentId: a.helper });
    const { stopId, members, waves } = await stopOf(a.lead);
    expect([members, waves]).toEqual([5, 4]);
    expect(fleet.agentOf(agentId)).toMatchObject({ state: 'stopping', stopId });
  });
  it('I-STOP-1: the fence outlives the stop', async () => {
    const a = await fleet.tree<Three>(three);
    await stopOf(a.coder);
    await end(a.helper);
    await end(a.coder);
    expect(fleet.agentOf(a.coder).state).toBe('stopped');
    expect((await fleet.refused('agents.register', { name: 'x', parentId: a.coder })).code).toBe('fenced');
    expect(fleet.agentOf(await fleet.agent('y', a.lead)).state).toBe('running');
  });
  it('I-STOP-8: queued launches die in the accepting transaction, and the receipt counts them', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { agentId } = await fleet.do('agents.spawn', { id: lead, name: 'queued', command: 'sleep' });
    const { stopId } = await stopOf(lead);
    const { orders } = await fleet.poll(runner);
    expect(orders.map((o) => [o.kind, 'agentId' in o && o.agentId])).toEqual([['stop', agentId]]);
    expect(fleet.member(stopId, agentId).ordersCancelled).toBe(1);
    // a runner that never saw the launch says so
    await fleet.exited(runner, agentId, { exitCode: null });
    expect(fleet.member(stopId, agentId)).toMatchObject({ outcome: 'stopped', evidence: { how: 'process-ended', ordersCancelled: 1 } });
  });
  it('I-STOP-8: claims go back at once, ready for others, and are listed', async () => {
    const a = await fleet.tree<Three>(three);
    const { taskId } = await fleet.do('tasks.add', { title: 'work' });
    await fleet.do('tasks.claim', { agentId: a.helper });
    const token = fleet.tokenOf(taskId);
    const { stopId } = await stopOf(a.lead);
    expect(fleet.taskOf(taskId)).toMatchObject({ state: 'ready', agentId: null, attempts: 0 });
    expect(fleet.member(stopId, a.helper).claimsReleased).toBe(1);
    expect((await fleet.refused('tasks.complete', { id: taskId, token }, fleet.as(a.helper))).code).toBe('stale_token');
    expect(fleet.events('task.superseded')).toHaveLength(1);
    const other = await fleet.agent('other');
    expect((await fleet.do('tasks.claim', { agentId: other })).taskIds).toEqual([taskId]);
  });
  it('I-STOP-8: no heartbeat, lease or orphan policy brings a stopped agent back', async () => {
    const a = await fleet.tree<Three>(three);
    await stopOf(a.lead);
    fleet.clock.pass(1);
    expect((await fleet.beat(a.helper)).directive).toBe('stop');
    expect(await fleet.expire(a.lead, a.coder, a.helper, a.tester)).toEqual({ lost: 0 });
    expect(await fleet.sweepOrphans(a.coder, a.helper)).toMatchObject({ stopped: 0, reparented: 0 });
    expect((await fleet.refused('agents.resume', { id: a.helper })).code).toBe('fenced');
    expect(fleet.agentOf(a.helper).state).toBe('stopping');
  });
  it('an agent outside is untouched; ids are compared whole', async () => {
    const a = await fleet.tree<Three | 'other'>({ ...three, other: {} });
    await stopOf(a.lead);
    expect(fleet.agentOf(a.other)).toMatchObject({ state: 'running', stopId: null });
  });
  it('refuses the wrong epoch, an unknown agent and one that ended by itself', async () => {
    const a = await fleet.tree<Three>(three);
    expect((await fleet.refused('agents.stop', { id: a.lead, expectEpoch: 2 })).code).toBe('version_conflict');
    expect((await fleet.refused('agents.stop', { id: 'nobody' })).code).toBe('not_found');
    await fleet.do('agents.finish', { id: a.helper, outcome: 'completed' });
    expect((await fleet.refused('agents.stop', { id: a.helper })).code).toBe('illegal_transition');
    expect(fleet.state.stops.size).toBe(0);
  });
  it('reaches what still lives below an agent that has ended, once', async () => {
    const a = await fleet.tree<Three>(three);
    await fleet.do('agents.finish', { id: a.lead, outcome: 'completed' });
    const first = await stopOf(a.lead);
    expect(first.members).toBe(3);
    expect(fleet.agentOf(a.helper)).toMatchObject({ state: 'stopping', stopId: first.stopId });
    expect((await stopOf(a.lead)).stopId).toBe(first.stopId);
    for (const id of [a.helper, a.coder, a.tester]) await end(id);
    expect(fleet.state.stops.get(first.stopId)?.state).toBe('done');
    expect(fleet.agentOf(a.lead).state).toBe('completed');
  });
  it('a sibling’s token cannot stop its neighbour', async () => {
    const a = await fleet.tree<Three>(three);
    expect((await fleet.refused('agents.stop', { id: a.tester }, fleet.as(a.coder))).code).toBe('not_found');
    expect((await fleet.refused('agents.stop', { id: a.lead }, fleet.as(a.coder))).code).toBe('not_found');
    expect((await fleet.ask('agents.stop', { id: a.helper }, fleet.as(a.coder))).ok).toBe(true);
  });
});

describe('the preview', () => {
  it('is the plan that the stop carries out, and writes nothing', async () => {
    const a = await fleet.tree<Three>(three);
    const { taskId } = await fleet.do('tasks.add', { title: 'work' });
    await fleet.do('tasks.claim', { agentId: a.tester });
    await fleet.spend(callOf(a.tester, 'e1', { atMs: fleet.clock.nowMs(), costNanoUsd: 5_000_000_000n }));
    const seq = fleet.state.seq;
    const { preview, stopId, members, waves } = await fleet.do('agents.stop', { id: a.lead, dryRun: true });
    expect([stopId, members, waves]).toEqual([null, 4, 3]);
    expect(preview?.waves.map((w) => w.agents.map((m) => m.name).sort())).toEqual([['helper', 'tester'], ['coder'], ['lead']]);
    expect(preview?.claims).toEqual([{ taskId, title: 'work', agentId: a.tester }]);
    // five dollars in five minutes
    expect(preview?.burnUsdPerHour).toBe('60.000000000');
    expect(preview?.fencedOnly).toBe(4);
    expect(fleet.state.seq).toBe(seq);
    expect((await stopOf(a.lead)).waves).toBe(waves);
  });
});

describe('who ends when', () => {
  it('I-STOP-4: leaves first; a parent is asked when its last child has ended, and never before', async () => {
    const a = await fleet.tree<Three>(three);
    const { stopId } = await stopOf(a.lead);
    const asked = () => fleet.events('stop.asked').map((e) => e.data.agentId);
    expect(asked().sort()).toEqual([a.helper, a.tester].sort());
    expect((await fleet.beat(a.coder)).directive).toBe('pause');
    expect((await fleet.beat(a.helper)).directive).toBe('stop');
    await end(a.helper);
    expect(asked()).toContain(a.coder);
    expect(asked()).not.toContain(a.lead);
    await end(a.coder);
    expect(asked()).not.toContain(a.lead);
    await end(a.tester);
    expect(asked()).toContain(a.lead);
    await end(a.lead);
    expect(fleet.receipt(stopId)).toEqual({ lead: 'stopped', coder: 'stopped', helper: 'stopped', tester: 'stopped' });
    expect(fleet.state.stops.get(stopId)?.state).toBe('done');
  });
  it('I-STOP-4: a parent that ends before its children is not final before them', async () => {
    const a = await fleet.tree<Three>(three);
    await stopOf(a.lead);
    expect((await end(a.lead)).state).toBe('stopping');
    expect((await end(a.coder)).state).toBe('stopping');
    await end(a.tester);
    expect(fleet.agentOf(a.lead).state).toBe('stopping');
    await end(a.helper);
    const ended = fleet.events('agent.ended').map((e) => fleet.agentOf(e.subjectId).name);
    expect(ended).toEqual(['tester', 'helper', 'coder', 'lead']);
  });
  it('I-STOP-4: what lives on below one that has ended still ends before what is above it', async () => {
    const a = await fleet.tree<'top' | 'mid' | 'low'>({ top: { mid: { low: {} } } });
    await fleet.do('agents.finish', { id: a.mid, outcome: 'completed' });
    const preview = await fleet.do('agents.stop', { id: a.top, dryRun: true });
    expect(preview.preview?.waves.map((w) => w.agents.map((m) => m.id))).toEqual([[a.low], [a.top]]);
    const { stopId } = await fleet.do('agents.stop', { id: a.top });
    await fleet.do('agents.finish', { id: a.top, outcome: 'stopped' });
    expect([fleet.agentOf(a.top).state, fleet.member(stopId ?? '', a.low).parentId]).toEqual(['stopping', a.top]);
    await fleet.do('agents.finish', { id: a.low, outcome: 'stopped' });
    expect([fleet.agentOf(a.top).state, fleet.agentOf(a.low).state]).toEqual(['stopped', 'stopped']);
  });
  it('I-STOP-5: one member that hangs delays neither its siblings nor their parents', async () => {
    const a = await fleet.tree<'lead' | 'stuck' | 'left' | 'leaf'>({ lead: { stuck: {}, left: { leaf: {} } } });
    const { stopId } = await stopOf(a.lead, { graceMs: 30_000 });
    await end(a.leaf);
    await end(a.left);
    expect(fleet.receipt(stopId)).toEqual({ lead: null, stuck: null, left: 'stopped', leaf: 'stopped' });
    expect(fleet.events('stop.escalated')).toHaveLength(0);
  });
  it('I-STOP-6, I-STOP-7: the kill comes at the member’s own deadline, from the stored state alone', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const child = await fleet.launched('child', runner, lead);
    const { stopId } = await stopOf(lead, { graceMs: 20_000 });
    const acceptedAtMs = fleet.clock.nowMs();
    expect(await fleet.stopOrders(runner)).toMatchObject([{ agentId: child, termAtMs: acceptedAtMs, killAtMs: acceptedAtMs + 10_000 }]);
    await fleet.pass(9_999, 250);
    expect(fleet.member(stopId, child).killedAtMs).toBeNull();
    await fleet.pass(1);
    expect(fleet.member(stopId, child).killedAtMs).toBe(acceptedAtMs + 10_000);
    expect(await fleet.stopOrders(runner)).toMatchObject([{ agentId: child, killAtMs: acceptedAtMs + 10_000 }]);
    expect(fleet.member(stopId, lead)).toMatchObject({ askedAtMs: null, deadlineMs: acceptedAtMs + 20_000 });
  });
  it('I-STOP-3: ticking on changes nothing: each member is asked once and killed once', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    await stopOf(lead, { graceMs: 1_000, killConfirmMs: 60_000 });
    await fleet.pass(30_000, 1_000);
    expect(fleet.events('stop.asked')).toHaveLength(1);
    expect(fleet.events('stop.escalated')).toHaveLength(1);
    expect(await fleet.stopOrders(runner)).toHaveLength(2);
    const seq = fleet.state.seq;
    await fleet.do('stops.tick', {}, system);
    expect(fleet.state.seq).toBe(seq);
  });
  it('drain leaves the process alone until shortly before its deadline', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    await stopOf(lead, { mode: 'drain', graceMs: 60_000 });
    const now = fleet.clock.nowMs();
    expect(await fleet.stopOrders(runner)).toMatchObject([{ termAtMs: now + 55_000, killAtMs: now + 60_000 }]);
  });
  it('force kills at once, leaves first all the same', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const child = await fleet.launched('child', runner, lead);
    await stopOf(lead, { mode: 'force' });
    const now = fleet.clock.nowMs();
    const orders = await fleet.stopOrders(runner);
    expect(new Set(orders.map((o) => o.agentId))).toEqual(new Set([child]));
    expect(orders.every((o) => o.killAtMs === now && o.termAtMs === now)).toBe(true);
    await fleet.exited(runner, child, { killed: true });
    expect(new Set((await fleet.stopOrders(runner)).map((o) => o.agentId))).toEqual(new Set([lead]));
  });
});

describe('asking again', () => {
  it('I-STOP-2: the same stop again is the same stop, and changes nothing', async () => {
    const a = await fleet.tree<Three>(three);
    const first = await stopOf(a.lead);
    const seq = fleet.state.seq;
    fleet.clock.pass(1_000);
    expect(await stopOf(a.lead)).toEqual(first);
    expect(await stopOf(a.lead, { graceMs: 300_000, mode: 'drain' })).toEqual(first);
    expect(fleet.state.seq).toBe(seq);
    expect(fleet.state.stops.size).toBe(1);
  });
  it('I-STOP-2: it may only get stronger: a nearer deadline, a harsher mode', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { stopId } = await stopOf(lead, { mode: 'drain', graceMs: 60_000 });
    await fleet.stopOrders(runner);
    const now = fleet.clock.nowMs();
    await stopOf(lead, { mode: 'graceful', graceMs: 10_000 });
    expect(fleet.state.stops.get(stopId)).toMatchObject({ mode: 'graceful', deadlineMs: now + 10_000 });
    expect(fleet.member(stopId, lead).deadlineMs).toBe(now + 10_000);
    expect(await fleet.stopOrders(runner)).toMatchObject([{ termAtMs: now, killAtMs: now + 10_000 }]);
    await stopOf(lead, { mode: 'force' });
    expect(fleet.state.stops.get(stopId)).toMatchObject({ mode: 'force', deadlineMs: now });
    expect(fleet.member(stopId, lead).killedAtMs).toBe(now);
    await stopOf(lead, { mode: 'drain', graceMs: 60_000 });
    expect(fleet.state.stops.get(stopId)).toMatchObject({ mode: 'force', deadlineMs: now });
  });
  it('I-STOP-2: a nearer deadline in a milder mode hurries it and leaves it as harsh as it was', async () => {
    const lead = await fleet.agent('lead');
    const { stopId } = await stopOf(lead, { mode: 'graceful', graceMs: 60_000 });
    await stopOf(lead, { mode: 'drain', graceMs: 5_000 });
    expect(fleet.state.stops.get(stopId)).toMatchObject({ mode: 'graceful', deadlineMs: fleet.clock.nowMs() + 5_000 });
    expect(fleet.events('stop.strengthened').map((e) => e.data.mode)).toEqual(['graceful']);
  });
  it('I-STOP-2: a part of the stop can be hurried, the rest keeps its time; twice is once', async () => {
    const a = await fleet.tree<Three>(three);
    const { stopId } = await stopOf(a.lead, { graceMs: 30_000 });
    const before = fleet.member(stopId, a.tester).deadlineMs;
    expect((await stopOf(a.coder, { mode: 'force' })).stopId).toBe(stopId);
    expect(fleet.member(stopId, a.helper).deadlineMs).toBe(fleet.clock.nowMs());
    expect(fleet.member(stopId, a.coder).deadlineMs).toBe(fleet.clock.nowMs());
    expect(fleet.member(stopId, a.tester).deadlineMs).toBe(before);
    expect(fleet.state.stops.get(stopId)?.mode).toBe('graceful');
    const seq = fleet.state.seq;
    await stopOf(a.coder, { mode: 'force' });
    expect(fleet.state.seq).toBe(seq);
  });
  it('I-STOP-2: two stops that overlap end each member once, and both are done', async () => {
    const a = await fleet.tree<Three>(three);
    const inner = await stopOf(a.coder);
    const outer = await stopOf(a.lead);
    expect(inner.stopId).not.toBe(outer.stopId);
    for (const id of [a.helper, a.coder, a.tester, a.lead]) await end(id);
    expect(fleet.events('agent.ended')).toHaveLength(4);
    expect(fleet.receipt(inner.stopId)).toEqual({ coder: 'stopped', helper: 'stopped' });
    expect(fleet.receipt(outer.stopId)).toEqual({ lead: 'stopped', coder: 'stopped', helper: 'stopped', tester: 'stopped' });
    expect([...fleet.state.stops.values()].map((s) => s.state)).toEqual(['done', 'done']);
  });
  it('I-STOP-1: a root that had ended before its stop is not begun again either', async () => {
    const a = await fleet.tree<'top' | 'low'>({ top: { low: {} } });
    const saved = await fleet.do('checkpoints.save', { id: a.top, sequence: 1, state: {}, trigger: 'tools' });
    await fleet.do('agents.finish', { id: a.top, outcome: 'completed' });
    const { stopId } = await fleet.do('agents.stop', { id: a.top });
    expect(await fleet.refused('checkpoints.restore', { id: saved.checkpointId })).toMatchObject({ code: 'fenced', stopId });
    expect(fleet.agentOf(a.top)).toMatchObject({ state: 'completed', epoch: 1, stopId });
  });
  it('I-STOP-6: a nearer deadline holds for everybody, one that has ended and waits for its children too', async () => {
    const a = await fleet.tree<'top' | 'low'>({ top: { low: {} } });
    await fleet.do('agents.stop', { id: a.top, mode: 'force', killConfirmMs: 0 });
    await fleet.pass(60_000);
    const { stopId } = await fleet.do('agents.stop', { id: a.top, graceMs: 60_000 });
    await fleet.do('agents.finish', { id: a.top, outcome: 'stopped' });
    await fleet.do('agents.stop', { id: a.top, graceMs: 10_000 });
    const stop = fleet.state.stops.get(stopId ?? '');
    expect(fleet.agentOf(a.top).state).toBe('stopped');
    expect([stop?.state, fleet.member(stopId ?? '', a.top).deadlineMs]).toEqual(['stopping', stop?.deadlineMs]);
  });
  it('I-STOP-2: one that a stop had to leave unconfirmed can be stopped again, by one stop at a time', async () => {
    const id = await fleet.agent('silent');
    const first = await fleet.do('agents.stop', { id, mode: 'force', killConfirmMs: 0 });
    await fleet.pass(60_000);
    expect([fleet.agentOf(id).state, fleet.state.stops.get(first.stopId ?? '')?.state]).toEqual(['unconfirmed', 'done']);
    const second = await fleet.do('agents.stop', { id, graceMs: 10_000 });
    expect(second.stopId).not.toBe(first.stopId);
    const third = await fleet.do('agents.stop', { id, mode: 'force' });
    expect([third.stopId, fleet.state.stops.get(second.stopId ?? '')?.mode]).toEqual([second.stopId, 'force']);
  });
  it('I-STOP-2: one that was left unconfirmed is hurried by the stop that has it now, whoever that was asked for', async () => {
    const a = await fleet.tree<'top' | 'low'>({ top: { low: {} } });
    await fleet.do('agents.stop', { id: a.low, mode: 'force', killConfirmMs: 0 });
    await fleet.pass(60_000);
    const whole = await fleet.do('agents.stop', { id: a.top, graceMs: 600_000 });
    const part = await fleet.do('agents.stop', { id: a.low, mode: 'force' });
    expect(part.stopId).toBe(whole.stopId);
    expect(fleet.member(whole.stopId ?? '', a.low).deadlineMs).toBe(fleet.clock.nowMs());
  });
  it('of a stop that is done it answers with its receipt', async () => {
    const a = await fleet.tree<Three>(three);
    const { stopId } = await stopOf(a.helper);
    await end(a.helper);
    expect((await stopOf(a.helper)).stopId).toBe(stopId);
    expect(fleet.state.stops.size).toBe(1);
  });
});

describe('outcomes and their evidence (I-STOP-9)', () => {
  const evidence = (stopId: string, id: string) => fleet.member(stopId, id);

  it('a process that we hold must be seen gone: the agent’s word alone is not enough', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { stopId } = await stopOf(lead);
    expect((await end(lead)).state).toBe('stopping');
    await fleet.exited(runner, lead, { exitCode: 0 });
    expect(evidence(stopId, lead)).toMatchObject({
      outcome: 'stopped',
      evidence: { how: 'process-ended', process: { survivors: 0, exitCode: 0 } },
    });
    expect(fleet.agentOf(lead).state).toBe('stopped');
  });
  it('killed says so', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { stopId } = await stopOf(lead, { mode: 'force' });
    await fleet.exited(runner, lead, { exitCode: null, signal: 'SIGKILL', killed: true });
    expect(evidence(stopId, lead).outcome).toBe('killed');
    expect(fleet.agentOf(lead).state).toBe('killed');
  });
  it('survivors make it unconfirmed; evidence that they are gone mends the receipt', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { stopId } = await stopOf(lead, { mode: 'force' });
    await fleet.exited(runner, lead, { survivors: 2, killed: true });
    expect(evidence(stopId, lead).outcome).toBe('unconfirmed');
    expect(fleet.agentOf(lead).state).toBe('unconfirmed');
    await fleet.exited(runner, lead, { survivors: 0, killed: true });
    expect(evidence(stopId, lead)).toMatchObject({ outcome: 'killed', evidence: { process: { survivors: 0 } } });
    expect(fleet.agentOf(lead).state).toBe('killed');
  });
  it('nobody is called stopped because a signal was sent: without evidence it is unconfirmed, after the time to confirm', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const { stopId } = await stopOf(lead, { graceMs: 10_000, killConfirmMs: 5_000 });
    await fleet.pass(14_999, 500);
    expect(evidence(stopId, lead)).toMatchObject({ outcome: null, killedAtMs: expect.any(Number) });
    await fleet.pass(1);
    expect(evidence(stopId, lead)).toMatchObject({ outcome: 'unconfirmed', evidence: { how: 'lease-expired' } });
    expect(fleet.state.stops.get(stopId)?.state).toBe('done');
    // only evidence moves it on
    await fleet.beat(lead);
    expect(fleet.agentOf(lead).state).toBe('unconfirmed');
    await end(lead);
    expect(fleet.agentOf(lead).state).toBe('unconfirmed');
    await fleet.exited(runner, lead);
    expect(fleet.agentOf(lead).state).toBe('stopped');
    expect(evidence(stopId, lead)).toMatchObject({ outcome: 'stopped', evidence: { how: 'process-ended' } });
  });
  it('of an agent that nobody launched its own word is the evidence, also when it comes late', async () => {
    const lead = await fleet.agent('lead');
    const { stopId } = await stopOf(lead, { graceMs: 1_000, killConfirmMs: 1_000 });
    await fleet.pass(20_000, 1_000);
    expect(evidence(stopId, lead).outcome).toBe('unconfirmed');
    await end(lead);
    expect(evidence(stopId, lead)).toMatchObject({ outcome: 'stopped', evidence: { how: 'acknowledged' } });
    expect(fleet.agentOf(lead).state).toBe('stopped');
  });
  it('one that still sends heartbeats after its deadline is unconfirmed at the deadline, and the receipt says why', async () => {
    const lead = await fleet.agent('lead');
    const { stopId } = await stopOf(lead, { graceMs: 1_000, killConfirmMs: 1_000 });
    await fleet.pass(1_999, 250);
    await fleet.beat(lead);
    expect(evidence(stopId, lead).outcome).toBeNull();
    await fleet.pass(1);
    expect(evidence(stopId, lead)).toMatchObject({
      outcome: 'unconfirmed',
      evidence: { detail: expect.stringContaining('still sends heartbeats') },
    });
  });
  it('one that ended by itself while the stop ran keeps its own outcome', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const child = await fleet.launched('child', runner, lead);
    await fleet.do('agents.finish', { id: child, outcome: 'completed' });
    const { stopId, members } = await stopOf(lead);
    expect(members).toBe(1);
    await fleet.exited(runner, lead);
    expect(fleet.receipt(stopId)).toEqual({ lead: 'stopped' });
  });
  it('every member has an outcome and evidence when the stop is done, also when nobody answers', async () => {
    const a = await fleet.tree<Three>(three);
    const { stopId } = await stopOf(a.lead, { graceMs: 3_000, killConfirmMs: 1_000 });
    await fleet.pass(60_000, 250);
    expect(fleet.receipt(stopId)).toEqual({ lead: 'unconfirmed', coder: 'unconfirmed', helper: 'unconfirmed', tester: 'unconfirmed' });
    for (const m of fleet.state.stopMembers.values()) expect(m.evidence?.detail).not.toBe('');
    expect(fleet.events('stop.done').map((e) => e.data)).toEqual([{ members: 4, unconfirmed: 4 }]);
  });
  it('evidence that comes after two stops mends the receipt of both, once each', async () => {
    const lead = await fleet.agent('lead');
    const quick = { graceMs: 1_000, killConfirmMs: 1_000 };
    const first = await stopOf(lead, quick);
    await fleet.pass(60_000, 250);
    const second = await stopOf(lead, quick);
    await fleet.pass(60_000, 250);
    expect(second.stopId).not.toBe(first.stopId);
    const both = [first.stopId, second.stopId];
    expect(both.map((id) => fleet.receipt(id))).toEqual([{ lead: 'unconfirmed' }, { lead: 'unconfirmed' }]);
    await end(lead);
    expect(both.map((id) => fleet.receipt(id))).toEqual([{ lead: 'stopped' }, { lead: 'stopped' }]);
    expect(both.map((id) => fleet.state.stops.get(id)?.unconfirmed)).toEqual([0, 0]);
    const corrections = fleet.events('stop.member-ended').filter((e) => e.data.corrects);
    expect(corrections.map((e) => e.subjectId)).toEqual(both);
    await end(lead).catch(() => undefined);
    expect(fleet.events('stop.member-ended').filter((e) => e.data.corrects)).toHaveLength(2);
  });
  it('I-STOP-10: what a fenced agent still reports is stored, its cost is counted and marked late', async () => {
    const lead = await fleet.agent('lead');
    await stopOf(lead);
    const sent = { id: lead, events: [{ eventId: 'e1', type: 'tool', data: { n: 1 } }] };
    expect(await fleet.do('agents.events', sent, fleet.as(lead))).toEqual({ accepted: 1, duplicates: 0 });
    expect(await fleet.do('agents.log', { id: lead, lines: [{ stream: 'stdout', at: 1, text: 'bye' }] }, fleet.as(lead))).toEqual({
      accepted: 1,
    });
    await fleet.spend(callOf(lead, 'c1'));
    await end(lead);
    await fleet.spend(callOf(lead, 'c2'));
    expect([...fleet.state.ledger.values()].map((e) => e.late)).toEqual([true, true]);
    expect(fleet.state.rollups.get(lead)?.totalNanoUsd).toBe(20_000_000n);
    expect(fleet.state.logs.map((l) => l.text)).toEqual(['bye']);
  });
});

describe('a crash at any moment (I-STOP-7)', () => {
  it('before a commit it leaves nothing of the stop, after it all of it; asking again is the same stop', async () => {
    let crash: 'before' | 'after' | null = null;
    const dies = (at: typeof crash) => () => {
      if (crash !== at) return;
      crash = null;
      throw new Error('the server died');
    };
    fleet = new TestFleet({ beforeCommit: dies('before'), afterCommit: dies('after') });
    const a = await fleet.tree<Three>(three);
    crash = 'before';
    await expect(fleet.ask('agents.stop', { id: a.lead })).rejects.toThrow('died');
    expect(fleet.state.stops.size).toBe(0);
    expect(fleet.agentOf(a.helper)).toMatchObject({ state: 'running', stopId: null });
    crash = 'after';
    await expect(fleet.ask('agents.stop', { id: a.lead })).rejects.toThrow('died');
    const [stored] = fleet.state.stops.values();
    const deadlineMs = stored?.deadlineMs;
    fleet.clock.pass(5_000);
    expect((await stopOf(a.lead)).stopId).toBe(stored?.id);
    expect(fleet.state.stops.get(stored?.id ?? '')?.deadlineMs).toBe(deadlineMs);
  });
});
