/**
 * Who waits for whom, and whether anybody can still move. Pure.
 *
 * What is known: a waiter of a lock goes on when *any* of its holders lets go (and then, whoever stands before it in the
 * queue, since they go on too); a party of a barrier when *all* that are missing have come, known only where they were
 * named. An agent with an open wait is believed to do nothing else, unless it says so (`blocking: false`); with several
 * waits it moves when any of them ends. So a circle alone is no deadlock: one of two holders of a semaphore that is not in
 * it will let go. Leases and time-outs would end every deadlock one day; they do not count as moving.
 */
export type Wait = {
  agentId: string;
  requestId: string;
  /** What it waits at: `lock:deploy`. */
  at: string;
  needs: 'any' | 'all';
  /** Agents, or things that themselves wait; empty: unknown, so it may end at any time. */
  on: readonly string[];
  priority: number;
  sinceMs: number;
};
/** A circle of agents none of whom can move, and the one wait whose end lets the others go on. */
export type Deadlock = {
  /** Agents and what each waits at in turn, from the victim to itself. */
  cycle: string[];
  victim: Wait;
};

/**
 * A deadlock among `waits`, if there is one; the same whatever their order. The victim is the lowest priority, then the
 * youngest wait, then the highest agent id.
 *
 * Use it whenever a wait has begun, with all waits of the project, and again after its victim was told: there may be another.
 *
 * @example
 * const wait = { requestId: 'r', needs: 'any', priority: 0, sinceMs: 0 };
 * const a = { ...wait, agentId: 'a', at: 'lock:x', on: ['b'] };
 * findDeadlock([a, { ...wait, agentId: 'b', at: 'lock:y', on: ['a'] }])?.cycle; // → ['b', 'lock:y', 'a', 'lock:x', 'b']
 * findDeadlock([a]); // → undefined
 */
export function findDeadlock(waits: readonly Wait[]): Deadlock | undefined {
  const byAgent = new Map<string, Wait[]>();
  for (const w of [...waits].sort(before)) byAgent.set(w.agentId, [...(byAgent.get(w.agentId) ?? []), w]);
  const stuck = stuckAmong(byAgent);
  const start = [...stuck].sort()[0];
  if (start === undefined) return undefined;
  // each of them waits for another one of them, so going on and on comes back
  const path: Wait[] = [];
  const place = new Map<string, number>();
  let at = start;
  while (!place.has(at)) {
    place.set(at, path.length);
    const wait = (byAgent.get(at) as Wait[])[0] as Wait;
    path.push(wait);
    at = [...wait.on].sort().find((id) => stuck.has(id)) as string;
  }
  const circle = path.slice(place.get(at));
  const victim = [...circle].sort(victimFirst)[0] as Wait;
  const from = circle.indexOf(victim);
  const turned = [...circle.slice(from), ...circle.slice(0, from)];
  return { cycle: [...turned.flatMap((w) => [w.agentId, w.at]), victim.agentId], victim };
}

/** The largest set of agents none of whom can move unless another one of the set does. */
function stuckAmong(byAgent: ReadonlyMap<string, readonly Wait[]>): Set<string> {
  const stuck = new Set(byAgent.keys());
  const canEnd = (w: Wait): boolean =>
    w.needs === 'any' ? w.on.length === 0 || w.on.some((id) => !stuck.has(id)) : !w.on.some((id) => stuck.has(id));
  for (let changed = true; changed; ) {
    changed = false;
    for (const id of stuck) if (byAgent.get(id)?.some(canEnd)) changed = stuck.delete(id);
  }
  return stuck;
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const before = (a: Wait, b: Wait): number => a.sinceMs - b.sinceMs || text(a.at, b.at) || text(a.requestId, b.requestId);
/**
 * Who gives up: the lowest priority, then the youngest wait, then the highest agent id. What it holds stays with it; it
 * is told the circle and must let go by itself.
 */
const victimFirst = (a: Wait, b: Wait): number =>
  a.priority - b.priority || b.sinceMs - a.sinceMs || text(b.agentId, a.agentId) || text(b.at, a.at);
