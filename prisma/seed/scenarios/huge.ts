import { usdOf } from '@reeve/core';
import { addChange, addRepository } from '../changes.ts';
import { endAgent, fillBoard, minuteMs, modelOf, usageOf } from '../fleet.ts';
import { acceptStop, endStop } from '../stops.ts';
import { activityOf, placeOf, roles } from '../words.ts';
import type { World } from '../world.ts';

type End = 'running' | 'paused' | 'starting' | 'completed' | 'failed' | 'lost';
type Planned = {
  parent: number;
  depth: number;
  below: number[];
  role: string;
  startMs: number;
  /** When it was last heard of, or ended. */
  endMs: number;
  end: End;
  /** Under a stop of this index. */
  stop: number;
};
const sessions = 12;
export const mostDepth = 6;
const stops = { past: 9, open: 3 };
const openStopMs = 20_000;
const pastStopMs = 12 * minuteMs;

/**
 * Ten thousand agents as a large fleet has them: twelve sessions, six levels, most teams small and some of two hundred,
 * every state, some 30,000 model calls and 2,400 tasks within the hour.
 */
export function huge(world: World, agents = 10_000): void {
  const plan = planTree(world, agents);
  planStops(world, plan);
  planEnds(world, plan);
  const ids = carryOut(world, plan);
  stopSome(world, plan, ids);
  const idOf = (p: Planned) => ids[plan.indexOf(p)] as string;
  const holders = plan.filter((p) => p.end === 'running' && p.stop < 0 && p.depth > 3).slice(0, 1_500);
  const owners = plan.filter((p) => p.depth <= 2 && p.stop < 0).slice(0, 80);
  const shape = { ready: 700, blocked: 220, scheduled: 110, claimed: 320, done: 850, failed: 80, deadLetter: 45, cancelled: 75 };
  fillBoard(world, shape, owners.map(idOf), holders.map(idOf), world.nowMs - 45 * minuteMs);
  const repositoryId = addRepository(world, world.nowMs - 50 * minuteMs);
  const change = { repositoryId, agentId: idOf(holders[0] as Planned) };
  addChange(world, { ...change, title: 'Round seconds in durations', level: 'low', end: 'merged' }, world.nowMs - 9 * minuteMs);
  addChange(world, { ...change, title: 'Report in one unit', level: 'high', end: 'awaiting-approval' }, world.nowMs - 5 * minuteMs);
}

/** Who is under whom, and since when. Parents come before their children. */
function planTree(world: World, agents: number): Planned[] {
  const r = world.random;
  const plan: Planned[] = [];
  const ofDepth: number[][] = Array.from({ length: mostDepth + 1 }, () => []);
  const add = (parent: number) => {
    const above = plan[parent];
    const depth = (above?.depth ?? 0) + 1;
    const soonestMs = above ? above.startMs + r.int(4, 150) * 1_000 : world.nowMs - r.int(40, 56) * minuteMs;
    const role = depth === 1 ? 'orchestrator' : depth === 2 ? 'planner' : r.pick(roles.slice(1));
    const at = plan.length;
    // even the youngest has been there for a moment
    const startMs = Math.min(soonestMs, world.nowMs - 25 * minuteMs + depth * minuteMs);
    plan.push({ parent, depth, below: [], role, startMs, endMs: 0, end: 'running', stop: -1 });
    above?.below.push(at);
    ofDepth[depth]?.push(at);
  };
  for (let i = 0; i < Math.min(sessions, agents); i++) add(-1);
  for (const root of [...(ofDepth[1] as number[])]) for (let i = r.int(4, 9); i > 0 && plan.length < agents; i--) add(root);
  while (plan.length < agents) {
    const depth = r.weighted([
      [2, 12],
      [3, 34],
      [4, 40],
      [5, 14],
    ]);
    const parents = ofDepth[depth] as number[];
    const parent = r.pick(parents.length ? parents : (ofDepth[2] as number[]));
    const size = r.weighted([
      ['small', 72],
      ['team', 25],
      ['swarm', 3],
    ]);
    const children = size === 'small' ? r.int(1, 6) : size === 'team' ? r.int(8, 24) : r.int(60, 200);
    for (let i = 0; i < children && plan.length < agents; i++) add(parent);
  }
  return plan;
}

/** Chooses subtrees that are stopped, none inside another. */
function planStops(world: World, plan: Planned[]): void {
  const sizes = new Array<number>(plan.length).fill(1);
  for (let i = plan.length - 1; i > 0; i--) {
    const parent = plan[i]?.parent ?? -1;
    if (parent >= 0) sizes[parent] = (sizes[parent] as number) + (sizes[i] as number);
  }
  const fits = plan.flatMap((p, i) =>
    p.depth >= 3 && p.depth <= 4 && (sizes[i] as number) >= 5 && (sizes[i] as number) <= 120 ? [i] : [],
  );
  for (let stop = 0; stop < stops.past + stops.open && fits.length; stop++) {
    const top = fits.splice(world.random.int(0, fits.length - 1), 1)[0] as number;
    if (plan[top]?.stop !== -1 || plan[plan[top]?.parent ?? -1]?.stop !== -1) continue;
    const mark = (i: number) => {
      const p = plan[i] as Planned;
      p.stop = stop;
      p.below.forEach(mark);
    };
    mark(top);
  }
}

