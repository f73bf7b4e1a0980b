import { beforeEach, describe, expect, it } from 'vitest';
import { operator, system, TestFleet } from '../../../testing/index.ts';
import type { RunnerReport } from '../../api/inputs.ts';
import { activationLimits } from '../../changes/activation.ts';
import { gateOf, radius } from '../../changes/testing-changes.ts';
import { okFix, okTest } from '../../changes/testing-patches.ts';

let fleet: TestFleet;
let runner: string;
let a: Record<'lead' | 'coder' | 'helper' | 'tester', string>;
let repositoryId: string;
const register = async (activation: object | null) => {
  const rules = { activation: activation && { healthCheck: 'npm run smoke', healthCheckMs: 5_000, quiesceMs: 20_000, ...activation } };
  ({ repositoryId } = await fleet.do('repositories.register', { name: 'demo', path: '/srv/demo', gates: { test: 't' }, rules } as never));
};
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
  a = await fleet.tree<keyof typeof a>({ lead: { coder: { helper: {} }, tester: {} } });
  await register({});
});
let shas = 0;
const changeOf = (id: string) => fleet.state.changes.get(id);
const activationOf = (id: string) => changeOf(id)?.activation;
const gate = (name: string, on: 'base' | 'candidate'): RunnerReport => {
  const command = gateOf(name, on);
  if (command.type !== 'gate') throw new Error('no gate');
  return { kind: 'change-gate', changeId: '', gate: command.gate };
};
/** Proposed, verified, and waiting for its approval. */
async function awaiting(agentId = a.coder): Promise<string> {
  const proposal = { repositoryId, agentId, title: 'T', reason: 'R', testPatch: okTest, fixPatch: okFix };
  const { changeId } = await fleet.do('changes.propose', proposal);
  shas += 1;
  const reports: RunnerReport[] = [
    { kind: 'change-assessed', changeId, baseSha: 'b1', blastRadius: radius('low') },
    { kind: 'change-isolated', changeId, candidateSha: `c${shas}`, diffHash: 'h1', diff: 'd', branch: 'reeve/x' },
    ...(['red-1', 'red-2'] as const).map((name) => ({ ...gate(name, 'base'), changeId })),
    ...(['green-1', 'green-2'] as const).map((name) => ({ ...gate(name, 'candidate'), changeId })),
    { kind: 'change-test-verified', changeId },
    { kind: 'change-validated', changeId },
  ] as RunnerReport[];
  await fleet.report(runner, ...reports);
  return changeId;
}
const approve = (id: string, actor = operator) => fleet.ask('changes.approve', { id, diffHash: 'h1', comment: '' }, actor);
const approved = async (agentId = a.coder) => {
  const id = await awaiting(agentId);
  expect(await approve(id)).toMatchObject({ ok: true, value: { state: 'merging' } });
  return id;
};
const tick = () => fleet.do('changes.tick', {}, system);
const rest = (...ids: string[]) => {
  fleet.clock.pass(1_000);
  return Promise.all(ids.map((id) => fleet.beat(id, { state: 'paused' })));
};
const kinds = async () => (await fleet.poll(runner)).orders.filter((o) => o.kind.endsWith('-change')).map((o) => o.kind);
const lastOrder = async () => (await fleet.poll(runner)).orders.at(-1);
const lock = (id = repositoryId) => [...fleet.state.locks.values()].find((l) => l.name === `repository:${id}`);
const told = (report: RunnerReport) => fleet.report(runner, report);
const health = (changeId: string, passed: boolean) =>
  told({
    kind: 'change-activated',
    changeId,
    gate: { name: 'health', on: 'candidate', exitCode: passed ? 0 : 1, ms: 7, passed, excerpt: 'log' },
  });
const pausedBy = () =>
  Object.values(a).map((id) => [fleet.agentOf(id).name, fleet.agentOf(id).state, fleet.agentOf(id).pausedBy].join(' '));
/** Approved, at rest and merged: the check is with the runner. */
const checking = async () => {
  const id = await approved();
  await rest(a.coder);
  await tick();
  await told({ kind: 'change-merged', changeId: id, mergedSha: 'm1' });
  return id;
};

