import type { LimitName } from '../agents/limits.ts';
import type { ActivationState } from '../changes/activation-record.ts';
import type { CutLeftOut, CutMissing, CutStart, CutState } from '../checkpoints/cut.ts';
import type { RehearsalComparison } from '../checkpoints/rehearsal.ts';
import type { OnPartyDeath } from '../coordination/facts.ts';
import type { BudgetAction, BudgetPeriod, BudgetScope } from '../costs/budget-scope.ts';
import type { PricedBy } from '../costs/cost-entry.ts';
import type { AgentState, ChangeState, ReservationState, StopState, TaskState } from '../kernel/transitions.ts';
import type {
  BlastRadius,
  ContainmentLevel,
  GateReport,
  OnParentExit,
  ProcessEvidence,
  RestartType,
  StopMode,
  StopPropagation,
  Supervision,
} from './inputs.ts';
import type { ActivationRules, ApprovalNeed, RepositoryRules } from './repository-rules.ts';
import type { Role } from './roles.ts';

/** What the API answers. Times are ISO 8601 UTC, money is decimal USD with nine places, tokens are decimal strings. */
export type Page<T> = { items: T[]; nextCursor: string | null };

/** Computed from (tree, lease, now), never stored. */
export type AgentCondition = 'late' | 'fenced' | 'orphaned' | 'over-budget';

/** An agent as the interface tells of it, with its lease, its process and its costs at the moment of the answer. */
export type AgentView = {
  id: string;
  name: string;
  kind: string;
  role: string | null;
  model: string | null;
  parentId: string | null;
  /** Ancestor ids from the root to the agent itself. */
  path: string[];
  sessionId: string;
  epoch: number;
  state: AgentState;
  conditions: AgentCondition[];
  activity: string | null;
  progress: number | null;
  toolsExecuted: number;
  createdAt: string;
  endedAt: string | null;
  lastHeartbeatAt: string | null;
  leaseExpiresAt: string | null;
  leaseMs: number;
  /** How the process is held, if a runner launched it. */
  containment: ContainmentLevel | null;
  runnerId: string | null;
  pid: number | null;
  pidStartTime: string | null;
  cost: { ownUsd: string; subtreeUsd: string; unpriced: number };
  budgetUsd: string | null;
  /** What stands against its budget: spent below it, also by agents that were moved away; reserved; and unknown. */
  budget: { budgetUsd: string | null; settledUsd: string; reservedUsd: string; unknownUsd: string; overshootUsd: string };
  onParentExit: OnParentExit | null;
  /** Whether its runner starts it again when it ends, and how it keeps its own children. */
  restart: RestartType;
  supervision: Supervision | null;
  metadata: Record<string, unknown>;
  stopId: string | null;
  result: unknown;
  error: string | null;
};

