import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Result } from '../../src/kernel/result.ts';
import type { Command, CommandOutput } from '../../src/supervisor/commands.ts';
import { runsOf, sometimes } from '../runs.ts';
import { commandOf, operator, system, TestFleet } from '../test-fleet.ts';
import { assertLinearizable } from './explain.ts';
import { maxAttempts, type TaskInput, type TaskOutput, taskModel } from './models/task.ts';
import { supervisorTarget } from './network.ts';
import { playTaskClients, taskScript } from './task-clients.ts';

function outputOf(input: TaskInput, r: Result<unknown>, atMs: number): TaskOutput {
  if (!r.ok) {
    const { code } = r.error as { code: string };
    return { said: code === 'stale_token' ? 'stale' : code === 'fenced' ? 'fenced' : 'refused' };
  }
  if (input.do === 'claim') {
    const token = (r.value as CommandOutput<'tasks.claim'>).tokens[0];
    return token === undefined ? { said: 'nothing', atMs } : { said: 'granted', token, atMs };
  }
  if (input.do === 'sweep') return { said: (r.value as CommandOutput<'tasks.sweep'>).moved ? 'done' : 'nothing', atMs };
  return { said: 'done', atMs };
}

const usual = 2_000;
const runs = runsOf('history', usual);
it(`I-TASK-1, 2, 3, 6: the history of a task is linearizable (${runs} histories)`, async () => {
  const seen = { operations: 0, lost: 0, duplicates: 0, batches: 0, stale: 0, due: 0, grantedAgain: 0, fenced: 0, dead: 0, long: 0 };
  await fc.assert(
    fc.asyncProperty(taskScript, fc.scheduler(), async (script, scheduler) => {
      const fleet = new TestFleet();
      const agents = new Map<string, string>();
      for (const name of ['ann', 'bob', 'cas']) agents.set(name, (await fleet.do('agents.register', { name })).agentId);
      const { taskId: id } = await fleet.do('tasks.add', { title: 'the one', maxAttempts });
      const idOf = (name: string) => agents.get(name) as string;
      const commandFor = (input: TaskInput): Command => {
        switch (input.do) {
          case 'claim': {
            const { requestId, leaseMs } = input;
            return commandOf('tasks.claim', { agentId: idOf(input.agent), requestId, leaseMs }, fleet.as(idOf(input.agent)));
          }
          case 'stop':
            return commandOf('agents.stop', { id: idOf(input.agent) }, operator);
          case 'force-release':
            return commandOf('tasks.force-release', { id }, operator);
          case 'sweep':
            return commandOf('tasks.sweep', { taskIds: [id] }, system);
          case 'renew':
            return commandOf('tasks.renew', { id, token: input.token, leaseMs: input.leaseMs }, fleet.as(idOf(input.agent)));
          default:
            return commandOf(`tasks.${input.do}`, { id, token: input.token }, fleet.as(idOf(input.agent)));
        }
      };
      const played = await playTaskClients(script, scheduler, supervisorTarget(fleet, commandFor, outputOf), (ms) => fleet.clock.pass(ms));
      assertLinearizable(taskModel, played.operations);

      const told = (said: TaskOutput['said']) => played.operations.filter((o) => o.reply?.output.said === said).length;
      seen.operations += played.operations.length;
      for (const k of ['lost', 'duplicates', 'batches'] as const) seen[k] += played.seen[k];
      seen.stale += told('stale');
      seen.fenced += told('fenced');
      seen.grantedAgain += told('granted') > 1 ? 1 : 0;
      seen.due += played.operations.filter((o) => o.input.do === 'sweep' && o.reply?.output.said === 'done').length;
      seen.dead += fleet.taskOf(id).state === 'dead-letter' ? 1 : 0;
      seen.long += played.operations.length > 40 ? 1 : 0;
    }),
    { numRuns: runs },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, usual));
}, 3_600_000);
