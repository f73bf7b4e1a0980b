import type { CommandMap, CommandOutput, CommandType } from '@reeve/core';
import type {
  AccountView,
  AgentLogLine,
  AgentView,
  AlertType,
  AuditCheck,
  AuditEntryView,
  BarrierView,
  Board,
  BudgetView,
  ChangeDossier,
  ChangeView,
  CheckpointContent,
  CheckpointView,
  CostBurn,
  CostEntryView,
  CostGroup,
  CostLevel,
  CostRow,
  CostSeries,
  CostTreeSort,
  CutView,
  DeadlockView,
  DeliveryView,
  EventView,
  Fleet,
  HistoryBundle,
  HistoryDifferenceView,
  HistoryView,
  InvitationView,
  LockView,
  listAuditInput,
  MemberView,
  Overview,
  Page,
  PricesView,
  Principal,
  ProjectView,
  RehearsalView,
  RepositoryView,
  ReservationView,
  Role,
  ScopedBudgetView,
  SessionView,
  Snapshot,
  StopReceiptLine,
  StopSummary,
  StopView,
  TaskArtefactView,
  TaskRecordView,
  TaskView,
  TokenView,
  WebhookView,
} from '@reeve/core/vocabulary';
import type { z } from 'zod';

/** The one way to write: every procedure ends here. Rejects with `DomainFailure`. */
export interface Commands {
  execute<T extends CommandType>(principal: Principal, type: T, input: CommandMap[T]['in']): Promise<CommandOutput<T>>;
}

/** A task as its claimer gets it. */
export type ClaimedTask = TaskView & { claim: { token: string } & NonNullable<TaskView['claim']> };

/** Numbers, beginnings of names, and times, all optional. */
export type AuditQuery = z.output<typeof listAuditInput>;

/** The reading side: projections only, nothing decides here. Missing things reject with `DomainFailure` not_found. */
export interface Reads {
  agent(projectId: string, id: string): Promise<AgentView>;
  agents(projectId: string, q: { root?: string; states?: string[]; limit: number; cursor?: string }): Promise<Page<AgentView>>;
  agentLogs(projectId: string, id: string, q: { after?: number; limit: number }): Promise<AgentLogLine[]>;
  checkpoints(projectId: string, agentId: string, q: { limit: number }): Promise<Page<CheckpointView>>;
  checkpoint(projectId: string, id: string): Promise<CheckpointContent>;
  /** Null: it is no rehearsal. */
  rehearsal(projectId: string, agentId: string): Promise<RehearsalView | null>;
  cuts(projectId: string, rootId: string, q: { limit: number }): Promise<Page<CutView>>;
  cut(projectId: string, id: string): Promise<CutView>;
  stop(projectId: string, id: string): Promise<StopView>;
  stops(projectId: string, q: { state?: string; limit: number; cursor?: string }): Promise<Page<StopView>>;
  stopSummary(projectId: string, id: string): Promise<StopSummary>;
  stopSummaries(projectId: string, q: { state?: string; limit: number; cursor?: string }): Promise<Page<StopSummary>>;
  /** Of a stop that was looked up, and so seen, before. */
  receipt(stopId: string, q: { limit: number; cursor?: string | undefined }): Promise<Page<StopReceiptLine>>;
  budgets(projectId: string, q: { limit: number; cursor?: string }): Promise<Page<BudgetView>>;
  /** What the project pays, and models without a price. */
  prices(projectId: string): Promise<PricesView>;
  /** Budgets of subtrees, sessions and the project. */
  scopedBudgets(projectId: string): Promise<ScopedBudgetView[]>;
  costRows(projectId: string, q: { root?: string; groupBy: CostGroup; limit: number; cursor?: string }): Promise<Page<CostRow>>;
  /** The agents right below one, or the roots. */
  costLevel(
    projectId: string,
    q: { parent?: string; sort: CostTreeSort; descending: boolean; limit: number; cursor?: string },
  ): Promise<CostLevel>;
  costBurn(projectId: string, agentIds: readonly string[]): Promise<CostBurn>;
  costSeries(
    projectId: string,
    q: { root?: string; by: 'subtree' | 'model' | 'role'; windowMinutes: number; maxPoints: number },
  ): Promise<CostSeries>;
  /** What is reserved, or unknown, at an agent or of a budget. */
  reservations(
    projectId: string,
    q: { agentId?: string; budgetId?: string; state: 'open' | 'unknown'; limit: number; cursor?: string },
  ): Promise<Page<ReservationView>>;
  costEntries(
    projectId: string,
    q: {
      agentId?: string;
      subtree?: boolean;
      session?: string;
      model?: string;
      role?: string;
      day?: string;
      budgetId?: string;
      charged?: boolean;
      except?: string;
      unattributed?: boolean;
      limit: number;
      cursor?: string;
    },
  ): Promise<Page<CostEntryView>>;
  task(projectId: string, id: string): Promise<TaskView>;
  /** With the tokens of their claims: for the answer to the claim alone. */
  claimedTasks(projectId: string, ids: string[]): Promise<ClaimedTask[]>;
  tasks(projectId: string, q: { states?: string[]; label?: string; limit: number; cursor?: string }): Promise<Page<TaskView>>;
  /** Its attempts with their costs, comments, artefacts without contents, sub-tasks. */
  taskRecord(projectId: string, id: string): Promise<TaskRecordView>;
  artefact(projectId: string, id: string): Promise<TaskArtefactView & { taskId: string; content: string | null }>;
  locks(projectId: string, q: { held: boolean; limit: number; cursor?: string | undefined }): Promise<Page<LockView>>;
  barriers(projectId: string, q: { held: boolean; limit: number; cursor?: string | undefined }): Promise<Page<BarrierView>>;
  history(projectId: string, q: { seq?: number | undefined }): Promise<HistoryView>;
  historyDifference(projectId: string, q: { from: number; to: number }): Promise<HistoryDifferenceView>;
  historyBundle(projectId: string, q: { from: number; to: number }): Promise<HistoryBundle>;
  historyCheck(projectId: string): Promise<{ seq: number; contradictions: string[] }>;
  deadlocks(projectId: string, q: { limit: number }): Promise<Page<DeadlockView>>;
  change(projectId: string, id: string): Promise<ChangeDossier>;
  changes(projectId: string, q: { states?: string[]; limit: number; cursor?: string }): Promise<Page<ChangeView>>;
  repositories(projectId: string): Promise<RepositoryView[]>;
  repository(projectId: string, id: string): Promise<RepositoryView>;
  events(
    projectId: string,
    q: { before?: number; after?: number; subjectId?: string; type?: string; limit: number },
  ): Promise<{ items: EventView[]; nextCursor: string | null }>;
  /** Live agents whose parent is gone: a suspicion, for `orphans.plan` to read again. */
  suspectedOrphans(projectId: string): Promise<string[]>;
  audit(projectId: string, q: AuditQuery): Promise<{ items: AuditEntryView[]; nextCursor: string | null }>;
  auditCheck(projectId: string): Promise<AuditCheck>;
  project(projectId: string): Promise<ProjectView>;
  overview(projectId: string): Promise<Overview>;
  snapshot(projectId: string): Promise<Snapshot>;
  /** The same in two parts, for the dashboard: what the tree draws, then the rest. */
  fleet(projectId: string): Promise<Fleet>;
  board(projectId: string): Promise<Board>;
}