/** How a member of a stop ended; `unconfirmed`: it is fenced, but nobody saw it end. */
export type StopMemberOutcome = 'stopped' | 'killed' | 'completed' | 'failed' | 'unconfirmed';
/** The proof behind an outcome. */
export type StopEvidence = {
  how: 'acknowledged' | 'process-ended' | 'lease-expired' | 'already-ended';
  detail: string;
  process?: ProcessEvidence;
  claimsReleased: number;
  ordersCancelled: number;
  locksFreed: number;
  costAfterAcceptanceUsd?: string;
};
/** One agent of a stop: when it was asked and killed, how it ended, and how that is known. Null: not yet. */
export type StopReceiptLine = {
  agentId: string;
  name: string;
  wave: number;
  outcome: StopMemberOutcome | null;
  evidence: StopEvidence | null;
  /** How its process is held; null: Reeve did not launch it, and it can only be fenced. */
  containment: ContainmentLevel | null;
  /** Events of its own that were stored after the stop was accepted. */
  eventsFlushed: number;
  askedAt: string | null;
  killedAt: string | null;
  deadline: string;
  endedAt: string | null;
};
/** An agent whose parent is gone, with what shows that, and what the sweeper would do about it now. */
export type OrphanCase = {
  agentId: string;
  name: string;
  state: AgentState;
  epoch: number;
  containment: ContainmentLevel | null;
  lastHeartbeatAt: string | null;
  leaseExpiresAt: string | null;
  /** Live agents below it: they go where it goes. */
  below: number;
  parent: {
    agentId: string;
    name: string;
    state: AgentState;
    epoch: number;
    endedAt: string | null;
    lastHeartbeatAt: string | null;
    leaseExpiresAt: string | null;
  };
  /** How the parent left. */
  cause: 'completed' | 'failed' | 'lost' | 'stopped';
  /** What holds for it, and whose word that is. */
  policy: { action: 'stop' | 'reparent' | 'ignore'; from: 'operator' | 'agent' | 'project' | 'default'; ignoredUntil: string | null };
  /** What the next sweep would do: not always what the policy wants, and `because` says why. */
  would: {
    action: 'stop' | 'reparent' | 'ignore';
    to: { agentId: string; name: string } | null;
    because: string;
    stoppedWith: string | null;
  };
};
/** A dry run of the sweep: of all orphans the sums, and the cases of the first. `halted`: too many at once, none is changed. */
export type OrphansView = {
  items: OrphanCase[];
  total: number;
  would: { stop: number; reparent: number; ignore: number };
  live: number;
  halted: boolean;
};
/** What became of the orphans that an operator named. */
export type OrphansHandled = {
  stopped: number;
  reparented: number;
  ignored: number;
  skipped: { agentId: string; why: string }[];
};
/** How far one wave of a stop is; `asked`: members that were asked and have no outcome yet. */
export type StopWave = { wave: number; members: number; asked: number; ended: number; unconfirmed: number };
/** A stop by the counts of its waves: what live frames and lists carry, however many members it has. */
export type StopSummary = {
  id: string;
  state: StopState;
  /** The root of what is stopped; null: an emergency stop of the whole project. */
  agentId: string | null;
  name: string | null;
  mode: StopMode;
  propagation: StopPropagation;
  reason: string;
  actor: string;
  acceptedAt: string;
  deadline: string;
  endedAt: string | null;
  /** Not all members stand in it yet: a large stop enlists them after its acceptance. All are fenced. */
  enlisting: boolean;
  waves: StopWave[];
};
/** A stop with its receipt, while it is under way and after. */
export type StopView = StopSummary & { receipt: StopReceiptLine[] };
/** What a stop would do, by the same planner that does it. */
export type StopPreview = {
  waves: {
    wave: number;
    agents: { id: string; name: string; state: AgentState; containment: ContainmentLevel | null; fencedOnly: boolean }[];
  }[];
  claims: { taskId: string; title: string; agentId: string }[];
  locks: { name: string; agentId: string }[];
  openChanges: { changeId: string; title: string; agentId: string }[];
  /** USD an hour, from the last five minutes. */
  burnUsdPerHour: string;
  fencedOnly: number;
};
/** The answer to a stop: what was accepted, or of a dry run the preview alone. */
export type StopAccepted = { stopId: string | null; members: number; waves: number; deadline: string | null; preview: StopPreview | null };

/** `token` only in the answer to the claim: whoever has it can complete the task. */
export type TaskClaim = { token?: string; agentId: string; agentName: string | null; expiresAt: string };
/** One failed attempt at a task. */
export type TaskFailure = { at: string; agentId: string | null; error: string; attempt: number };
/** What a task must pass before it is done; null where its holder's word is enough. */
export type TaskGate = {
  /** A person must accept it. */
  review: boolean;
  /** Kinds of artefacts that it must show, and those that its latest attempt has shown. */
  evidence: string[];
  shown: string[];
  /** What is missing now, open sub-tasks included. */
  missing: string[];
  submittedBy: { agentId: string; agentName: string | null } | null;
};
/** Something said about a task. */
export type TaskCommentView = { id: string; body: string; by: string; at: string };
/** Something that an attempt left behind; its content is read by its own id. */
export type TaskArtefactView = {
  id: string;
  attempt: number;
  kind: string;
  name: string;
  uri: string | null;
  mediaType: string | null;
  digest: string | null;
  /** Characters of the content that is kept here; null where it is elsewhere. */
  size: number | null;
  by: string;
  at: string;
};
/** One claim of a task: who had it from when to when, how it ended, and what that agent and all below it spent meanwhile. */
export type TaskAttemptView = {
  attempt: number;
  agentId: string;
  agentName: string | null;
  token: string;
  from: string;
  to: string | null;
  ended: string | null;
  costUsd: string;
  unpriced: number;
  /** The agent held other tasks in that time too: the costs are of all of them. */
  shared: boolean;
};
/** Everything that was ever said, shown and done about a task. */
export type TaskRecordView = {
  attempts: TaskAttemptView[];
  /** The sum over the attempts. */
  costUsd: string;
  comments: TaskCommentView[];
  artefacts: TaskArtefactView[];
  subtasks: { id: string; title: string; state: TaskState }[];
};
/** A task as the interface tells of it, with who has it and what it waits for. */
export type TaskView = {
  id: string;
  title: string;
  body: string | null;
  state: TaskState;
  priority: number;
  labels: string[];
  dependsOn: string[];
  /** Those of dependsOn that are not done. */
  waitingFor: string[];
  /** Tasks above it that will not finish as things stand (failed, cancelled, dead letters): it is stuck on them. */
  stuckOn: string[];
  attempts: number;
  maxAttempts: number;
  notBefore: string | null;
  claim: TaskClaim | null;
  failures: TaskFailure[];
  result: unknown;
  createdAt: string;
  updatedAt: string;
  finishedAt: string | null;
  /** What an agent must be able to do to claim it. */
  needs: string[];
  parentId: string | null;
  subtasks: number;
  gate: TaskGate | null;
};

