import fc from 'fast-check';
import type { Operation } from './history.ts';
import type { TaskInput, TaskOutput } from './models/task.ts';
import { type Fate, type Target, VirtualNetwork } from './network.ts';

const leaseMs = 5_000;
const fate = fc.constantFrom<Fate>('fine', 'fine', 'fine', 'fine', 'request-lost', 'reply-lost', 'reply-lost', 'duplicate');
/** What one client does; `of` picks among the tokens it was told, newest first, so that old ones are used too. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('claim' as const), of: fc.constant(0), fate }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('complete' as const), of: fc.constantFrom(0, 0, 0, 1, 2), fate }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('fail' as const, 'release' as const), of: fc.constantFrom(0, 0, 1), fate }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), of: fc.constantFrom(0, 0, 1), fate }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const clockStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 1_000, 4_999, 5_000, 9_000) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'force-release' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop' as const), agent: fc.constantFrom('ann', 'bob', 'cas') }) },
);
type ClockStep = typeof clockStep extends fc.Arbitrary<infer S> ? S : never;

export type TaskScript = { workers: { agent: string; steps: Step[] }[]; clock: ClockStep[] };
const scriptOf = (workers: number, steps: number): fc.Arbitrary<TaskScript> =>
  fc.record({
    /** Two may speak for one agent, as the threads of one process do. */
    workers: fc.array(
      fc.record({ agent: fc.constantFrom('ann', 'bob', 'cas'), steps: fc.array(step, { minLength: 1, maxLength: steps, size: 'max' }) }),
      { minLength: 2, maxLength: workers, size: 'max' },
    ),
    clock: fc.array(clockStep, { minLength: 1, maxLength: steps, size: 'max' }),
  });
/** Mostly short ones, which find most and read best; one in fifty is long. */
export const taskScript = fc.oneof({ weight: 49, arbitrary: scriptOf(5, 8) }, { weight: 1, arbitrary: scriptOf(7, 20) });

/** Plays concurrent workers of one task, an operator and the clock against a target; answers what they saw. */
export async function playTaskClients(
  { workers, clock }: TaskScript,
  scheduler: fc.Scheduler,
  target: Target<TaskInput, TaskOutput>,
  pass: (ms: number) => void,
): Promise<{ operations: Operation<TaskInput, TaskOutput>[]; seen: VirtualNetwork<TaskInput, TaskOutput>['seen'] }> {
  const network = new VirtualNetwork(scheduler, target);
  const worker = async (client: number, agent: string, steps: Step[]): Promise<void> => {
    const tokens: string[] = [];
    for (const [i, s] of steps.entries()) {
      if (s.do === 'claim') {
        const told = await network.sendUntilTold(client, { do: 'claim', agent, requestId: `${client}-${i}`, leaseMs }, s.fate);
        if (told.said === 'granted') tokens.unshift(told.token);
        continue;
      }
      const token = tokens[s.of];
      if (token === undefined) continue;
      await network.sendUntilTold(client, s.do === 'renew' ? { do: s.do, agent, token, leaseMs } : { do: s.do, agent, token }, s.fate);
    }
  };
  const time = async (client: number): Promise<void> => {
    for (const s of clock) {
      if (s.do === 'pass') pass(s.ms);
      await network.send(client, s.do === 'pass' ? { do: 'sweep' } : s);
    }
  };
  await scheduler.waitFor(Promise.all([time(workers.length), ...workers.map((w, i) => worker(i, w.agent, w.steps))]));
  return { operations: network.history.operations, seen: network.seen };
}
