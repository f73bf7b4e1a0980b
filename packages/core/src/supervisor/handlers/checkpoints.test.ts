import { beforeEach, describe, expect, it } from 'vitest';
import { commandOf, operator, TestFleet } from '../../../testing/test-fleet.ts';
import { checkpointLimitBytes, defaultRetention } from '../../checkpoints/checkpoint.ts';
import type { Store, Tx } from '../ports.ts';
import { createSupervisor } from '../supervisor.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const save = (id: string, sequence: number, more: object = {}) =>
  fleet.do('checkpoints.save', { id, sequence, state: { n: sequence }, trigger: 'tools', ...more });
const line = (id: string) =>
  [...fleet.state.checkpoints.values()]
    .map((r) => r.checkpoint)
    .filter((c) => c.agentId === id)
    .map((c) => `${c.epoch}.${c.sequence}`);

describe('a save', () => {
  it('I-CKPT-1: is stored with its digest, read back, and told of', async () => {
    const id = await fleet.agent('a');
    const { checkpointId, digest } = await save(id, 1, { messages: ['hello'], context: { cwd: '/' } });
    const row = fleet.state.checkpoints.get(checkpointId);
    expect(row?.bodyText).toBe('{"context":{"cwd":"/"},"messages":["hello"],"state":{"n":1}}');
    expect(row?.checkpoint).toMatchObject({ agentId: id, epoch: 1, sequence: 1, digest, sizeBytes: 60, trigger: 'tools' });
    expect(digest).toBe(fleet.secrets.digest(row?.bodyText ?? ''));
    expect(fleet.events('checkpoint.saved', id)[0]?.data).toMatchObject({ checkpointId, epoch: 1, sequence: 1, digest });
  });
  it('I-CKPT-1: that cannot be read back as it was written commits nothing at all', async () => {
    const id = await fleet.agent('a');
    const forgetful: Store = {
      transact: (projectId, work) =>
        fleet.store.transact(projectId, (tx) => {
          const checkpoints: Tx['checkpoints'] = { ...tx.checkpoints, bodyOf: async () => '{"state":"half of i' };
          return work(Object.create(tx, { checkpoints: { value: checkpoints } }));
        }),
    };
    const supervisor = createSupervisor({ store: forgetful, ids: { next: (kind) => `${kind}_x` }, secrets: fleet.secrets });
    const command = commandOf('checkpoints.save', { id, sequence: 1, state: {}, trigger: 'tools' }, operator);
    await expect(supervisor.executeBatch(fleet.projectId, [command])).rejects.toThrow('not read back');
    expect([line(id), fleet.events('checkpoint.saved')]).toEqual([[], []]);
  });
  it('I-CKPT-1, I-CKPT-2: a crash between the save and its acknowledgement: told again, it is the same checkpoint', async () => {
    let lose = false;
    fleet = new TestFleet({
      afterCommit: () => {
        if (lose) throw new Error('the answer is lost');
      },
    });
    const id = await fleet.agent('a');
    lose = true;
    await expect(save(id, 1)).rejects.toThrow('lost');
    lose = false;
    const again = await save(id, 1);
    expect([...fleet.state.checkpoints.keys()]).toEqual([again.checkpointId]);
    expect(fleet.events('checkpoint.saved')).toHaveLength(1);
    expect(fleet.events('checkpoint.discarded')).toEqual([]);
  });
  it('I-CKPT-1: a crash before the commit leaves the checkpoint before', async () => {
    let crash = false;
    fleet = new TestFleet({
      beforeCommit: () => {
        if (crash) throw new Error('crashed');
      },
    });
    const id = await fleet.agent('a');
    const first = await save(id, 1);
    crash = true;
    await expect(save(id, 2)).rejects.toThrow('crashed');
    crash = false;
    expect([...fleet.state.checkpoints.keys()]).toEqual([first.checkpointId]);
  });
  it('I-CKPT-2: an older sequence is refused, discarded and visible', async () => {
    const id = await fleet.agent('a');
    await save(id, 5);
    const late = { id, sequence: 4, state: 'late', trigger: 'tools' };
    expect(await fleet.refused('checkpoints.save', late)).toMatchObject({
      code: 'version_conflict',
      kind: 'checkpoint',
      expected: 4,
      actual: 5,
    });
    expect(await fleet.refused('checkpoints.save', { ...late, sequence: 5 })).toMatchObject({ code: 'version_conflict' });
    expect(line(id)).toEqual(['1.5']);
    expect(fleet.events('checkpoint.discarded', id).map((e) => [e.data.sequence, e.data.latest?.sequence])).toEqual([
      [4, 5],
      [5, 5],
    ]);
  });
  it('is kept within bounds: the newest of each agent, none that is too large', async () => {
    const [a, b] = [await fleet.agent('a'), await fleet.agent('b')];
    await save(b, 1);
    const { keep } = defaultRetention;
    for (let n = 1; n <= keep + 3; n++) await save(a, n);
    expect(line(a)).toEqual(Array.from({ length: keep }, (_, i) => `1.${i + 4}`));
    expect(line(b)).toEqual(['1.1']);
    const body = { id: b, sequence: 2, trigger: 'tools', state: 'x'.repeat(checkpointLimitBytes) };
    expect(await fleet.refused('checkpoints.save', body)).toEqual({ code: 'too_large', limitBytes: checkpointLimitBytes });
    expect(line(b)).toEqual(['1.1']);
  });
  it('as many are kept, and for as long, as the project says; the one that an epoch began from as long as the epoch', async () => {
    const id = await fleet.agent('a');
    await fleet.do('project.configure', { checkpoints: { keep: 2, keepForMs: 60_000 } }, operator);
    const { checkpointId } = await save(id, 1);
    await fleet.do('checkpoints.restore', { id: checkpointId, mode: 'restore', relaunch: false }, operator);
    for (let n = 1; n <= 4; n++) {
      await save(id, n);
      fleet.clock.pass(15_000);
    }
    // 60, 45, 30 and 15 s old: all of them younger than a minute when the last one came
    expect(line(id)).toEqual(['1.1', '2.1', '2.2', '2.3', '2.4']);
    await save(id, 5);
    expect(line(id)).toEqual(['1.1', '2.2', '2.3', '2.4', '2.5']);
    fleet.clock.pass(3_600_000);
    await save(id, 6);
    expect(line(id)).toEqual(['1.1', '2.5', '2.6']);
    await fleet.do('project.configure', { checkpoints: { keep: 1, keepForMs: 0 } }, operator);
    await save(id, 7);
    expect(line(id)).toEqual(['1.1', '2.7']);
    const latest = [...fleet.state.checkpoints.values()].find((r) => r.checkpoint.sequence === 7)?.checkpoint.id ?? '';
    await fleet.do('checkpoints.restore', { id: latest, mode: 'restore', relaunch: false }, operator);
    await save(id, 1);
    expect(line(id)).toEqual(['2.7', '3.1']);
  });
  it('of an agent that stops or has ended is taken: what it knew is worth keeping', async () => {
    const id = await fleet.agent('a');
    await fleet.do('agents.stop', { id });
    await save(id, 1);
    await fleet.do('agents.finish', { id, outcome: 'stopped' });
    await save(id, 2);
    expect([line(id), fleet.agentOf(id).state]).toEqual([['1.1', '1.2'], 'stopped']);
  });
  it('reaches no further than the caller does', async () => {
    const { a, b } = await fleet.tree<'a' | 'b'>({ a: {}, b: {} });
    const body = { id: b, sequence: 1, state: 1, trigger: 'tools' };
    expect(await fleet.refused('checkpoints.save', body, fleet.as(a))).toMatchObject({ code: 'not_found' });
    const { checkpointId } = await save(b, 1);
    for (const mode of ['restore', 'fork'] as const)
      expect(await fleet.refused('checkpoints.restore', { id: checkpointId, mode }, fleet.as(a))).toEqual({
        code: 'not_found',
        kind: 'checkpoint',
        id: checkpointId,
      });
  });
});

