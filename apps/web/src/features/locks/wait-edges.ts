import type { BarrierView, LockView } from '@reeve/core/vocabulary';

/** `from` waits at `at` for `to`: as long as nothing else changes, `to` goes first. */
export type WaitEdge = { from: string; to: string; at: string };
export type WaitNode = { id: string; name: string };

/** Who waits for whom, from what stands: waiters for every holder, those at a barrier for the named that are missing. */
export function waitEdges(locks: readonly LockView[], barriers: readonly BarrierView[]): { nodes: WaitNode[]; edges: WaitEdge[] } {
  const names = new Map<string, string>();
  const edges: WaitEdge[] = [];
  const name = (id: string, known: string | null) => names.set(id, known ?? names.get(id) ?? id);
  for (const lock of locks)
    for (const w of lock.waiters)
      for (const h of lock.holders) {
        if (h.agentId === w.agentId) continue;
        name(w.agentId, w.agentName);
        name(h.agentId, h.agentName);
        edges.push({ from: w.agentId, to: h.agentId, at: `lock:${lock.name}` });
      }
  for (const barrier of barriers) {
    const here = new Set(barrier.arrived.map((p) => p.agentId));
    const missing = barrier.partyIds.filter((id) => !here.has(id));
    for (const p of barrier.arrived)
      for (const to of missing) {
        name(p.agentId, p.agentName);
        name(to, null);
        edges.push({ from: p.agentId, to, at: `barrier:${barrier.name}` });
      }
  }
  return { nodes: [...names].map(([id, n]) => ({ id, name: n })), edges };
}

/** Who has the permits next when an operator takes them from `agentId`, or from all: by the order in which they are served. */
export function afterRelease(lock: LockView, agentId: string | null): { lose: LockView['holders']; next: LockView['waiters'] } {
  const lose = lock.holders.filter((h) => agentId === null || h.agentId === agentId);
  const free = lock.permits - lock.holders.length + lose.length;
  return { lose, next: lock.waiters.slice(0, Math.max(0, free)) };
}
