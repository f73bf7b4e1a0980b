import type { Agent } from '../agents/agent.ts';
import type { TreeNode } from '../agents/agent-tree.ts';
import type { Lease } from '../agents/lease.ts';
import type { SpawnTallies } from '../agents/spawn-tally.ts';
import type { ContainmentLevel, RunnerOrder } from '../api/inputs.ts';
import type { RepositoryRules } from '../api/repository-rules.ts';
import type { AuditEntry, AuditTip } from '../audit/audit-entry.ts';
import type { Change } from '../changes/change.ts';
import type { WeighedChange } from '../changes/split-window.ts';
import type { Checkpoint, NumberedEvent } from '../checkpoints/checkpoint.ts';
import type { Cut } from '../checkpoints/cut.ts';
import type { Effect } from '../checkpoints/effect.ts';
import type { Barrier } from '../coordination/barrier.ts';
import type { EndWatch } from '../coordination/end-watch.ts';
import type { Lock } from '../coordination/lock.ts';
import type { BudgetUse } from '../costs/budget.ts';
import type { CostEntry } from '../costs/cost-entry.ts';
import type { Repriceable } from '../costs/price-override.ts';
import type { Reservation } from '../costs/reservation.ts';
import type { Rollup } from '../costs/rollup.ts';
import type { BudgetTally } from '../costs/scoped-budget.ts';
import type { LoggedEvent, NewEvent } from '../kernel/events.ts';
import type { Ids } from '../kernel/ids.ts';
import type { ProjectSettings } from '../project/project-settings.ts';
import type { LaunchSpec } from '../restarts/launch-spec.ts';
import type { Stop, StopMember } from '../stop/stop.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskArtefact, TaskComment } from '../tasks/task-notes.ts';
import type { RepriceOf } from './commands.ts';

/** All plugs of the supervisor in one place. */
export type Ports = {
  store: Store;
  ids: Ids;
  secrets: Secrets;
  /** How long agents may be silent; `defaultLeaseMs` where it is not given. */
  agentLeaseMs?: number;
};

/** Makes bearer tokens, of which only the digest is ever stored; and the digests of what must be found unchanged. */
export interface Secrets {
  issue(): { token: string; hash: string };
  /** SHA-256 of the text as UTF-8, in hexadecimal. */
  digest(text: string): string;
}

/**
 * A process that launches and ends other processes, on the host of its own; it is taken for gone when its lease is
 * over.
 */
export type Runner = {
  id: string;
  projectId: string;
  name: string;
  host: string;
  pid: number;
  startTime: string;
  containment: ContainmentLevel;
  /** Path of the agent whose token registered it; null: the whole project. */
  scope: string[] | null;
  leaseExpiresAtMs: number;
  createdAtMs: number;
};
/** A repository that agents may propose changes to, with its layers and the commands of its gates. */
export type Repository = {
  id: string;
  projectId: string;
  name: string;
  path: string;
  branch: string;
  layers: { pattern: string; layer: number }[];
  gates: { test: string; typecheck?: string | undefined; lint?: string | undefined };
  /** As stored; rules that are younger than the record are missing. */
  rules: Partial<RepositoryRules>;
  createdAtMs: number;
};
/** An order that waits until its runner has polled it and says that it is done. */
export type StoredOrder = {
  id: string;
  projectId: string;
  runnerId: string;
  /** Whose fence cancels it; null for orders that no stop cancels. */
  agentId: string | null;
  kind: RunnerOrder['kind'];
  payload: RunnerOrder;
  createdAtMs: number;
};
/** What is kept of a bearer token: its digest, and whom it speaks for in which epoch. */
export type StoredToken = {
  hash: string;
  projectId: string;
  kind: 'project' | 'agent' | 'runner';
  subjectId: string;
  epoch: number;
  createdAtMs: number;
};

