import { setTimeout } from 'node:timers/promises';
import type { SpawnedAgent } from '@reeve/agent';
import { type Kit, messageOf, roundMs, wasInterrupted } from '../fleet/kit.ts';
import { handedDown } from '../fleet/settings.ts';
import { questions, wordsIn } from '../model/prompts.ts';
import { count } from '../work/suite.ts';
import { firstShiftMs, type Place, shiftMs, teams } from './teams.ts';

/** What became of the agents that took one place in the team, one after another. */
type Seat = { place: Place; generation: number; current: SpawnedAgent | undefined; state: string };

/**
 * Leads a team: starts its workers one by one, lets the next one take over when a shift ends or a worker crashes, and
 * says now and then where the work stands. Whom an operator stopped is not replaced: a stop outranks a plan.
 */
export async function lead(kit: Kit, team: string): Promise<never> {
  const { agent } = kit;
  const seats = (teams[team] ?? []).map((place): Seat => ({ place, generation: 0, current: undefined, state: 'not started' }));
  for (const seat of seats) {
    await kit.step(`starting ${seat.place.names[0]}`);
    await fill(kit, seat);
    // Two cores start one Node process at a time with grace, not five.
    await kit.linger(2_000, agent.signal);
  }
  const keeping = Promise.all(seats.map((seat) => keep(kit, seat)));
  const reporting = report(kit, team, seats);
  await Promise.all([keeping, reporting]);
  throw agent.signal.reason;
}

async function fill(kit: Kit, seat: Seat): Promise<void> {
  const { place, generation } = seat;
  const name = place.names[generation % place.names.length] ?? place.slot;
  const shift = place.shifts ? shiftMs(place.first ?? firstShiftMs, generation) : undefined;
  seat.current = await kit.agent.spawn({
    name,
    role: place.role,
    command: process.execPath,
    args: [kit.settings.places.program, place.program, place.slot],
    cwd: kit.settings.places.work,
    env: { ...handedDown(process.env), DEMO_AGENT_NAME: name, ...(shift === undefined ? {} : { DEMO_SHIFT_MS: String(shift) }) },
    metadata: { demo: true, place: place.slot },
  });
  seat.state = 'at work';
  seat.generation++;
}

/** Watches one place until the lead itself ends. */
async function keep(kit: Kit, seat: Seat): Promise<void> {
  const { agent } = kit;
  for (let crashes = 0; crashes < 5; ) {
    agent.signal.throwIfAborted();
    try {
      if (!seat.current) {
        await agent.whenRunning();
        await fill(kit, seat);
      }
      const { name, state, error } = await (seat.current as SpawnedAgent).whenEnded();
      seat.current = undefined;
      if (state === 'stopped' || state === 'killed') {
        seat.state = 'left empty after a stop';
        kit.note(`${name} was stopped; the place stays empty`);
        return;
      }
      kit.note(state === 'completed' ? `${name} ended a shift; the next one comes` : `${name} failed (${error ?? 'no reason given'})`);
      if (state === 'failed') crashes++;
      await kit.linger(state === 'failed' ? 15_000 : 4_000, agent.signal);
    } catch (e) {
      agent.signal.throwIfAborted();
      // A refused start is tried again, not for ever; a server that is away is waited for by the client.
      crashes++;
      kit.note(`${seat.place.slot}: ${messageOf(e)}`);
      await setTimeout(15_000, undefined, { signal: agent.signal });
    }
  }
  seat.state = 'given up';
  kit.note(`${seat.place.slot}: given up after five failures`);
}

async function report(kit: Kit, team: string, seats: Seat[]): Promise<void> {
  for (let round = 0; ; round++) {
    kit.agent.beginTurn();
    try {
      const atWork = seats.filter((seat) => seat.current).length;
      await kit.step(`leading ${count(atWork, team)}`);
      await kit.linger(45_000 + 2 * roundMs(round));
      const taken = seats.reduce((sum, seat) => sum + Math.max(0, seat.generation - 1), 0);
      const empty = seats.filter((seat) => !seat.current).length;
      const facts = `${count(atWork, team)} at work, ${count(taken, 'shift')} handed over, ${count(empty, 'place')} empty.`;
      await kit.step('thinking about how the team does');
      kit.note(wordsIn(await kit.ask(questions.status({ team, facts }))).slice(0, 400));
    } catch (error) {
      if (!wasInterrupted(kit)) kit.note(messageOf(error));
      await kit.linger(10_000, kit.agent.signal);
    }
  }
}
