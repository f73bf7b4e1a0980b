import type { Agent } from '../agents/agent.ts';
import { closeRanks, type TreeNode, wavesOf } from '../agents/agent-tree.ts';
import type { Lease } from '../agents/lease.ts';
import type { SpawnTallies } from '../agents/spawn-tally.ts';
import { type AuditEntry, emptyChain } from '../audit/audit-entry.ts';
import type { Change } from '../changes/change.ts';
import type { WeighedChange } from '../changes/split-window.ts';
import type { Barrier } from '../coordination/barrier.ts';
import type { EndWatch } from '../coordination/end-watch.ts';
import type { Lock } from '../coordination/lock.ts';
import type { BudgetUse } from '../costs/budget.ts';
import type { Reservation } from '../costs/reservation.ts';
import { type BudgetTally, heldSince } from '../costs/scoped-budget.ts';
import type { LoggedEvent, NewEvent } from '../kernel/events.ts';
import { changeTransitions, isFinal, isLiveAgent } from '../kernel/transitions.ts';
import type { ProjectSettings } from '../project/project-settings.ts';
import type { LaunchSpec } from '../restarts/launch-spec.ts';
import { belongsTo, isActionable, type Stop, type StopMember } from '../stop/stop.ts';
import type { Commit, Repository, Runner, SeveralIds, Tx, Whose } from '../supervisor/ports.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskArtefact, TaskComment } from '../tasks/task-notes.ts';
import { MemoryAppends } from './memory-appends.ts';
import { MemoryCheckpoints, MemoryCuts, MemoryEffects } from './memory-checkpoints.ts';
import { MemoryOrders, MemoryRequests, MemoryTokens } from './memory-queues.ts';
import type { MemoryState } from './memory-state.ts';
import { byId, MemoryTable } from './memory-table.ts';
import { isOf, type PathOf } from './whose.ts';

const notFinal = (a: Agent): boolean => isLiveAgent(a.state) || a.state === 'unconfirmed';
const request = (row: { requestId: string | null }): string | null => row.requestId;

