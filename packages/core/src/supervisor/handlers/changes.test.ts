import { beforeEach, describe, expect, it } from 'vitest';
import { operator, system, TestFleet } from '../../../testing/index.ts';
import type { RunnerReport } from '../../api/inputs.ts';
import { gateOf, radius } from '../../changes/testing-changes.ts';
import { newFile, okFix, okTest } from '../../changes/testing-patches.ts';

let fleet: TestFleet;
let runner: string;
let a: Record<'lead' | 'coder' | 'helper' | 'tester', string>;
let repositoryId: string;
beforeEach(async () => {
  fleet = new TestFleet();
  runner = await fleet.runner();
  a = await fleet.tree<keyof typeof a>({ lead: { coder: { helper: {} }, tester: {} } });
  ({ repositoryId } = await fleet.do('repositories.register', { name: 'demo', path: '/srv/demo', gates: { test: 'npm test' } }));
});
const proposal = (over = {}) => ({ repositoryId, agentId: a.coder, title: 'T', reason: 'R', testPatch: okTest, fixPatch: okFix, ...over });
const propose = async (over = {}) => (await fleet.do('changes.propose', proposal(over))).changeId;
const changeOf = (id: string) => fleet.state.changes.get(id);
const orders = async () => (await fleet.poll(runner)).orders.filter((o) => o.kind !== 'launch' && o.kind !== 'stop');
const gate = (name: string, on: 'base' | 'candidate'): RunnerReport & { kind: 'change-gate' } => {
  const command = gateOf(name, on);
  if (command.type !== 'gate') throw new Error('no gate');
  return { kind: 'change-gate', changeId: '', gate: command.gate };
};
/** Everything the runner tells until the change waits for a decision. */
const verify = (changeId: string) =>
  fleet.report(
    runner,
    { kind: 'change-assessed', changeId, baseSha: 'b1', blastRadius: radius('low') },
    { kind: 'change-isolated', changeId, candidateSha: 'c1', diffHash: 'h1', diff: 'd', branch: 'reeve/x' },
    ...(['red-1', 'red-2'] as const).map((name) => ({ ...gate(name, 'base'), changeId })),
    ...(['green-1', 'green-2'] as const).map((name) => ({ ...gate(name, 'candidate'), changeId })),
    { kind: 'change-test-verified', changeId },
    { kind: 'change-validated', changeId },
  );
const decide = (verb: 'approve' | 'reject' | 'rollback', id: string, actor = operator, diffHash = 'h1') =>
  fleet.ask(`changes.${verb}`, { id, diffHash, comment: '' }, actor);
const repository = () => ({ repositoryId, path: '/srv/demo', branch: 'main', layers: [], gates: { test: 'npm test' }, rules: {} });

describe('a repository', () => {
  it('is known by its name; the same again may change its gates, another path is refused', async () => {
    fleet.clock.pass(1_000);
    const again = await fleet.do('repositories.register', {
      name: 'demo',
      path: '/srv/demo',
      branch: 'dev',
      gates: { test: 't', lint: 'l' },
    });
    expect(again.repositoryId).toBe(repositoryId);
    expect(fleet.state.repositories.get(repositoryId)).toMatchObject({
      name: 'demo',
      branch: 'dev',
      gates: { test: 't', lint: 'l' },
      createdAtMs: fleet.clock.nowMs() - 1_000,
    });
    expect(await fleet.refused('repositories.register', { name: 'demo', path: '/other', gates: { test: 't' } })).toEqual({
      code: 'invalid_input',
      issues: [{ path: 'name', message: 'another repository has this name (/srv/demo)' }],
    });
    const layers = [{ pattern: '*', layer: 3 }];
    const other = await fleet.do('repositories.register', { name: 'other', path: '/o', layers, gates: { test: 't' } });
    expect(fleet.state.repositories.get(other.repositoryId)).toMatchObject({ layers, createdAtMs: fleet.clock.nowMs() });
    expect(fleet.events('repository.registered').map((e) => [e.actor, e.data])).toEqual([
      ['person:Ann', { name: 'demo', path: '/srv/demo' }],
      ['person:Ann', { name: 'demo', path: '/srv/demo' }],
      ['person:Ann', { name: 'other', path: '/o' }],
    ]);
  });
});

