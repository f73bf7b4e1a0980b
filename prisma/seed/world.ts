import {
  type Agent,
  type Change,
  type CostEntry,
  decideCancel,
  decideClaim,
  decideComplete,
  decideFail,
  decideFinish,
  decideHeartbeat,
  decideLost,
  evolveAgent,
  evolveTask,
  foldEntries,
  type IdKind,
  idPrefixes,
  type Lease,
  type NewEvent,
  type Repository,
  type Result,
  type Rollup,
  type Stop,
  type StopMember,
  type Task,
} from '@reeve/core';
import { costOf, type ModelSize, models, type Usage } from './models.ts';
import { Random } from './random.ts';

/** Long enough that a scenario without heartbeats stays as it is for an hour. */
export const leaseMs = 3_600_000;

type Fact = { atMs: number; actor: string; event: NewEvent };
export type AgentSpec = {
  name: string;
  role?: string;
  model?: ModelSize;
  kind?: string;
  budgetUsd?: number;
  onParentExit?: Agent['onParentExit'];
  metadata?: Record<string, unknown>;
};
export type LogLine = { agentId: string; stream: 'stdout' | 'stderr'; atMs: number; text: string };

export function must<T>(r: Result<T>): T {
  if (!r.ok) throw new Error(`a scenario did what may not be done: ${JSON.stringify(r.error)}`);
  return r.value;
}

/**
 * A project in the making. Everything in it happened by a fact of the log, decided and applied by the core itself, so
 * log and projections agree by construction. The facts of one subject are told in the order of their times; subjects
 * among each other in any order.
 */
export class World {
  readonly random: Random;
  readonly agents = new Map<string, Agent>();
  readonly leases = new Map<string, Lease>();
  readonly tasks = new Map<string, Task>();
  readonly stops = new Map<string, Stop>();
  readonly stopMembers = new Map<string, StopMember>();
  readonly changes = new Map<string, Change>();
  readonly repositories: Repository[] = [];
  readonly entries: CostEntry[] = [];
  readonly logLines: LogLine[] = [];
  private readonly facts: Fact[] = [];
  private readonly lastMs = new Map<string, number>();
  private made = 0;

  constructor(
    readonly projectId: string,
    seed: number,
    /** The moment at which the scenario is looked at; nothing in it is later. */
    readonly nowMs: number,
  ) {
    this.random = new Random(seed);
  }

  /** As the server makes them: UUIDs of version 7 without dashes, ordered by time. */
  id(kind: IdKind, atMs: number): string {
    const order = (this.made++ % 4096).toString(16).padStart(3, '0');
    return `${idPrefixes[kind]}_${Math.floor(atMs).toString(16).padStart(12, '0')}7${order}b${this.random.hex(15)}`;
  }
  tell(event: NewEvent, atMs: number, actor: string): void {
    const beforeMs = this.lastMs.get(event.subjectId) ?? 0;
    if (atMs < beforeMs || atMs > this.nowMs)
      throw new Error(`${event.type} of ${event.subjectId} at ${atMs}: not between ${beforeMs} and ${this.nowMs}`);
    this.lastMs.set(event.subjectId, atMs);
    this.facts.push({ atMs, actor, event });
  }

