import { RunnerActor } from './actors/runner.ts';
import type { SometimesCounts } from './sometimes.ts';
import { type Violation, World } from './world.ts';

export type RunOptions = {
  /** Told of every step, one line each. */
  line?: (text: string) => void;
  /** Ends the schedule after so many steps: how a failing one is made shorter. */
  mostSteps?: number;
};
export type RunOutcome = { seed: number; steps: number; hash: string; violation: Violation | null; counts: SometimesCounts };

/** After the faults end the world has this long to come to rest: longer than any lease, deadline and backoff in it. */
const restMs = 180_000;

/** Plays the world of one seed: first with its faults, then healed until it has come to rest. */
export async function runSchedule(seed: number, { line, mostSteps = Number.POSITIVE_INFINITY }: RunOptions = {}): Promise<RunOutcome> {
  const world = new World(seed, line);
  const { random, scheduler } = world;
  begin(world);

  const faultSteps = world.about !== 'anything' ? random.between(160, 300) : random.between(60, 180);
  let steps = 0;
  while (steps < Math.min(faultSteps, mostSteps) && !world.violation) steps += await step(world);
  world.heal();
  const untilMs = scheduler.nowMs + restMs;
  let lookAtMs = scheduler.nowMs + 5_000;
  while (!world.violation && steps < mostSteps && scheduler.nowMs < untilMs) {
    steps += await step(world);
    if (scheduler.nowMs < lookAtMs) continue;
    if (atRest(world)) break;
    lookAtMs = scheduler.nowMs + 2_000;
  }
  if (steps < mostSteps) world.watcher.settle(scheduler.nowMs);
  return { seed, steps, hash: world.trace.hash, violation: world.violation ?? null, counts: world.counts };
}

/** The fleet that a world begins with. */
function begin(world: World): void {
  const { random } = world;
  world.server.start();
  world.operator.repository();
  if (random.chance(0.03)) world.operator.fan();
  else world.operator.root();
  if (random.chance(0.75)) new RunnerActor(world, 'local');
  if (random.chance(0.3)) new RunnerActor(world, 'second');
  for (let n = random.int(4); n > 0; n--) world.operator.addTask();
  if (random.chance(0.3)) world.operator.root();
  world.operator.begin();
}

async function step({ scheduler }: World): Promise<number> {
  const run = scheduler.next();
  if (!run) return 1;
  const done = run();
  if (done) await done;
  return 1;
}

/** Nothing is left that the supervisor still has to bring to an end. */
function atRest({ state, nowMs }: World): boolean {
  for (const s of state.stops.values()) if (s.state !== 'done') return false;
  for (const t of state.tasks.values()) {
    if (t.state === 'claimed' && (t.claimExpiresAtMs ?? 0) <= nowMs) return false;
    if (t.state === 'scheduled' && (t.notBeforeMs ?? 0) <= nowMs) return false;
  }
  for (const a of state.agents.values()) {
    const lease = state.leases.get(a.id);
    if (lease && lease.expiresAtMs <= nowMs && ['starting', 'running', 'paused'].includes(a.state)) return false;
  }
  return true;
}