/** How each stands now, from the leaves up: what has live children has not ended. */
function planEnds(world: World, plan: Planned[]): void {
  const r = world.random;
  const { nowMs } = world;
  for (let i = plan.length - 1; i >= 0; i--) {
    const p = plan[i] as Planned;
    const below = p.below.map((b) => plan[b] as Planned);
    if (p.stop >= 0) {
      const stopMs = p.stop < stops.past ? pastStopMs : openStopMs;
      p.endMs = nowMs - stopMs - r.int(1, 8) * 1_000;
      continue;
    }
    const lives = below.some((b) => b.stop >= 0 || (b.end !== 'completed' && b.end !== 'failed'));
    if (lives || p.depth <= 2) p.end = r.chance(0.05) ? 'paused' : 'running';
    else
      p.end = r.weighted(
        below.length
          ? [
              ['completed', 55],
              ['running', 40],
              ['failed', 5],
            ]
          : [
              ['running', 55],
              ['completed', 30],
              ['paused', 5],
              ['failed', 5],
              ['starting', 3],
              ['lost', 2],
            ],
      );
    if (p.end === 'completed' || p.end === 'failed') {
      const fromMs = Math.max(p.startMs + 5_000, ...below.map((b) => b.endMs));
      p.endMs = Math.min(nowMs - 2_000, fromMs + Math.floor((nowMs - 10_000 - fromMs) * r.float()));
    } else p.endMs = nowMs - r.int(200, 12_000);
  }
}

function carryOut(world: World, plan: readonly Planned[]): string[] {
  const r = world.random;
  const ids: string[] = [];
  plan.forEach((p, i) => {
    const size = modelOf(world, p.role);
    const name = p.depth === 1 ? `session-${i + 1}` : `${p.depth === 2 ? `${placeOf(r)}-lead` : p.role}-${i}`;
    const budgetUsd = p.depth === 1 ? r.int(20, 60) : undefined;
    const spec = { name, role: p.role, model: size, ...(budgetUsd !== undefined && { budgetUsd }) };
    const id = world.register(p.parent < 0 ? null : (ids[p.parent] as string), spec, p.startMs);
    ids.push(id);
    if (p.end === 'starting') return;
    const firstMs = Math.min(p.endMs - 1_000, p.startMs + r.int(200, 2_500));
    world.beat(id, firstMs, { progress: 0 });
    const spanMs = p.endMs - firstMs;
    const moments = Array.from({ length: p.depth <= 2 ? r.int(8, 20) : r.int(1, 5) }, () => firstMs + Math.floor(r.float() * spanMs));
    for (const atMs of moments.sort((a, b) => a - b)) world.spend(id, size, usageOf(world), atMs);
    world.beat(id, p.endMs, { activity: activityOf(r, p.role), progress: r.int(1, 99) / 100, tools: r.int(0, 60) });
    if (p.stop >= 0 || p.end === 'running') return;
    if (p.end === 'lost') world.lose(id, world.nowMs - 100);
    else if (p.end === 'paused') world.beat(id, p.endMs, { state: 'paused' });
    else endAgent(world, id, p.endMs, p.end === 'failed');
  });
  return ids;
}

/** Carries out the stops: the past ones to their end, with the few who never answered. */
function stopSome(world: World, plan: readonly Planned[], ids: readonly string[]): void {
  plan.forEach((p, i) => {
    if (p.stop < 0 || plan[p.parent]?.stop === p.stop) return;
    const id = ids[i] as string;
    if (p.stop < stops.past) {
      const stop = acceptStop(world, id, { mode: 'graceful', graceMs: 20_000, reason: 'its plan was given up' }, world.nowMs - pastStopMs);
      const leaves = plan.flatMap((q, k) => (q.stop === p.stop && q.below.length === 0 ? [ids[k] as string] : []));
      endStop(world, stop, new Set(p.stop % 3 === 0 ? leaves.slice(0, 2) : []));
    } else acceptStop(world, id, { mode: 'drain', graceMs: 3_600_000, reason: 'over its budget' }, world.nowMs - openStopMs);
  });
  const spent = world.rollups();
  for (const a of world.agents.values()) {
    const total = spent.get(a.id)?.totalNanoUsd ?? 0n;
    if (a.budgetNanoUsd === null || total <= a.budgetNanoUsd) continue;
    const data = { budgetUsd: usdOf(a.budgetNanoUsd), spentUsd: usdOf(total) };
    world.tell({ type: 'budget.exceeded', subjectId: a.id, data }, world.nowMs, 'system:costs');
  }
}
