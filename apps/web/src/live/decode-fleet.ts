import type { FleetColumns, LiveAgent } from '@reeve/core/vocabulary';

const list = (text: string): string[] => (text === '' ? [] : text.split(' '));
const number = (text: string | undefined): number | null => (text === undefined || text === '-' ? null : Number(text));

/**
 * The agents of a fleet, oldest first. Texts that say the same are one string: ten thousand ids of parents, models and
 * states would otherwise be held ten thousand times (3 MB of 9 where it was measured).
 */
export function decodeFleet(columns: FleetColumns): LiveAgent[] {
  const c = columns;
  const ids = list(c.id);
  const texts = (column: string) => JSON.parse(column) as (string | null)[];
  const [parents, sessions, states, epochs] = [list(c.parentId), list(c.sessionId), list(c.state), list(c.epoch)];
  const [created, ended, beats, leases] = [list(c.createdAtMs), list(c.endedAtMs), list(c.lastHeartbeatMs), list(c.leaseExpiresMs)];
  const [progress, containments, stops] = [list(c.progress), list(c.containment), list(c.stopId)];
  const [budgets, owns, subtrees, unpriced] = [list(c.budgetNanoUsd), list(c.ownNanoUsd), list(c.subtreeNanoUsd), list(c.unpriced)];
  const saved = list(c.checkpointMs);
  const [names, kinds, roles, models, activities] = [texts(c.name), texts(c.kind), texts(c.role), texts(c.model), texts(c.activity)];

  const known = new Map<string, string>();
  for (const id of ids) known.set(id, id);
  const once = (text: string): string => {
    const same = known.get(text);
    if (same !== undefined) return same;
    known.set(text, text);
    return text;
  };
  const onceOrNull = (text: string | null | undefined): string | null => (text == null || text === '-' ? null : once(text));
  const free = (text: string | null | undefined): string | null => (text == null ? null : once(text));

  return ids.map((id, i): LiveAgent => {
    const own = owns[i] as string;
    const subtree = subtrees[i] as string;
    return {
      id,
      parentId: onceOrNull(parents[i]),
      name: names[i] as string,
      kind: once(kinds[i] as string),
      role: free(roles[i]),
      model: free(models[i]),
      state: once(states[i] as string) as LiveAgent['state'],
      epoch: Number(epochs[i]),
      sessionId: once(sessions[i] as string),
      createdAtMs: Number(created[i]),
      endedAtMs: number(ended[i]),
      lastHeartbeatMs: number(beats[i]),
      leaseExpiresMs: number(leases[i]),
      activity: activities[i] ?? null,
      progress: number(progress[i]),
      containment: onceOrNull(containments[i]) as LiveAgent['containment'],
      stopId: onceOrNull(stops[i]),
      budgetNanoUsd: onceOrNull(budgets[i]),
      ownNanoUsd: own,
      subtreeNanoUsd: subtree === own ? own : subtree,
      unpriced: Number(unpriced[i]),
      checkpointMs: number(saved[i]),
    };
  });
}
