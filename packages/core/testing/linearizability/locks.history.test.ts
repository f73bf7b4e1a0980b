import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Result } from '../../src/kernel/result.ts';
import type { Command, CommandOutput } from '../../src/supervisor/commands.ts';
import { runsOf, sometimes } from '../runs.ts';
import { commandOf, operator, system, TestFleet } from '../test-fleet.ts';
import { assertLinearizable } from './explain.ts';
import { type LockInput, type LockOutput, lockModel } from './models/lock.ts';
import { type Fate, supervisorTarget, timedTarget, VirtualNetwork } from './network.ts';

const fate = fc.oneof(
  { weight: 20, arbitrary: fc.constant<Fate>('fine') },
  { weight: 3, arbitrary: fc.constantFrom<Fate>('request-lost', 'reply-lost', 'duplicate') },
);
const names = ['ann', 'bob', 'cas'];
/** One round of a client: it asks, asks again while it has to wait, and does something with what it gets. */
const round = fc.record({
  waitMs: fc.constantFrom(1_000, 4_000, 8_000),
  leaseMs: fc.constantFrom(2_000, 5_000),
  patience: fc.nat(3),
  after: fc.constantFrom('release' as const, 'release' as const, 'release' as const, 'renew' as const, 'keep' as const),
  fate,
  fateThen: fate,
});
type Round = typeof round extends fc.Arbitrary<infer R> ? R : never;
const time = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(500, 1_000, 2_000, 5_000) }) },
  { weight: 2, arbitrary: fc.constant({ do: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), agent: fc.constantFrom(...names) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'force-release' as const }) },
);
const scriptOf = (clients: number, rounds: number) =>
  fc.record({
    clients: fc.array(
      fc.record({ agent: fc.constantFrom(...names), rounds: fc.array(round, { minLength: 1, maxLength: rounds, size: 'max' }) }),
      { minLength: 2, maxLength: clients, size: 'max' },
    ),
    time: fc.array(time, { minLength: 1, maxLength: 2 * rounds, size: 'max' }),
  });
/** Short: a request without a reply may be served at any time since, and the search grows with each. */
const script = scriptOf(4, 3);

function commandFor(fleet: TestFleet, permits: number, idOf: (name: string) => string, input: LockInput): Command {
  const lock = { name: 'build' };
  switch (input.do) {
    case 'acquire': {
      const { requestId, leaseMs, waitMs } = input;
      const ask = { ...lock, agentId: idOf(input.agent), requestId, leaseMs, waitMs, permits, blocking: false };
      return commandOf('locks.acquire', ask, fleet.as(ask.agentId));
    }
    case 'release':
      return commandOf('locks.release', { ...lock, agentId: idOf(input.agent), token: input.token }, operator);
    case 'renew':
      return commandOf('locks.renew', { ...lock, agentId: idOf(input.agent), token: input.token, leaseMs: input.leaseMs }, operator);
    case 'withdraw':
      return commandOf('locks.withdraw', { ...lock, agentId: idOf(input.agent), requestId: input.requestId }, operator);
    case 'force-release':
      return commandOf('locks.force-release', { ...lock, reason: 'mine' }, operator);
    case 'stop':
      return commandOf('agents.stop', { id: idOf(input.agent) }, operator);
    default:
      return commandOf('coordination.sweep', {}, system);
  }
}
function outputOf(input: LockInput, r: Result<unknown>): LockOutput {
  if (!r.ok) {
    const { code } = r.error as { code: string };
    // a lock that nobody has asked for yet has nothing to release either
    if (code === 'not_found') return input.do === 'force-release' ? { said: 'freed', permits: 0 } : { said: 'no' };
    return { said: code === 'timed_out' ? 'timed-out' : code === 'fenced' ? 'fenced' : 'stale' };
  }
  switch (input.do) {
    case 'acquire': {
      const answer = r.value as CommandOutput<'locks.acquire'>;
      return answer.state === 'granted' ? { said: 'granted', token: answer.token } : { said: 'waiting' };
    }
    case 'release':
      return { said: (r.value as CommandOutput<'locks.release'>).released ? 'yes' : 'no' };
    case 'renew':
      return { said: 'yes' };
    case 'withdraw':
      return { said: (r.value as CommandOutput<'locks.withdraw'>).withdrawn ? 'yes' : 'no' };
    case 'force-release':
      return { said: 'freed', permits: (r.value as CommandOutput<'locks.force-release'>).freed };
    default:
      return { said: 'done' };
  }
}

const usual = 2_000;
const runs = runsOf('history', usual);
it.each([
  ['mutex', 1],
  ['semaphore', 2],
])(
  `I-SYNC-1, 2, 3, 4, 5, 8: the history of a %s is linearizable (${runs} histories)`,
  async (_, permits) => {
    const seen = {
      operations: 0,
      lost: 0,
      duplicates: 0,
      batches: 0,
      waited: 0,
      timedOut: 0,
      fenced: 0,
      stale: 0,
      tooLate: 0,
      withdrawn: 0,
    };
    await fc.assert(
      fc.asyncProperty(script, fc.scheduler(), async (s, scheduler) => {
        const fleet = new TestFleet();
        const ids = new Map<string, string>();
        for (const name of names) ids.set(name, (await fleet.do('agents.register', { name })).agentId);
        const target = supervisorTarget<LockInput, LockOutput>(
          fleet,
          (input) => commandFor(fleet, permits, (name) => ids.get(name) as string, input),
          outputOf,
        );
        const passed = (input: LockInput) => (input.do === 'pass' ? input.ms : undefined);
        const network = new VirtualNetwork(scheduler, timedTarget(fleet, passed, { said: 'done' } as LockOutput, target));

        const client = async (who: number, agent: string, rounds: Round[]): Promise<void> => {
          for (const [i, r] of rounds.entries()) {
            const ask = { do: 'acquire', agent, requestId: `${who}-${i}`, leaseMs: r.leaseMs, waitMs: r.waitMs } as const;
            let told = await network.sendUntilTold(who, ask, r.fate);
            for (let left = r.patience; left > 0 && told.said === 'waiting'; left--) told = await network.sendUntilTold(who, ask, 'fine');
            if (told.said === 'waiting') {
              const gone = await network.sendUntilTold(who, { do: 'withdraw', agent, requestId: ask.requestId }, r.fateThen);
              if (gone.said === 'yes') seen.withdrawn += 1;
            }
            if (told.said !== 'granted' || r.after === 'keep') continue;
            const { token } = told;
            if (r.after === 'renew') await network.sendUntilTold(who, { do: 'renew', agent, token, leaseMs: r.leaseMs }, r.fate);
            await network.sendUntilTold(who, { do: 'release', agent, token }, r.fateThen);
          }
        };
        const clock = async (who: number): Promise<void> => {
          for (const t of s.time) await network.send(who, t);
        };
        await scheduler.waitFor(Promise.all([clock(s.clients.length), ...s.clients.map((c, i) => client(i, c.agent, c.rounds))]));
        const { operations } = network.history;
        assertLinearizable(lockModel(permits), operations);

        const told = (said: LockOutput['said']) => operations.filter((o) => o.reply?.output.said === said).length;
        seen.operations += operations.length;
        for (const k of ['lost', 'duplicates', 'batches'] as const) seen[k] += network.seen[k];
        seen.waited += told('waiting');
        seen.timedOut += told('timed-out');
        seen.fenced += told('fenced');
        seen.stale += told('stale');
        seen.tooLate += operations.filter((o) => o.input.do === 'release' && o.reply?.output.said === 'no').length;
      }),
      { numRuns: runs },
    );
    for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, usual));
  },
  3_600_000,
);