  agent(id: string): Agent {
    const a = this.agents.get(id);
    if (!a) throw new Error(`no agent ${id}`);
    return a;
  }
  register(parentId: string | null, spec: AgentSpec, atMs: number): string {
    const parent = parentId === null ? undefined : this.agent(parentId);
    const id = this.id('agent', atMs);
    this.agents.set(id, {
      id,
      projectId: this.projectId,
      parentId,
      path: [...(parent?.path ?? []), id],
      chargedTo: [],
      sessionId: parent?.sessionId ?? id,
      name: spec.name,
      kind: spec.kind ?? 'agent',
      role: spec.role ?? null,
      model: spec.model ? models[spec.model].name : null,
      state: 'starting',
      epoch: 1,
      version: 1,
      budgetNanoUsd: spec.budgetUsd === undefined ? null : BigInt(spec.budgetUsd) * 1_000_000_000n,
      onParentExit: spec.onParentExit ?? null,
      metadata: spec.metadata ?? {},
      runnerId: null,
      containment: null,
      pid: null,
      pidStartTime: null,
      process: 'none',
      processEvidence: null,
      pausedBy: null,
      interruptReason: null,
      stopId: null,
      acknowledged: false,
      orphanHandled: false,
      orphanIgnoredUntilMs: null,
      limits: null,
      leaseMs,
      createdAtMs: atMs,
      endedAtMs: null,
      result: null,
      error: null,
      requestId: null,
    });
    this.leases.set(id, {
      id,
      projectId: this.projectId,
      lastHeartbeatMs: null,
      expiresAtMs: atMs + leaseMs,
      activity: null,
      progress: null,
      toolsExecuted: 0,
      parkedAtMs: null,
      checkpoint: null,
    });
    const data = { name: spec.name, parentId, role: spec.role ?? null };
    this.tell({ type: 'agent.registered', subjectId: id, data }, atMs, parentId ? `agent:${parentId}` : 'project:seed');
    return id;
  }
  /** Facts about one agent, applied and told. */
  apply(id: string, events: readonly NewEvent[], atMs: number, actor = `agent:${id}`): Agent {
    for (const e of events) {
      if (e.subjectId === id) this.agents.set(id, evolveAgent(this.agent(id), e, atMs));
      this.tell(e, atMs, actor);
    }
    return this.agent(id);
  }
  beat(id: string, atMs: number, told: { state?: 'running' | 'paused'; activity?: string; progress?: number; tools?: number } = {}): void {
    const lease = this.leases.get(id) as Lease;
    const events = [...must(decideHeartbeat(this.agent(id), told))];
    const { activity = lease.activity } = told;
    if (activity !== null && activity !== lease.activity) events.push({ type: 'agent.activity', subjectId: id, data: { activity } });
    const agent = this.apply(id, events, atMs);
    this.leases.set(id, {
      ...lease,
      lastHeartbeatMs: atMs,
      expiresAtMs: atMs + agent.leaseMs,
      activity,
      progress: told.progress ?? lease.progress,
      toolsExecuted: Math.max(lease.toolsExecuted, told.tools ?? 0),
    });
  }
  finish(id: string, atMs: number, end: Parameters<typeof decideFinish>[1]): void {
    this.apply(id, must(decideFinish(this.agent(id), end)).events, atMs);
  }
  /** Its lease ran out at `atMs`. */
  lose(id: string, atMs: number): void {
    const lease = this.leases.get(id) as Lease;
    this.leases.set(id, { ...lease, expiresAtMs: atMs });
    this.apply(id, decideLost(this.agent(id), atMs), atMs, 'system:lease-loop');
  }

  /** One model call, entered into the ledger with the path the agent has now. */
  spend(agentId: string, size: ModelSize, usage: Usage, atMs: number): void {
    const agent = this.agent(agentId);
    const model = models[size];
    const costNanoUsd = costOf(model, usage);
    const late = agent.endedAtMs !== null || agent.stopId !== null;
    this.entries.push({
      projectId: this.projectId,
      agentId,
      eventId: `seed-${this.entries.length}-${this.random.hex(8)}`,
      path: agent.path,
      chargedTo: [],
      sessionId: agent.sessionId,
      role: agent.role,
      model: model.name,
      provider: model.provider,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
      costNanoUsd,
      pricedBy: costNanoUsd === null ? 'unpriced' : 'table',
      priceVersion: costNanoUsd === null ? null : 'seed',
      late,
      reservationId: null,
      refersTo: null,
      reason: null,
      atMs,
      recordedAtMs: atMs,
    });
    const data = { entries: 1, nanoUsd: (costNanoUsd ?? 0n).toString(), unpriced: costNanoUsd === null ? 1 : 0, late };
    this.tell({ type: 'cost.recorded', subjectId: agentId, data }, atMs, `agent:${agentId}`);
  }
  /** Own and subtree sums, folded from the whole ledger. */
  rollups(): Map<string, Rollup> {
    return foldEntries(this.entries);
  }

