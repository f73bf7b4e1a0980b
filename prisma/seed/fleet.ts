import type { ModelSize, Usage } from './models.ts';
import { activityOf, failureOf, taskTitleOf } from './words.ts';
import type { AgentSpec, World } from './world.ts';

export const minuteMs = 60_000;

/** The model a role works with. */
export const modelOf = (world: World, role: string): ModelSize => {
  if (role === 'orchestrator') return 'large';
  if (role === 'planner' || role === 'reviewer') return 'medium';
  return world.random.weighted([
    ['small', 60],
    ['medium', 22],
    ['other', 15],
    ['unpriced', 3],
  ]);
};
export function usageOf(world: World): Usage {
  const inputTokens = world.random.int(800, 24_000);
  return {
    inputTokens,
    cachedInputTokens: Math.floor(inputTokens * world.random.float() * 0.8),
    outputTokens: world.random.int(60, 2_400),
  };
}

/** Registers an agent that soon runs, and lets it work until `untilMs`: calls of its model, and beats that say what it does. */
export function startAgent(
  world: World,
  parentId: string | null,
  spec: AgentSpec & { role: string },
  at: { startMs: number; untilMs: number; calls: number },
): string {
  const r = world.random;
  const model = spec.model ?? modelOf(world, spec.role);
  const id = world.register(parentId, { ...spec, model }, at.startMs);
  const firstMs = Math.min(at.untilMs, at.startMs + r.int(200, 2_500));
  world.beat(id, firstMs, { progress: 0 });
  const spanMs = Math.max(0, at.untilMs - firstMs);
  const moments = Array.from({ length: at.calls }, () => firstMs + Math.floor(r.float() * spanMs)).sort((a, b) => a - b);
  for (const atMs of moments) world.spend(id, model, usageOf(world), atMs);
  const progress = Math.round(r.float() * 100) / 100;
  world.beat(id, at.untilMs, { activity: activityOf(r, spec.role), progress, tools: r.int(0, 60) });
  return id;
}
export function endAgent(world: World, id: string, atMs: number, failed = false): void {
  if (failed) world.finish(id, atMs, { outcome: 'failed', error: failureOf(world.random) });
  else world.finish(id, atMs, { outcome: 'completed', result: { summary: 'done as planned' } });
}

export type BoardShape = {
  ready: number;
  blocked: number;
  scheduled: number;
  claimed: number;
  done: number;
  failed: number;
  deadLetter: number;
  cancelled: number;
};
/** A board with so many tasks in each state, asked for by `owners` and worked on by `holders` that live. */
export function fillBoard(world: World, shape: BoardShape, owners: readonly string[], holders: readonly string[], fromMs: number): void {
  const r = world.random;
  const spanMs = world.nowMs - fromMs;
  const between = (a: number, b: number) => Math.floor(fromMs + spanMs * (a + (b - a) * r.float()));
  const add = (atMs: number, more: { dependsOn?: string[]; notBeforeMs?: number } = {}) =>
    world.addTask(
      r.chance(0.8) ? r.pick(owners) : null,
      {
        title: taskTitleOf(r),
        priority: r.weighted([
          [0, 60],
          [5, 25],
          [10, 10],
          [-5, 5],
        ]),
        labels: r.chance(0.5) ? [r.pick(['code', 'tests', 'docs', 'urgent'])] : [],
        ...more,
      },
      atMs,
    );
  const open: string[] = [];
  /** Somebody who was there at that time. */
  const holder = (atMs: number): string => {
    for (let i = 0; i < 20; i++) {
      const id = r.pick(holders);
      if (world.agent(id).createdAtMs < atMs) return id;
    }
    return r.pick(holders);
  };
  const times = (n: number, make: (i: number) => void) => {
    for (let i = 0; i < n; i++) make(i);
  };
  times(shape.done, () => {
    const atMs = between(0, 0.7);
    const id = add(atMs);
    world.claim(id, holder(atMs), atMs + 2_000);
    world.complete(id, Math.min(world.nowMs - 1_000, atMs + r.int(10, 300) * 1_000), { ok: true });
  });
  times(shape.failed + shape.deadLetter, (i) => {
    const atMs = between(0, 0.5);
    const id = add(atMs);
    const attempts = i < shape.failed ? 1 : 3;
    for (let k = 1; k <= attempts; k++) {
      const startMs = atMs + k * 20_000;
      world.claim(id, holder(startMs), startMs);
      world.failTask(id, startMs + 5_000, failureOf(r), i >= shape.failed);
      if (k < attempts) world.readyAgain(id, startMs + 12_000);
    }
  });
  times(shape.cancelled, () => {
    const id = add(between(0, 0.6));
    world.cancelTask(id, between(0.7, 0.9), 'no longer needed');
  });
  times(shape.claimed, () => {
    const id = add(between(0.5, 0.8));
    const atMs = between(0.85, 0.99);
    world.claim(id, holder(atMs), atMs);
    open.push(id);
  });
  times(shape.ready, () => {
    open.push(add(between(0.4, 0.99)));
  });
  times(shape.blocked, () => {
    add(world.nowMs - r.int(1_000, 5_000), { dependsOn: [...new Set([r.pick(open), r.pick(open)])] });
  });
  times(shape.scheduled, () => {
    add(between(0.5, 0.99), { notBeforeMs: world.nowMs + r.int(2, 20) * 3_600_000 });
  });
}
