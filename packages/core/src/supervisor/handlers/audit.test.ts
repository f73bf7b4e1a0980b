import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet } from '../../../testing/index.ts';
import { callOf, commandOf } from '../../../testing/test-fleet.ts';
import { emptyChain, faultOf } from '../../audit/audit-entry.ts';
import { gateOf, radius } from '../../changes/testing-changes.ts';
import { okFix, okTest } from '../../changes/testing-patches.ts';
import type { Actor } from '../commands.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const decisions = () => fleet.state.audit;
const told = () => decisions().map((d) => [d.action, d.subjectKind, d.subjectId, d.reason, d.before, d.after] as unknown[]);
const cli: Actor = { kind: 'project', id: 'cli' };

describe('the audit log', () => {
  it('keeps who decided what on what, why, and what it was before and after', async () => {
    const agent = await fleet.agent('x');
    await fleet.do('budgets.set', { id: agent, budgetUsd: '5', reason: 'first' });
    await fleet.do('budgets.set', { id: agent, budgetUsd: '3', reason: 'too dear' }, cli);
    await fleet.do('agents.stop', { id: agent, reason: 'enough' });
    expect(decisions().map((d) => [d.actor, d.actorName, d.action, d.subjectId, d.reason])).toEqual([
      ['person:ann', 'Ann', 'budgets.set', agent, 'first'],
      ['project:cli', 'project:cli', 'budgets.set', agent, 'too dear'],
      ['person:ann', 'Ann', 'agents.stop', agent, 'enough'],
    ]);
    expect(decisions()[1]).toMatchObject({ before: { budgetNanoUsd: '5000000000' }, after: { budgetNanoUsd: '3000000000' } });
    expect(decisions()[2]).toMatchObject({ before: { state: 'running' }, after: { state: 'stopping' } });
    let tip = emptyChain;
    for (const d of decisions()) {
      expect(faultOf(tip, d, fleet.secrets.digest)).toBeNull();
      tip = d;
    }
  });
  it('keeps what people and tokens decide, not what agents work, nor a preview, nor what was refused', async () => {
    const agent = await fleet.agent('x');
    await fleet.do('agents.pause', { id: agent, reason: '' }, fleet.as(agent));
    await fleet.do('agents.stop', { id: agent, reason: '', dryRun: true });
    await fleet.refused('agents.stop', { id: 'agt_none', reason: '' });
    expect(decisions()).toEqual([]);
    await fleet.do('agents.pause', { id: agent, reason: '' });
    expect(decisions()).toHaveLength(1);
  });
  it('keeps who accepted a task, or sent it back', async () => {
    const agent = await fleet.agent('x');
    const { taskId } = await fleet.do('tasks.add', { title: 'dig', review: true });
    for (const decide of ['tasks.reject', 'tasks.accept'] as const) {
      await fleet.do('tasks.claim', { agentId: agent }, fleet.as(agent));
      await fleet.do('tasks.complete', { id: taskId, token: fleet.tokenOf(taskId) }, fleet.as(agent));
      await fleet.do(decide, { id: taskId, reason: 'looked at it' } as never);
    }
    expect(decisions().map((d) => [d.action, d.subjectId, (d.before as { state: string }).state])).toEqual([
      ['tasks.reject', taskId, 'in-review'],
      ['tasks.accept', taskId, 'in-review'],
    ]);
  });
  it('what comes in one batch is one after the other: the after of one is the before of the next', async () => {
    const agent = await fleet.agent('x');
    const set = (budgetUsd: string) => commandOf('budgets.set', { id: agent, budgetUsd, reason: '' }, operator);
    await fleet.supervisor.executeBatch(fleet.projectId, [set('1'), set('2'), set('3')]);
    const budgets = decisions().map((d) => [d.before, d.after].map((s) => (s as { budgetNanoUsd: string | null }).budgetNanoUsd));
    expect(budgets).toEqual([
      [null, '1000000000'],
      ['1000000000', '2000000000'],
      ['2000000000', '3000000000'],
    ]);
  });
  it('a decision and its entry are one: what does not commit is not in it', async () => {
    const agent = await fleet.agent('x');
    await fleet.refused('budgets.set', { id: agent, budgetUsd: '3', reason: '' }, fleet.as(agent));
    await fleet.do('audit.record', {
      action: 'session.signed-in',
      subjectKind: 'session',
      subjectId: 's',
      reason: '',
      before: null,
      after: null,
    });
    expect(decisions().map((d) => [d.n, d.action])).toEqual([[1, 'session.signed-in']]);
  });
  it('says of an agent what a decision can change of it', async () => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const before = { name: 'lead', state: 'running', epoch: 1, parentId: null, budgetNanoUsd: null, pausedBy: null, interruptReason: null };
    const { agentId: below } = await fleet.do('agents.spawn', { id: lead, name: 'below', command: 'x' });
    await fleet.do('agents.pause', { id: lead, reason: 'wait' });
    await fleet.do('agents.resume', { id: lead, reason: 'go' });
    await fleet.do('agents.interrupt', { id: lead, reason: 'look' });
    await fleet.spend({ ...callOf(lead, 'e1') });
    await fleet.do('costs.adjust', { eventId: 'fix', agentId: lead, refersTo: 'e1', amountUsd: '0.01', reason: 'the invoice' });
    const { checkpointId } = await fleet.do('checkpoints.save', { id: lead, sequence: 1, state: 1, trigger: 'tools' });
    await fleet.do('checkpoints.restore', { id: checkpointId });
    const at = (more = {}) => ({ ...before, stopId: null, ...more });
    expect(told()).toEqual([
      ['runners.register', 'runner', runner, '', null, { name: 'local', host: 'here', containment: 'cgroup', scope: null }],
      ['agents.spawn', 'agent', below, '', null, at({ name: 'below', state: 'starting', parentId: lead })],
      ['agents.pause', 'agent', lead, 'wait', at(), at({ state: 'paused', pausedBy: 'operator' })],
      ['agents.resume', 'agent', lead, 'go', at({ state: 'paused', pausedBy: 'operator' }), at()],
      ['agents.interrupt', 'agent', lead, 'look', at(), at({ interruptReason: 'look' })],
      ['costs.adjust', 'agent', lead, 'the invoice', at({ interruptReason: 'look' }), at({ interruptReason: 'look' })],
      ['checkpoints.restore', 'agent', lead, '', at({ interruptReason: 'look' }), at({ state: 'starting', epoch: 2 })],
    ]);
  });
  it('says of orphans what became of each', async () => {
    const { up, child, other } = await fleet.tree<'up' | 'child' | 'other'>({ up: { child: {}, other: {} } });
    await fleet.do('project.configure', { onParentExit: { completed: 'ignore', failed: 'ignore', stopped: 'ignore' } });
    await fleet.do('agents.finish', { id: up, outcome: 'failed' });
    await fleet.do('orphans.handle', { agentIds: [child, other], action: 'reparent', reason: 'keep them' });
    const of = (id: string, parentId: string | null) => ({ id, state: 'running', parentId, stopId: null, orphanIgnoredUntilMs: null });
    expect(told().at(-1)).toEqual([
      'orphans.handle',
      'agents',
      `${child} ${other}`,
      'keep them',
      [of(child, up), of(other, up)],
      [of(child, null), of(other, null)],
    ]);
  });
  it('says of a task what a decision can change of it', async () => {
    const agent = await fleet.agent('x');
    const { taskId: id } = await fleet.do('tasks.add', { title: 'dig' });
    await fleet.do('tasks.prioritise', { id, priority: 7 });
    await fleet.do('tasks.claim', { agentId: agent }, fleet.as(agent));
    await fleet.do('tasks.force-release', { id, reason: 'it hangs' });
    await fleet.do('tasks.cancel', { id, reason: 'not now' });
    await fleet.do('tasks.retry', { id, reason: 'after all' });
    const at = (more = {}) => ({ title: 'dig', state: 'ready', priority: 7, agentId: null, attempts: 0, claimToken: '0', ...more });
    const claimed = { claimToken: '1' };
    expect(told()).toEqual([
      ['tasks.prioritise', 'task', id, '', at({ priority: 0 }), at()],
      ['tasks.force-release', 'task', id, 'it hangs', at({ state: 'claimed', agentId: agent, attempts: 1, ...claimed }), at(claimed)],
      ['tasks.cancel', 'task', id, 'not now', at(claimed), at({ state: 'cancelled', ...claimed })],
      ['tasks.retry', 'task', id, 'after all', at({ state: 'cancelled', ...claimed }), at({ claimToken: '1' })],
    ]);
  });
  it('says of a lock who held it and how many waited', async () => {
    const [a, b] = [await fleet.agent('a'), await fleet.agent('b')];
    await fleet.held(a, 'deploy');
    await fleet.acquire(b, 'deploy', { waitMs: 1_000 });
    await fleet.do('locks.force-release', { name: 'deploy', reason: 'it hangs' });
    expect(told()).toEqual([
      [
        'locks.force-release',
        'lock',
        'deploy',
        'it hangs',
        { token: '1', holders: [a], waiters: 1 },
        { token: '2', holders: [b], waiters: 0 },
      ],
    ]);
  });
  it('says of a project its rules and whether it is halted', async () => {
    await fleet.do('project.configure', { limits: { depth: 5 } });
    const { stopId } = (await fleet.do('project.stop', { reason: 'fire' })) as { stopId: string };
    await fleet.do('project.reopen', { reason: 'out' });
    const rows = told() as [string, string, string, string, Record<string, unknown>, Record<string, unknown>][];
    expect(rows.map((r) => r.slice(0, 4))).toEqual([
      ['project.configure', 'project', fleet.projectId, ''],
      ['project.stop', 'project', fleet.projectId, 'fire'],
      ['project.reopen', 'project', fleet.projectId, 'out'],
    ]);
    expect(rows.map((r) => [r[4].haltedBy, r[5].haltedBy])).toEqual([
      [null, null],
      [null, stopId],
      [stopId, null],
    ]);
    expect(rows[0]?.[5]).toMatchObject({ limits: { depth: 5 } });
    for (const r of rows) expect(Object.keys(r[5]).sort()).toEqual(['checkpoints', 'haltedBy', 'limits', 'onParentExit']);
  });
  it('says of a change which candidate was decided on, by whom, and with what comment; agents that decide are in it too', async () => {
    const runner = await fleet.runner();
    const { lead, coder } = await fleet.tree<'lead' | 'coder'>({ lead: { coder: {} } });
    const gates = { test: 'npm test' };
    const { repositoryId } = await fleet.do('repositories.register', { name: 'demo', path: '/srv/demo', gates });
    const asked = { repositoryId, agentId: coder, title: 'T', reason: 'R', testPatch: okTest, fixPatch: okFix };
    const { changeId: id } = await fleet.do('changes.propose', asked, fleet.as(coder));
    const gate = (name: string, on: 'base' | 'candidate') => {
      const command = gateOf(name, on);
      if (command.type !== 'gate') throw new Error('no gate');
      return { kind: 'change-gate', changeId: id, gate: command.gate } as const;
    };
    await fleet.report(
      runner,
      { kind: 'change-assessed', changeId: id, baseSha: 'b1', blastRadius: radius('low') },
      { kind: 'change-isolated', changeId: id, candidateSha: 'c1', diffHash: 'h1', diff: 'd', branch: 'reeve/x' },
      gate('red-1', 'base'),
      gate('red-2', 'base'),
      gate('green-1', 'candidate'),
      gate('green-2', 'candidate'),
      { kind: 'change-test-verified', changeId: id },
      { kind: 'change-validated', changeId: id },
    );
    await fleet.do('changes.approve', { id, diffHash: 'h1', comment: 'fine' }, fleet.as(lead));
    await fleet.do('changes.reject', { id, diffHash: 'h1', comment: 'on second thoughts' });
    const { changeId: other } = await fleet.do('changes.propose', asked, fleet.as(coder));
    await fleet.do('changes.withdraw', { id: other, comment: 'wrong' } as never, fleet.as(coder));
    const at = (more = {}) => ({
      ...{ title: 'T', state: 'awaiting-approval', diffHash: 'h1', baseSha: 'b1', candidateSha: 'c1', mergedSha: null },
      ...{ rollbackAsked: false, decisions: [], ...more },
    });
    const [registered, ...decided] = told();
    expect(registered).toEqual(['runners.register', 'runner', runner, '', null, expect.anything()]);
    expect(decided[0]).toEqual([
      ...['repositories.register', 'repository', repositoryId, '', null],
      { name: 'demo', path: '/srv/demo', branch: 'main', gates, rules: {} },
    ]);
    expect(decided[1]?.slice(0, 5)).toEqual(['changes.approve', 'change', id, 'fine', at()]);
    expect(decided[1]?.[5]).toMatchObject({ decisions: [`approved by ${lead}`] });
    expect(decided[2]?.slice(0, 4)).toEqual(['changes.reject', 'change', id, 'on second thoughts']);
    expect(decided[2]?.[5]).toMatchObject({ state: 'rejected', candidateSha: 'c1' });
    expect(decided[3]?.slice(0, 3)).toEqual(['changes.withdraw', 'change', other]);
    expect(decisions().map((d) => d.actor)).toEqual(['person:ann', 'person:ann', `agent:${lead}`, 'person:ann', `agent:${coder}`]);
  });
});