describe('a proposal', () => {
  it('goes to the runner to be verified, with all that it needs', async () => {
    const changeId = await propose();
    expect(changeOf(changeId)).toMatchObject({
      state: 'proposed',
      agentId: a.coder,
      agentPath: [a.lead, a.coder],
      title: 'T',
      reason: 'R',
    });
    expect(await orders()).toEqual([
      {
        kind: 'verify-change',
        orderId: expect.any(String),
        changeId,
        title: 'T',
        agentId: a.coder,
        repository: repository(),
        testPatch: okTest,
        fixPatch: okFix,
      },
    ]);
    expect(fleet.events('change.proposed').map((e) => [e.subjectId, e.actor])).toEqual([[changeId, 'person:Ann']]);
  });
  it('that breaks a rule by its text is refused at once, and costs the runner nothing', async () => {
    const changeId = await propose({ fixPatch: newFile('package.json', '{}') });
    expect(changeOf(changeId)).toMatchObject({ state: 'refused', refusal: { rule: 'protected-path' } });
    expect(await orders()).toEqual([]);
  });
  it('told twice is one; the request of another agent is another', async () => {
    const changeId = await propose({ requestId: 'r' });
    expect(await propose({ requestId: 'r' })).toBe(changeId);
    expect(await propose({ requestId: 'r', agentId: a.tester })).not.toBe(changeId);
    expect(changeOf(changeId)?.requestId).toMatch(/^person:ann\/agt_\d+\/r$/);
    expect(changeOf(await propose())?.requestId).toBeNull();
  });
  it('needs an agent that may work, a repository and a runner of this host', async () => {
    expect(await fleet.refused('changes.propose', proposal({ agentId: 'agt_x' }))).toMatchObject({ code: 'not_found', kind: 'agent' });
    expect(await fleet.refused('changes.propose', proposal(), fleet.as(a.tester))).toMatchObject({ code: 'not_found', kind: 'agent' });
    expect(await fleet.refused('changes.propose', proposal({ repositoryId: 'rep_x' }))).toMatchObject({
      code: 'not_found',
      kind: 'repository',
    });
    await fleet.do('agents.stop', { id: a.helper });
    expect((await fleet.refused('changes.propose', proposal({ agentId: a.helper }))).code).toBe('fenced');
    const empty = new TestFleet();
    const id = await empty.agent('x');
    await empty.do('runners.register', { name: 'elsewhere', host: 'h', pid: 1, startTime: '1', containment: 'none' });
    const local = { name: 'local', host: 'h', pid: 1, startTime: '1', containment: 'none' } as const;
    await empty.do('runners.register', local, empty.as(id));
    const { repositoryId: there } = await empty.do('repositories.register', { name: 'r', path: '/r', gates: { test: 't' } });
    expect(await empty.refused('changes.propose', { ...proposal(), repositoryId: there, agentId: id })).toEqual({
      code: 'unavailable',
      what: 'The runner that checks changes',
    });
  });
  it('goes to the runner that spoke last, where there are two of this host', async () => {
    fleet.clock.pass(1_000);
    const newer = await fleet.runner();
    await propose();
    expect([(await orders()).length, (await fleet.poll(newer)).orders.length]).toEqual([0, 1]);
  });
});

