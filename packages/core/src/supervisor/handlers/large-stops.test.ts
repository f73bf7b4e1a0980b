import { describe, expect, it } from 'vitest';
import { callOf, commandOf, operator, system, TestFleet } from '../../../testing/index.ts';
import { defaultLeaseMs } from '../../agents/lease.ts';
import { isFinalAgent } from '../../kernel/transitions.ts';

/** A root with so many agents below it in teams of ten, registered in one batch a level. */
async function large(agents: number): Promise<{ fleet: TestFleet; root: string; ids: string[] }> {
  const fleet = new TestFleet();
  const root = await fleet.agent('root');
  const ids = [root];
  while (ids.length < agents) {
    const parents = ids.slice(-Math.ceil(ids.length / 2));
    const wanted = Math.min(agents - ids.length, parents.length * 10);
    const batch = Array.from({ length: wanted }, (_, i) =>
      commandOf('agents.register', { name: `a${ids.length + i}`, parentId: parents[i % parents.length] }, operator),
    );
    for (const r of await fleet.batch(batch)) if (r.ok) ids.push((r.value as { agentId: string }).agentId);
  }
  return { fleet, root, ids };
}
const turn = (fleet: TestFleet) => fleet.do('stops.tick', {}, system);
async function enlistAll(fleet: TestFleet, stopId: string): Promise<number> {
  let turns = 0;
  while (fleet.state.stops.get(stopId)?.enlisting) {
    const { more } = await turn(fleet);
    turns += 1;
    if (fleet.state.stops.get(stopId)?.enlisting) expect(more).toBe(true);
  }
  return turns;
}

