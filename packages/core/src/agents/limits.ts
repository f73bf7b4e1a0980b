import { err, ok, type Result } from '../kernel/result.ts';

/**
 * What bounds a tree that grows by itself. `session` bounds hold for each root with its subtree, `project` bounds for all
 * of them together; a session may be given tighter ones at its root, never wider.
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
export type LimitName = (typeof limitNames)[number];
export type Limits = Record<LimitName, number>;

/** The path is kept in each row and frozen into each cost entry: no limit allows a deeper tree. */
export const maxDepth = 64;

/** Wide enough for honest fleets, narrow enough that recursive spawning is held within a minute. */
export const defaultLimits: Limits = {
  depth: maxDepth,
  children: 12_000,
  'session-live-agents': 12_000,
  'session-spawns': 200_000,
  'session-spawns-per-minute': 30_000,
  'project-live-agents': 60_000,
  'project-spawns-per-minute': 60_000,
};

/** The window of the spawn rates. */
export const spawnWindowMs = 60_000;

/** How many there are now, of what the limits bound; `recent` is within `spawnWindowMs`. */
export type SpawnCounts = {
  /** Live children of the parent; 0 for a root. */
  children: number;
  session: { live: number; total: number; recent: number };
  project: { live: number; recent: number };
};

/** The tighter of two sets of bounds, each by its name. */
export function tightest(project: Limits, session: Partial<Limits> | null): Limits {
  const out = { ...project };
  for (const name of limitNames) {
    const own = session?.[name];
    if (own !== undefined && own < out[name]) out[name] = own;
  }
  return out;
}

/** How much of each limit is used before one more agent is registered at this depth (1 for a root). */
export const usageOf = (depth: number, c: SpawnCounts): Limits => ({
  depth: depth - 1,
  children: c.children,
  'session-live-agents': c.session.live,
  'session-spawns': c.session.total,
  'session-spawns-per-minute': c.session.recent,
  'project-live-agents': c.project.live,
  'project-spawns-per-minute': c.project.recent,
});

/** Whether one more agent fits; the refusal names the first limit, in the order of `limitNames`, that it would pass. */
export function decideSpawn(depth: number, counts: SpawnCounts, limits: Limits): Result<null> {
  const used = usageOf(depth, counts);
  for (const name of limitNames) if (used[name] >= limits[name]) return err({ code: 'limit_reached', limit: name, max: limits[name] });
  return ok(null);
}
