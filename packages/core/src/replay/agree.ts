import type { Barrier } from '../coordination/barrier.ts';
import type { Lock } from '../coordination/lock.ts';
import type { History, PastAgent, PastTask } from './history.ts';

/** What stands in the records, of the same moment as the history that it is held against. */
export type Records = {
  agents: readonly Omit<PastAgent, 'unpriced'>[];
  tasks: readonly PastTask[];
  locks: readonly Pick<Lock, 'id' | 'name' | 'permits' | 'token' | 'holders' | 'waiters'>[];
  barriers: readonly Pick<Barrier, 'id' | 'name' | 'generation' | 'expected' | 'arrived'>[];
};

const facts = {
  agent: (a: Omit<PastAgent, 'unpriced'>) => [
    a.parentId,
    a.sessionId,
    a.name,
    a.role,
    a.state,
    a.epoch,
    a.containment,
    a.stopId,
    a.createdAtMs,
    a.endedAtMs,
    a.ownNanoUsd,
  ],
  task: (t: PastTask) => [t.title, t.state, t.agentId, t.attempts, t.claimToken, t.claimExpiresAtMs],
  lock: (l: Records['locks'][number]) => [
    l.name,
    l.permits,
    l.token,
    l.holders.map((h) => [h.agentId, h.token, h.expiresAtMs]),
    l.waiters.map((w) => [w.agentId, w.requestId, w.priority, w.deadlineMs]),
  ],
  barrier: (b: Records['barriers'][number]) => [b.name, b.generation, b.expected, b.arrived.map((p) => [p.agentId, p.deadlineMs])],
};
const text = (v: unknown): string => JSON.stringify(v, (_, x) => (typeof x === 'bigint' ? String(x) : x)) ?? 'nothing';

/**
 * Where the log and the records disagree, one line each; none where replaying the log gives what stands.
 *
 * Use it on a history of the whole log, after a test or an incident: a line means that something was written beside the log.
 *
 * @example
 * contradictions(emptyHistory(), { agents: [], tasks: [], locks: [], barriers: [] }); // → []
 */
export function contradictions(h: History, records: Records): string[] {
  const out: string[] = [];
  const hold = <T extends { id: string }>(told: ReadonlyMap<string, T>, stand: readonly T[], of: (row: T) => unknown) => {
    const left = new Set(told.keys());
    for (const row of stand) {
      left.delete(row.id);
      const past = told.get(row.id);
      const [a, b] = [past && text(of(past)), text(of(row))];
      if (a !== b) out.push(`${row.id}: the log says ${a ?? 'nothing'}, the record ${b}`);
    }
    for (const id of left) out.push(`${id}: the log says ${text(of(told.get(id) as T))}, there is no record`);
  };
  hold<Omit<PastAgent, 'unpriced'>>(h.agents, records.agents, facts.agent);
  hold(h.tasks, records.tasks, facts.task);
  hold<Records['locks'][number]>(h.locks, records.locks, facts.lock);
  hold<Records['barriers'][number]>(h.barriers, records.barriers, facts.barrier);
  return out;
}
