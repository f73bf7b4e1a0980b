import type { Agent } from '../agents/agent.ts';
import type { Lease } from '../agents/lease.ts';
import type { SpawnTallies } from '../agents/spawn-tally.ts';
import type { Change } from '../changes/change.ts';
import type { Barrier } from '../coordination/barrier.ts';
import type { Lock } from '../coordination/lock.ts';
import type { LoggedEvent, NewEvent } from '../kernel/events.ts';
import { changeTransitions, isFinal, isLiveAgent } from '../kernel/transitions.ts';
import type { ProjectSettings } from '../project/project-settings.ts';
import type { Stop, StopMember } from '../stop/stop.ts';
import type { Commit, Repository, Runner, StoredOrder, StoredToken, Tx } from '../supervisor/ports.ts';
import type { Task } from '../tasks/task.ts';
import { MemoryAppends } from './memory-appends.ts';
import { MemoryCheckpoints, MemoryEffects } from './memory-checkpoints.ts';
import { type MemoryState, pairKey } from './memory-state.ts';
import { byId, MemoryTable } from './memory-table.ts';

const notFinal = (a: Agent): boolean => isLiveAgent(a.state) || a.state === 'unconfirmed';
const request = (row: { requestId: string | null }): string | null => row.requestId;

class Agents extends MemoryTable<Agent> {
  async withAncestors(ids: readonly string[]): Promise<Agent[]> {
    return this.many((await this.many(ids)).flatMap((a) => a.path));
  }
  async liveSubtree(id: string): Promise<Agent[]> {
    return this.select(
      (a) => notFinal(a) && a.path.includes(id),
      (a, b) => a.path.length - b.path.length || byId(a, b),
    );
  }
  async liveCount(): Promise<number> {
    return this.select(notFinal, byId).length;
  }
  async byRequest(requestId: string): Promise<Agent | undefined> {
    return this.byUniqueKey(requestId);
  }
  async allLive(): Promise<Agent[]> {
    return this.select(notFinal, (a, b) => a.path.length - b.path.length || byId(a, b));
  }
  async spawnCounts(q: { parentIds: readonly string[]; sessionIds: readonly string[]; sinceMs: number }): Promise<SpawnTallies> {
    const rows = [...this.rows()];
    const live = rows.filter(notFinal);
    const isRecent = (a: Agent) => a.createdAtMs > q.sinceMs;
    const session = (id: string) => {
      const all = rows.filter((a) => a.sessionId === id);
      return { live: all.filter(notFinal).length, total: all.length, recent: all.filter(isRecent).length };
    };
    return {
      project: { live: live.length, recent: rows.filter(isRecent).length },
      sessions: new Map(q.sessionIds.map((id) => [id, session(id)])),
      children: new Map(q.parentIds.map((id) => [id, live.filter((a) => a.parentId === id).length])),
    };
  }
}
class Stops extends MemoryTable<Stop> {
  async open(): Promise<Stop[]> {
    return this.select((s) => s.state === 'stopping', byId);
  }
}
class StopMembers extends MemoryTable<StopMember> {
  async ofStop(stopId: string): Promise<StopMember[]> {
    return this.select(
      (m) => m.stopId === stopId,
      (a, b) => a.wave - b.wave || byId(a, b),
    );
  }
}
class Tasks extends MemoryTable<Task> {
  async ready(labels: readonly string[], limit: number): Promise<Task[]> {
    const found = this.select(
      (t) => t.state === 'ready' && labels.every((l) => t.labels.includes(l)),
      (a, b) => b.priority - a.priority || byId(a, b),
    );
    return found.slice(0, limit);
  }
  async heldBy(agentIds: readonly string[]): Promise<Task[]> {
    return this.select((t) => t.agentId !== null && agentIds.includes(t.agentId), byId);
  }
  async blockedOn(taskIds: readonly string[]): Promise<Task[]> {
    return this.select((t) => t.state === 'blocked' && t.dependsOn.some((d) => taskIds.includes(d)), byId);
  }
  async byRequest(requestId: string): Promise<Task | undefined> {
    return this.byUniqueKey(requestId);
  }
}
/** Locks and barriers: found by name, by agent, by when they are due, and by whether anybody waits. */
class Meetings<T extends { id: string; name: string; agentIds: string[]; waiting: number; dueAtMs: number | null }> extends MemoryTable<T> {
  async byNames(names: readonly string[]): Promise<T[]> {
    return this.select((m) => names.includes(m.name), byId);
  }
  async involving(agentIds: readonly string[]): Promise<T[]> {
    return this.select((m) => m.agentIds.some((a) => agentIds.includes(a)), byId);
  }
  async due(nowMs: number): Promise<T[]> {
    return this.select((m) => m.dueAtMs !== null && m.dueAtMs <= nowMs, byId);
  }
  async contended(): Promise<T[]> {
    return this.select((m) => m.waiting > 0, byId);
  }
}
class Changes extends MemoryTable<Change> {
  async byRequest(requestId: string): Promise<Change | undefined> {
    return this.byUniqueKey(requestId);
  }
  async openOf(agentIds: readonly string[]): Promise<Change[]> {
    return this.select((c) => agentIds.includes(c.agentId) && c.state !== 'merged' && !isFinal(changeTransitions, c.state), byId);
  }
}
class Repositories extends MemoryTable<Repository> {
  async byName(name: string): Promise<Repository | undefined> {
    return this.byUniqueKey(name);
  }
}