/** Tokens are in the answer to the acquire alone. */
export type LockHolderView = { agentId: string; agentName: string | null; since: string; expiresAt: string };
/** An agent that waits for a lock. */
export type LockWaiterView = {
  agentId: string;
  agentName: string | null;
  priority: number;
  since: string;
  deadline: string;
};
/** A lock as the interface tells of it, with who holds it and who waits. */
export type LockView = {
  id: string;
  name: string;
  permits: number;
  holders: LockHolderView[];
  /** In the order in which they would be served now. */
  waiters: LockWaiterView[];
  updatedAt: string;
};
/** A barrier as the interface tells of it, with who has come. */
export type BarrierView = {
  id: string;
  name: string;
  generation: number;
  /** How many the generation that waits now is for; 0 where nobody waits. */
  expected: number;
  onPartyDeath: OnPartyDeath;
  partyIds: string[];
  arrived: { agentId: string; agentName: string | null; since: string; deadline: string }[];
  updatedAt: string;
};

/** A circle of waits that was found, and the wait that was ended so that the others go on. */
export type DeadlockView = {
  seq: number;
  at: string;
  /** Whose wait was ended. */
  victimId: string;
  victimName: string | null;
  waitedMs: number;
  /** Agents and what each of them waited at in turn, from the victim back to it. */
  cycle: { agentId: string; agentName: string | null; waitsAt: string }[];
};

/** One decision about a change, bound to the diff that was looked at. */
export type ChangeApproval = {
  id: string;
  by: string;
  byKind: 'person' | 'agent' | 'token';
  decision: 'approved' | 'rejected';
  diffHash: string;
  comment: string;
  /** Set where a person set aside what the rules of the repository still asked for. */
  override?: true | undefined;
  at: string;
};
/** How an approved change is put to use, where its repository says how. */
export type ActivationView = {
  state: ActivationState;
  healthCheck: string;
  quiesce: ActivationRules['quiesce'];
  since: string;
  /** Until when this step must be over; null once nothing is waited for. */
  dueAt: string | null;
  /** Whom it holds still now. */
  held: { agentId: string; name: string | null }[];
  /** The lease that it holds now. */
  lease: string | null;
  /** Why it was called off, or what the health check found. */
  detail: string | null;
};
/** Something said about a change; plain text, and no decision. */
export type ChangeCommentView = {
  id: string;
  by: string;
  byKind: 'person' | 'agent' | 'token';
  body: string;
  path: string | null;
  line: number | null;
  at: string;
};
/** A change of Reeve's or another repository as the interface tells of it: what it touches, what was checked, who decided. */
export type ChangeView = {
  id: string;
  repositoryId: string;
  repositoryName: string;
  agentId: string;
  agentName: string | null;
  title: string;
  reason: string;
  state: ChangeState;
  blastRadius: BlastRadius | null;
  gates: GateReport[];
  baseSha: string | null;
  candidateSha: string | null;
  mergedSha: string | null;
  revertSha: string | null;
  /** A rollback was asked and is under way. */
  rollbackAsked: boolean;
  branch: string | null;
  diffHash: string | null;
  approvals: ChangeApproval[];
  /** Whose approval is missing, by the rules of its repository; null where none is, or it does not wait for one. */
  waitsFor: ApprovalNeed | null;
  /** Why it was refused, failed or could not be rolled back. */
  refusal: { rule: string; detail: string } | null;
  activation: ActivationView | null;
  comments: ChangeCommentView[];
  createdAt: string;
  updatedAt: string;
  expiresAt: string | null;
  timeline: { at: string; text: string }[];
};
/** With what only its page needs. */
export type ChangeDossier = ChangeView & { testPatch: string; fixPatch: string; diff: string | null };

