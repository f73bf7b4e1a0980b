import type { AgentState, TaskState } from '../kernel/transitions.ts';
import type { History } from './history.ts';

/** What is different at a later point: agents and tasks that came or moved, what was spent, locks that changed hands. */
export type HistoryDifference = {
  agents: { id: string; name: string; from: AgentState | null; to: AgentState; spentNanoUsd: bigint }[];
  tasks: { id: string; title: string; from: TaskState | null; to: TaskState }[];
  locks: { name: string; from: string[]; to: string[] }[];
  spentNanoUsd: bigint;
};

const holders = (h: History, id: string): string[] => (h.locks.get(id)?.holders ?? []).map((x) => x.agentId).sort();

/**
 * What happened between two points, as their difference: what moved and came back in between is not in it.
 *
 * Use it to tell what an incident changed; the events between the points say how.
 *
 * @example
 * compareHistories(emptyHistory(), emptyHistory()).agents; // → []
 */
export function compareHistories(before: History, after: History): HistoryDifference {
  const out: HistoryDifference = { agents: [], tasks: [], locks: [], spentNanoUsd: 0n };
  for (const a of after.agents.values()) {
    const was = before.agents.get(a.id);
    const spentNanoUsd = a.ownNanoUsd - (was?.ownNanoUsd ?? 0n);
    out.spentNanoUsd += spentNanoUsd;
    if (was?.state !== a.state || was.epoch !== a.epoch || spentNanoUsd !== 0n)
      out.agents.push({ id: a.id, name: a.name, from: was?.state ?? null, to: a.state, spentNanoUsd });
  }
  for (const t of after.tasks.values()) {
    const was = before.tasks.get(t.id);
    if (was?.state !== t.state || was.agentId !== t.agentId)
      out.tasks.push({ id: t.id, title: t.title, from: was?.state ?? null, to: t.state });
  }
  for (const [id, lock] of after.locks) {
    const [from, to] = [holders(before, id), holders(after, id)];
    if (from.join() !== to.join()) out.locks.push({ name: lock.name, from, to });
  }
  return out;
}