describe('the directive', () => {
  it('asked of an agent is told until a later checkpoint comes, and asked twice is asked once', async () => {
    const id = await fleet.agent('a');
    expect(await fleet.do('agents.checkpoint', { id, reason: 'an upgrade' })).toMatchObject({ agents: 1 });
    expect(await fleet.do('agents.checkpoint', { id, reason: 'again' })).toMatchObject({ agents: 0 });
    for (let n = 0; n < 2; n++)
      expect(await fleet.beat(id)).toMatchObject({ directive: 'checkpoint', checkpoint: { reason: 'an upgrade' } });
    await save(id, 1);
    expect((await fleet.beat(id)).directive).toBe('run');
    await fleet.do('agents.checkpoint', { id });
    await fleet.refused('checkpoints.save', { id, sequence: 1, state: 'old', trigger: 'tools' });
    expect((await fleet.beat(id)).directive).toBe('checkpoint');
    expect(fleet.events('checkpoint.asked', id).map((e) => e.data.reason)).toEqual(['an upgrade', '']);
  });
  it('reaches a subtree, passes over who has ended, and never comes in the way of a pause or a stop', async () => {
    const { lead, coder, done } = await fleet.tree<'lead' | 'coder' | 'done'>({ lead: { coder: {}, done: {} } });
    await fleet.do('agents.finish', { id: done, outcome: 'completed' });
    expect(await fleet.do('agents.checkpoint', { id: lead, subtree: true })).toMatchObject({ agents: 2, cutId: 'cut_00000001' });
    await fleet.do('agents.pause', { id: coder });
    expect(await fleet.beat(coder)).toMatchObject({ directive: 'pause', checkpoint: { reason: '' } });
    await fleet.do('agents.stop', { id: lead });
    const told = await fleet.beat(coder);
    expect([told.directive, told.checkpoint]).toEqual(['stop', undefined]);
    expect((await fleet.beat(lead)).directive).toBe('pause');
    expect(await fleet.refused('agents.checkpoint', { id: lead })).toMatchObject({ code: 'fenced' });
  });
  it.each([
    ['tools', async (id: string) => void (await fleet.beat(id, { metrics: { toolsExecuted: 20 } }))],
    [
      'cost',
      async (id: string) =>
        void (await fleet.spend({
          eventId: 'e',
          agentId: id,
          model: 'm',
          provider: null,
          inputTokens: 1,
          outputTokens: 1,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
          reasoningTokens: 0,
          costNanoUsd: 2_000_000_000n,
          pricedBy: 'table',
          priceVersion: '1',
          atMs: 0,
        })),
    ],
    [
      'time',
      async (id: string) => {
        await fleet.beat(id, { metrics: { toolsExecuted: 1 } });
        fleet.clock.pass(600_000);
      },
    ],
  ])('I-CKPT-3: comes from the server where twice as much has gone by: %s', async (trigger, work) => {
    const [id, never] = [await fleet.agent('a'), await fleet.agent('never saves')];
    await save(id, 1);
    expect((await fleet.beat(id)).directive).toBe('run');
    await work(id);
    await work(never).catch(() => undefined);
    expect(await fleet.beat(id)).toMatchObject({ directive: 'checkpoint', checkpoint: { reason: expect.stringContaining(trigger) } });
    // one that has never saved would not know what is meant
    expect((await fleet.beat(never)).directive).toBe('run');
    await save(id, 2);
    expect((await fleet.beat(id)).directive).toBe('run');
  });
  it('does not come to an agent that has done nothing since', async () => {
    const id = await fleet.agent('a');
    await save(id, 1);
    fleet.clock.pass(3_600_000);
    expect((await fleet.beat(id)).directive).toBe('run');
  });
});

