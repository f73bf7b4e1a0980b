import { err, ok, type Result } from '../kernel/result.ts';

/**
 * What bounds a tree that grows by itself. `session` bounds hold for each root with its subtree, `project` bounds for all
 * of them together; a session may be given tighter ones at its root, never wider.
 *
 * Use it to go through all limits in the order in which they are asked: the first that is reached is named.
 *
 * @example
 * limitNames[0]; // → 'depth'
 * limitNames.every((name) => name in defaultLimits); // → true
 */
export const limitNames = [
  'depth',
  'children',
  'session-live-agents',
  'session-spawns',
  'session-spawns-per-minute',
  'project-live-agents',
  'project-spawns-per-minute',
] as const;
/** The name of one limit, as it stands in settings and refusals. */
export type LimitName = (typeof limitNames)[number];
/** A bound for each limit: how many there may be at most, so that one more is refused when as many exist. */
export type Limits = Record<LimitName, number>;

/**
 * The path is kept in each row and frozen into each cost entry: no limit allows a deeper tree.
 *
 * Use it where a path is read or stored, as the longest there can be.
 *
 * @example
 * maxDepth; // → 64
 */
export const maxDepth = 64;

/**
 * Wide enough for honest fleets, narrow enough that recursive spawning is held within a minute.
 *
 * Use it for a project that has no settings of its own; `tightest` narrows it for a session.
 *
 * @example
 * defaultLimits.depth; // → maxDepth
 */
export const defaultLimits: Limits = {
  depth: maxDepth,
  children: 12_000,
  'session-live-agents': 12_000,
  'session-spawns': 200_000,
  'session-spawns-per-minute': 30_000,
  'project-live-agents': 60_000,
  'project-spawns-per-minute': 60_000,
};

/**
 * The window of the spawn rates, in ms: what was registered longer ago is not recent.
 *
 * Use it to count `recent` of `SpawnCounts`.
 *
 * @example
 * spawnWindowMs; // → 60_000
 */
export const spawnWindowMs = 60_000;

/** How many there are now, of what the limits bound; `recent` is within `spawnWindowMs`. */
export type SpawnCounts = {
  /** Live children of the parent; 0 for a root. */
  children: number;
  session: { live: number; total: number; recent: number };
  project: { live: number; recent: number };
};

/**
 * The tighter of two sets of bounds, each by its name. A session narrows the limits of its project and never widens
 * them.
 *
 * Use it before `decideSpawn`, with the limits at the root of the session.
 *
 * @example
 * tightest(defaultLimits, { children: 3, depth: 1_000 }); // → { ...defaultLimits, children: 3 }
 */
export function tightest(project: Limits, session: Partial<Limits> | null): Limits {
  const out = { ...project };
  for (const name of limitNames) {
    const own = session?.[name];
    if (own !== undefined && own < out[name]) out[name] = own;
  }
  return out;
}

/**
 * How much of each limit is used before one more agent is registered at this depth (1 for a root).
 *
 * Use it to show how near a tree is to its limits; `decideSpawn` compares by it.
 *
 * @example
 * const counts = { children: 2, session: { live: 3, total: 4, recent: 1 }, project: { live: 9, recent: 1 } };
 * usageOf(2, counts).children; // → 2
 * usageOf(2, counts).depth; // → 1
 */
export const usageOf = (depth: number, c: SpawnCounts): Limits => ({
  depth: depth - 1,
  children: c.children,
  'session-live-agents': c.session.live,
  'session-spawns': c.session.total,
  'session-spawns-per-minute': c.session.recent,
  'project-live-agents': c.project.live,
  'project-spawns-per-minute': c.project.recent,
});

/**
 * Whether one more agent fits at this depth (1 for a root). Refuses with `limit_reached`, which names the first limit,
 * in the order of `limitNames`, that it would pass.
 *
 * Use it with counts that are true inside the transaction (`SpawnTally`), else a storm passes between the read and the
 * write.
 *
 * @example
 * const counts = { children: 2, session: { live: 3, total: 4, recent: 1 }, project: { live: 9, recent: 1 } };
 * decideSpawn(2, counts, defaultLimits).ok; // → true
 * decideSpawn(2, counts, { ...defaultLimits, children: 2 }); // → err({ code: 'limit_reached', limit: 'children', max: 2 })
 */
export function decideSpawn(depth: number, counts: SpawnCounts, limits: Limits): Result<null> {
  const used = usageOf(depth, counts);
  for (const name of limitNames) if (used[name] >= limits[name]) return err({ code: 'limit_reached', limit: name, max: limits[name] });
  return ok(null);
}
