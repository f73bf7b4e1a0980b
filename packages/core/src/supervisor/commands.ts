import type { z } from 'zod';
import type * as inputs from '../api/inputs.ts';
import type { RunnerOrder } from '../api/inputs.ts';
import type {
  CutPreview,
  CutRestoreView,
  EffectStatus,
  OrphansHandled,
  OrphansView,
  Restored,
  RestorePreview,
  Resumed,
  StopAccepted,
} from '../api/views.ts';
import type { Decision } from '../audit/audit-entry.ts';
import type { BarrierAnswer, EndAnswer, LockAnswer } from '../coordination/meeting-points.ts';
import type { AgentState, ChangeState, ReservationState, TaskState } from '../kernel/transitions.ts';

type In<S extends z.ZodType> = z.output<S>;

/** What an agent hears first in the reply to its heartbeat: go on, pause, stop, or save a checkpoint. */
export type Directive = 'run' | 'pause' | 'stop' | 'checkpoint';
/** A directive with what belongs to it: the stop and its deadline, an interruption, a checkpoint that is wanted. */
export type DirectiveReply = {
  directive: Directive;
  stop?: { stopId: string; mode: inputs.StopMode; reason: string; deadline: string };
  interrupt?: { reason: string };
  /** A checkpoint is wanted; with the directive `run` told as the directive `checkpoint`. */
  checkpoint?: { reason: string };
};

/**
 * Every command the supervisor takes, with what it answers. The server's procedures, the loops and the tests all go
 * through these; nothing writes beside them.
 */
