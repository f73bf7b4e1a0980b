import { addChange, addRepository } from '../changes.ts';
import { endAgent, fillBoard, minuteMs, startAgent } from '../fleet.ts';
import { acceptStop, endStop } from '../stops.ts';
import { placeOf, roles } from '../words.ts';
import type { World } from '../world.ts';

const teamsOfSession = 3;
/** Teams that are stopped: one a while ago, one just now. */
const stopped = { past: 5, now: 8 } as const;

/** An ordinary busy hour: three sessions, some sixty agents in every state, a full board, a stop under way. */
export function busy(world: World): void {
  const r = world.random;
  const { nowMs } = world;
  /** When a member of a team was last heard of: before its team was stopped. */
  const lastMsOf = (team: number): number => {
    if (team === stopped.past) return nowMs - 7 * minuteMs - r.int(300, 8_000);
    return nowMs - (team === stopped.now ? 6_000 : 0) - r.int(300, 8_000);
  };
  const workers: string[] = [];
  const leads: string[] = [];
  const roots = ['release', 'triage', 'research'].map((goal, s) => {
    const startMs = nowMs - (50 - s * 8) * minuteMs;
    const spec = { name: `${goal}-orchestrator`, role: 'orchestrator', budgetUsd: [40, 5, 1][s] as number };
    const root = startAgent(world, null, spec, { startMs, untilMs: nowMs - r.int(500, 4_000), calls: 25 });
    for (let l = 0; l < teamsOfSession; l++) {
      const team = s * teamsOfSession + l;
      const leadMs = startMs + (l + 1) * minuteMs;
      const at = { startMs: leadMs, untilMs: lastMsOf(team), calls: 12 };
      const lead = startAgent(world, root, { name: `${placeOf(r)}-lead`, role: 'planner' }, at);
      leads.push(lead);
      for (let w = 0; w < 5 + (l % 2); w++) {
        const role = r.pick(roles.slice(1));
        const ends = w > 3;
        const untilMs = ends ? nowMs - r.int(8, 15) * minuteMs : lastMsOf(team);
        const startMs = leadMs + r.int(20, 400) * 1_000;
        const name = `${role}-${s + 1}${l + 1}${w + 1}`;
        const id = startAgent(world, lead, { name, role }, { startMs, untilMs, calls: r.int(4, 14) });
        if (ends) endAgent(world, id, untilMs + 2_000, r.chance(0.25));
        else if (team !== stopped.past && team !== stopped.now) workers.push(id);
      }
    }
    return root;
  });

  const [paused, waiting, lost, toolsmith] = workers as [string, string, string, string];
  const pause = { by: 'operator', reason: 'wait for the review' } as const;
  world.apply(paused, [{ type: 'agent.paused', subjectId: paused, data: pause }], nowMs, 'person:owner');
  world.beat(waiting, nowMs - 200, { state: 'paused' });
  world.lose(lost, nowMs - 100);
  world.register(leads[0] as string, { name: 'coder-new', role: 'coder', model: 'small' }, nowMs - 400);
  const shape = { ready: 24, blocked: 8, scheduled: 4, claimed: 16, done: 60, failed: 4, deadLetter: 2, cancelled: 3 };
  fillBoard(world, shape, [...roots, ...leads], workers.slice(3), nowMs - 45 * minuteMs);

  const repositoryId = addRepository(world, nowMs - 48 * minuteMs);
  const change = { repositoryId, agentId: toolsmith, level: 'low' } as const;
  addChange(world, { ...change, title: 'Round seconds in durations', end: 'merged' }, nowMs - 22 * minuteMs);
  addChange(world, { ...change, title: 'Say minutes in full', end: 'isolated' }, nowMs - 30_000);

  const graceful = { mode: 'graceful', graceMs: 30_000, reason: 'a plan that led nowhere' } as const;
  const past = acceptStop(world, leads[stopped.past] as string, graceful, nowMs - 6 * minuteMs);
  const [silent] = [...world.agents.values()].filter((a) => a.stopId === past && a.id !== leads[stopped.past]);
  endStop(world, past, new Set([silent?.id ?? '']));
  const drain = { mode: 'drain', graceMs: 3_600_000, reason: 'the budget of this session' } as const;
  acceptStop(world, leads[stopped.now] as string, drain, nowMs - 5_000);
}
