import { describe, expect, it } from 'vitest';
import { callOf, TestFleet } from '../../testing/test-fleet.ts';
import { contradictions, type Records } from './agree.ts';
import { compareHistories } from './compare.ts';
import { emptyHistory, replay } from './history.ts';
import { historyText, readHistory } from './history-text.ts';

const recordsOf = ({ state }: TestFleet): Records => ({
  agents: [...state.agents.values()].map((a) => ({ ...a, ownNanoUsd: state.rollups.get(a.id)?.ownNanoUsd ?? 0n })),
  tasks: [...state.tasks.values()],
  locks: [...state.locks.values()],
  barriers: [...state.barriers.values()],
});

async function busy(): Promise<TestFleet> {
  const fleet = new TestFleet();
  const { lead, coder, tester } = await fleet.tree<'lead' | 'coder' | 'tester'>({ lead: { coder: {}, tester: {} } });
  await fleet.spend(callOf(coder, 'c1'), callOf(tester, 'c2'));
  const { taskId } = await fleet.do('tasks.add', { title: 'dig' });
  await fleet.do('tasks.add', { title: 'fill', dependsOn: [taskId] });
  await fleet.do('tasks.claim', { agentId: coder });
  const token = await fleet.held(coder, 'deploy');
  await fleet.acquire(tester, 'deploy', { waitMs: 60_000 });
  await fleet.arrive(lead, 'all', 2, { waitMs: 60_000 });
  await fleet.do('tasks.complete', { id: taskId, token: fleet.tokenOf(taskId) });
  await fleet.release(coder, 'deploy', token);
  const { checkpointId } = await fleet.do('checkpoints.save', { id: coder, sequence: 1, state: 1, trigger: 'x' });
  await fleet.do('checkpoints.restore', { id: checkpointId });
  await fleet.do('agents.pause', { id: tester });
  await fleet.do('agents.stop', { id: lead, mode: 'force', graceMs: 0, reason: 'enough' });
  await fleet.pass(600_000, 1_000);
  return fleet;
}

/** In the middle of it: a claim, a lock with a waiter, a barrier with a party. */
async function underWay(): Promise<TestFleet> {
  const fleet = new TestFleet();
  const { lead, coder, tester } = await fleet.tree<'lead' | 'coder' | 'tester'>({ lead: { coder: {}, tester: {} } });
  await fleet.spend(callOf(coder, 'c1'));
  await fleet.do('tasks.add', { title: 'dig' });
  await fleet.do('tasks.claim', { agentId: coder });
  await fleet.held(coder, 'deploy');
  await fleet.acquire(tester, 'deploy', { waitMs: 60_000 });
  await fleet.arrive(lead, 'all', 2, { waitMs: 60_000 });
  return fleet;
}

