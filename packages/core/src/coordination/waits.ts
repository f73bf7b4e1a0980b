import type { Barrier } from './barrier.ts';
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
