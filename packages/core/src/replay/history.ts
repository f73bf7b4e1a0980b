import { type Agent, evolveAgent } from '../agents/agent.ts';
import { type Barrier, evolveBarrier, newBarrier } from '../coordination/barrier.ts';
import { evolveLock, type Lock, newLock } from '../coordination/lock.ts';
import type { LoggedEvent } from '../kernel/events.ts';
import { evolveTask, type Task } from '../tasks/task.ts';

/** What the log says of an agent; what it was registered with beside this does not change, and stands in its record. */
export type PastAgent = Pick<
  Agent,
  'id' | 'parentId' | 'sessionId' | 'name' | 'role' | 'state' | 'epoch' | 'containment' | 'stopId' | 'createdAtMs' | 'endedAtMs'
> & { ownNanoUsd: bigint; unpriced: number };
/** What the log says of a task. */
export type PastTask = Pick<Task, 'id' | 'title' | 'state' | 'agentId' | 'attempts' | 'claimToken' | 'claimExpiresAtMs'>;

/** A project as it was at one `seq`: the fold of its log up to there. */
export type History = {
  seq: number;
  atMs: number;
  agents: Map<string, PastAgent>;
  tasks: Map<string, PastTask>;
  locks: Map<string, Lock>;
  barriers: Map<string, Barrier>;
};

/**
 * The project before anything happened.
 *
 * Use it to replay a log from its beginning; a saved history is a later place to begin.
 *
 * @example
 * emptyHistory().agents.size; // → 0
 */
export const emptyHistory = (): History => ({
  seq: 0,
  atMs: 0,
  agents: new Map(),
  tasks: new Map(),
  locks: new Map(),
  barriers: new Map(),
});

const pastAgent = (a: PastAgent): PastAgent => ({
  id: a.id,
  parentId: a.parentId,
  sessionId: a.sessionId,
  name: a.name,
  role: a.role,
  state: a.state,
  epoch: a.epoch,
  containment: a.containment,
  stopId: a.stopId,
  createdAtMs: a.createdAtMs,
  endedAtMs: a.endedAtMs,
  ownNanoUsd: a.ownNanoUsd,
  unpriced: a.unpriced,
});
const pastTask = (t: PastTask): PastTask => ({
  id: t.id,
  title: t.title,
  state: t.state,
  agentId: t.agentId,
  attempts: t.attempts,
  claimToken: t.claimToken,
  claimExpiresAtMs: t.claimExpiresAtMs,
});

/**
 * Goes on from `before` with the events behind it, in the order of their `seq`, by the same functions that made the live
 * records: replaying the whole log gives the state as it stands. `before` stays as it was.
 *
 * Use it to see the project as it was at any point, and to check that the log and the records agree.
 *
 * @example
 * const data = { name: 'lead', parentId: null, role: null };
 * const born = { type: 'agent.registered', subjectId: 'agt_1', data, seq: 1, atMs: 5, actor: 'person:ann' };
 * const runs = { type: 'agent.running', subjectId: 'agt_1', data: { from: 'starting' }, seq: 2, atMs: 6, actor: 'agent:agt_1' };
 * replay(emptyHistory(), [born, runs]).agents.get('agt_1')?.state; // → 'running'
 */
export function replay(before: History, events: Iterable<LoggedEvent>): History {
  const h: History = {
    seq: before.seq,
    atMs: before.atMs,
    agents: new Map(before.agents),
    tasks: new Map(before.tasks),
    locks: new Map(before.locks),
    barriers: new Map(before.barriers),
  };
  for (const e of events) {
    if (e.seq <= h.seq) continue;
    apply(h, e);
    h.seq = e.seq;
    h.atMs = e.atMs;
  }
  return h;
}

function apply(h: History, e: LoggedEvent): void {
  const id = e.subjectId;
  const room = e.type.slice(0, e.type.indexOf('.'));
  if (room === 'agent' || room === 'cost') applyToAgent(h, e);
  else if (e.type === 'task.added') {
    const { title, state } = e.data;
    h.tasks.set(id, { id, title, state, agentId: null, attempts: 0, claimToken: 0n, claimExpiresAtMs: null });
  } else if (room === 'task') {
    const task = h.tasks.get(id);
    // what evolves reads no more of a task than what is kept here, but for its lists
    if (task)
      h.tasks.set(
        id,
        pastTask(evolveTask({ failures: [], dependsOn: [], artefactKinds: [], subtasks: 0, ...task } as unknown as Task, e, e.atMs)),
      );
  } else if (room === 'lock') {
    const name = 'name' in e.data ? String(e.data.name) : id;
    const lock = h.locks.get(id) ?? newLock({ id, projectId: '', name }, e.atMs);
    h.locks.set(id, evolveLock(lock, e, e.atMs));
  } else if (room === 'barrier') {
    const name = 'name' in e.data ? String(e.data.name) : id;
    const barrier = h.barriers.get(id) ?? newBarrier({ id, projectId: '', name }, e.atMs);
    h.barriers.set(id, evolveBarrier(barrier, e, e.atMs));
  }
}

function spend(h: History, id: string, nanoUsd: string, unpriced: number): void {
  const agent = h.agents.get(id);
  if (agent) h.agents.set(id, { ...agent, ownNanoUsd: agent.ownNanoUsd + BigInt(nanoUsd), unpriced: agent.unpriced + unpriced });
}

function applyToAgent(h: History, e: LoggedEvent): void {
  const id = e.subjectId;
  if (e.type === 'cost.recorded') {
    const { agents, entries, nanoUsd, unpriced } = e.data;
    for (const [agentId, , nano, without] of agents ?? [[id, entries, nanoUsd, unpriced]]) spend(h, agentId, nano, without);
    return;
  }
  if (e.type === 'agent.registered') {
    const { name, parentId, role } = e.data;
    const sessionId = (parentId !== null && h.agents.get(parentId)?.sessionId) || id;
    const born = { state: 'starting', epoch: 1, containment: null, stopId: null, endedAtMs: null } as const;
    h.agents.set(id, { id, parentId, sessionId, name, role, ...born, createdAtMs: e.atMs, ownNanoUsd: 0n, unpriced: 0 });
    return;
  }
  if (e.type === 'cost.adjusted') {
    spend(h, id, e.data.nanoUsd, e.data.unpriced ?? 0);
    return;
  }
  const agent = h.agents.get(id);
  if (!agent) return;
  // of an agent, evolving reads its state and its parent alone
  const next = evolveAgent(agent as unknown as Agent, e, e.atMs) as unknown as PastAgent;
  if (next !== agent) h.agents.set(id, pastAgent(next));
}
