import type { RunnerReport } from '../../src/api/inputs.ts';
import { okFix, okTest } from '../../src/changes/testing-patches.ts';
import { callOf, gone, system } from '../test-fleet.ts';
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

  'locks, a semaphore, a barrier and waits for ends: held, waited for, let go, lost': async (fleet) => {
    const ids = await fleet.tree<'ann' | 'bob' | 'cid'>({ ann: {}, bob: {}, cid: {} });
    const { ann, bob, cid } = ids;
    const waits = { waitMs: 30_000, leaseMs: 10_000 };
    await fleet.acquire(ann, 'deploy', { ...waits, requestId: 'of ann' });
    await fleet.acquire(bob, 'deploy', { ...waits, requestId: 'of bob' });
    await fleet.acquire(cid, 'deploy', { ...waits, priority: 5, requestId: 'of cid' });
    const tokenOf = (id: string) =>
      fleet
        .lockOf('deploy')
        .holders.find((h) => h.agentId === id)
        ?.token.toString() ?? '0';
    await fleet.do('locks.renew', { name: 'deploy', agentId: ann, token: tokenOf(ann), leaseMs: 12_000 }, fleet.as(ann));
    await fleet.release(ann, 'deploy', tokenOf(ann));
    await fleet.do('locks.force-release', { name: 'deploy', agentId: cid, reason: 'it hangs' });
    for (const id of [ann, bob, cid]) await fleet.acquire(id, 'pool', { ...waits, permits: 2, requestId: `pool of ${id}` });
    await fleet.do('locks.withdraw', { name: 'pool', agentId: cid, requestId: `pool of ${cid}` });
    const meet = { requestId: 'first', waitMs: 60_000 };
    for (const id of [ann, bob, cid]) await fleet.arrive(id, 'meet', 3, { ...meet, requestId: `first of ${id}` });
    const task = await add(fleet, 'to be done');
    await fleet.waitForTask(bob, task, { waitMs: 60_000, requestId: 'bob waits for a task' });
    await fleet.waitForAgent(cid, ann, { waitMs: 60_000, requestId: 'cid waits for ann' });
    await fleet.do('tasks.cancel', { id: task, reason: 'no' });
    for (const id of [ann, cid]) await fleet.arrive(id, 'meet', 3, { ...meet, requestId: `second of ${id}` });
    await fleet.do('agents.finish', { id: ann, outcome: 'completed' }, fleet.as(ann));
    fleet.clock.pass(11_000);
    await fleet.sweepCoordination();
    await fleet.do('agents.stop', { id: bob, reason: 'enough' });
    await fleet.do('agents.finish', { id: bob, outcome: 'stopped' }, fleet.as(bob));
    await fleet.sweepCoordination();
  },

  'checkpoints, effects, a restore and a fork': async (fleet) => {
    const root = await fleet.agent('root');
    const coder = await fleet.agent('coder', root);
    const save = (sequence: number, epoch: number) =>
      fleet.ask('checkpoints.save', { id: coder, epoch, sequence, state: { n: sequence }, messages: [sequence], trigger: 'tools' });
    await save(1, 1);
    await fleet.do('agents.checkpoint', { id: coder, reason: 'before it' });
    const begin = (key: string, attemptId: string, more: object = {}) =>
      fleet.ask('effects.begin', { id: coder, key, attemptId, ...more }, fleet.as(coder));
    await begin('mail:1', 'a');
    await fleet.do('effects.acknowledge', { id: coder, key: 'mail:1', result: 'sent' }, fleet.as(coder));
    await begin('mail:2', 'b');
    await save(2, 1);
    await add(fleet, 'dig');
    await claim(fleet, coder);
    await fleet.acquire(coder, 'deploy', { requestId: 'mine' });
    const latest = () =>
      [...fleet.state.checkpoints.values()].map((r) => r.checkpoint).sort((a, b) => b.sequence - a.sequence)[0]?.id as string;
    await fleet.do('checkpoints.restore', { id: latest(), mode: 'restore' });
    await save(9, 1);
    await fleet.beat(coder, { epoch: 2 });
    await begin('mail:2', 'c');
    await begin('mail:2', 'd', { retry: true });
    await fleet.do('effects.acknowledge', { id: coder, key: 'mail:2' }, fleet.as(coder));
    await save(3, 2);
    await fleet.do('checkpoints.restore', { id: latest(), mode: 'fork', name: 'other' });
    await fleet.do('agents.stop', { id: root, reason: 'enough' });
    for (const a of [...fleet.state.agents.values()].reverse())
      await fleet.do('agents.finish', { id: a.id, outcome: 'stopped' }, fleet.as(a.id));
  },

  'money set aside: settled, given back, run out, corrected, and a budget raised': async (fleet) => {
    const lead = await fleet.agent('lead', null, { budgetUsd: '1.00' });
    const coder = await fleet.agent('coder', lead, { budgetUsd: '0.50' });
    const reserve = (amountUsd: string, ttlMs = 60_000) => fleet.ask('costs.reserve', { agentId: coder, amountUsd, ttlMs });
    const open = () => [...fleet.state.reservations.values()].find((r) => r.state === 'open')?.id as string;
    await reserve('0.20');
    await fleet.spend(callOf(coder, 'c1', { reservationId: open() }));
    await reserve('0.30');
    await fleet.do('costs.release', { id: open() });
    await reserve('0.40', 5_000);
    await reserve('0.40');
    const late = open();
    fleet.clock.pass(6_000);
    await fleet.sweepReservations();
    await fleet.spend(callOf(coder, 'late', { reservationId: late, costNanoUsd: 45n * 10_000_000n }));
    await fleet.do('budgets.set', { id: coder, budgetUsd: '0.90', reason: 'go on' });
    await reserve('0.10');
    await fleet.do('costs.adjust', { agentId: coder, refersTo: 'c1', eventId: 'fix', amountUsd: '-0.005', reason: 'told twice' });
    await fleet.do('agents.stop', { id: lead, reason: 'enough' });
    for (const id of [coder, lead]) await fleet.do('agents.finish', { id, outcome: 'stopped' }, fleet.as(id));
    await fleet.sweepReservations();
  },

  'a restart policy: again from the last checkpoint, with the group, too often': async (fleet) => {
    const runner = await fleet.runner();
    const keeps = { supervision: { strategy: 'rest-for-one', intensity: 2, periodMs: 60_000 } } as const;
    const start = async () => {
      const { orders } = await fleet.poll(runner);
      for (const o of orders)
        if (o.kind === 'launch')
          await fleet.report(runner, {
            kind: 'started',
            agentId: o.agentId,
            epoch: o.epoch,
            pid: 9,
            startTime: '1',
            containment: 'cgroup',
          });
      await drain(fleet, runner);
    };
    const { agentId: boss } = await fleet.do('agents.launch', { name: 'boss', command: 'boss', runnerId: runner, ...keeps } as never);
    await start();
    const spawn = async (name: string) => {
      await fleet.do('agents.spawn', { id: boss, name, command: name, restart: 'transient' });
      await start();
      return [...fleet.state.agents.values()].find((a) => a.name === name)?.id as string;
    };
    const worker = await spawn('worker');
    await spawn('helper');
    await fleet.ask('checkpoints.save', { id: worker, epoch: 1, sequence: 1, state: 1, trigger: 'tools' });
    for (let i = 0; i < 3; i++) {
      const { epoch } = fleet.agentOf(worker);
      await fleet.report(runner, { kind: 'exited', agentId: worker, epoch, evidence: gone({ exitCode: 1 }) });
      fleet.clock.pass(1_000);
      await start();
    }
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