export type CommandMap = {
  /** By the server: a decision on an account, a session or a token goes into the audit chain. */
  'audit.record': { in: Omit<Decision, 'actor' | 'actorName'>; out: Record<string, never> };
  'agents.register': {
    in: In<typeof inputs.registerAgentInput>;
    out: { agentId: string; token: string; epoch: number; leaseMs: number; sessionId: string };
  };
  /** Registers a child and hands its launch to the runner that hosts the parent. */
  'agents.spawn': { in: In<typeof inputs.spawnAgentInput>; out: { agentId: string; epoch: number; sessionId: string } };
  /** Launches a root agent on a runner. */
  'agents.launch': {
    in: Omit<In<typeof inputs.spawnAgentInput>, 'id'> & { runnerId: string };
    out: { agentId: string; epoch: number; sessionId: string };
  };
  'agents.heartbeat': { in: In<typeof inputs.heartbeatInput>; out: DirectiveReply & { leaseMs: number } };
  'agents.finish': { in: In<typeof inputs.finishAgentInput>; out: { state: AgentState } };
  'agents.events': { in: In<typeof inputs.agentEventsInput>; out: { accepted: number; duplicates: number } };
  'agents.log': { in: In<typeof inputs.agentLogInput>; out: { accepted: number } };
  'agents.pause': { in: In<typeof inputs.askAgentInput>; out: { agents: number } };
  'agents.resume': { in: In<typeof inputs.askAgentInput>; out: { agents: number } };
  'agents.interrupt': { in: In<typeof inputs.askAgentInput>; out: { agents: number } };
  /** Everything that lives, under one fence; nothing new starts until `project.reopen`. */
  'project.stop': { in: In<typeof inputs.stopProjectInput>; out: StopAccepted };
  'project.reopen': { in: In<typeof inputs.reopenProjectInput>; out: Record<string, never> };
  'project.configure': { in: In<typeof inputs.configureProjectInput>; out: Record<string, never> };
  'agents.stop': { in: In<typeof inputs.stopAgentInput>; out: StopAccepted };
  /** Asks an agent, or a subtree, to save: the next heartbeat replies carry the directive. */
  'agents.checkpoint': { in: In<typeof inputs.askCheckpointInput>; out: { agents: number; cutId: string | null } };
  'checkpoints.save': { in: In<typeof inputs.saveCheckpointInput>; out: { checkpointId: string; digest: string } };
  'checkpoints.restore': { in: In<typeof inputs.restoreCheckpointInput>; out: Restored };
  /** What a restore would do now; changes nothing. */
  'checkpoints.preview': { in: { id: string }; out: RestorePreview };
  /** What the epoch that `REEVE_RESTORE` was handed to goes on from; changes nothing. */
  'checkpoints.resume': { in: { id: string }; out: Resumed };
  /** A process of its own goes on from the checkpoint and touches nothing live. */
  'checkpoints.rehearse': {
    in: In<typeof inputs.rehearseCheckpointInput>;
    out: { agentId: string; sessionId: string; checkpointId: string };
  };
  /** What a restore of a cut would do now; changes nothing. */
  'cuts.preview': { in: { id: string }; out: CutPreview };
  'cuts.restore': { in: In<typeof inputs.restoreCutInput>; out: { cutId: string; restore: CutRestoreView } };
  /** By the loop: one level-triggered step of every restore of a cut that is under way. */
  'cuts.tick': { in: Record<string, never>; out: { open: number } };
  'effects.begin': { in: In<typeof inputs.beginEffectInput>; out: { status: EffectStatus; result: unknown; attempts: number } };
  'effects.acknowledge': { in: In<typeof inputs.acknowledgeEffectInput>; out: { status: EffectStatus } };
  /** By the lease loop: marks agents lost whose lease is over, read again inside. */
  'agents.expire': { in: { agentIds: string[]; extendedByMs: number }; out: { lost: number } };
  /** By the orphan sweeper: applies the policy once per (child, parent epoch). */
  'agents.adopt-orphans': {
    /** `haltTold`: of how many orphans a halt was told last, so that the next sweep does not tell the same again. */
    in: { agentIds: string[]; haltTold: number };
    out: { stopped: number; reparented: number; halted: number };
  };
  /** What the sweeper would do about these suspects now; changes nothing. */
  'orphans.plan': { in: { agentIds: string[]; limit: number }; out: OrphansView };
  /** An operator's word on orphans they name: as the policy says, or otherwise, or not for a while. */
  'orphans.handle': { in: In<typeof inputs.handleOrphansInput>; out: OrphansHandled };
  /** By the stop loop: one level-triggered step of every open stop of the project. */
  'stops.tick': { in: Record<string, never>; out: { open: number; more: boolean } };
  'costs.report': {
    in: { entries: PricedCostEntry[] };
    out: { accepted: number; duplicates: number; conflicts: string[]; budgets: ToldBudget[] };
  };
  /** Sets money aside before a call is made, at every budget above the agent. */
  'costs.reserve': { in: In<typeof inputs.reserveCostInput>; out: { reservationId: string; expiresAt: string } };
  'costs.release': { in: In<typeof inputs.releaseReservationInput>; out: { reservationId: string; state: ReservationState } };
  /** By an operator: an entry beside the one that it corrects. */
  'costs.adjust': {
    in: In<typeof inputs.adjustCostInput>;
    out: { accepted: number; duplicates: number; conflicts: string[]; budgets: ToldBudget[] };
  };
  /** By the budget loop: reservations whose deadline has come are unknown from now on. */
  'costs.sweep': { in: { reservationIds: string[] }; out: { unknown: number } };
  /** By the audit: sums that are not what the ledger says. */
  'costs.mismatch': { in: { found: { id: string; field: string; stored: string; ledger: string }[] }; out: { told: number } };
  'budgets.set': { in: In<typeof inputs.setBudgetInput>; out: { agentId: string } };
  /** By an operator: what the project pays for a model, from a moment on. */
  'prices.set': {
    in: { model: string; provider: string | null; rates: ToldRates | null; validFromMs: number; reason: string };
    out: { version: number };
  };
  /** By an operator: one page of entries, priced anew; `tried`: a price that is not given yet, for a rehearsal. */
  'prices.reprice': {
    in: RepriceOf & {
      after: string | null;
      limit: number;
      dryRun: boolean;
      tried?: { rates: ToldRates | null; validFromMs: number } | undefined;
    };
    out: { entries: number; looked: number; deltaUsd: string; next: string | null };
  };
  /** By an operator: a budget of a subtree, a session or the project. */
  'budgets.make': { in: In<typeof inputs.makeBudgetInput>; out: { budgetId: string } };
  'budgets.edit': { in: In<typeof inputs.editBudgetInput>; out: { budgetId: string } };
  'budgets.remove': { in: In<typeof inputs.removeBudgetInput>; out: { budgetId: string } };
  /** By the budget loop: days turn, and what budgets have paused is looked at again; `pausedIds`: who waits for one. */
  'budgets.tick': { in: { pausedIds: string[] }; out: { paused: number; resumed: number } };
  'tasks.add': { in: In<typeof inputs.addTaskInput>; out: { taskId: string } };
  /** `tokens`: that of each claim, as it was granted; by the time of the answer the task may be another's. */
  'tasks.claim': { in: In<typeof inputs.claimTasksInput>; out: { taskIds: string[]; tokens: string[] } };
  'tasks.complete': { in: In<typeof inputs.completeTaskInput>; out: TaskOut };
  'tasks.fail': { in: In<typeof inputs.failTaskInput>; out: TaskOut };
  'tasks.release': { in: In<typeof inputs.releaseTaskInput>; out: TaskOut };
  'tasks.renew': { in: In<typeof inputs.renewTaskInput>; out: TaskOut };
  'tasks.cancel': { in: In<typeof inputs.operateTaskInput>; out: TaskOut };
  'tasks.retry': { in: In<typeof inputs.operateTaskInput>; out: TaskOut };
  /** An operator takes a claim away. */
  'tasks.force-release': { in: In<typeof inputs.operateTaskInput>; out: TaskOut };
  /** Adds and removes dependencies of a task that nobody works on. */
  'tasks.depend': { in: In<typeof inputs.dependTaskInput>; out: TaskOut };
  /** All or none; what is here already stays as it is. */
  'tasks.import': {
    in: { source: string; tasks: In<typeof inputs.importedTask>[] };
    out: { added: number; existing: number; results: { key: string; taskId: string; added: boolean }[] };
  };
  /** Writes parts of a task anew; an agent only what it added itself. */
  'tasks.edit': { in: In<typeof inputs.editTaskInput>; out: TaskOut };
  'tasks.accept': { in: In<typeof inputs.acceptTaskInput>; out: TaskOut };
  'tasks.reject': { in: In<typeof inputs.rejectTaskInput>; out: TaskOut };
  'tasks.comment': { in: In<typeof inputs.commentTaskInput>; out: { commentId: string } };
  'tasks.attach': { in: In<typeof inputs.addArtefactInput>; out: { artefactId: string } & TaskOut };
  'tasks.prioritise': { in: In<typeof inputs.updateTaskInput>; out: TaskOut };
  /** By the task loop: claims whose lease is over return, scheduled ones whose time has come get ready. */
  'tasks.sweep': { in: { taskIds: string[] }; out: { moved: number } };
  /** One permit, at once or by waiting; asked again with the same request it is answered as things stand then. */
  'locks.acquire': { in: In<typeof inputs.acquireLockInput> & Called; out: LockAnswer };
  /** Answers whether the permit was still held. */
  'locks.release': { in: In<typeof inputs.releaseLockInput>; out: { released: boolean } };
  'locks.renew': { in: In<typeof inputs.renewLockInput>; out: { token: string; expiresAt: string } };
  /** The caller has gone: ends its wait, or gives back what it never heard of. */
  'locks.withdraw': { in: Withdrawal; out: { withdrawn: boolean } };
  /** An operator takes the permits of one agent, or all, away. */
  'locks.force-release': { in: In<typeof inputs.forceReleaseLockInput>; out: { freed: number } };
  'barriers.wait': { in: In<typeof inputs.waitBarrierInput> & Called; out: BarrierAnswer };
  'barriers.withdraw': { in: Withdrawal; out: { withdrawn: boolean } };
  /** Waits for the end of an agent, or of a task; asked again with the same request it is answered as things stand then. */
  'agents.wait': { in: In<typeof inputs.awaitEndInput> & Called; out: EndAnswer };
  'tasks.wait': { in: In<typeof inputs.awaitEndInput> & Called; out: EndAnswer };
  /** The caller has gone: its wait for the end of `id` is over. */
  'waits.withdraw': { in: { id: string; agentId: string; requestId: string } & Called; out: { withdrawn: boolean } };
  /** By the coordination loop: what time and ends have changed, and deadlocks. */
  'coordination.sweep': { in: Record<string, never>; out: { settled: number; deadlocks: number } };
  'repositories.register': { in: In<typeof inputs.registerRepositoryInput>; out: { repositoryId: string } };
  'changes.propose': { in: In<typeof inputs.proposeChangeInput>; out: { changeId: string } };
  'changes.approve': { in: In<typeof inputs.decideChangeInput>; out: { state: ChangeState } };
  'changes.override': { in: In<typeof inputs.overrideChangeInput>; out: { state: ChangeState } };
  'changes.reject': { in: In<typeof inputs.decideChangeInput>; out: { state: ChangeState } };
  'changes.rollback': { in: In<typeof inputs.decideChangeInput>; out: { state: ChangeState } };
  /** Decides nothing; the proposer reads it with the change. */
  'changes.comment': { in: In<typeof inputs.commentChangeInput>; out: { commentId: string } };
  'changes.withdraw': { in: In<typeof inputs.withdrawChangeInput>; out: { state: ChangeState } };
  /** By the loop: one level-triggered step of every change that is being put to use. */
  'changes.tick': { in: Record<string, never>; out: { open: number } };
  'changes.expire': { in: { changeIds: string[] }; out: { expired: number } };
  'runners.register': { in: In<typeof inputs.registerRunnerInput>; out: { runnerId: string; token: string; leaseMs: number } };
  /** Renews the runner's lease, drops the orders it has done, answers those that wait. */
  'runners.poll': { in: { id: string; done: string[] }; out: { orders: RunnerOrder[]; leaseMs: number } };
  'runners.report': { in: In<typeof inputs.reportRunnerInput>; out: { accepted: number } };
};
/** The name of a command, `<room>.<what is asked>`. */
export type CommandType = keyof CommandMap;
/** One command of a kind, with its input typed and whoever asks for it. */
export type CommandOf<T extends CommandType> = { type: T; input: CommandMap[T]['in']; actor: Actor };
/** Any command, with its input validated already: `executeBatch` takes these. */
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];
/** What a command of this kind answers when it is not refused. */
export type CommandOutput<T extends CommandType> = CommandMap[T]['out'];
type TaskOut = { taskId: string; state: TaskState };
/** Which call asks: only the one that asked last for a request may withdraw it. */
type Called = { callId?: string | undefined };
type Withdrawal = { name: string; agentId: string; requestId: string } & Called;

