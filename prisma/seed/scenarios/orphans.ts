import { endAgent, minuteMs, startAgent } from '../fleet.ts';
import type { World } from '../world.ts';

const stay = { completed: 'ignore', failed: 'ignore', lost: 'ignore', stopped: 'ignore' } as const;

/**
 * Children whose parent has ended or is lost. Their policy lets them stay, so that the sweep leaves the scene as it is;
 * the children of the lost parent have no policy and wait for it to come back.
 */
export function orphans(world: World): void {
  const startMs = world.nowMs - 25 * minuteMs;
  const untilMs = world.nowMs - 1_500;
  const root = startAgent(world, null, { name: 'orchestrator', role: 'orchestrator' }, { startMs, untilMs, calls: 10 });
  const team = (name: string, policy: typeof stay | undefined) => {
    const lead = startAgent(world, root, { name, role: 'planner' }, { startMs: startMs + minuteMs, untilMs: untilMs - 200_000, calls: 6 });
    for (let i = 1; i <= 4; i++)
      startAgent(
        world,
        lead,
        { name: `${name}-coder-${i}`, role: 'coder', ...(policy && { onParentExit: policy }) },
        { startMs: startMs + (i + 1) * minuteMs, untilMs, calls: 5 },
      );
    return lead;
  };
  endAgent(world, team('finished', stay), world.nowMs - 3 * minuteMs);
  endAgent(world, team('broken', stay), world.nowMs - 2 * minuteMs, true);
  world.lose(team('silent', undefined), world.nowMs - minuteMs);
  team('healthy', undefined);
}
