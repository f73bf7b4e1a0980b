import type { Task } from '../tasks/task.ts';
import type { Barrier } from './barrier.ts';
import type { EndWatch } from './end-watch.ts';
import type { Lock } from './lock.ts';
import type { Wait } from './wait-graph.ts';

/** The waits at one lock: each goes on when any of the holders lets go. */
export function waitsAtLock(lock: Lock): Wait[] {
  const holders = [...new Set(lock.holders.map((h) => h.agentId))];
  return lock.waiters.map(({ agentId, requestId, priority, sinceMs, blocking }) => ({
    agentId,
    requestId,
    at: `lock:${lock.name}`,
    needs: 'any',
    on: blocking ? holders : [],
    priority,
    sinceMs,
  }));
}
/** The waits at one barrier: each goes on when all have come that are missing, as far as they are known by name. */
export function waitsAtBarrier(b: Barrier): Wait[] {
  const here = new Set(b.arrived.map((p) => p.agentId));
  const missing = b.partyIds.filter((id) => !here.has(id));
  return b.arrived.map(({ agentId, requestId, sinceMs, blocking }) => ({
    agentId,
    requestId,
    at: `barrier:${b.name}`,
    needs: 'all',
    on: blocking ? missing : [],
    priority: 0,
    sinceMs,
  }));
}
/** The waits for one end: of an agent, which that agent alone can bring about, or of a task, for which `on` names all who work on it. */
export function waitsAtEnd(watch: EndWatch, on: readonly string[]): Wait[] {
  return watch.waiters.map(({ agentId, requestId, sinceMs, blocking }) => ({
    agentId,
    requestId,
    at: watch.name,
    needs: 'all',
    on: blocking ? on : [],
    priority: 0,
    sinceMs,
  }));
}
/**
 * Without whom a task cannot end, with all that it still waits for: the holder of one that is claimed, and those of
 * the tasks that a blocked one depends on, all the way up. A task that is ready or scheduled can be anybody's, so it names
 * nobody; so does one that has ended. `of` answers the tasks that are known; `missing` are to be read before the answer counts.
 */
export function workersOn(taskId: string, of: (id: string) => Task | undefined): { agentIds: string[]; missing: string[] } {
  const agentIds = new Set<string>();
  const missing: string[] = [];
  const seen = new Set<string>();
  const open = [taskId];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    const task = of(id);
    if (!task) missing.push(id);
    else if (task.state === 'claimed' && task.agentId !== null) agentIds.add(task.agentId);
    else if (task.state === 'blocked') open.push(...task.dependsOn);
  }
  return { agentIds: [...agentIds].sort(), missing };
}
