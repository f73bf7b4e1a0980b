import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet, system as testSystem } from '../../testing/index.ts';
import { createCountedSecrets, createSequentialIds } from '../memory/memory-ids.ts';
import type { Actor } from './commands.ts';
import type { Tx } from './ports.ts';
import { actorName, agentFor, covers, defaultTuning, fenceOver, fencesOver, isOperator, requestKey, unfenced, type Work } from './work.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const within = async <T>(read: (work: Work) => Promise<T>): Promise<T> => {
  const ports = { store: fleet.store, ids: createSequentialIds(), secrets: createCountedSecrets() };
  const inOne = (tx: Tx) => read({ tx, ports, tuning: defaultTuning });
  return (await fleet.store.transact(fleet.projectId, inOne)).value;
};
const project: Actor = { kind: 'project', id: 'cli' };

describe('whose word counts', () => {
  it('people, project tokens and the server for all; an agent for itself and below; a runner for what it holds', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const [own, below, apart] = [fleet.agentOf(lead), await fleet.agent('below', lead), await fleet.agent('apart')];
    const of = (id: string) => fleet.agentOf(id);
    const asRunner = (id: string): Actor => ({ kind: 'runner', id, scope: null });
    for (const everyone of [operator, project, testSystem])
      expect([own, of(below), of(apart)].every((a) => covers(everyone, a))).toBe(true);
    expect([lead, below, apart].map((id) => covers(fleet.as(lead), of(id)))).toEqual([true, true, false]);
    expect([lead, below, apart].map((id) => covers(fleet.as(below), of(id)))).toEqual([false, true, false]);
    expect([lead, below, apart].map((id) => covers(asRunner(runner), of(id)))).toEqual([true, false, false]);
    expect(covers(asRunner('rnr_other'), own)).toBe(false);
  });
  it('ids are compared whole', async () => {
    const [two, further] = [await fleet.agent('two'), await fleet.agent('further')];
    const inside: Actor = { kind: 'agent', id: two.slice(0, -1), epoch: 1, path: [two.slice(0, -1)] };
    expect([covers(inside, fleet.agentOf(two)), covers(inside, fleet.agentOf(further))]).toEqual([false, false]);
  });
  it('what it does not cover is as good as absent', async () => {
    const [a, b] = [await fleet.agent('a'), await fleet.agent('b')];
    const absent = (id: string) => ({ ok: false, error: { code: 'not_found', kind: 'agent', id } });
    expect(await within((w) => agentFor(w, fleet.as(a), b))).toEqual(absent(b));
    expect(await within((w) => agentFor(w, operator, 'agt_x'))).toEqual(absent('agt_x'));
    expect(await within((w) => agentFor(w, fleet.as(a), a))).toMatchObject({ ok: true, value: { id: a } });
  });
  it('people, project tokens and the server correct and decide; agents and runners do not', () => {
    const all: Actor[] = [
      operator,
      project,
      testSystem,
      { kind: 'agent', id: 'a', epoch: 1, path: ['a'] },
      { kind: 'runner', id: 'r', scope: null },
    ];
    expect(all.map(isOperator)).toEqual([true, true, true, false, false]);
    expect(all.map(actorName)).toEqual(['person:Ann', 'project:cli', 'system:test', 'agent:a', 'runner:r']);
  });
  it('a request id is its caller’s own, and narrower where told', () => {
    expect(requestKey(operator, 'r')).toBe('person:ann//r');
    expect(requestKey(operator, 'r', 'agt_1')).toBe('person:ann/agt_1/r');
    expect(requestKey(project, 'r')).not.toBe(requestKey(operator, 'r'));
  });
});

describe('the fence over an agent', () => {
  const fenced = (stopId: string, reason: string) => ({ ok: false, error: { code: 'fenced', stopId, reason } });
  /** Both ways of asking must say the same. */
  const over = (id: string) =>
    within(async (w) => {
      const agent = fleet.agentOf(id);
      const one = await unfenced(w, agent);
      expect((await fencesOver(w, [id]))(agent)).toEqual(one);
      return one;
    });
  it('is that of the stop above it, with its reason, else that of the halted project', async () => {
    const a = await fleet.tree<'top' | 'mid' | 'low' | 'apart'>({ top: { mid: { low: {} } }, apart: {} });
    expect(await over(a.low)).toEqual({ ok: true, value: null });
    const { stopId } = await fleet.do('agents.stop', { id: a.mid, reason: 'enough' });
    expect(await over(a.low)).toEqual(fenced(stopId ?? '', 'enough'));
    expect(await over(a.mid)).toEqual(fenced(stopId ?? '', 'enough'));
    for (const free of [a.top, a.apart]) expect(await over(free)).toEqual({ ok: true, value: null });
    const halted = (await fleet.do('project.stop', { reason: 'fire' })) as { stopId: string };
    expect(await over(a.apart)).toEqual(fenced(halted.stopId, 'fire'));
    expect(await within((w) => fenceOver(w, []))).toEqual(fenced(halted.stopId, 'fire'));
    await fleet.do('project.reopen', { reason: 'out' });
    expect(await within((w) => fenceOver(w, []))).toBeUndefined();
  });
  it('without a stop, an agent that has ended may not work either', async () => {
    const id = await fleet.agent('a');
    await fleet.do('agents.finish', { id, outcome: 'completed' });
    const refusal = { code: 'illegal_transition', kind: 'agent', id, from: 'completed', to: 'working' };
    expect(await over(id)).toEqual({ ok: false, error: refusal });
  });
  it('of a stop that is not stored only the reason is missing', async () => {
    const id = await fleet.agent('a');
    fleet.state.agents.set(id, { ...fleet.agentOf(id), stopId: 'stp_gone' });
    expect(await over(id)).toEqual(fenced('stp_gone', ''));
  });
});