describe('I-SELF-8: quiescence before a merge', () => {
  it('the proposer is asked to pause with the approval; the merge waits for its own word, and is bound in time', async () => {
    const id = await approved();
    expect(pausedBy()).toEqual(['lead running ', 'coder paused change', 'helper running ', 'tester running ']);
    expect(await fleet.beat(a.coder, { state: 'running' })).toMatchObject({ directive: 'pause' });
    await tick();
    expect([activationOf(id)?.state, await kinds()]).toEqual(['quiescing', ['verify-change']]);
    expect(lock()?.holders.map((h) => h.agentId)).toEqual([id]);
    await rest(a.coder);
    await tick();
    expect(await lastOrder()).toMatchObject({
      kind: 'merge-change',
      changeId: id,
      candidateSha: changeOf(id)?.candidateSha,
      landBeforeMs: fleet.clock.nowMs() + activationLimits.mergeMs - activationLimits.landMarginMs,
    });
    await tick();
    expect(await kinds()).toEqual(['verify-change', 'merge-change']);
  });
  it.each([
    ['subtree', ['coder', 'helper']],
    ['session', ['lead', 'coder', 'helper', 'tester']],
    ['none', []],
  ] as const)('%s: so are all that the repository names, and those that start meanwhile', async (quiesce, names) => {
    await register({ quiesce });
    const id = await approved();
    expect(
      Object.values(a)
        .filter((x) => fleet.agentOf(x).pausedBy === 'change')
        .map((x) => fleet.agentOf(x).name),
    ).toEqual(names);
    if (quiesce === 'none') {
      expect(activationOf(id)?.state).toBe('merging');
      return;
    }
    const late = await fleet.agent('late', a.coder);
    await rest(...names.map((n) => a[n]));
    await tick();
    expect([fleet.agentOf(late).pausedBy, activationOf(id)?.state]).toEqual(['change', 'quiescing']);
    await rest(late);
    await tick();
    expect(activationOf(id)?.state).toBe('merging');
    expect([...(activationOf(id)?.heldIds ?? [])].sort()).toEqual([...names.map((n) => a[n]), late].sort());
  });
  it('who does not come to rest in time keeps the branch as it is, and all go on', async () => {
    const id = await approved();
    fleet.clock.pass(19_999);
    await tick();
    expect(activationOf(id)?.state).toBe('quiescing');
    await fleet.beat(a.coder, { state: 'running' });
    fleet.clock.pass(1);
    await tick();
    expect(changeOf(id)).toMatchObject({
      state: 'awaiting-approval',
      approvals: [],
      refusal: { rule: 'merge-failed', detail: `coder (${a.coder}, paused) did not come to rest within 20 s; nothing was merged` },
    });
    expect([await kinds(), lock()?.holders, fleet.agentOf(a.coder).state]).toEqual([['verify-change'], [], 'running']);
    expect(await tick()).toEqual({ open: 0 });
  });
  it('an agent that has ended is at rest, and one that is lost is not; it goes on when it comes back', async () => {
    const id = await approved();
    fleet.clock.pass(16_000);
    await fleet.do('agents.expire', { agentIds: [a.coder], extendedByMs: 0 }, system);
    await tick();
    expect([fleet.agentOf(a.coder).state, activationOf(id)?.state]).toEqual(['lost', 'quiescing']);
    fleet.clock.pass(4_000);
    await tick();
    expect([activationOf(id)?.state, fleet.agentOf(a.coder).pausedBy]).toEqual(['called-off', null]);
    expect(fleet.events('agent.let-go').map((e) => e.subjectId)).toEqual([a.coder]);
    expect(await fleet.beat(a.coder, { state: 'running' })).toMatchObject({ directive: 'run' });
    expect(await approve(id)).toMatchObject({ ok: true });
    await fleet.do('agents.finish', { id: a.coder, outcome: 'completed' });
    await tick();
    expect(activationOf(id)?.state).toBe('merging');
  });
  it('one that was lost while it is held stays held', async () => {
    const id = await approved();
    fleet.clock.pass(16_000);
    await fleet.do('agents.expire', { agentIds: [a.coder], extendedByMs: 0 }, system);
    expect(await fleet.beat(a.coder, { state: 'running' })).toMatchObject({ directive: 'pause' });
    expect([fleet.agentOf(a.coder).state, fleet.agentOf(a.coder).pausedBy, activationOf(id)?.open]).toEqual(['paused', 'change', true]);
  });
  it('a runner says it of a process that it has frozen; of one that nobody asked it says nothing', async () => {
    const hosted = await fleet.launched('hosted', runner);
    const beat = () => {
      fleet.clock.pass(1_000);
      return fleet.ask('agents.heartbeat', { id: hosted, state: 'paused' }, { kind: 'runner', id: runner, scope: null });
    };
    await beat();
    expect([fleet.agentOf(hosted).state, fleet.agentOf(hosted).pausedBy]).toEqual(['running', null]);
    const id = await approved(hosted);
    await tick();
    expect(activationOf(id)?.state).toBe('quiescing');
    expect(await beat()).toMatchObject({ ok: true, value: { directive: 'pause' } });
    await tick();
    expect(activationOf(id)?.state).toBe('merging');
  });
  it('a pause of a person is theirs: before, it stays; meanwhile, it is taken over', async () => {
    await register({ quiesce: 'subtree' });
    await fleet.do('agents.pause', { id: a.helper, reason: 'lunch' });
    const id = await approved();
    await fleet.do('agents.pause', { id: a.coder, reason: 'lunch' });
    await rest(a.coder, a.helper);
    await tick();
    await told({ kind: 'change-merged', changeId: id, mergedSha: 'm1' });
    await health(id, true);
    expect(activationOf(id)?.state).toBe('healthy');
    expect(pausedBy()).toEqual(['lead running ', 'coder paused operator', 'helper paused operator', 'tester running ']);
  });
});