  task(id: string): Task {
    const t = this.tasks.get(id);
    if (!t) throw new Error(`no task ${id}`);
    return t;
  }
  addTask(
    by: string | null,
    spec: { title: string; body?: string; priority?: number; labels?: string[]; dependsOn?: string[]; notBeforeMs?: number },
    atMs: number,
  ): string {
    const id = this.id('task', atMs);
    const dependsOn = spec.dependsOn ?? [];
    const blocked = dependsOn.some((d) => this.task(d).state !== 'done');
    const state = blocked ? 'blocked' : spec.notBeforeMs ? 'scheduled' : 'ready';
    const createdBy = by ? `agent:${by}` : 'person:owner';
    this.tasks.set(id, {
      id,
      projectId: this.projectId,
      title: spec.title,
      body: spec.body ?? null,
      state,
      priority: spec.priority ?? 0,
      labels: spec.labels ?? [],
      dependsOn,
      attempts: 0,
      maxAttempts: 3,
      notBeforeMs: spec.notBeforeMs ?? null,
      claimToken: 0n,
      agentId: null,
      claimExpiresAtMs: null,
      claimLeaseMs: null,
      failures: [],
      result: null,
      createdBy,
      createdAtMs: atMs,
      updatedAtMs: atMs,
      finishedAtMs: null,
      requestId: null,
      needs: [],
      parentTaskId: null,
      subtasks: 0,
      review: false,
      evidence: [],
      artefactKinds: [],
      submittedBy: null,
    });
    this.tell({ type: 'task.added', subjectId: id, data: { title: spec.title, state } }, atMs, createdBy);
    return id;
  }
  applyToTask(id: string, events: readonly NewEvent[], atMs: number, actor: string): void {
    for (const e of events) {
      this.tasks.set(id, evolveTask(this.task(id), e, atMs));
      this.tell(e, atMs, actor);
    }
  }
  claim(id: string, agentId: string, atMs: number): void {
    this.applyToTask(id, must(decideClaim(this.task(id), agentId, leaseMs, atMs)), atMs, `agent:${agentId}`);
  }
  private token(id: string): string {
    return this.task(id).claimToken.toString();
  }
  complete(id: string, atMs: number, result: unknown): void {
    const holder = `agent:${this.task(id).agentId}`;
    this.applyToTask(id, decideComplete(this.task(id), this.token(id)).events, atMs, holder);
    this.tasks.set(id, { ...this.task(id), result });
  }
  failTask(id: string, atMs: number, error: string, retryable: boolean): void {
    const holder = `agent:${this.task(id).agentId}`;
    this.applyToTask(id, decideFail(this.task(id), this.token(id), error, retryable).events, atMs, holder);
  }
  /** What was put off until later is ready now. */
  readyAgain(id: string, atMs: number): void {
    this.applyToTask(id, [{ type: 'task.ready', subjectId: id, data: { why: 'time-came' } }], atMs, 'system:task-loop');
  }
  cancelTask(id: string, atMs: number, reason: string): void {
    this.applyToTask(id, must(decideCancel(this.task(id), reason)), atMs, 'person:owner');
  }

  /** The log in the order of time; the first fact gets the next `seq` after `afterSeq`. */
  events(afterSeq: number): { seq: number; atMs: number; actor: string; event: NewEvent }[] {
    const sorted = [...this.facts].sort((a, b) => a.atMs - b.atMs);
    return sorted.map((f, i) => ({ seq: afterSeq + 1 + i, ...f }));
  }
}
