import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Result } from '../../src/kernel/result.ts';
import type { Command, CommandOutput } from '../../src/supervisor/commands.ts';
import { runsOf, sometimes } from '../runs.ts';
import { commandOf, operator, system, TestFleet } from '../test-fleet.ts';
import { assertLinearizable } from './explain.ts';
import { type BarrierInput, type BarrierOutput, barrierModel } from './models/barrier.ts';
import { type Fate, supervisorTarget, timedTarget, VirtualNetwork } from './network.ts';

const fate = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Fate>('fine') },
  { weight: 3, arbitrary: fc.constantFrom<Fate>('request-lost', 'reply-lost', 'duplicate') },
);
const names = ['ann', 'bob', 'cas', 'dan'];
/** One meeting of a client: it comes, and asks again while it has to wait. */
const meeting = fc.record({ waitMs: fc.constantFrom(1_000, 4_000, 8_000), patience: fc.nat(3), fate });
type Meeting = typeof meeting extends fc.Arbitrary<infer M> ? M : never;
const time = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(500, 1_000, 3_000) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), agent: fc.constantFrom(...names) }) },
);
const script = fc.record({
  clients: fc.array(
    fc.record({ agent: fc.constantFrom(...names), meetings: fc.array(meeting, { minLength: 1, maxLength: 3, size: 'max' }) }),
    { minLength: 3, maxLength: 5, size: 'max' },
  ),
  time: fc.array(time, { minLength: 1, maxLength: 5, size: 'max' }),
});

function commandFor(fleet: TestFleet, parties: number, idOf: (name: string) => string, input: BarrierInput): Command {
  switch (input.do) {
    case 'wait': {
      const { requestId, waitMs } = input;
      return commandOf(
        'barriers.wait',
        { name: 'gate', agentId: idOf(input.agent), requestId, waitMs, parties, blocking: false },
        fleet.as(idOf(input.agent)),
      );
    }
    case 'withdraw':
      return commandOf('barriers.withdraw', { name: 'gate', agentId: idOf(input.agent), requestId: input.requestId }, operator);
    case 'stop':
      return commandOf('agents.stop', { id: idOf(input.agent) }, operator);
    default:
      return commandOf('coordination.sweep', {}, system);
  }
}
function outputOf(input: BarrierInput, r: Result<unknown>): BarrierOutput {
  if (!r.ok) {
    const error = r.error as { code: string; generation?: number };
    if (error.code === 'broken_barrier') return { said: 'broken', generation: error.generation ?? -1 };
    return { said: error.code === 'fenced' ? 'fenced' : 'refused' };
  }
  if (input.do === 'withdraw') return { said: (r.value as CommandOutput<'barriers.withdraw'>).withdrawn ? 'yes' : 'no' };
  if (input.do !== 'wait') return { said: 'done' };
  const answer = r.value as CommandOutput<'barriers.wait'>;
  return answer.state === 'released' ? { said: 'released', generation: answer.generation, index: answer.index } : { said: 'waiting' };
}

const usual = 2_000;
const runs = runsOf('history', usual);
it(`I-SYNC-6, 8: the history of a barrier is linearizable (${runs} histories)`, async () => {
  const seen = { operations: 0, lost: 0, duplicates: 0, batches: 0, waiting: 0, released: 0, broken: 0, fenced: 0, refused: 0, next: 0 };
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 3 }), script, fc.scheduler(), async (parties, s, scheduler) => {
      const fleet = new TestFleet();
      const ids = new Map<string, string>();
      for (const name of names) ids.set(name, (await fleet.do('agents.register', { name })).agentId);
      const target = supervisorTarget<BarrierInput, BarrierOutput>(
        fleet,
        (input) => commandFor(fleet, parties, (name) => ids.get(name) as string, input),
        outputOf,
      );
      const passed = (input: BarrierInput) => (input.do === 'pass' ? input.ms : undefined);
      const network = new VirtualNetwork(scheduler, timedTarget(fleet, passed, { said: 'done' } as BarrierOutput, target));
      const client = async (who: number, agent: string, meetings: Meeting[]): Promise<void> => {
        for (const [i, m] of meetings.entries()) {
          const ask = { do: 'wait', agent, requestId: `${who}-${i}`, waitMs: m.waitMs } as const;
          let told = await network.sendUntilTold(who, ask, m.fate);
          for (let left = m.patience; left > 0 && told.said === 'waiting'; left--) told = await network.sendUntilTold(who, ask, 'fine');
          if (told.said === 'waiting') await network.sendUntilTold(who, { do: 'withdraw', agent, requestId: ask.requestId }, m.fate);
        }
      };
      const clock = async (who: number): Promise<void> => {
        for (const t of s.time) await network.send(who, t);
      };
      await scheduler.waitFor(Promise.all([clock(s.clients.length), ...s.clients.map((c, i) => client(i, c.agent, c.meetings))]));
      const { operations } = network.history;
      assertLinearizable(barrierModel(parties), operations);

      seen.operations += operations.length;
      for (const k of ['lost', 'duplicates', 'batches'] as const) seen[k] += network.seen[k];
      for (const k of ['waiting', 'released', 'broken', 'fenced', 'refused'] as const)
        seen[k] += operations.filter((o) => o.reply?.output.said === k).length;
      seen.next += operations.filter((o) => o.reply?.output.said === 'released' && o.reply.output.generation > 0).length;
    }),
    { numRuns: runs },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, usual));
}, 3_600_000);
