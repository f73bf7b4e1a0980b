import type { Limits } from '../agents/limits.ts';
import type { ContainmentLevel, OnParentExit, ProcessEvidence, StopMode, StopPropagation } from '../api/inputs.ts';
import type { StopEvidence, StopMemberOutcome } from '../api/views.ts';
import type { ChangeEvent } from '../changes/change-record.ts';
import type { BarrierFacts, EndWaitFacts, LockFacts } from '../coordination/facts.ts';
import type { TaskEdit } from '../tasks/task-notes.ts';
import type { AgentState } from './transitions.ts';

/** What one agent's entries of a batch add up to. */
export type RecordedCost = [agentId: string, entries: number, nanoUsd: string, unpriced: number];
/** `checkpoints` is missing in facts from before it could be set. */
type ConfiguredProject = { limits: Limits; onParentExit: OnParentExit | null; checkpoints?: { keep: number; keepForMs: number } };

/** What an operator decides of a budget; amounts in nano-USD. */
type BudgetTerms = {
  name: string;
  scope: 'subtree' | 'session' | 'project';
  period: 'total' | 'day';
  softNanoUsd: string | null;
  hardNanoUsd: string | null;
  action: 'deny' | 'pause' | 'stop';
};
type OfBudget = { name: string; scope: BudgetTerms['scope']; agentId: string | null; period: BudgetTerms['period']; spentUsd: string };

/**
 * Every fact the log can hold, with its data. To add one: add it here; the table of sentences (`api/sentences.ts`) stops
 * compiling until it knows it.
 */