/** A repository that changes can be proposed to. */
export type RepositoryView = {
  id: string;
  name: string;
  path: string;
  branch: string;
  layers: { pattern: string; layer: number }[];
  gates: { test: string; typecheck?: string | undefined; lint?: string | undefined };
  rules: RepositoryRules;
  createdAt: string;
};

/** The costs of one group: an agent, a model, a day or a role. */
export type CostRow = {
  key: string;
  label: string;
  ownUsd: string;
  subtreeUsd: string;
  inputTokens: number;
  outputTokens: number;
  entries: number;
  /** Entries without a known price, never counted as 0. */
  unpriced: number;
};
/** From when to when, and what the sum of that is multiplied by to be one of an hour. */
export type BurnWindow = { from: string; to: string; times: number };
/** Money set aside for a call; `heldUsd`: what it counts for: all of it while it is open, what no cost has settled where it is unknown. */
export type ReservationView = {
  id: string;
  agentId: string;
  agentName: string | null;
  state: ReservationState;
  amountUsd: string;
  settledUsd: string;
  heldUsd: string;
  createdAt: string;
  expiresAt: string;
  endedAt: string | null;
};
/** One budget with how it stands: spent below it, reserved, unknown; what is spent an hour, and when it is used up at that. */
export type BudgetView = {
  agentId: string;
  name: string;
  state: AgentState;
  level: 'ok' | 'near' | 'used' | 'exceeded';
  budgetUsd: string;
  settledUsd: string;
  reservedUsd: string;
  unknownUsd: string;
  overshootUsd: string;
  burnUsdPerHour: string;
  /** The calls of this time stand behind it. */
  burnWindow: BurnWindow;
  exhaustedAt: string | null;
};
/**
 * A budget of a subtree, a session or the project with how it stands: what is spent since `periodFrom`, by the time it was recorded,
 * what is reserved, and of unknown outcome. `warned`: its soft limit is reached.
 */
export type ScopedBudgetView = {
  budgetId: string;
  name: string;
  scope: BudgetScope;
  agentId: string | null;
  agentName: string | null;
  /** The agent's; null: of the project. */
  state: AgentState | null;
  period: BudgetPeriod;
  periodFrom: string;
  periodTo: string | null;
  softUsd: string | null;
  hardUsd: string | null;
  action: BudgetAction;
  warned: boolean;
  level: BudgetView['level'];
  spentUsd: string;
  reservedUsd: string;
  unknownUsd: string;
  /** Under the hard limit; below 0 where costs went above it. */
  leftUsd: string | null;
  burnUsdPerHour: string;
  /** The calls of this time stand behind it. */
  burnWindow: BurnWindow;
  /** When it is used up at that burn, if that is within its period. */
  exhaustedAt: string | null;
  mayRaise: Role;
  createdBy: string;
  createdAt: string;
};
/** USD a million tokens; null: as the whole that the part belongs to. */
export type RatesView = {
  inputUsd: string;
  outputUsd: string;
  cachedInputUsd: string | null;
  cacheWriteUsd: string | null;
  reasoningUsd: string | null;
};
/** One price of the project's own; `rates` null: the list price again. */
export type PriceView = {
  version: number;
  model: string;
  provider: string | null;
  rates: RatesView | null;
  validFrom: string;
  createdAt: string;
  createdBy: string;
  reason: string;
};
/** A model whose calls have no price, with what they hold up. */
export type UnknownModel = {
  model: string;
  provider: string | null;
  entries: number;
  inputTokens: number;
  outputTokens: number;
  since: string;
};
/** Every version of the project's own prices, the newest first, and models without any price. */
export type PricesView = { items: PriceView[]; unknown: UnknownModel[] };
/** What pricing anew has added, or would add; `looked`: entries that were looked at. */
export type Repriced = { entries: number; looked: number; deltaUsd: string; dryRun: boolean };
/** `own`: what the agent spent itself, beside those below it. */
export type CostSeriesKey = { key: string; label: string; own?: true };
/** Costs over time: each point has a value in USD for each of `keys`, in their order. */
export type CostSeries = { keys: CostSeriesKey[]; points: { atMs: number; values: number[] }[]; bucketMs: number };
/** One model call with its tokens and its price. */
export type CostEntryView = {
  id: string;
  eventId: string;
  agentId: string;
  agentName: string | null;
  model: string;
  provider: string | null;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costUsd: string | null;
  /** `reported` by the agent, `table` of list prices, `unpriced`, or an `adjustment` of another entry. */
  pricedBy: PricedBy;
  priceVersion: string | null;
  /** The reservation that it settles. */
  reservationId: string | null;
  /** Of an adjustment: the event id of the entry that it corrects, and why. */
  refersTo: string | null;
  reason: string | null;
  late: boolean;
  at: string;
};