describe('the lease of the repository', () => {
  it('is held by one change: a second waits for it, holds nobody meanwhile, and goes on when it is free', async () => {
    const one = await checking();
    const two = await approved(a.tester);
    await tick();
    expect([activationOf(two)?.state, fleet.agentOf(a.tester).state, lock()?.holders.length]).toEqual(['waiting', 'running', 1]);
    const token = BigInt(lock()?.holders[0]?.token ?? '0');
    await health(one, true);
    await tick();
    expect([activationOf(two)?.state, fleet.agentOf(a.tester).pausedBy]).toEqual(['quiescing', 'change']);
    expect(BigInt(activationOf(two)?.lease?.token ?? '0')).toBeGreaterThan(token);
  });
  it('an agent that holds it keeps the change from merging, for so long and no longer', async () => {
    const name = `repository:${repositoryId}`;
    await fleet.do('locks.acquire', { name, agentId: a.lead, leaseMs: 3_600_000, waitMs: 0 });
    const id = await approved();
    expect([activationOf(id)?.state, fleet.agentOf(a.coder).state]).toEqual(['waiting', 'running']);
    fleet.clock.pass(activationLimits.leaseWaitMs);
    await tick();
    expect(changeOf(id)?.refusal?.detail).toBe(`${a.lead} kept the lease ${name}; nothing was merged`);
  });
  it('is as long as the step that it guards, and ends by itself where nobody looks any more', async () => {
    const id = await approved();
    const until = () => (lock()?.holders[0]?.expiresAtMs ?? 0) - (activationOf(id)?.dueAtMs ?? 0);
    expect(until()).toBe(30_000);
    await rest(a.coder);
    await tick();
    expect(until()).toBe(30_000);
    await told({ kind: 'change-merged', changeId: id, mergedSha: 'm1' });
    expect(until()).toBe(30_000);
    fleet.clock.pass(5_000 + activationLimits.checkMarginMs + 30_000);
    await fleet.do('coordination.sweep', {}, system);
    expect(lock()?.holders).toEqual([]);
  });
});

