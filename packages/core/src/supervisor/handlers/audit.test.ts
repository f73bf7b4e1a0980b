import { beforeEach, describe, expect, it } from 'vitest';
import { operator, TestFleet } from '../../../testing/index.ts';
import { commandOf } from '../../../testing/test-fleet.ts';
import { emptyChain, faultOf } from '../../audit/audit-entry.ts';
import type { Actor } from '../commands.ts';

let fleet: TestFleet;
beforeEach(() => {
  fleet = new TestFleet();
});
const decisions = () => fleet.state.audit;
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
});
