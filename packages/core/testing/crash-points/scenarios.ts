import type { RunnerReport } from '../../src/api/inputs.ts';
import { okFix, okTest } from '../../src/changes/testing-patches.ts';
import { callOf, system } from '../test-fleet.ts';
import type { CrashingFleet } from './crashing-fleet.ts';

/**
 * Scripts that touch everything durable; each goes on to its end whatever happens between. Every client asks again until
 * it is answered, so a script must only say what is done, never what the answer to a repeated call is.
 */
export const scenarios: Record<string, (fleet: CrashingFleet) => Promise<void>> = {
  'a session with claims and costs, stopped with escalation': async (fleet) => {
    const runner = await fleet.runner();
    const lead = await fleet.launched('lead', runner);
    const coder = await fleet.launched('coder', runner, lead);
    const helper = await fleet.agent('helper', coder, { budgetUsd: '0.015' });
    const tasks = [await add(fleet, 'one'), await add(fleet, 'two')];
    await claim(fleet, coder);
    await claim(fleet, helper);
    await fleet.spend(callOf(coder, 'c1'), callOf(helper, 'h1'));
    await fleet.spend(callOf(helper, 'h1'), callOf(helper, 'h2'));
    await fleet.spend(callOf(helper, 'h2', { outputTokens: 999 }));
    await fleet.do('agents.spawn', { id: lead, name: 'waiting', command: 'sleep' });
    const stop = { id: lead, reason: 'enough', graceMs: 9_000 };
    await fleet.do('agents.stop', { ...stop, mode: 'drain' });
    await fleet.do('agents.stop', { ...stop, mode: 'graceful', graceMs: 6_000 });
    await fleet.spend(callOf(helper, 'late'));
    await fleet.do('agents.finish', { id: helper, outcome: 'stopped' }, fleet.as(helper));
    await fleet.report(runner, { kind: 'asked', agentId: coder, epoch: 1, step: 'term' });
    await fleet.pass(6_000, 2_000);
    await fleet.stopOrders(runner);
    await fleet.exited(runner, coder, { killed: true, signal: 'SIGKILL', exitCode: null });
    await fleet.pass(1_000);
    await fleet.exited(runner, lead, { exitCode: 0 });
    const waiting = [...fleet.state.agents.values()].find((a) => a.name === 'waiting');
    if (waiting) await fleet.report(runner, { kind: 'launch-failed', agentId: waiting.id, epoch: 1, error: 'cancelled' });
    await fleet.pass(60_000, 20_000);
    await claim(fleet, await fleet.agent('other'));
    await fleet.do('tasks.prioritise', { id: tasks[1] as string, priority: 5 });
  },

  'tasks: retries, expiry, dependencies, dead letters': async (fleet) => {
    const ann = await fleet.agent('ann');
    const first = await add(fleet, 'first', { maxAttempts: 2 });
    const second = await add(fleet, 'second', { dependsOn: [first] });
    const third = await add(fleet, 'third', { maxAttempts: 1 });
    const hold = async (id: string) => {
      await fleet.do('tasks.claim', { agentId: ann, leaseMs: 2_000 }, fleet.as(ann));
      return fleet.tokenOf(id);
    };
    await fleet.do('tasks.fail', { id: first, token: await hold(first), error: 'no luck' }, fleet.as(ann));
    await sweep(fleet, 1_000);
    await fleet.do('tasks.renew', { id: first, token: await hold(first), leaseMs: 5_000 }, fleet.as(ann));
    await fleet.do('tasks.complete', { id: first, token: fleet.tokenOf(first), result: 7 }, fleet.as(ann));
    await fleet.do('tasks.release', { id: second, token: await hold(second) }, fleet.as(ann));
    await hold(second);
    await fleet.do('tasks.force-release', { id: second, reason: 'mine' });
    await fleet.do('tasks.prioritise', { id: third, priority: 1 });
    await hold(third);
    await sweep(fleet, 2_000);
    await fleet.do('tasks.retry', { id: third, reason: 'again' });
    await fleet.do('tasks.cancel', { id: third, reason: 'no' });
    await fleet.do('tasks.complete', { id: second, token: await hold(second) }, fleet.as(ann));
    await fleet.do('agents.finish', { id: ann, outcome: 'completed', result: 'done' }, fleet.as(ann));
  },

  'orphans: lost, moved, stopped; pauses and reports': async (fleet) => {
    const root = await fleet.agent('root');
    const lead = await fleet.agent('lead', root);
    const mover = await fleet.agent('mover', lead, { onParentExit: { completed: 'reparent', lost: 'reparent' } });
    const below = await fleet.agent('below', mover);
    const ender = await fleet.agent('ender', lead);
    await fleet.do('agents.pause', { id: root, reason: 'wait', subtree: true });
    await fleet.do('agents.resume', { id: root, reason: 'go', subtree: true });
    await fleet.do('agents.interrupt', { id: below, reason: 'look' });
    await fleet.beat(below, { activity: 'looking' });
    await fleet.do('agents.events', { id: below, events: [{ eventId: 'e1', type: 'note' }] }, fleet.as(below));
    await fleet.do('agents.finish', { id: lead, outcome: 'completed' }, fleet.as(lead));
    await fleet.sweepOrphans(mover, below, ender);
    await fleet.spend(callOf(mover, 'm1'), callOf(below, 'b1'));
    await fleet.beat(mover);
    await fleet.do('agents.finish', { id: ender, outcome: 'stopped' }, fleet.as(ender));
    fleet.clock.pass(16_000);
    await fleet.expire(root, mover, below);
    await fleet.sweepOrphans(mover, below);
    await fleet.beat(root);
    await fleet.beat(below);
    await fleet.do('project.stop', { mode: 'graceful', reason: 'evening' });
    for (const id of [below, mover, root]) await fleet.do('agents.finish', { id, outcome: 'stopped' }, fleet.as(id));
    await fleet.do('project.reopen', { reason: 'morning' });
    await fleet.agent('fresh');
  },

  'a change from proposal to merge to rollback': async (fleet) => {
    const runner = await fleet.runner();
    const coder = await fleet.agent('coder');
    const { repositoryId } = await fleet.do('repositories.register', { name: 'app', path: '/app', gates: { test: 'npm test' } });
    const proposal = { repositoryId, agentId: coder, title: 'fix', reason: 'it subtracts', testPatch: okTest, fixPatch: okFix };
    const { changeId } = await fleet.do('changes.propose', proposal, fleet.as(coder));
    const tell = (...reports: RunnerReport[]) => fleet.report(runner, ...reports);
    const gate = (name: string, on: 'base' | 'candidate', passed = true): RunnerReport => {
      const exitCode = passed ? 0 : 1;
      return { kind: 'change-gate', changeId, gate: { name, on, exitCode, ms: 5, passed, excerpt: '' } };
    };
    await drain(fleet, runner);
    const blastRadius = { level: 'low', score: 2, reasons: [], files: [], dependents: [] } as const;
    await tell({
      kind: 'change-assessed',
      changeId,
      baseSha: 'b1',
      blastRadius: { ...blastRadius, reasons: [], files: [], dependents: [] },
    });
    await tell({ kind: 'change-isolated', changeId, candidateSha: 'c1', diffHash: 'h1', diff: '', branch: 'reeve/fix' });
    for (const report of [gate('suite', 'base'), gate('red-1', 'base'), gate('red-2', 'base')]) await tell(report);
    for (const report of [gate('green-1', 'candidate'), gate('green-2', 'candidate')]) await tell(report);
    await tell({ kind: 'change-test-verified', changeId });
    await tell({ kind: 'change-validated', changeId });
    await fleet.do('changes.approve', { id: changeId, diffHash: 'h1', comment: 'good' });
    await drain(fleet, runner);
    await tell({ kind: 'change-merged', changeId, mergedSha: 'm1' });
    await fleet.do('changes.rollback', { id: changeId, diffHash: 'h1', comment: 'bad' });
    await drain(fleet, runner);
    await tell({ kind: 'change-rolled-back', changeId, revertSha: 'r1' });
    const second = await fleet.do('changes.propose', { ...proposal, title: 'again' }, fleet.as(coder));
    await fleet.do('changes.withdraw', { id: second.changeId, reason: 'no' });
    const third = await fleet.do('changes.propose', { ...proposal, title: 'too late' }, fleet.as(coder));
    fleet.clock.pass(1_000 * 3_600_000);
    await fleet.do('changes.expire', { changeIds: [third.changeId] }, system);
    await drain(fleet, runner);
  },
};

const add = async (fleet: CrashingFleet, title: string, more: object = {}): Promise<string> =>
  (await fleet.do('tasks.add', { title, ...more })).taskId;
const claim = (fleet: CrashingFleet, agentId: string) => fleet.do('tasks.claim', { agentId }, fleet.as(agentId));
const sweep = (fleet: CrashingFleet, afterMs: number) => {
  fleet.clock.pass(afterMs);
  return fleet.do('tasks.sweep', { taskIds: [...fleet.state.tasks.keys()] }, system);
};
/** The runner takes all orders that wait, and says that they are done. */
async function drain(fleet: CrashingFleet, runner: string): Promise<void> {
  const { orders } = await fleet.poll(runner);
  await fleet.poll(
    runner,
    orders.map((o) => o.orderId),
  );
}