describe('from the runner’s word to the merge and back', () => {
  it('I-SELF-4, 5, 6: evidence leads to a decision, the decision to a merge order bound to it, the merge to a rollback', async () => {
    const changeId = await propose();
    await verify(changeId);
    expect(changeOf(changeId)?.state).toBe('awaiting-approval');
    expect(await decide('approve', changeId)).toEqual({ ok: true, value: { state: 'merging' } });
    const bound = { baseSha: 'b1', candidateSha: 'c1', diffHash: 'h1' };
    expect((await orders()).at(-1)).toEqual({
      kind: 'merge-change',
      orderId: expect.any(String),
      changeId,
      title: 'T',
      repository: repository(),
      ...bound,
    });
    await fleet.report(runner, { kind: 'change-merged', changeId, mergedSha: 'm1' });
    expect(changeOf(changeId)?.state).toBe('merged');
    expect(await decide('rollback', changeId)).toEqual({ ok: true, value: { state: 'merged' } });
    expect((await orders()).at(-1)).toEqual({
      kind: 'rollback-change',
      orderId: expect.any(String),
      changeId,
      title: 'T',
      repository: repository(),
      mergedSha: 'm1',
    });
    await fleet.report(runner, { kind: 'change-rolled-back', changeId, revertSha: 'r1' });
    expect(changeOf(changeId)?.state).toBe('rolled-back');
    expect(fleet.events('change.merged').map((e) => e.actor)).toEqual([`runner:${runner}`]);
  });
  it('I-SELF-6: a base that moved sends it through all gates again', async () => {
    const changeId = await propose();
    await verify(changeId);
    await decide('approve', changeId);
    expect(await fleet.report(runner, { kind: 'change-base-moved', changeId, baseSha: 'b2' })).toEqual({ accepted: 1 });
    expect(changeOf(changeId)).toMatchObject({ state: 'proposed', approvals: [], gates: [] });
    expect((await orders()).map((o) => o.kind)).toEqual(['verify-change', 'merge-change', 'verify-change']);
  });
  it('a report that fits no more, of an unknown change, or from a runner of an agent changes nothing', async () => {
    const changeId = await propose();
    expect(await fleet.report(runner, { kind: 'change-validated', changeId })).toEqual({ accepted: 0 });
    expect(await fleet.report(runner, { kind: 'change-validated', changeId: 'chg_x' })).toEqual({ accepted: 0 });
    const host = { name: 'local', host: 'h', pid: 1, startTime: '1', containment: 'none' } as const;
    const { runnerId } = await fleet.do('runners.register', host, fleet.as(a.coder));
    const refused = { kind: 'change-refused', changeId, rule: 'x', detail: 'y' } as const;
    expect(await fleet.report(runnerId, refused)).toEqual({ accepted: 0 });
    expect(changeOf(changeId)?.state).toBe('proposed');
    expect(await fleet.report(runner, refused)).toEqual({ accepted: 1 });
    expect(changeOf(changeId)).toMatchObject({ state: 'refused', refusal: { rule: 'x', detail: 'y' } });
  });
});

describe('who decides', () => {
  it('I-SELF-5: an agent hears of changes in its own line alone, and never approves its own', async () => {
    const changeId = await propose();
    await verify(changeId);
    expect(await decide('approve', changeId, fleet.as(a.tester))).toMatchObject({ error: { code: 'not_found' } });
    expect(await decide('approve', changeId, fleet.as(a.coder))).toMatchObject({ error: { code: 'self_approval' } });
    expect(await decide('approve', changeId, fleet.as(a.helper))).toMatchObject({ error: { code: 'self_approval' } });
    expect(await decide('approve', changeId, fleet.as(a.lead))).toEqual({ ok: true, value: { state: 'awaiting-approval' } });
    expect(await decide('approve', 'chg_x')).toEqual({ ok: false, error: { code: 'not_found', kind: 'change', id: 'chg_x' } });
    expect(await decide('approve', changeId, operator, 'h2')).toMatchObject({ error: { code: 'approval_stale' } });
    expect(await decide('reject', changeId)).toEqual({ ok: true, value: { state: 'rejected' } });
    expect(changeOf(changeId)?.approvals.map((d) => [d.by, d.decision])).toEqual([
      [a.lead, 'approved'],
      ['ann', 'rejected'],
    ]);
    expect(new Set(changeOf(changeId)?.approvals.map((d) => d.id)).size).toBe(2);
  });
  it('whoever made it, stands above it, or is a person takes it back', async () => {
    const withdraw = (id: string, actor = operator) => fleet.ask('changes.withdraw', { id, reason: 'why' }, actor);
    const changeId = await propose();
    expect(await withdraw(changeId, fleet.as(a.tester))).toMatchObject({ error: { code: 'not_found' } });
    expect(await withdraw(changeId, fleet.as(a.helper))).toMatchObject({ error: { code: 'forbidden' } });
    expect(await withdraw(changeId, fleet.as(a.coder))).toEqual({ ok: true, value: { state: 'withdrawn' } });
    expect(fleet.events('change.withdrawn').map((e) => e.data)).toEqual([{ by: a.coder, reason: 'why' }]);
  });
  it('what nobody decides on expires, each once', async () => {
    const changeId = await propose();
    const expire = () => fleet.do('changes.expire', { changeIds: [changeId, 'chg_x'] }, system);
    expect(await expire()).toEqual({ expired: 0 });
    fleet.clock.pass(24 * 3_600_000);
    expect(await expire()).toEqual({ expired: 1 });
    expect(changeOf(changeId)?.state).toBe('expired');
    expect(fleet.events('change.expired').map((e) => e.actor)).toEqual(['system:changes']);
    await expire();
    expect(fleet.events('change.expired')).toHaveLength(1);
  });
});

