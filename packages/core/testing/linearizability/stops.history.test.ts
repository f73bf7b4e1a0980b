import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Result } from '../../src/kernel/result.ts';
import { isLiveAgent } from '../../src/kernel/transitions.ts';
import type { Command, CommandOutput } from '../../src/supervisor/commands.ts';
import { runsOf, sometimes } from '../runs.ts';
import { commandOf, operator, system, TestFleet } from '../test-fleet.ts';
import { assertLinearizable } from './explain.ts';
import { type SeenAgent, type StopInput, type StopOutput, stopModel } from './models/stop.ts';
import { type Fate, supervisorTarget, VirtualNetwork } from './network.ts';

const fate = fc.constantFrom<Fate>('fine', 'fine', 'fine', 'fine', 'request-lost', 'reply-lost', 'reply-lost', 'duplicate');
/** `at` picks among the agents that the client has heard of. */
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('spawn' as const), at: fc.nat(9), fate }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('stop' as const),
      at: fc.nat(9),
      mode: fc.constantFrom('drain' as const, 'graceful' as const, 'force' as const),
      graceMs: fc.constantFrom(10_000, 20_000, 30_000),
      fate,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      at: fc.nat(9),
      outcome: fc.constantFrom('completed' as const, 'stopped' as const, 'stopped' as const),
      fate,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('claim' as const), at: fc.nat(9), fate }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('look' as const, 'tick' as const),
      at: fc.constant(0),
      fate: fc.constant<Fate>('fine'),
      passMs: fc.nat(100),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
const clientsOf = (clients: number, steps: number) =>
  fc.array(fc.array(step, { minLength: 1, maxLength: steps, size: 'max' }), { minLength: 2, maxLength: clients, size: 'max' });
const script = fc.oneof({ weight: 49, arbitrary: clientsOf(4, 6) }, { weight: 1, arbitrary: clientsOf(6, 12) });

/** What stands before the clients begin. */
const tree = { root: null, lead: 'root', helper: 'lead' };

/** Of the key that a request has in the store: what its caller chose. */
const nameOf = (requestKey: string | null): string => requestKey?.split('/').at(-1) ?? '';
/** The fleet's agents by the names of the history: the request ids of their registrations. */
function viewOf(fleet: TestFleet): Record<string, SeenAgent> {
  return Object.fromEntries(
    [...fleet.state.agents.values()].map((a) => {
      const stop = a.stopId === null ? undefined : fleet.state.stops.get(a.stopId);
      const state = isLiveAgent(a.state) && a.state !== 'stopping' ? 'live' : a.state;
      return [nameOf(a.requestId), { state, stopId: a.stopId, mode: stop?.mode ?? null, deadlineMs: stop?.deadlineMs ?? null }];
    }),
  );
}
const idOf = (fleet: TestFleet, name: string): string =>
  [...fleet.state.agents.values()].find((a) => nameOf(a.requestId) === name)?.id ?? '';

function commandFor(fleet: TestFleet, input: StopInput): Command {
  switch (input.do) {
    case 'spawn':
      return commandOf('agents.register', { name: 'child', parentId: idOf(fleet, input.parent), requestId: input.name }, operator);
    case 'claim':
      return commandOf('tasks.claim', { agentId: idOf(fleet, input.agent) }, operator);
    case 'stop': {
      const { mode, graceMs } = input;
      return commandOf('agents.stop', { id: idOf(fleet, input.agent), mode, graceMs, killConfirmMs: 600_000 }, operator);
    }
    case 'finish':
      return commandOf('agents.finish', { id: idOf(fleet, input.agent), outcome: input.outcome }, operator);
    default:
      return commandOf('stops.tick', {}, system);
  }
}
function outputOf(fleet: TestFleet, input: StopInput, r: Result<unknown>, atMs: number): StopOutput {
  if (input.do === 'look') return { said: 'seen', agents: viewOf(fleet) };
  if (input.do === 'tick') return { said: 'ticked' };
  if (!r.ok) return { said: (r.error as { code: string }).code === 'fenced' ? 'fenced' : 'refused' };
  if (input.do === 'stop') return { said: 'accepted', stopId: (r.value as CommandOutput<'agents.stop'>).stopId ?? '', atMs };
  if (input.do === 'finish') return { said: 'ended', state: (r.value as CommandOutput<'agents.finish'>).state };
  return { said: 'ok' };
}

const usual = 2_000;
const runs = runsOf('history', usual);
it(`I-STOP-1, 2, 4: the history of a tree under stops is linearizable (${runs} histories)`, async () => {
  const seen = {
    operations: 0,
    lost: 0,
    duplicates: 0,
    batches: 0,
    spawnedWhileStopping: 0,
    strengthened: 0,
    ended: 0,
    acknowledged: 0,
    overlapping: 0,
  };
  await fc.assert(
    fc.asyncProperty(script, fc.scheduler(), async (clients, scheduler) => {
      const fleet = new TestFleet();
      for (const [name, parent] of Object.entries(tree))
        await fleet.do('agents.register', { name, requestId: name, parentId: parent && idOf(fleet, parent) });
      const target = supervisorTarget<StopInput, StopOutput>(
        fleet,
        (input) => commandFor(fleet, input),
        (input, r, atMs) => outputOf(fleet, input, r, atMs),
      );
      const network = new VirtualNetwork(scheduler, target);
      const heard = Object.keys(tree);
      const pick = (at: number) => heard[at % heard.length] as string;
      const client = async (who: number, steps: Step[]): Promise<void> => {
        for (const [i, s] of steps.entries()) {
          if (s.do === 'look' || s.do === 'tick') {
            fleet.clock.pass(s.passMs);
            await network.send(who, { do: s.do });
          } else if (s.do === 'spawn') {
            const name = `${who}-${i}`;
            const told = await network.sendUntilTold(who, { do: 'spawn', parent: pick(s.at), name }, s.fate);
            if (told.said === 'ok') heard.push(name);
            if (told.said === 'fenced') seen.spawnedWhileStopping += 1;
          } else if (s.do === 'stop') {
            await network.sendUntilTold(who, { do: 'stop', agent: pick(s.at), mode: s.mode, graceMs: s.graceMs }, s.fate);
          } else if (s.do === 'finish') {
            const told = await network.sendUntilTold(who, { do: 'finish', agent: pick(s.at), outcome: s.outcome }, s.fate);
            if (told.said === 'ended') seen[told.state === 'stopping' ? 'acknowledged' : 'ended'] += 1;
          } else {
            await network.sendUntilTold(who, { do: 'claim', agent: pick(s.at) }, s.fate);
          }
        }
      };
      await scheduler.waitFor(Promise.all(clients.map((steps, who) => client(who, steps))));
      await scheduler.waitFor(network.send(clients.length, { do: 'look' }));
      const { operations } = network.history;
      assertLinearizable(stopModel(tree), operations);
      seen.operations += operations.length;
      for (const k of ['lost', 'duplicates', 'batches'] as const) seen[k] += network.seen[k];
      seen.strengthened += fleet.events('stop.strengthened').length;
      seen.overlapping += fleet.state.stops.size > 1 ? 1 : 0;
    }),
    { numRuns: runs },
  );
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThanOrEqual(sometimes(1, runs, usual));
}, 3_600_000);