/** The transaction of `Store` in memory: nothing of it is seen by anyone before `commit`. */
export class MemoryTx implements Tx {
  readonly agents: Agents;
  readonly leases: MemoryTable<Lease>;
  readonly settings: MemoryTable<ProjectSettings>;
  readonly stops: Stops;
  readonly stopMembers: StopMembers;
  readonly tasks: Tasks;
  readonly locks: Meetings<Lock>;
  readonly barriers: Meetings<Barrier>;
  readonly changes: Changes;
  readonly repositories: Repositories;
  readonly runners: Tx['runners'];
  readonly ledger: Tx['ledger'];
  readonly rollups: Tx['rollups'];
  readonly agentEvents: Tx['agentEvents'];
  readonly logs: Tx['logs'];
  readonly checkpoints: Tx['checkpoints'];
  readonly effects: MemoryEffects;
  private readonly checkpointRows: MemoryCheckpoints;
  private readonly runnerRows: MemoryTable<Runner>;
  private readonly appends: MemoryAppends;
  private readonly events: LoggedEvent[] = [];
  private readonly orderRows: Map<string, StoredOrder>;
  private readonly orderRunners = new Set<string>();
  private readonly tokenRows: Map<string, StoredToken>;
  private readonly revoked = new Set<string>();
  private readonly answers = new Map<string, string[]>();

  constructor(
    private readonly state: MemoryState,
    readonly projectId: string,
    readonly nowMs: number,
  ) {
    this.agents = new Agents('agent', state.agents, request);
    this.leases = new MemoryTable('lease', state.leases);
    this.settings = new MemoryTable('settings', state.settings);
    this.stops = new Stops('stop', state.stops);
    this.stopMembers = new StopMembers('stop member', state.stopMembers);
    this.tasks = new Tasks('task', state.tasks, request);
    this.locks = new Meetings('lock', state.locks, (l) => l.name);
    this.barriers = new Meetings('barrier', state.barriers, (b) => b.name);
    this.changes = new Changes('change', state.changes, request);
    this.repositories = new Repositories('repository', state.repositories, (r) => r.name);
    const runners = new MemoryTable<Runner>('runner', state.runners);
    this.runnerRows = runners;
    this.runners = {
      get: (id) => runners.get(id),
      many: (ids) => runners.many(ids),
      put: (r) => runners.put(r),
      all: async () => runners.select(() => true, byId),
    };
    this.checkpointRows = new MemoryCheckpoints(state.checkpoints);
    this.checkpoints = this.checkpointRows.rows;
    this.effects = new MemoryEffects('effect', state.effects);
    this.appends = new MemoryAppends(state);
    ({ ledger: this.ledger, rollups: this.rollups, agentEvents: this.agentEvents, logs: this.logs } = this.appends);
    // small sets from which rows are taken out again: copied whole
    this.orderRows = new Map(state.orders);
    this.tokenRows = new Map(state.tokens);
  }