/** Who is behind a command; `path` bounds what an agent may touch. */
export type Actor =
  | { kind: 'person'; id: string; name: string }
  | { kind: 'project'; id: string }
  | { kind: 'agent'; id: string; epoch: number; path: string[] }
  | { kind: 'runner'; id: string; scope: string[] | null }
  | { kind: 'system'; id: string };

/** A cost entry with its price already looked up (the price table is a plug outside the transaction). */
export type PricedCostEntry = {
  eventId: string;
  agentId: string;
  model: string;
  provider: string | null;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costNanoUsd: bigint | null;
  pricedBy: 'reported' | 'table' | 'unpriced';
  priceVersion: string | null;
  reservationId?: string | null;
  atMs: number;
};
/** One budget that a report counted against: an agent's own, or one with an id of its own, of the project where `agentId` is null. */
export type ToldBudget = { agentId: string | null; budgetId?: string; status: BudgetStatus };
/** How a budget stands after a report of costs. */
export type BudgetStatus = 'ok' | 'exceeded';
/** Rates in pico-USD a token, as decimal texts; null: as the whole that the part belongs to. */
export type ToldRates = Record<'inputPico' | 'outputPico', string> &
  Record<'cachedInputPico' | 'cacheWritePico' | 'reasoningPico', string | null>;
/** Which entries are priced anew: of a model, of one provider or any (null), in a time, those alone that were told without a price. */
export type RepriceOf = {
  model: string;
  provider: string | null;
  fromMs: number | null;
  toMs: number | null;
  unpricedOnly: boolean;
};