/** An event that an agent tells of itself; without a `sequence` it has no place in the agent's own order. */
export type NewAgentEvent = {
  eventId: string;
  type: string;
  atMs: number;
  data: unknown;
  epoch?: number;
  sequence?: number | null;
  /** From an epoch that was over when it came. */
  late?: boolean;
};

/** Nothing that can be gone through once only. */
export type SeveralIds = readonly string[] | ReadonlySet<string>;
/** Rows of one kind by id: read through, written at the end of the transaction. */
export interface Table<T> {
  get(id: string): Promise<T | undefined>;
  /** Those that exist, in no order; one round trip for all that are not at hand yet. */
  many(ids: SeveralIds): Promise<T[]>;
  put(row: T): void;
}

/**
 * Of whom something is asked: agents by their ids, or everybody below one (itself included, ended or not), and for null
 * everybody. A store takes far longer over ten thousand ids than over the path at their root.
 */
export type Whose = readonly string[] | { under: string | null };

/** How locks, barriers and waits for an end are found. */
export interface Meeting<T> {
  /** Those that exist, in no order. */
  byNames(names: readonly string[]): Promise<T[]>;
  /** Where one of these agents holds, waits or is waited for by name. */
  involving(whose: Whose): Promise<T[]>;
  /** Where a lease or a wait is over by then. */
  due(nowMs: number): Promise<T[]>;
  /** Where anybody waits. */
  contended(): Promise<T[]>;
}

/**
 * One transaction on one project. It holds the project's lock from its first moment, so what it reads stays true
 * until it commits; `append` gives each fact the next `seq` without gaps.
 */