describe('the log, replayed', () => {
  it('gives the records as they stand', async () => {
    const fleet = await busy();
    const h = replay(emptyHistory(), fleet.state.events);
    expect(contradictions(h, recordsOf(fleet))).toEqual([]);
    // and it would tell: of each kind one that is not as the log says
    const wrong = recordsOf(fleet);
    const broken = { ...wrong, agents: wrong.agents.map((a, i) => (i ? a : { ...a, epoch: 9 })), tasks: wrong.tasks.slice(1) };
    expect(contradictions(h, broken).map((c) => c.split(':')[0])).toEqual([wrong.agents[0]?.id, wrong.tasks[0]?.id]);
    expect([h.agents.size, h.tasks.size, h.locks.size, h.barriers.size]).toEqual([3, 2, 1, 1]);
  });
  it('is held against every fact of every record, and against records that are missing or too many', async () => {
    const fleet = await underWay();
    const h = replay(emptyHistory(), fleet.state.events);
    const records = recordsOf(fleet);
    expect(contradictions(h, records)).toEqual([]);
    const changed: { [K in keyof Records]: Partial<Record<keyof Records[K][number], unknown>> } = {
      agents: {
        ...{ parentId: 'x', sessionId: 'x', name: 'x', role: 'x', state: 'failed', epoch: 9, containment: 'x', stopId: 'x' },
        ...{ createdAtMs: 1, endedAtMs: 1, ownNanoUsd: 1n },
      },
      tasks: { title: 'x', state: 'dead-letter', agentId: 'x', attempts: 9, claimToken: 9n, claimExpiresAtMs: 1 },
      locks: { name: 'x', permits: 9, token: 9n, holders: [], waiters: [] },
      barriers: { name: 'x', generation: 9, expected: 9, arrived: [] },
    };
    for (const kind of ['agents', 'tasks', 'locks', 'barriers'] as const) {
      const [first, ...rest] = records[kind] as readonly { id: string }[];
      for (const [field, value] of Object.entries(changed[kind])) {
        const told = contradictions(h, { ...records, [kind]: [{ ...first, [field]: value }, ...rest] });
        expect(told, `${kind}.${field}`).toEqual([expect.stringContaining(`${first?.id}: the log says [`)]);
      }
      expect(contradictions(h, { ...records, [kind]: rest }), kind).toEqual([
        expect.stringMatching(`^${first?.id}: .*there is no record$`),
      ]);
      const stray = { ...first, id: 'stray' };
      expect(contradictions(h, { ...records, [kind]: [stray, first, ...rest] }), kind).toEqual([
        expect.stringContaining('stray: the log says nothing, the record ['),
      ]);
    }
    // what a holder, a waiter and a party have of their own counts too
    const [lock] = records.locks;
    const [barrier] = records.barriers;
    const holders = (over: object) => ({ ...records, locks: [{ ...lock, holders: lock?.holders.map((x) => ({ ...x, ...over })) }] });
    const waiters = (over: object) => ({ ...records, locks: [{ ...lock, waiters: lock?.waiters.map((x) => ({ ...x, ...over })) }] });
    const arrived = (over: object) => ({
      ...records,
      barriers: [{ ...barrier, arrived: barrier?.arrived.map((x) => ({ ...x, ...over })) }],
    });
    for (const wrong of [
      ...[holders({ agentId: 'x' }), holders({ token: 9n }), holders({ expiresAtMs: 1 })],
      ...[waiters({ agentId: 'x' }), waiters({ requestId: 'x' }), waiters({ priority: 9 }), waiters({ deadlineMs: 1 })],
      ...[arrived({ agentId: 'x' }), arrived({ deadlineMs: 1 })],
    ])
      expect(contradictions(h, wrong as Records)).toHaveLength(1);
  });
  it('in two parts with a snapshot between them gives the same, wherever it is cut; what came before is left alone', async () => {
    const { events } = (await busy()).state;
    const whole = historyText(replay(emptyHistory(), events));
    for (let cut = 0; cut <= events.length; cut++) {
      const before = replay(emptyHistory(), events.slice(0, cut));
      const text = historyText(before);
      expect(historyText(replay(readHistory(text), events))).toBe(whole);
      replay(before, events);
      expect(historyText(before)).toBe(text);
    }
  });
  it('of the middle of things a snapshot is the same history', async () => {
    const h = replay(emptyHistory(), (await underWay()).state.events);
    expect([h.locks.size, h.barriers.size, h.tasks.size]).toEqual([1, 1, 1]);
    expect(readHistory(historyText(h))).toEqual(h);
  });
  it('has what each agent spent, with its corrections, and how many of its calls have no price', async () => {
    const fleet = new TestFleet();
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    await fleet.spend(callOf(coder, 'c1'), callOf(coder, 'c2', { costNanoUsd: null, model: 'nobody knows' }), callOf(lead, 'l1'));
    await fleet.spend(callOf(coder, 'c3', { costNanoUsd: null, model: 'nobody knows' }));
    const h = replay(emptyHistory(), fleet.state.events);
    expect(h.agents.get(coder)).toMatchObject({ ownNanoUsd: fleet.state.rollups.get(coder)?.ownNanoUsd, unpriced: 2, sessionId: lead });
    expect(h.agents.get(lead)).toMatchObject({ unpriced: 0, sessionId: lead });
    await fleet.do('costs.adjust', { eventId: 'fix', agentId: coder, refersTo: 'c1', amountUsd: '-0.001', reason: 'a rebate' });
    const after = replay(h, fleet.state.events);
    expect(after.agents.get(coder)?.ownNanoUsd).toBe((h.agents.get(coder)?.ownNanoUsd ?? 0n) - 1_000_000n);
  });
  it('tells what differs between two points', async () => {
    const { events } = (await busy()).state;
    const [early, late] = [replay(emptyHistory(), events.slice(0, 6)), replay(emptyHistory(), events)];
    const d = compareHistories(early, late);
    expect(d.agents.map((a) => a.name).sort()).toEqual(['coder', 'lead', 'tester']);
    expect(d.tasks).toContainEqual(expect.objectContaining({ title: 'dig', from: null, to: 'done' }));
    expect(d.spentNanoUsd).toBe(20_000_000n);
    expect(d.tasks).toHaveLength(2);
    expect(compareHistories(late, late)).toEqual({ agents: [], tasks: [], locks: [], spentNanoUsd: 0n });
  });
  it('a difference is what moved: a state, an epoch, money, a holder of a task or of a lock; what stayed is left out', async () => {
    const fleet = await underWay();
    const h = replay(emptyHistory(), fleet.state.events);
    const nothing = { agents: [], tasks: [], locks: [], spentNanoUsd: 0n };
    const [coder] = [...h.agents.values()].filter((a) => a.name === 'coder');
    const [task] = [...h.tasks.values()];
    const [lock] = [...h.locks.values()];
    if (!coder || !task || !lock) throw new Error('the fleet has none of them');
    const withAgent = (over: object) => ({ ...h, agents: new Map(h.agents).set(coder.id, { ...coder, ...over }) });
    const withTask = (over: object) => ({ ...h, tasks: new Map(h.tasks).set(task.id, { ...task, ...over }) });
    const withHolders = (...ids: string[]) => {
      const holders = ids.map((agentId) => ({ ...(lock.holders[0] as (typeof lock.holders)[number]), agentId }));
      return { ...h, locks: new Map(h.locks).set(lock.id, { ...lock, holders }) };
    };
    const one = { id: coder.id, name: 'coder', from: coder.state, to: coder.state, spentNanoUsd: 0n };
    expect(compareHistories(h, withAgent({ name: 'other' }))).toEqual(nothing);
    expect(compareHistories(h, withAgent({ state: 'paused' })).agents).toEqual([{ ...one, to: 'paused' }]);
    expect(compareHistories(h, withAgent({ epoch: 2 }))).toEqual({ ...nothing, agents: [one] });
    expect(compareHistories(h, withAgent({ ownNanoUsd: coder.ownNanoUsd + 5n }))).toEqual({
      ...nothing,
      agents: [{ ...one, spentNanoUsd: 5n }],
      spentNanoUsd: 5n,
    });
    expect(compareHistories(h, withTask({ attempts: 9 }))).toEqual(nothing);
    expect(compareHistories(h, withTask({ agentId: null })).tasks).toEqual([{ id: task.id, title: 'dig', from: 'claimed', to: 'claimed' }]);
    expect(compareHistories(h, withTask({ state: 'ready' })).tasks).toEqual([{ id: task.id, title: 'dig', from: 'claimed', to: 'ready' }]);
    expect(compareHistories(withHolders('b', 'a'), withHolders('a', 'b'))).toEqual(nothing);
    expect(compareHistories(h, withHolders()).locks).toEqual([{ name: 'deploy', from: [coder.id], to: [] }]);
    // at a point before any of it
    const from = compareHistories(emptyHistory(), h);
    expect(from.agents).toContainEqual({ ...one, from: null, spentNanoUsd: coder.ownNanoUsd });
    expect(from.tasks).toEqual([{ id: task.id, title: 'dig', from: null, to: 'claimed' }]);
    expect(from.locks).toEqual([{ name: 'deploy', from: [], to: [coder.id] }]);
  });
});
