import { describe, expect, it } from 'vitest';
import { callOf, TestFleet } from '../../testing/test-fleet.ts';
import { contradictions, type Records } from './agree.ts';
import { compareHistories } from './compare.ts';
import { emptyHistory, historyText, readHistory, replay } from './history.ts';

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
  it('tells what differs between two points', async () => {
    const { events } = (await busy()).state;
    const [early, late] = [replay(emptyHistory(), events.slice(0, 6)), replay(emptyHistory(), events)];
    const d = compareHistories(early, late);
    expect(d.agents.map((a) => a.name).sort()).toEqual(['coder', 'lead', 'tester']);
    expect(d.tasks).toContainEqual(expect.objectContaining({ title: 'dig', from: null, to: 'done' }));
    expect(d.spentNanoUsd).toBe(20_000_000n);
    expect(compareHistories(late, late)).toEqual({ agents: [], tasks: [], locks: [], spentNanoUsd: 0n });
  });
});