type Facts = {
  'agent.registered': { name: string; parentId: string | null; role: string | null };
  'agent.attached': { runnerId: string; pid: number; pidStartTime: string; containment: ContainmentLevel };
  'agent.running': { from: AgentState };
  /** Held still for a change, and lost: nothing holds it any more when it comes back. */
  'agent.let-go': { reason: string };
  'agent.paused': { by: 'operator' | 'agent' | 'budget' | 'change'; reason: string };
  'agent.resumed': { reason: string };
  'agent.interrupted': { reason: string };
  'agent.lost': { leaseExpiredAtMs: number };
  /** Another epoch, by its restart policy. */
  'agent.restarted': { epoch: number; from: AgentState; because: string; restarts: number };
  /** It ended more often than its parent puts up with; `stopped`: the parent that gave up, with all below it. */
  'agent.restarts-exhausted': { restarts: number; intensity: number; periodMs: number; stopped: string | null };
  'agent.activity': { activity: string };
  'agent.reported': { count: number; types: string[] };
  'agent.stopping': { stopId: string | null; reason: string };
  /** Under a stop, although it had ended before: nothing is started again below it. */
  'agent.fenced': { stopId: string; reason: string };
  'agent.process-ended': { evidence: ProcessEvidence };
  'agent.ended': { state: 'stopped' | 'killed' | 'completed' | 'failed'; detail: string; result?: unknown; error?: string | null };
  'agent.unconfirmed': { detail: string };
  'agent.orphan-handled': { parentId: string; action: 'stop' | 'reparent' | 'ignore'; because: string };
  /** An operator leaves it where it is until then, whatever the policy says. */
  'agent.orphan-ignored': { parentId: string; untilMs: number; reason: string };
  /** Also of everything below the one that moved: its place changed, its parent did not. */
  'agent.reparented': { from: string | null; to: string | null; path: string[]; sessionId: string; chargedTo?: string[] };
  'stop.accepted': {
    agentId: string | null;
    mode: StopMode;
    reason: string;
    graceMs: number;
    members: number;
    waves: number;
    propagation?: StopPropagation;
  };
  'stop.strengthened': { mode: StopMode; deadlineMs: number };
  'stop.asked': { agentId: string; wave: number };
  'stop.acknowledged': { agentId: string };
  'stop.escalated': { agentId: string };
  /** Members that stand under the stop from now on; a large one enlists them in parts. */
  'stop.enlisted': { members: number; more: boolean };
  /** `corrects`: it was `unconfirmed` before, and now there is evidence. */
  'stop.member-ended': { agentId: string; outcome: StopMemberOutcome; evidence: StopEvidence; corrects?: true };
  'stop.done': { members: number; unconfirmed: number };
  /** A new epoch from a saved state: the old epoch is fenced from here on (I-CKPT-7). */
  'agent.restored': {
    checkpointId: string;
    sequence: number;
    from: AgentState;
    epoch: number;
    claimsReleased: number;
    inDoubt: number;
    /** Its runner starts the command again. */
    launched?: true;
  };
  'agent.forked': { checkpointId: string; fromAgentId: string };
  /** In a session of its own, from the state of another: nothing that it does reaches beyond it. */
  'agent.rehearsing': { checkpointId: string; fromAgentId: string };
  'checkpoint.saved': { checkpointId: string; epoch: number; sequence: number; digest: string; sizeBytes: number; trigger: string };
  /** A late or repeated write that did not become the latest, and of which nothing is stored (I-CKPT-2). */
  'checkpoint.discarded': {
    epoch: number;
    sequence: number;
    digest: string;
    currentEpoch: number;
    latest: { epoch: number; sequence: number } | null;
  };
  'checkpoint.asked': { reason: string };
  /** A subtree is asked to save together; about its root, as the next three. */
  'checkpoint.cut-begun': { cutId: string; members: number; reason: string };
  'checkpoint.cut-complete': { cutId: string; members: number; spanMs: number };
  /** All old epochs are fenced; the processes start from the root down. */
  'checkpoint.cut-restoring': { cutId: string; number: number; members: number; leftOut: number };
  'checkpoint.cut-restored': { cutId: string; number: number; started: number; failed: number };
  'effect.begun': { key: string; description: string; epoch: number; attemptId: string; retried: boolean };
  /** Asked for by a rehearsal and not done; `known`: answered with what came of it in the original. */
  'effect.rehearsed': { key: string; description: string; epoch: number; known: boolean };
  'effect.acknowledged': { key: string; result?: unknown };
  'orphans.halted': { wouldStop: number; live: number };
  /** `agents`: of a flood, about the root of their session; else about the one that spent. */
  'cost.recorded': { entries: number; nanoUsd: string; unpriced: number; late: boolean; agents?: RecordedCost[] };
  'cost.conflict': { eventId: string };
  /** A correction, beside the entry that it corrects (I-COST-4); `unpriced`: by how much fewer or more calls are without a price. */
  'cost.adjusted': { eventId: string; refersTo: string; nanoUsd: string; reason: string; unpriced?: number };
  /** A sum that is kept is not what the ledger says: found by the audit (I-COST-9). */
  'cost.mismatch': { field: string; stored: string; ledger: string };
  /** Four fifths of it are spent: time to look, nothing is refused yet. */
  'budget.near': { budgetUsd: string; spentUsd: string };
  'budget.exceeded': { budgetUsd: string; spentUsd: string };
  'budget.set': { beforeNanoUsd: string | null; afterNanoUsd: string | null; reason: string };
  /** A budget beside those of agents: of a subtree, a session or the project; the subject is the budget. */
  'budget.made': { name: string; agentId: string | null; after: BudgetTerms };
  'budget.edited': { name: string; agentId: string | null; before: BudgetTerms; after: BudgetTerms; reason: string };
  'budget.removed': { name: string; agentId: string | null; before: BudgetTerms; reason: string };
  /** The soft limit: told once each time it is reached from below. */
  'budget.warned': OfBudget & { softUsd: string };
  'budget.reached': OfBudget & { action: 'deny' | 'pause' | 'stop'; hardUsd: string };
  /** It was reached and is no longer: raised, corrected, or a new day. */
  'budget.reopened': OfBudget;
  'budget.reserved': { reservationId: string; nanoUsd: string; expiresAtMs: number };
  'budget.settled': { reservationId: string; nanoUsd: string; costNanoUsd: string };
  'budget.overshot': { reservationId: string; nanoUsd: string; aboveNanoUsd: string };
  'budget.released': { reservationId: string; nanoUsd: string };
  'budget.unknown': { reservationId: string; nanoUsd: string; why: 'expired' | 'holder-ended' | 'unpriced' };
  'task.added': { title: string; state: 'ready' | 'blocked' | 'scheduled' };
  'task.claimed': { agentId: string; token: string; expiresAtMs: number; attempt: number };
  'task.renewed': { agentId: string; expiresAtMs: number };
  'task.completed': { agentId: string };
  /** Its holder says that it is done; it waits for a person, or for what is missing. */
  'task.submitted': { agentId: string; review: boolean; missing: string[] };
  /** `overrode`: what was still missing when a person accepted it all the same. */
  'task.accepted': { reason: string; overrode: string[] };
  'task.rejected': { agentId: string | null; reason: string; attempt: number; next: 'ready' | 'dead-letter' };
  /** The fields that changed, with their new values. */
  'task.edited': { changed: TaskEdit };
  'task.subtask-added': { subtaskId: string };
  'task.artefact-added': { artefactId: string; kind: string; name: string; attempt: number };
  'task.commented': { commentId: string };
  'task.attempt-failed': { agentId: string | null; error: string; attempt: number; next: 'ready' | 'scheduled' | 'failed' | 'dead-letter' };
  'task.released': { agentId: string | null; why: 'released' | 'lease-expired' | 'holder-stopped' | 'holder-ended' | 'operator' };
  'task.ready': { why: 'dependencies-done' | 'time-came' | 'retried' | 'rescheduled' };
  'task.scheduled': { notBeforeMs: number };
  'task.blocked': { waitingFor: string[]; why?: 'retried' | 'depends' };
  'task.depends': { added: string[]; removed: string[] };
  /** It waits for one that will not finish as things stand, directly or further up; `null`: it no longer does. */
  'task.stuck': { on: string | null };
  'task.cancelled': { reason: string };
  'task.prioritised': { priority: number };
  /** A late write, refused and kept (I-TASK-2). */
  'task.superseded': { agentId: string | null; token: string; verb: string };
  'project.configured': { before: ConfiguredProject; after: ConfiguredProject };
  /** Everything was stopped under one fence; nothing new starts until the project is reopened. */
  'project.halted': { stopId: string; reason: string };
  /** What the project pays for a model from a moment on; null: the list price again. Amounts in pico-USD a token. */
  'project.price-set': {
    version: number;
    model: string;
    provider: string | null;
    rates:
      | (Record<'inputPico' | 'outputPico', string> & Record<'cachedInputPico' | 'cacheWritePico' | 'reasoningPico', string | null>)
      | null;
    validFromMs: number;
    reason: string;
  };
  'project.reopened': { stopId: string; reason: string };
  'repository.registered': { name: string; path: string };
  'runner.registered': { name: string; host: string; containment: ContainmentLevel };
};
/** The changes' and the coordination's own events stand in their folders; here they get their place in the log. */
export type EventMap = Facts & LockFacts & BarrierFacts & EndWaitFacts & { [E in ChangeEvent as E['type']]: E['data'] };
/** The name of a kind of fact, `<room>.<what happened>`. */
export type EventType = keyof EventMap;
/** A fact of one kind, with its data typed. */
export type EventOf<T extends EventType> = { type: T; subjectId: string; data: EventMap[T] };
/** A fact before it has a place in the log. */
export type NewEvent = { [T in EventType]: EventOf<T> }[EventType];
/** A fact in the log: `seq` has no gaps within a project. */
export type LoggedEvent = NewEvent & { seq: number; atMs: number; actor: string };

/** The kinds of things that a fact can be about. */
export type SubjectKind = 'agent' | 'stop' | 'task' | 'lock' | 'barrier' | 'change' | 'repository' | 'runner' | 'project' | 'budget';

const ofBudgets = new Set<EventType>([
  'budget.made',
  'budget.edited',
  'budget.removed',
  'budget.warned',
  'budget.reached',
  'budget.reopened',
]);
/**
 * What `subjectId` is the id of, for facts of this kind.
 *
 * Use it to link a fact to its subject without a look into its data.
 *
 * @example
 * subjectKindOf('task.claimed'); // → 'task'
 * subjectKindOf('budget.exceeded'); // → 'agent'
 * subjectKindOf('budget.reached'); // → 'budget'
 * subjectKindOf('orphans.halted'); // → 'project'
 */
export const subjectKindOf = (type: EventType): SubjectKind => {
  const room = type.slice(0, type.indexOf('.'));
  if (ofBudgets.has(type)) return 'budget';
  if (room === 'cost' || room === 'budget' || room === 'checkpoint' || room === 'effect') return 'agent';
  return room === 'orphans' ? 'project' : (room as SubjectKind);
};