/** A saved state without its content. */
export type CheckpointView = {
  id: string;
  agentId: string;
  epoch: number;
  sequence: number;
  /** SHA-256 of the stored text. */
  digest: string;
  sizeBytes: number;
  trigger: string;
  eventSequence: number;
  createdAt: string;
};
/** With what only its own page and a restore need. */
export type CheckpointContent = CheckpointView & { state: unknown; messages: unknown[] | null; context: unknown };
/** `begun`: the caller may do it now. `in-doubt`: it may have been done. `acknowledged`: it is done. */
export type EffectStatus = 'begun' | 'in-doubt' | 'acknowledged';
/** An effect that was begun and never acknowledged: it may have happened. */
export type EffectInDoubt = { key: string; description: string; epoch: number; attempts: number; beganAt: string };
/** An event that an agent told of behind the checkpoint that it is restored from. */
export type EventAfter = { eventId: string; type: string; at: string; data: unknown; epoch: number; sequence: number };
/** The answer to a restore: all that the new epoch needs to go on. The token is told here alone. */
export type Restored = {
  agentId: string;
  epoch: number;
  token: string;
  leaseMs: number;
  sessionId: string;
  checkpointId: string;
  sequence: number;
  state: unknown;
  messages: unknown[] | null;
  context: unknown;
  inDoubt: EffectInDoubt[];
  /** What the agent told behind the snapshot, in its own order; replayed, they give the state before the end. */
  eventsAfter: EventAfter[];
  /** There are more than these. */
  eventsAfterTruncated: boolean;
  /** A runner starts its command; the token goes to that process alone, and is empty here. */
  launched: boolean;
};
/** What an epoch that was begun from a checkpoint goes on from: the same as the answer to the restore, without a token. */
export type Resumed = Omit<Restored, 'token' | 'leaseMs' | 'launched'>;

/** Who would start the command of a restored agent: its runner; or nobody here, and why. */
export type RelaunchBy = 'runner' | 'no-runner' | 'runner-away' | 'no-command';
/** What a restore would do at this moment: what is lost, what is in doubt, who starts it. Nothing is changed by asking. */
export type RestorePreview = {
  checkpointId: string;
  agentId: string;
  agentState: AgentState;
  /** The epoch that would begin. */
  epoch: number;
  /** In words, why it would be refused; null: it would not. */
  refusal: string | null;
  /** Work that nothing has in it but the epoch that is given up. */
  lost: {
    sinceMs: number;
    /** Spent by the agent and below it since the checkpoint; a restore gives none of it back. */
    usd: string;
    /** Told behind the snapshot; handed out to be replayed. */
    events: number;
    eventsTruncated: boolean;
    /** Nothing newer was saved. */
    isLatest: boolean;
    claims: { taskId: string; title: string }[];
    locks: { name: string; held: boolean }[];
  };
  inDoubt: EffectInDoubt[];
  relaunch: RelaunchBy;
};

/** A rehearsal beside what its original did behind the same checkpoint. */
export type RehearsalView = RehearsalComparison & {
  agentId: string;
  checkpointId: string;
  /** Whose checkpoint it is. */
  originalId: string;
  originalName: string | null;
};
/** One agent of a cut, and why its checkpoint is not there. */
export type CutMemberView = {
  agentId: string;
  name: string;
  parentId: string | null;
  epoch: number;
  checkpointId: string | null;
  savedAt: string | null;
  missing: CutMissing | null;
};
/** How far a restore of a cut has come; it goes on by itself, also after the server began anew. */
export type CutRestoreView = {
  /** 1 for the first restore of this cut. */
  number: number;
  by: string;
  startedAt: string;
  /** Null: under way. */
  doneAt: string | null;
  starts: (CutStart & { name: string })[];
  leftOut: CutLeftOut[];
};
/** The checkpoints that a subtree saved when it was asked as a whole. */
export type CutView = {
  id: string;
  rootId: string;
  reason: string;
  createdAt: string;
  state: CutState;
  /** How far the first and the last checkpoint are apart. */
  spanMs: number;
  members: CutMemberView[];
  restore: CutRestoreView | null;
};
/** What a restore of a cut would do at this moment. Nothing is changed by asking. */
export type CutPreview = {
  cutId: string;
  /** In words, why it would be refused; null: it would not. */
  refusal: string | null;
  /** Some agents are left out: it has to be said that this is meant. */
  needsPartial: boolean;
  /** Who goes on, parents before children. */
  members: (Pick<RestorePreview, 'checkpointId' | 'agentId' | 'agentState' | 'epoch' | 'lost' | 'inDoubt'> & { name: string })[];
  leftOut: CutLeftOut[];
};