/** A place in the line of those who wait for a task. Whoever leaves it without having looked hands its wake-up on. */
export interface Claimer {
  /** Resolves when a task got ready for it, when its time is over, or when its caller has gone. */
  readonly woken: Promise<void>;
  leave(): void;
}

/** Lets a long poll sleep until something that may concern it was committed. */
export interface Wakeups {
  /** One who waits for a ready task that it may claim: of all who wait, as many are woken as there are tasks. */
  claimer(
    projectId: string,
    wants: { labels: readonly string[]; capabilities: readonly string[] },
    waitMs: number,
    signal?: AbortSignal,
  ): Claimer;
  /** Resolves at the next commit on `topic` (`orders:<runnerId>`, `request:<agentId>:<requestId>`), after `waitMs`, or when `signal` aborts. */
  wait(projectId: string, topic: string, waitMs: number, signal?: AbortSignal): Promise<void>;
  /** Everybody was woken because this server goes down. */
  readonly isClosing: boolean;
}

/** Looks up what a model call cost at its time; unknown models are unpriced, never zero. */
export interface Prices {
  price(entry: {
    model: string;
    provider?: string | undefined;
    atMs: number;
    inputTokens: number;
    outputTokens: number;
    cachedInputTokens: number;
    cacheWriteTokens: number;
    reasoningTokens: number;
  }): { nanoUsd: bigint | null; version: string };
}

/** A person, as a session says. */
export type Person = Extract<Principal, { kind: 'person' }>;
/** What a person sees and does of their own account. */
export interface Sessions {
  /** A one-time sign-in link for another device of the same person. */
  makeLink(userId: string): Promise<{ url: string; expiresAt: string }>;
}
/** Who belongs to a project, and the tokens of its programs. */
export interface PeopleService {
  members(projectId: string): Promise<MemberView[]>;
  setRole(by: Principal, input: { id: string; role: Role }): Promise<void>;
  remove(by: Principal, id: string): Promise<void>;
  invitations(projectId: string): Promise<InvitationView[]>;
  invite(by: Principal, input: { email: string; role: Role }): Promise<{ id: string; url: string; expiresAt: string }>;
  withdraw(by: Principal, id: string): Promise<void>;
  account(by: Person): Promise<AccountView>;
  sessions(by: Person): Promise<SessionView[]>;
  endSession(by: Person, id: string): Promise<void>;
  tokens(projectId: string): Promise<TokenView[]>;
  createToken(by: Principal, input: { name: string; role: Role; days: number | null }): Promise<TokenView & { token: string }>;
  revokeToken(by: Principal, id: string): Promise<void>;
}

/** The fleet that a newcomer watches; the operator can start it again. */
export interface Demo {
  start(): Promise<{ agentId: string }>;
}

/** Whom alerts are sent to, and what was sent. */
export interface WebhookService {
  list(projectId: string): Promise<WebhookView[]>;
  add(
    by: Principal,
    input: { name: string; url: string; events: AlertType[]; allowPrivate: boolean },
  ): Promise<WebhookView & { secret: string }>;
  remove(by: Principal, id: string): Promise<void>;
  test(by: Principal, id: string): Promise<DeliveryView>;
  retry(by: Principal, deliveryId: string): Promise<DeliveryView>;
  deliveries(projectId: string, q: { id: string; limit: number; cursor?: string | undefined }): Promise<Page<DeliveryView>>;
}

export type Services = {
  webhooks: WebhookService;
  commands: Commands;
  reads: Reads;
  wakeups: Wakeups;
  prices: Prices;
  sessions: Sessions;
  people: PeopleService;
  demo: Demo;
};
export type Context = { services: Services; principal: Principal | null; signal?: AbortSignal | undefined };
