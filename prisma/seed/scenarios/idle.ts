import { endAgent, fillBoard, minuteMs, startAgent } from '../fleet.ts';
import type { World } from '../world.ts';

/** Nothing to do: one session waits, its helpers have finished, the board is empty but for what is done. */
export function idle(world: World): void {
  const startMs = world.nowMs - 40 * minuteMs;
  const root = startAgent(
    world,
    null,
    { name: 'orchestrator', role: 'orchestrator' },
    { startMs, untilMs: world.nowMs - 3_000, calls: 12 },
  );
  const helpers = (['planner', 'coder', 'tester'] as const).map((role, i) => {
    const untilMs = world.nowMs - (20 - 4 * i) * minuteMs;
    const id = startAgent(world, root, { name: `${role}-1`, role }, { startMs: startMs + (i + 1) * minuteMs, untilMs, calls: 8 });
    endAgent(world, id, untilMs + 4_000);
    return id;
  });
  fillBoard(
    world,
    { ready: 0, blocked: 0, scheduled: 0, claimed: 0, done: 9, failed: 0, deadLetter: 0, cancelled: 1 },
    [root],
    helpers,
    startMs,
  );
}