/** A fact of the log as the interface tells of it. */
export type EventView = {
  seq: number;
  at: string;
  type: string;
  subjectKind: string;
  subjectId: string;
  actor: string;
  data: Record<string, unknown>;
  /** In words. */
  sentence: string;
};

/** A line that an agent's process wrote, with its number in the log. */
export type AgentLogLine = { n: number; at: string; stream: 'stdout' | 'stderr'; text: string };

/** The first screen: what needs a person, what runs, and what it costs. */
export type Overview = {
  seq: number;
  needsMe: {
    approvals: { changeId: string; title: string; level: string | null; agentName: string | null; since: string }[];
    unconfirmed: { agentId: string; name: string; stopId: string | null; since: string }[];
    lost: { agentId: string; name: string; since: string | null }[];
    orphaned: { agentId: string; name: string; parentId: string }[];
    /** So many at once that the sweep changes nothing and asks for a person (I-ORPH-7). */
    orphansHalted: { orphans: number; live: number } | null;
    deadLetters: { taskId: string; title: string; since: string }[];
    openStops: { stopId: string; name: string; members: number; ended: number; deadline: string }[];
  };
  agentsByState: Partial<Record<AgentState, number>>;
  tasksByState: Partial<Record<TaskState, number>>;
  spawnedLastHour: number;
  burnUsdPerHour: string;
  /** The calls of this time stand behind it. */
  burnWindow: BurnWindow;
  tokensPerSecond: number;
  totalUsd: string;
  /** Last hour, by minute. */
  cost: { atMs: number; usd: number }[];
  demo: { running: boolean; offline: boolean; model: string | null } | null;
  /** Spent and used by agents after a stop of theirs was accepted; 0 is what a fence is for. */
  overshoot: { usd: string; tokens: number; stops: number };
};

/** One bound with what is used of it: where it is used most, and by whom. */
export type LimitUse = { name: LimitName; max: number; used: number; agentId: string | null };
/** What an operator decided for the project, and how near it is to its limits. */
export type ProjectView = {
  id: string;
  /** The emergency stop under which nothing new starts. */
  halted: { stopId: string; reason: string; at: string } | null;
  limits: LimitUse[];
  onParentExit: OnParentExit | null;
  /** How many checkpoints of each agent are kept, and for how long. */
  checkpoints: { keep: number; keepForMs: number };
};

/** One decision of the audit log, with what it was about before and after. */
export type AuditEntryView = {
  n: number;
  at: string;
  actor: string;
  actorName: string;
  action: string;
  subjectKind: string;
  subjectId: string;
  reason: string;
  before: unknown;
  after: unknown;
  /** What was hashed behind the hash of the entry before it, byte for byte; so anybody can check it. */
  body: string;
  hash: string;
};
/** Whether the chain holds, and its newest entry: who notes that elsewhere also sees when the newest are cut off. */
export type AuditCheck = { entries: number; tip: { n: number; hash: string }; fault: { n: number; what: string } | null };

/** Who calls, as its session or token says, and so what it may do: a person or a program in a role, an agent, or a runner. */
export type Principal =
  | {
      kind: 'person';
      userId: string;
      name: string;
      projectId: string;
      role: Role;
      /** The browser that asks. */
      sessionId?: string;
      /** It is a while ago that they showed that it is them: some calls want it again. */
      mustConfirm?: true;
    }
  | { kind: 'project'; projectId: string; tokenId: string; role: Role }
  | { kind: 'agent'; projectId: string; agentId: string; epoch: number; path: string[] }
  | { kind: 'runner'; projectId: string; runnerId: string; scope: string[] | null };