  readonly orders: Tx['orders'] = {
    put: (o) => {
      this.orderRows.set(o.id, o);
      this.orderRunners.add(o.runnerId);
    },
    ofRunner: async (runnerId) =>
      [...this.orderRows.values()]
        .filter((o) => o.runnerId === runnerId)
        .sort(byId)
        .slice(0, 200),
    done: async (runnerId, ids) => {
      for (const id of ids) if (this.orderRows.get(id)?.runnerId === runnerId) this.orderRows.delete(id);
    },
    cancelOf: async (agentIds, kinds) => {
      const counts = new Map<string, number>();
      for (const o of [...this.orderRows.values()]) {
        if (o.agentId === null || !agentIds.includes(o.agentId) || !kinds.includes(o.kind)) continue;
        this.orderRows.delete(o.id);
        counts.set(o.agentId, (counts.get(o.agentId) ?? 0) + 1);
      }
      return counts;
    },
  };
  readonly tokens: Tx['tokens'] = {
    put: (t) => void this.tokenRows.set(t.hash, t),
    revokeOf: async (subjectIds) => {
      for (const t of [...this.tokenRows.values()]) {
        if (!subjectIds.includes(t.subjectId)) continue;
        this.tokenRows.delete(t.hash);
        this.revoked.add(t.subjectId);
      }
    },
  };
  readonly requests: Tx['requests'] = {
    get: async (scope, requestId) => this.answers.get(pairKey(scope, requestId)) ?? this.state.requests.get(pairKey(scope, requestId)),
    readAhead: async () => undefined,
    put: (scope, requestId, ids) => void this.answers.set(pairKey(scope, requestId), ids),
  };

  append(event: NewEvent, actor: string): void {
    this.events.push({ ...event, seq: this.state.seq + this.events.length + 1, atMs: this.nowMs, actor });
  }

  /** Makes everything true at once. Nothing in here waits, so nobody can see half of it. */
  commit(): Commit {
    const { state } = this;
    const fromSeq = state.seq + 1;
    const tables = [
      this.agents,
      this.leases,
      this.settings,
      this.stops,
      this.stopMembers,
      this.tasks,
      this.locks,
      this.barriers,
      this.changes,
      this.repositories,
      this.runnerRows,
    ];
    for (const t of tables) t.commit();
    this.effects.commit();
    this.checkpointRows.commit();
    this.appends.commit();
    state.orders = this.orderRows;
    state.tokens = this.tokenRows;
    // the first answer to a request stays: it is what the caller was told
    for (const [key, ids] of this.answers) if (!state.requests.has(key)) state.requests.set(key, ids);
    state.events.push(...this.events);
    state.seq += this.events.length;
    return {
      projectId: this.projectId,
      atMs: this.nowMs,
      fromSeq,
      toSeq: state.seq,
      events: this.events,
      agents: [...this.agents.touched.values()],
      leases: [...this.leases.touched.values()],
      tasks: [...this.tasks.touched.values()],
      locks: [...this.locks.touched.values()],
      barriers: [...this.barriers.touched.values()],
      changes: [...this.changes.touched.values()],
      stops: [...this.stops.touched.values()],
      stopMembers: [...this.stopMembers.touched.values()],
      rollups: [...this.appends.sums.values()],
      orderRunners: [...this.orderRunners],
      revokedTokensOf: [...this.revoked],
    };
  }
}