export interface Tx {
  readonly projectId: string;
  readonly nowMs: number;
  agents: Table<Agent> & {
    /** With all ancestors, so that later `get`s of a path cost nothing. */
    withAncestors(ids: SeveralIds): Promise<Agent[]>;
    /** The agent and everything below it that is not final; parents before children. */
    liveSubtree(id: string): Promise<Agent[]>;
    liveCount(): Promise<number>;
    /** By the caller's own key (`requestKey`). */
    byRequest(requestKey: string): Promise<Agent | undefined>;
    /**
     * What is not final below an agent, itself included, or of the whole project for null: as little as a plan needs.
     * The highest first. Where more live than the limit: that many of them, whichever, since all they tell is that there are more.
     */
    liveTree(rootId: string | null, limit?: number): Promise<TreeNode[]>;
    /** How many that tree has, and in how many waves it would end (`wavesOf`). */
    liveShape(rootId: string | null): Promise<{ agents: number; waves: number }>;
    /** Who belongs to the stop (`belongsTo`) and is no member of it yet, the deepest first. */
    unenlisted(stop: Stop, limit: number): Promise<Agent[]>;
    /** What the limits bound, counted in one round trip; recent: registered after `sinceMs`. */
    spawnCounts(q: { parentIds: readonly string[]; sessionIds: readonly string[]; sinceMs: number }): Promise<SpawnTallies>;
  };
  settings: Table<ProjectSettings>;
  launches: Table<LaunchSpec>;
  leases: Table<Lease>;
  stops: Table<Stop> & { open(): Promise<Stop[]> };
  stopMembers: Table<StopMember> & {
    ofStop(stopId: string): Promise<StopMember[]>;
    /** Those that a step could do something about now (`isActionable`), leaves first, at most so many. */
    actionable(stop: Stop, nowMs: number, limit: number): Promise<StopMember[]>;
    /** Of every stop that could only fence this agent, the first stop first. */
    unconfirmedOf(agentId: string): Promise<StopMember[]>;
    /** The highest wave among the members right below each of these; none where there are none. */
    wavesBelow(stopId: string, parentIds: readonly string[]): Promise<Map<string, number>>;
  };
  tasks: Table<Task> & {
    /**
     * Ready ones that carry all labels and need none but these capabilities, by priority then age, claimed by nobody in
     * this transaction.
     */
    ready(labels: readonly string[], limit: number, capabilities?: readonly string[]): Promise<Task[]>;
    /** All that were ever added below these, whatever their state. */
    subtasksOf(parentIds: readonly string[]): Promise<Task[]>;
    heldBy(whose: Whose): Promise<Task[]>;
    blockedOn(taskIds: readonly string[]): Promise<Task[]>;
    byRequest(requestKey: string): Promise<Task | undefined>;
  };
  artefacts: Table<TaskArtefact>;
  taskComments: Table<TaskComment>;
  locks: Table<Lock> & Meeting<Lock>;
  barriers: Table<Barrier> & Meeting<Barrier>;
  /** By the id of what is watched. */
  endWatches: Table<EndWatch> & Meeting<EndWatch>;
  changes: Table<Change> & {
    byRequest(requestKey: string): Promise<Change | undefined>;
    openOf(agentIds: readonly string[]): Promise<Change[]>;
    /** Those whose activation is open, the oldest first. */
    activating(): Promise<Change[]>;
    /** Of one repository, proposed since then and not refused or taken back; without texts, the newest 1,000. */
    proposedSince(repositoryId: string, sinceMs: number): Promise<WeighedChange[]>;
  };
  repositories: Table<Repository> & { byName(name: string): Promise<Repository | undefined> };
  runners: Table<Runner> & { all(): Promise<Runner[]> };
  orders: {
    put(order: StoredOrder): void;
    ofRunner(runnerId: string): Promise<StoredOrder[]>;
    /** Removes done orders of a runner. */
    done(runnerId: string, ids: readonly string[]): Promise<void>;
    /** Cancels what waits for these agents (I-STOP-8); answers how many for each. */
    cancelOf(whose: Whose, kinds: readonly RunnerOrder['kind'][]): Promise<Map<string, number>>;
  };
  tokens: { put(token: StoredToken): void; revokeOf(subjectIds: readonly string[]): Promise<void> };
  ledger: {
    /** Appends what is new; tells which event ids stand there already, and whether with other content. */
    append(entries: readonly CostEntry[]): Promise<('accepted' | 'duplicate' | 'conflict')[]>;
    /** The entry under this id, if there is one. */
    find(agentId: string, eventId: string): Promise<CostEntry | undefined>;
    keepConflicts(entries: readonly CostEntry[]): Promise<void>;
    /**
     * Calls that may be priced anew (of list prices, or without one), in the order in which they were recorded, with what earlier
     * re-pricing added to each; `next`: where the next page begins, null behind the last.
     */
    repriceable(of: RepriceOf, after: string | null, limit: number): Promise<{ rows: Repriceable[]; next: string | null }>;
    /** Nano-USD of each of these agents alone that was recorded late (after a stop or an end) at or after that moment. */
    recordedSince(agentIds: readonly string[], sinceMs: number): Promise<Map<string, bigint>>;
    /** Nano-USD that the subtree of an agent spent since then; null: of the whole project. */
    spentSince(agentId: string | null, sinceMs: number): Promise<bigint>;
    /** Nano-USD of all that was recorded since then and counts against the budgets of an agent, moved agents too; null: of the project. */
    chargedSince(agentId: string | null, sinceMs: number): Promise<bigint>;
  };
  rollups: {
    /** Adds entries to the sums of all on their paths. */
    add(entries: readonly CostEntry[]): Promise<void>;
    get(id: string): Promise<Rollup | undefined>;
    many(ids: readonly string[]): Promise<Rollup[]>;
  };
  budgetUses: Table<BudgetUse>;
  budgetTallies: Table<BudgetTally>;
  reservations: Table<Reservation> & {
    openOf(agentIds: readonly string[]): Promise<Reservation[]>;
    /** What is held at an agent, or in the whole project for null: of open ones, and of those that became unknown since then. */
    heldSince(agentId: string | null, sinceMs: number): Promise<{ reservedNanoUsd: bigint; unknownNanoUsd: bigint }>;
  };
  /** Answers of claims by request id, so that a lost reply loses no task (I-TASK-3). */
  requests: {
    get(scope: string, requestId: string): Promise<string[] | undefined>;
    /** Reads these in one round trip; each `get` of one of them then costs nothing. */
    readAhead(keys: readonly { scope: string; requestId: string }[]): Promise<void>;
    put(scope: string, requestId: string, ids: string[]): void;
  };
  agentEvents: {
    /** Of all agents of a batch in one statement; tells of each whether it is new. */
    append(events: readonly (NewAgentEvent & { agentId: string })[]): Promise<boolean[]>;
    /** Numbered ones behind that place, in the agent's own order; without those that came from an epoch that was over. */
    after(agentId: string, place: { epoch: number; sequence: number }, limit: number): Promise<NumberedEvent[]>;
  };
  /** Append-only but for `prune`; each stands in the store at once, so that it can be read back. */
  checkpoints: {
    get(id: string): Promise<Checkpoint | undefined>;
    latestOf(agentId: string): Promise<Checkpoint | undefined>;
    put(checkpoint: Checkpoint, bodyText: string): Promise<void>;
    /** The body as the store has it, from no cache. */
    bodyOf(id: string): Promise<string | undefined>;
    /**
     * Removes all of an agent but the newest `keep`, those of `sinceMs` or later (at most the newest `most` of these), and
     * `needed`; answers how many.
     */
    prune(agentId: string, keep: number, also?: { sinceMs: number; most: number; needed: readonly string[] }): Promise<number>;
  };
  cuts: Table<Cut> & {
    /** Those whose restore is under way, the oldest first. */
    restoring(): Promise<Cut[]>;
  };
  effects: Table<Effect> & {
    ofAgent(agentId: string): Promise<Effect[]>;
    countOf(agentId: string): Promise<number>;
  };
  /** The chain of decisions; `tip` counts what this transaction has appended. */
  audit: { tip(): Promise<AuditTip>; append(entry: AuditEntry): void };
  logs: { append(agentId: string, lines: readonly { stream: 'stdout' | 'stderr'; atMs: number; text: string }[]): void };
  append(event: NewEvent, actor: string): void;
  /** What this transaction has appended so far. */
  readonly facts: readonly LoggedEvent[];
}

