import { beforeEach, describe, expect, it } from 'vitest';
import { TestFleet } from '../../../testing/index.ts';

let fleet: TestFleet;
let lead: string;
let coder: string;
beforeEach(async () => {
  fleet = new TestFleet();
  ({ lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } }));
});
const effect = { key: 'pay 7', attemptId: 'a1' };
const begin = (id: string, more: object = {}) => fleet.ask('effects.begin', { id, ...effect, ...more }, fleet.as(id));
const save = (id: string) => ({ id, sequence: 1, state: { n: 1 }, trigger: 'tools' as const });

describe('I-CKPT-5: an effect', () => {
  it('is begun once; what was begun and never acknowledged is in doubt, not done again', async () => {
    expect(await begin(coder)).toMatchObject({ ok: true, value: { status: 'begun', result: null, attempts: 1 } });
    const stored = [...fleet.state.effects.values()];
    expect(stored).toHaveLength(1);
    await fleet.do('effects.acknowledge', { id: coder, key: effect.key, result: { n: 1 } }, fleet.as(coder));
    expect(await begin(coder)).toMatchObject({ ok: true, value: { status: 'acknowledged', result: { n: 1 } } });
    expect(fleet.state.effects.size).toBe(1);
  });
  it('of a stranger, or of an epoch that is over, is none', async () => {
    const stranger = { ok: false, error: { code: 'not_found', kind: 'agent', id: lead } };
    expect(await fleet.ask('effects.begin', { id: lead, ...effect }, fleet.as(coder))).toEqual(stranger);
    expect(await fleet.ask('effects.acknowledge', { id: lead, key: effect.key }, fleet.as(coder))).toEqual(stranger);
    await begin(coder);
    const stale = { code: 'version_conflict', kind: 'agent', id: coder, expected: 7, actual: 1 };
    expect(await fleet.refused('effects.begin', { id: coder, ...effect, key: 'other', epoch: 7 })).toEqual(stale);
    expect(await fleet.refused('effects.acknowledge', { id: coder, key: effect.key, epoch: 7 })).toEqual(stale);
    expect([...fleet.state.effects.values()].map((e) => [e.key, e.acknowledgedAtMs])).toEqual([[effect.key, null]]);
  });
});

describe('whose epoch a word is of', () => {
  it('a parent that speaks for its child speaks of the child’s own', async () => {
    const { checkpointId } = await fleet.do('checkpoints.save', save(coder), fleet.as(coder));
    await fleet.do('checkpoints.restore', { id: checkpointId });
    expect(fleet.agentOf(coder).epoch).toBe(2);
    expect(await fleet.do('checkpoints.save', { ...save(coder), sequence: 2 }, fleet.as(lead))).toMatchObject({
      checkpointId: expect.stringMatching(/^ckp_/),
    });
    expect([...fleet.state.checkpoints.values()].map((k) => k.checkpoint.epoch)).toEqual([1, 2]);
  });
  it('nobody asks for the checkpoint of an agent outside of their line', async () => {
    expect(await fleet.refused('agents.checkpoint', { id: lead }, fleet.as(coder))).toEqual({ code: 'not_found', kind: 'agent', id: lead });
  });
  it('a subtree is asked without those that a stop has', async () => {
    const other = await fleet.agent('other', lead);
    await fleet.do('agents.stop', { id: coder });
    expect(await fleet.do('agents.checkpoint', { id: lead, subtree: true })).toMatchObject({ agents: 2 });
    expect(
      fleet
        .events('checkpoint.asked')
        .map((e) => e.subjectId)
        .sort(),
    ).toEqual([lead, other].sort());
  });
});