describe('I-SELF-9: the health check', () => {
  it('is ordered for the merged commit, and lets the agents go on when it passes', async () => {
    const id = await checking();
    expect(await lastOrder()).toMatchObject({
      kind: 'activate-change',
      changeId: id,
      mergedSha: 'm1',
      healthCheck: 'npm run smoke',
      healthCheckMs: 5_000,
    });
    expect(fleet.agentOf(a.coder).pausedBy).toBe('change');
    await health(id, true);
    expect([changeOf(id)?.state, activationOf(id)?.state, changeOf(id)?.gates.at(-1)?.name]).toEqual(['merged', 'healthy', 'health']);
    expect([fleet.agentOf(a.coder).state, lock()?.holders]).toEqual(['running', []]);
    await health(id, false);
    expect(changeOf(id)?.state).toBe('merged');
  });
  it('that fails rolls back by itself, and the agents wait for that', async () => {
    const id = await checking();
    await health(id, false);
    expect(await lastOrder()).toMatchObject({ kind: 'rollback-change', changeId: id, mergedSha: 'm1' });
    expect(fleet.agentOf(a.coder).pausedBy).toBe('change');
    await told({ kind: 'change-rolled-back', changeId: id, revertSha: 'r1' });
    expect([changeOf(id)?.state, activationOf(id)?.state, fleet.agentOf(a.coder).state]).toEqual(['rolled-back', 'rolled-back', 'running']);
    expect(fleet.events('change.unhealthy').map((e) => [e.actor, e.data])).toEqual([
      [`runner:${runner}`, { detail: 'the health check ended with exit code 1' }],
    ]);
  });
  it('and cannot be rolled back: the agents wait for a person, and the repository takes no other change', async () => {
    const id = await checking();
    const waits = await approved(a.tester);
    const next = await awaiting(a.helper);
    await health(id, false);
    await told({ kind: 'change-rollback-failed', changeId: id, error: 'it conflicts' });
    expect(pausedBy()[1]).toBe('coder paused operator');
    expect(lock()?.holders).toEqual([]);
    expect(await approve(next)).toMatchObject({ error: { code: 'forbidden', rule: expect.stringContaining(id) } });
    await tick();
    await rest(a.tester);
    await tick();
    expect(activationOf(waits)?.state).toBe('quiescing');
    fleet.clock.pass(20_000);
    await tick();
    expect(changeOf(waits)?.refusal?.detail).toContain(`${id} failed its health check`);
    await fleet.do('agents.resume', { id: a.coder, reason: '' });
    await fleet.do('changes.override', { id: next, diffHash: 'h1', comment: 'mends it' });
    await rest(a.helper);
    await tick();
    await told({ kind: 'change-merged', changeId: next, mergedSha: 'm2' });
    await health(next, true);
    expect(fleet.events('change.thawed').map((e) => [e.subjectId, e.data])).toEqual([[id, { by: next }]]);
    expect(await approve(waits)).toMatchObject({ ok: true });
  });
  it.each(['merging', 'checking', 'rolling-back'])(
    'the runner is silent while %s: nobody waits for ever, and its word still counts',
    async (at) => {
      const id = await approved();
      await rest(a.coder);
      await tick();
      if (at !== 'merging') await told({ kind: 'change-merged', changeId: id, mergedSha: 'm1' });
      if (at === 'rolling-back') await health(id, false);
      expect(activationOf(id)?.state).toBe(at);
      fleet.clock.pass((activationOf(id)?.dueAtMs ?? 0) - fleet.clock.nowMs());
      await tick();
      expect([fleet.agentOf(a.coder).state, lock()?.holders, activationOf(id)?.open]).toEqual(['running', [], false]);
      expect(changeOf(id)?.timeline.at(-1)?.text).toMatch(/^Took too long, so the agents go on: the runner has not told/);
      if (at === 'merging') await told({ kind: 'change-merged', changeId: id, mergedSha: 'm1' });
      if (at !== 'rolling-back') await health(id, false);
      await told({ kind: 'change-rolled-back', changeId: id, revertSha: 'r1' });
      expect(changeOf(id)?.state).toBe('rolled-back');
    },
  );
  it('a branch that moved meanwhile lets everybody go on', async () => {
    const id = await approved();
    await rest(a.coder);
    await tick();
    await told({ kind: 'change-base-moved', changeId: id, baseSha: 'b2' });
    expect([changeOf(id)?.state, activationOf(id)?.state, fleet.agentOf(a.coder).state, lock()?.holders]).toEqual([
      'proposed',
      'called-off',
      'running',
      [],
    ]);
  });
});