describe('effects', () => {
  const begin = (id: string, more: object = {}) =>
    fleet.do('effects.begin', { id, key: 'mail-1', description: 'mail to Ann', attemptId: 'x', ...more });
  it('I-CKPT-5: begun, done, acknowledged: whoever asks again gets the result and does nothing', async () => {
    const id = await fleet.agent('a');
    expect(await begin(id)).toEqual({ status: 'begun', result: null, attempts: 1 });
    expect(await begin(id)).toEqual({ status: 'begun', result: null, attempts: 1 });
    await fleet.do('effects.acknowledge', { id, key: 'mail-1', result: { sent: 1 } });
    await fleet.do('effects.acknowledge', { id, key: 'mail-1', result: { sent: 2 } });
    expect(await begin(id, { attemptId: 'y', retry: true })).toEqual({ status: 'acknowledged', result: { sent: 1 }, attempts: 1 });
    expect(fleet.events('effect.begun').length + fleet.events('effect.acknowledged').length).toBe(2);
  });
  it('I-CKPT-5: another attempt at what was never acknowledged is in doubt, in the same epoch too, until somebody says so', async () => {
    const id = await fleet.agent('a');
    await begin(id);
    expect((await begin(id, { attemptId: 'y' })).status).toBe('in-doubt');
    expect(await begin(id, { attemptId: 'y', retry: true })).toEqual({ status: 'begun', result: null, attempts: 2 });
    expect((await begin(id)).status).toBe('in-doubt');
    expect(fleet.events('effect.begun').map((e) => e.data.retried)).toEqual([false, true]);
  });
  it('I-CKPT-5: keys are idempotent across epochs, and what a fenced agent may not begin it may still acknowledge', async () => {
    const id = await fleet.agent('a');
    await begin(id);
    await begin(id, { key: 'paid', attemptId: 'p' });
    await fleet.do('effects.acknowledge', { id, key: 'paid', result: 'receipt 7' });
    const { checkpointId } = await save(id, 1);
    const restored = await fleet.do('checkpoints.restore', { id: checkpointId, mode: 'restore' });
    expect(restored.inDoubt).toMatchObject([{ key: 'mail-1', description: 'mail to Ann', epoch: 1, attempts: 1 }]);
    expect((await begin(id, { key: 'paid', attemptId: 'q' })).result).toBe('receipt 7');
    // the very same attempt of the old epoch is no longer the one that may go on
    expect((await begin(id)).status).toBe('in-doubt');
    await fleet.do('agents.stop', { id });
    expect(await fleet.refused('effects.begin', { id, key: 'k', attemptId: 'z' })).toMatchObject({ code: 'fenced' });
    expect(await fleet.do('effects.acknowledge', { id, key: 'mail-1' })).toEqual({ status: 'acknowledged' });
  });
  it('an effect that was not begun cannot be acknowledged', async () => {
    const id = await fleet.agent('a');
    expect(await fleet.refused('effects.acknowledge', { id, key: 'never' })).toMatchObject({ code: 'not_found', kind: 'effect' });
  });
});