class Agents extends MemoryTable<Agent> {
  async withAncestors(ids: SeveralIds): Promise<Agent[]> {
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
  async liveTree(rootId: string | null, limit = Number.POSITIVE_INFINITY): Promise<TreeNode[]> {
    const live = this.select(
      (a) => notFinal(a) && (rootId === null || a.path.includes(rootId)),
      (a, b) => a.path.length - b.path.length || byId(a, b),
    );
    return closeRanks(live).slice(0, limit);
  }
  async liveShape(rootId: string | null): Promise<{ agents: number; waves: number }> {
    const tree = await this.liveTree(rootId);
    let waves = 0;
    for (const wave of wavesOf(tree).values()) waves = Math.max(waves, wave + 1);
    return { agents: tree.length, waves };
  }
  async unenlisted(stop: Stop, limit: number): Promise<Agent[]> {
    const found = this.select(
      (a) => belongsTo(stop, a) && !this.enlisted(stop.id, a.id),
      (a, b) => b.path.length - a.path.length || byId(a, b),
    );
    return found.slice(0, limit);
  }
  /** Set by the transaction: whether an agent is a member of a stop. */
  enlisted: (stopId: string, agentId: string) => boolean = () => false;
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
  /** Set by the transaction: what the rule asks of a member beside itself. */
  around: (agentId: string) => { agent: Agent | undefined; lease: Lease | undefined } = () => ({ agent: undefined, lease: undefined });
  async actionable(stop: Stop, nowMs: number, limit: number): Promise<StopMember[]> {
    const members = await this.ofStop(stop.id);
    const open = new Set(members.flatMap((m) => (m.outcome || m.parentId === null ? [] : [m.parentId])));
    const found = members.filter((m) => {
      const { agent, lease } = this.around(m.agentId);
      return agent !== undefined && isActionable(m, agent, lease, stop, nowMs, open.has(m.agentId));
    });
    return found.slice(0, limit);
  }
  async unconfirmedOf(agentId: string): Promise<StopMember[]> {
    return this.select((m) => m.agentId === agentId && m.outcome === 'unconfirmed', byId);
  }
  async wavesBelow(stopId: string, parentIds: readonly string[]): Promise<Map<string, number>> {
    const waves = new Map<string, number>();
    for (const m of await this.ofStop(stopId))
      if (m.parentId !== null && parentIds.includes(m.parentId)) waves.set(m.parentId, Math.max(waves.get(m.parentId) ?? 0, m.wave));
    return waves;
  }
}
class Tasks extends MemoryTable<Task> {
  async ready(labels: readonly string[], limit: number, capabilities: readonly string[] = []): Promise<Task[]> {
    const found = this.select(
      (t) => t.state === 'ready' && labels.every((l) => t.labels.includes(l)) && t.needs.every((n) => capabilities.includes(n)),
      (a, b) => b.priority - a.priority || byId(a, b),
    );
    return found.slice(0, limit);
  }
  /** Set by the transaction. */
  pathOf: PathOf = () => undefined;
  async heldBy(whose: Whose): Promise<Task[]> {
    return this.select((t) => t.agentId !== null && isOf(t.agentId, whose, this.pathOf), byId);
  }
  async subtasksOf(parentIds: readonly string[]): Promise<Task[]> {
    return this.select((t) => t.parentTaskId !== null && parentIds.includes(t.parentTaskId), byId);
  }
  async blockedOn(taskIds: readonly string[]): Promise<Task[]> {
    return this.select((t) => t.state === 'blocked' && t.dependsOn.some((d) => taskIds.includes(d)), byId);
  }
  async byRequest(requestId: string): Promise<Task | undefined> {
    return this.byUniqueKey(requestId);
  }
}
/** Locks, barriers and waits for an end: found by name, by agent, by when they are due, and by whether anybody waits. */
class Meetings<T extends { id: string; name: string; agentIds: string[]; waiting: number; dueAtMs: number | null }> extends MemoryTable<T> {
  async byNames(names: readonly string[]): Promise<T[]> {
    return this.select((m) => names.includes(m.name), byId);
  }
  /** Set by the transaction. */
  pathOf: PathOf = () => undefined;
  async involving(whose: Whose): Promise<T[]> {
    return this.select((m) => m.agentIds.some((a) => isOf(a, whose, this.pathOf)), byId);
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
  async activating(): Promise<Change[]> {
    return this.select((c) => c.activation?.open === true, byId);
  }
  async proposedSince(repositoryId: string, sinceMs: number): Promise<WeighedChange[]> {
    const found = this.select(
      (c) => c.repositoryId === repositoryId && c.createdAtMs >= sinceMs && !isFinal(changeTransitions, c.state),
      (a, b) => byId(b, a),
    );
    return found
      .slice(0, 1000)
      .map(({ id, agentId, agentPath, state, blastRadius, createdAtMs }) => ({ id, agentId, agentPath, state, blastRadius, createdAtMs }));
  }
}
class Runners extends MemoryTable<Runner> {
  async all(): Promise<Runner[]> {
    return this.select(() => true, byId);
  }
}
class Reservations extends MemoryTable<Reservation> {
  async openOf(agentIds: readonly string[]): Promise<Reservation[]> {
    return this.select((r) => r.state === 'open' && agentIds.includes(r.agentId), byId);
  }
  async heldSince(agentId: string | null, sinceMs: number): Promise<{ reservedNanoUsd: bigint; unknownNanoUsd: bigint }> {
    const sum = { reservedNanoUsd: 0n, unknownNanoUsd: 0n };
    for (const r of this.rows()) {
      if (agentId !== null && !r.path.includes(agentId) && !r.chargedTo.includes(agentId)) continue;
      const held = heldSince(r, sinceMs);
      sum.reservedNanoUsd += held.reservedNanoUsd;
      sum.unknownNanoUsd += held.unknownNanoUsd;
    }
    return sum;
  }
}
class Repositories extends MemoryTable<Repository> {
  async byName(name: string): Promise<Repository | undefined> {
    return this.byUniqueKey(name);
  }
}

/**
 * The transaction of `Store` in memory: nothing of it is seen by anyone before `commit`. Simulations make millions of
 * these, so what a transaction does not touch is not made.
 */
export class MemoryTx implements Tx {
  private readonly tables = new Map<string, { commit(): void }>();
  readonly facts: LoggedEvent[] = [];
  private madeAppends: MemoryAppends | undefined;
  private madeOrders: MemoryOrders | undefined;
  private madeTokens: MemoryTokens | undefined;

  constructor(
    private readonly state: MemoryState,
    readonly projectId: string,
    readonly nowMs: number,
  ) {}

  private readonly pathOf: PathOf = (id) => this.agents.now(id)?.path;
  private withPaths<T extends { pathOf: PathOf }>(table: T): T {
    table.pathOf = this.pathOf;
    return table;
  }

