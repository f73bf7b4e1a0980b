import { isFinalAgent } from '../../../src/kernel/transitions.ts';
import type { Model } from '../model.ts';
import type { Invariant } from './invariant.ts';

const over = new Set(['done', 'failed', 'dead-letter', 'cancelled']);
/** Whether what is waited for has ended, as the log tells of it. */
function hasEnded(m: Model, name: string): boolean {
  const id = name.slice(name.indexOf(':') + 1);
  return name.startsWith('agent:')
    ? isFinalAgent(m.replay.agents.get(id)?.state ?? 'running')
    : over.has(m.replay.tasks.get(id)?.state ?? '');
}
/** Whether this agent waits for nothing but the end of one other agent, and does nothing meanwhile; then for whose. */
function waitsOnlyFor(m: Model, agentId: string): string | undefined {
  let on: string | undefined;
  for (const l of m.state.locks.values()) if (l.waiters.some((w) => w.agentId === agentId)) return undefined;
  for (const b of m.state.barriers.values()) if (b.arrived.some((p) => p.agentId === agentId)) return undefined;
  for (const watch of m.state.endWatches.values())
    for (const w of watch.waiters) {
      if (w.agentId !== agentId) continue;
      if (on !== undefined || !w.blocking || !watch.name.startsWith('agent:')) return undefined;
      on = watch.id;
    }
  return on;
}

export const endWaitInvariants: readonly Invariant[] = [
  {
    id: 'WAIT-1',
    says: 'who waits for an end is served in the commit of that end, and waits no longer than it said',
    check(m, commit) {
      for (const e of commit.events) {
        if (e.type !== 'agent.ended' && e.type !== 'task.completed' && e.type !== 'task.attempt-failed' && e.type !== 'task.cancelled')
          continue;
        const watch = m.state.endWatches.get(e.subjectId);
        if (watch?.waiting && hasEnded(m, watch.name)) return `${watch.agentIds.join(' ')} wait for ${watch.name}, which has ended`;
      }
      return undefined;
    },
    settled(m, nowMs) {
      for (const watch of m.state.endWatches.values()) {
        if (watch.waiting && hasEnded(m, watch.name)) return `${watch.agentIds.join(' ')} wait for ${watch.name}, which has ended`;
        for (const w of watch.waiters) if (w.deadlineMs + 5_000 < nowMs) return `${w.agentId} waits for ${watch.name} past its time`;
      }
      return undefined;
    },
  },
  {
    id: 'I-SYNC-7',
    says: 'no circle of agents that wait for each other outlasts the commit that closes it',
    check(m, commit) {
      for (const e of commit.events) {
        if (e.type !== 'agent.waiting') continue;
        const seen = new Set<string>();
        for (let id: string | undefined = e.subjectId; id !== undefined; id = waitsOnlyFor(m, id)) {
          if (seen.has(id)) return `${[...seen, id].join(' → ')} wait for each other`;
          seen.add(id);
        }
      }
      return undefined;
    },
  },
];
