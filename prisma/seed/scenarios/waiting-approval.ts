import { addChange, addRepository, type ChangeEnd } from '../changes.ts';
import { minuteMs, startAgent } from '../fleet.ts';
import type { World } from '../world.ts';

/** Two changes wait for a decision, one of them High; others before them were merged, rejected and refused. */
export function waitingApproval(world: World): void {
  const startMs = world.nowMs - 30 * minuteMs;
  const untilMs = world.nowMs - 1_000;
  const root = startAgent(world, null, { name: 'orchestrator', role: 'orchestrator' }, { startMs, untilMs, calls: 8 });
  const [toolsmith = '', reporter = ''] = ['toolsmith', 'reporter'].map((name, i) =>
    startAgent(world, root, { name, role: 'coder' }, { startMs: startMs + (i + 1) * minuteMs, untilMs, calls: 9 }),
  );
  const repositoryId = addRepository(world, startMs + 30_000);
  const add = (agentId: string, title: string, level: 'low' | 'high', end: ChangeEnd, minutesAgo: number) =>
    addChange(world, { repositoryId, agentId, title, level, end }, world.nowMs - minutesAgo * minuteMs);
  add(toolsmith, 'Keep the sign of negative durations', 'low', 'merged', 25);
  add(reporter, 'Cut long names in reports', 'low', 'rejected', 20);
  add(toolsmith, 'Make the summary faster', 'low', 'refused', 15);
  add(toolsmith, 'Round seconds in durations', 'low', 'awaiting-approval', 8);
  add(reporter, 'Report in the units of the reader', 'high', 'awaiting-approval', 5);
  add(toolsmith, 'Say minutes in full', 'low', 'isolated', 1);
}