describe('a stop of more than 500', () => {
  it('I-STOP-1: its fence holds for everybody below the root from its acceptance on, whoever is enlisted by then', async () => {
    const { fleet, root, ids } = await large(1_200);
    await fleet.do('tasks.add', { title: 't' });
    const { stopId, members, waves } = await fleet.do('agents.stop', { id: root, reason: 'all of it' });
    expect(members).toBe(1_200);
    expect(fleet.state.stopMembers.size).toBe(0);
    const leaf = ids.at(-1) as string;
    const refused = { code: 'fenced', stopId, reason: 'all of it' };
    expect(await fleet.refused('agents.register', { name: 'late', parentId: leaf })).toEqual(refused);
    expect(await fleet.refused('tasks.claim', { agentId: leaf })).toEqual(refused);
    expect(await fleet.refused('tasks.claim', { agentId: leaf }, fleet.as(leaf))).toEqual(refused);
    await fleet.spend(callOf(leaf, 'late'));
    expect(fleet.state.ledger.get(`${leaf}\u0000late`)?.late).toBe(true);
    // members come in turns, the deepest first, and with the same waves as the plan
    expect(await enlistAll(fleet, stopId ?? '')).toBe(3);
    const stop = fleet.state.stops.get(stopId ?? '');
    expect(stop).toMatchObject({ members: 1_200, open: 1_200, enlisting: false, waves });
    const all = [...fleet.state.stopMembers.values()];
    expect(Math.max(...all.map((m) => m.wave))).toBe(waves - 1);
    for (const m of all) {
      const up = m.parentId ? fleet.member(stopId ?? '', m.parentId) : undefined;
      if (up) expect(m.wave < up.wave && m.deadlineMs <= up.deadlineMs, m.name).toBe(true);
      expect(m.parentId).toBe(fleet.agentOf(m.agentId).parentId);
    }
    expect(fleet.member(stopId ?? '', leaf).costAtAcceptanceNanoUsd).toBe(0n);
  });
  it('I-ORPH-1, I-STOP-2: an orphan that the stop has not enlisted yet is left to it, in the same sweep and in the next', async () => {
    const { fleet, root, ids } = await large(600);
    const policy = { onParentExit: { lost: 'stop' } } as const;
    const up = await fleet.agent('up', root);
    const [low, lower] = [await fleet.agent('low', up, policy), await fleet.agent('lower', up, policy)];
    const lowest = await fleet.agent('lowest', lower, policy);
    fleet.clock.pass(defaultLeaseMs);
    for (const id of [up, lower]) await fleet.expire(id);
    // the stop of `lower` takes `lowest` along
    expect(await fleet.sweepOrphans(lower, lowest)).toMatchObject({ stopped: 1, reparented: 0 });
    const { stopId } = await fleet.do('agents.stop', { id: root });
    expect(await fleet.sweepOrphans(low)).toMatchObject({ stopped: 0, reparented: 0 });
    expect(fleet.agentOf(low)).toMatchObject({ orphanHandled: false, stopId: null });
    expect([...fleet.state.stops.values()].map((s) => s.agentId)).toEqual([lower, root]);
    await enlistAll(fleet, stopId ?? '');
    expect(fleet.agentOf(low).stopId).toBe(stopId);
    expect(ids.length).toBe(600);
  });
  it('I-ORPH-1: the sweep whose own stop is large stops nobody below it a second time', async () => {
    const { fleet, root } = await large(600);
    const policy = { onParentExit: { lost: 'stop' } } as const;
    const top = await fleet.agent('top');
    const many = await fleet.agent('many', top, policy);
    for (let i = 0; i < 6; i++)
      await fleet.batch(
        Array.from({ length: 100 }, (_, k) => commandOf('agents.register', { name: `m${i}-${k}`, parentId: many }, operator)),
      );
    const low = await fleet.agent('low', many, policy);
    fleet.clock.pass(defaultLeaseMs);
    for (const id of [top, many]) await fleet.expire(id);
    expect(await fleet.sweepOrphans(many, low)).toMatchObject({ stopped: 1, reparented: 0 });
    expect([...fleet.state.stops.values()].map((s) => s.agentId)).toEqual([many]);
    expect(fleet.agentOf(root).stopId).toBeNull();
  });
  it('I-STOP-4, I-STOP-9: ends leaves first, each with its evidence, also those that ended while they waited to be enlisted', async () => {
    const { fleet, root, ids } = await large(900);
    const { stopId = '' } = await fleet.do('agents.stop', { id: root, graceMs: 20_000, reason: 'x' });
    const early = ids[3] as string;
    fleet.clock.pass(1);
    await fleet.do('agents.finish', { id: early, outcome: 'completed' });
    await enlistAll(fleet, stopId ?? '');
    expect(fleet.state.stops.get(stopId ?? '')?.members).toBe(900);
    for (let round = 0; round < 60 && fleet.state.stops.get(stopId ?? '')?.state === 'stopping'; round++) {
      fleet.clock.pass(1_000);
      while ((await turn(fleet)).more);
      for (const m of fleet.state.stopMembers.values()) {
        if (!m.outcome) continue;
        const below = [...fleet.state.stopMembers.values()].filter((c) => c.parentId === m.agentId);
        expect(
          below.every((c) => c.outcome !== null),
          `${m.name} before those below it`,
        ).toBe(true);
      }
    }
    expect(fleet.state.stops.get(stopId ?? '')).toMatchObject({ state: 'done', open: 0, unconfirmed: 899 });
    expect(fleet.member(stopId ?? '', early)).toMatchObject({ outcome: 'completed', evidence: { how: 'already-ended' } });
    expect(fleet.events('stop.done')).toMatchObject([{ data: { members: 900, unconfirmed: 899 } }]);
    // and evidence that comes later still mends the receipt
    const late = ids[4] as string;
    await fleet.do('agents.finish', { id: late, outcome: 'stopped' });
    expect(fleet.member(stopId ?? '', late).outcome).toBe('stopped');
    expect(fleet.state.stops.get(stopId ?? '')?.unconfirmed).toBe(898);
  });
  it('I-STOP-7: a supervisor that is killed between two turns goes on with the same stop', async () => {
    const { fleet, root } = await large(900);
    const { stopId = '' } = await fleet.do('agents.stop', { id: root, reason: 'x' });
    const deadline = fleet.state.stops.get(stopId ?? '')?.deadlineMs;
    await turn(fleet);
    // all it knows is what is stored: another supervisor over the same store
    const other = new TestFleet();
    Object.assign(other, { store: fleet.store, supervisor: fleet.supervisor });
    await enlistAll(other, stopId ?? '');
    expect(fleet.state.stops.get(stopId ?? '')).toMatchObject({ members: 900, deadlineMs: deadline });
  });
  it('I-STOP-2: asked again while members are still enlisted it gets stronger for all of them', async () => {
    const { fleet, root } = await large(900);
    const { stopId = '' } = await fleet.do('agents.stop', { id: root, graceMs: 600_000, reason: 'x' });
    await turn(fleet);
    const again = await fleet.do('agents.stop', { id: root, mode: 'force', reason: 'now' });
    expect(again.stopId).toBe(stopId);
    await enlistAll(fleet, stopId ?? '');
    const nowMs = fleet.clock.nowMs();
    expect([...fleet.state.stopMembers.values()].filter((m) => m.deadlineMs > nowMs)).toEqual([]);
  });
  it('below a root that ended by itself the fence stands all the same', async () => {
    const { fleet, root, ids } = await large(900);
    await fleet.do('agents.finish', { id: root, outcome: 'completed' });
    const { stopId } = await fleet.do('agents.stop', { id: root, reason: 'x' });
    expect(await fleet.refused('agents.register', { name: 'late', parentId: ids.at(-1) as string })).toMatchObject({
      code: 'fenced',
      stopId,
    });
    expect(fleet.agentOf(root)).toMatchObject({ state: 'completed', stopId });
  });
  it('of a whole project: the halt is the fence, and it cannot be lifted before everybody is enlisted', async () => {
    const { fleet, ids } = await large(900);
    const { stopId = '', members } = await fleet.do('project.stop', { reason: 'fire' });
    expect(members).toBe(900);
    await fleet.do('tasks.add', { title: 't' });
    const leaf = ids.at(-1) as string;
    expect(await fleet.refused('tasks.claim', { agentId: leaf })).toMatchObject({ code: 'fenced', stopId });
    await fleet.spend(callOf(leaf, 'late'));
    expect(fleet.state.ledger.get(`${leaf}\u0000late`)?.late).toBe(true);
    expect(await fleet.refused('project.reopen', {})).toMatchObject({ from: 'being stopped' });
    await enlistAll(fleet, stopId ?? '');
    expect([...fleet.state.agents.values()].every((a) => a.stopId === stopId && !isFinalAgent(a.state))).toBe(true);
    await fleet.do('project.reopen', {});
    expect(await fleet.refused('tasks.claim', { agentId: leaf })).toMatchObject({ code: 'fenced', stopId });
  });
});