  get agents(): Agents {
    return this.table('agent', () => {
      const agents = new Agents('agent', this.state.agents, request);
      agents.enlisted = (stopId, agentId) => this.stopMembers.now(`${stopId}/${agentId}`) !== undefined;
      return agents;
    });
  }
  get leases(): MemoryTable<Lease> {
    return this.table('lease', () => new MemoryTable('lease', this.state.leases));
  }
  get settings(): MemoryTable<ProjectSettings> {
    return this.table('settings', () => new MemoryTable('settings', this.state.settings));
  }
  get launches(): MemoryTable<LaunchSpec> {
    return this.table('launch', () => new MemoryTable('launch', this.state.launches));
  }
  get stops(): Stops {
    return this.table('stop', () => new Stops('stop', this.state.stops));
  }
  get stopMembers(): StopMembers {
    return this.table('stop member', () => {
      const members = new StopMembers('stop member', this.state.stopMembers);
      members.around = (id) => ({ agent: this.agents.now(id), lease: this.leases.now(id) });
      return members;
    });
  }
  get tasks(): Tasks {
    return this.table('task', () => this.withPaths(new Tasks('task', this.state.tasks, request)));
  }
  get artefacts(): MemoryTable<TaskArtefact> {
    return this.table('artefact', () => new MemoryTable('artefact', this.state.artefacts));
  }
  get taskComments(): MemoryTable<TaskComment> {
    return this.table('task comment', () => new MemoryTable('task comment', this.state.taskComments));
  }
  get locks(): Meetings<Lock> {
    return this.table('lock', () => this.withPaths(new Meetings('lock', this.state.locks, (l) => l.name)));
  }
  get barriers(): Meetings<Barrier> {
    return this.table('barrier', () => this.withPaths(new Meetings('barrier', this.state.barriers, (b) => b.name)));
  }
  get endWatches(): Meetings<EndWatch> {
    return this.table('end watch', () => this.withPaths(new Meetings('end watch', this.state.endWatches, (w) => w.name)));
  }
  get changes(): Changes {
    return this.table('change', () => new Changes('change', this.state.changes, request));
  }
  get repositories(): Repositories {
    return this.table('repository', () => new Repositories('repository', this.state.repositories, (r) => r.name));
  }
  get budgetUses(): MemoryTable<BudgetUse> {
    return this.table('budget use', () => new MemoryTable('budget use', this.state.budgetUses));
  }
  get budgetTallies(): MemoryTable<BudgetTally> {
    return this.table('budget tally', () => new MemoryTable('budget tally', this.state.budgetTallies));
  }
  get reservations(): Reservations {
    return this.table('reservation', () => new Reservations('reservation', this.state.reservations));
  }
  get runners(): Runners {
    return this.table('runner', () => new Runners('runner', this.state.runners));
  }
  get orders(): MemoryOrders {
    this.madeOrders ??= new MemoryOrders(this.state.orders, this.pathOf);
    return this.madeOrders;
  }
  get tokens(): MemoryTokens {
    this.madeTokens ??= new MemoryTokens(this.state.tokens);
    return this.madeTokens;
  }
  get ledger(): Tx['ledger'] {
    return this.appends.ledger;
  }
  get rollups(): Tx['rollups'] {
    return this.appends.rollups;
  }
  get agentEvents(): Tx['agentEvents'] {
    return this.appends.agentEvents;
  }
  get logs(): Tx['logs'] {
    return this.appends.logs;
  }
  get checkpoints(): Tx['checkpoints'] {
    return this.table('checkpoint', () => new MemoryCheckpoints(this.state.checkpoints)).rows;
  }
  get cuts(): MemoryCuts {
    return this.table('cut', () => new MemoryCuts('cut', this.state.cuts));
  }
  get effects(): MemoryEffects {
    return this.table('effect', () => new MemoryEffects('effect', this.state.effects));
  }
  /** Decisions of this transaction. */
  private readonly decided: AuditEntry[] = [];
  readonly audit: Tx['audit'] = {
    tip: async () => this.decided.at(-1) ?? this.state.audit.at(-1) ?? emptyChain,
    append: (entry) => void this.decided.push(entry),
  };
  get requests(): MemoryRequests {
    return this.table('request', () => new MemoryRequests(this.state.requests));
  }

  append(event: NewEvent, actor: string): void {
    this.facts.push({ ...event, seq: this.state.seq + this.facts.length + 1, atMs: this.nowMs, actor });
  }

  /** Makes everything true at once. Nothing in here waits, so nobody can see half of it. */
  commit(): Commit {
    const { state } = this;
    const fromSeq = state.seq + 1;
    for (const t of this.tables.values()) t.commit();
    this.madeAppends?.commit();
    this.madeOrders?.commit();
    this.madeTokens?.commit();
    for (const e of this.facts) state.events.push(e);
    state.audit.push(...this.decided);
    state.seq += this.facts.length;
    return {
      projectId: this.projectId,
      atMs: this.nowMs,
      fromSeq,
      toSeq: state.seq,
      events: this.facts,
      agents: this.touched<Agent>('agent'),
      leases: this.touched<Lease>('lease'),
      tasks: this.touched<Task>('task'),
      locks: this.touched<Lock>('lock'),
      barriers: this.touched<Barrier>('barrier'),
      changes: this.touched<Change>('change'),
      stops: this.touched<Stop>('stop'),
      stopMembers: this.touched<StopMember>('stop member'),
      rollups: this.madeAppends ? [...this.madeAppends.sums.values()] : [],
      orderRunners: this.madeOrders ? [...this.madeOrders.runners] : [],
      revokedTokensOf: this.madeTokens ? [...this.madeTokens.revoked] : [],
    };
  }

  /** The table of this name, made when it is first asked for. */
  private table<T extends { commit(): void }>(name: string, make: () => T): T {
    let table = this.tables.get(name) as T | undefined;
    if (!table) {
      table = make();
      this.tables.set(name, table);
    }
    return table;
  }
  private touched<T extends { id: string }>(name: string): T[] {
    const table = this.tables.get(name) as MemoryTable<T> | undefined;
    return table ? [...table.touched.values()] : [];
  }
  private get appends(): MemoryAppends {
    this.madeAppends ??= new MemoryAppends(this.state);
    return this.madeAppends;
  }
}