/** What a committed transaction changed, for live frames and wake-ups. */
export type Commit = {
  projectId: string;
  atMs: number;
  fromSeq: number;
  toSeq: number;
  events: LoggedEvent[];
  agents: Agent[];
  leases: Lease[];
  tasks: Task[];
  locks: Lock[];
  barriers: Barrier[];
  changes: Change[];
  stops: Stop[];
  stopMembers: StopMember[];
  rollups: Rollup[];
  orderRunners: string[];
  revokedTokensOf: string[];
};

/** What a transaction will read, as far as that is known before it begins; a store may read it with the lock, or not at all. */
export type ReadAhead = {
  agents: readonly string[];
  tasks: readonly string[];
  /** Tasks that may get done: what is blocked on them, and who waits for their end. */
  ending: readonly string[];
  settings: boolean;
  ready: readonly { labels: readonly string[]; capabilities: readonly string[]; limit: number }[];
  requests: readonly { scope: string; requestId: string }[];
};

/**
 * The store of all projects, as a port: PostgreSQL on the server, memory in tests. Both keep the promises of one
 * contract.
 */
export interface Store {
  /**
   * Runs `work` in one transaction under the project's lock and commits it whole or not at all. Rejects when the
   * commit did not happen or is not known to have happened; then nothing may be told to callers.
   *
   * `onDecided` is called when the work is done and only the commit is waited for: whoever batches commands may send the
   * next batch from then on, and it is decided while this one is written. A store need not call it, and may call it again
   * where it had to do the work once more.
   */
  transact<T>(
    projectId: string,
    work: (tx: Tx) => Promise<T>,
    ahead?: ReadAhead,
    onDecided?: () => void,
  ): Promise<{ value: T; commit: Commit }>;
}
