import { expect, it } from 'vitest';
import { told } from './many.ts';
import { runSchedule } from './run.ts';

/**
 * Seeds that once broke a promise, with what it was. A seed plays another story whenever the simulation learns
 * something new, so each of these has an example test of its own beside the handler as well.
 */
const seeds: readonly { seed: number; was: string }[] = [
  { seed: 211, was: 'I-STOP-2: an agent left unconfirmed by one stop was stopped by two more at the same time' },
  { seed: 159, was: 'I-ORPH-6: an orphan was reparented out of the budget of its lost parent' },
  { seed: 3573, was: 'I-STOP-4: a live agent below one that had ended was in the same wave as its grandparent' },
  { seed: 840, was: 'I-ORPH-3: a standstill before the first look at the leases was not noticed' },
  { seed: 2392, was: 'I-ORPH-3: after a second crash the lease to report again was shorter than a lease' },
  { seed: 4828, was: 'I-STOP-7: a stop whose commit nobody heard of was never stepped again' },
  { seed: 4946, was: 'I-STOP-7: the same, of an agent that hangs' },
  { seed: 1413, was: 'I-STOP-8: a launch waited on for an agent that had ended, and its runner would have begun it' },
  { seed: 3361, was: 'I-STOP-6: the deadline of a member that had ended stayed behind when its stop was hurried' },
  { seed: 15539, was: 'I-STOP-1: a root that had ended before its stop was restored under it' },
  { seed: 70, was: 'LAUNCH-1: a late poll took the token from an agent that had started' },
  { seed: 113533, was: 'LAUNCH-1: the same, of an agent whose first heartbeat was under way' },
  { seed: 336919, was: 'I-ORPH-1: an orphan was stopped again that a large stop of the same sweep had below its root' },
  { seed: 2651, was: 'I-CKPT-1: what a fork with a process begins with counted without being read back' },
  { seed: 6958, was: 'LAUNCH-1: a late copy of a fork took the token from the fork that had begun' },
];

it.each(seeds)('seed $seed keeps what it broke once: $was', async ({ seed }) => {
  const { violation } = await runSchedule(seed);
  expect(violation && told({ seed, ...violation })).toBeNull();
});