describe('I-SELF-2: a change is weighed together with the others of its window', () => {
  const wide = (n: number) => ({
    ...radius('low'),
    files: [{ path: `src/part${n}.ts`, layer: 4, added: 200, removed: 0 }],
    dependents: [`src/user${n}.ts`],
    measured: { totalFiles: 20, apiChanged: 'added' as const, coverage: 0.5 },
  });
  const assess = async (changeId: string, n: number) => {
    await fleet.report(runner, { kind: 'change-assessed', changeId, baseSha: 'b1', blastRadius: wide(n) });
    return changeOf(changeId)?.blastRadius?.level;
  };
  it('the parts of a large one weigh more and more; of another agent, or later, they start anew', async () => {
    expect(await assess(await propose(), 1)).toBe('low');
    expect(await assess(await propose({ agentId: a.tester }), 2)).toBe('low');
    expect(await assess(await propose(), 3)).toBe('medium');
    const raised = changeOf(await propose({ agentId: a.helper }));
    expect(await assess(raised?.id as string, 4)).toBe('medium');
    expect(changeOf(raised?.id as string)?.blastRadius?.reasons[0]).toMatch(/^together with 2 other changes of the last 24 h/);
    fleet.clock.pass(24 * 3_600_000);
    expect(await assess(await propose(), 5)).toBe('low');
  });
  it('as the rules of the repository say: over the whole session, or not at all', async () => {
    const again = (rules: object) =>
      fleet.do('repositories.register', { name: 'demo', path: '/srv/demo', gates: { test: 'npm test' }, rules });
    await again({ splitWindowAcross: 'session' });
    expect(await assess(await propose(), 1)).toBe('low');
    expect(await assess(await propose({ agentId: a.tester }), 2)).toBe('medium');
    await again({ splitWindowMs: 0 });
    expect(await assess(await propose(), 3)).toBe('low');
  });
});

describe('I-SELF-5: what the repository asks of a decision', () => {
  const ben = { kind: 'person', id: 'ben', name: 'Ben' } as const;
  const waiting = async (rules: object) => {
    await fleet.do('repositories.register', { name: 'demo', path: '/srv/demo', gates: { test: 'npm test' }, rules });
    const id = await propose();
    await verify(id);
    return id;
  };
  it('two people under four eyes, asked of the rules as they are when one decides', async () => {
    const id = await waiting({ fourEyes: 'always' });
    await decide('approve', id);
    expect(changeOf(id)?.state).toBe('awaiting-approval');
    expect((await orders()).map((o) => o.kind)).not.toContain('merge-change');
    await decide('approve', id, ben);
    expect(changeOf(id)?.state).toBe('merging');
  });
  it('the agent above first; an override stands in the audit log with its reason', async () => {
    const id = await waiting({ parentFirst: true });
    expect((await fleet.refused('changes.approve', { id, diffHash: 'h1', comment: '' })).code).toBe('forbidden');
    await fleet.do('changes.override', { id, diffHash: 'h1', comment: 'the lead is gone' });
    expect(changeOf(id)?.state).toBe('merging');
    expect(fleet.events('change.approved').at(-1)?.data.approval).toMatchObject({ override: true, comment: 'the lead is gone' });
  });
});
