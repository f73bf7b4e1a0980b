import type { BlastRadius, GateReport, LineCoverage } from '../api/inputs.ts';
import type { ActivationRules, RepositoryRules } from '../api/repository-rules.ts';
import type { ChangeState } from '../kernel/transitions.ts';
import type { Actor } from '../supervisor/commands.ts';
import type { Activation } from './activation-record.ts';

/** What a repository asks of a decision. */
export type ApprovalRules = Pick<RepositoryRules, 'fourEyes' | 'parentFirst'> & {
  activation?: ActivationRules | null;
  /** A change that failed its health check and could not be rolled back: nothing is merged on top of it. */
  frozenBy?: string | null;
};

/** A decision on a change, with everything it was made on: if any of that moves, it binds no longer (I-SELF-5). */
export type ChangeDecision = {
  id: string;
  /** The actor's id. */
  by: string;
  byKind: 'person' | 'agent' | 'token';
  decision: 'approved' | 'rejected';
  diffHash: string;
  baseSha: string;
  candidateSha: string;
  gates: string;
  comment: string;
  /** Set where a person set aside what the rules of the repository still asked for; the comment is the reason. */
  override?: true;
  atMs: number;
};

/** Something said about a change; it decides nothing. */
export type ChangeComment = {
  id: string;
  /** The actor's id. */
  by: string;
  byKind: 'person' | 'agent' | 'token';
  body: string;
  /** The file of the diff that it is about, and the line in it as it is after the change. */
  path: string | null;
  line: number | null;
  atMs: number;
};

/** A proposed change of an agent's own code, with all evidence gathered so far. */
export type Change = {
  id: string;
  projectId: string;
  repositoryId: string;
  agentId: string;
  /** From the root to the proposer itself, frozen at the proposal: who may decide does not move with the tree. */
  agentPath: string[];
  title: string;
  reason: string;
  testPatch: string;
  fixPatch: string;
  requestId: string | null;
  state: ChangeState;
  /** Grows with every event. */
  version: number;
  /** Grows whenever the gates start anew: the base moved, or a runner began again after a crash. */
  attempt: number;
  baseSha: string | null;
  candidateSha: string | null;
  mergedSha: string | null;
  revertSha: string | null;
  branch: string | null;
  diffHash: string | null;
  diff: string | null;
  blastRadius: BlastRadius | null;
  gates: GateReport[];
  /** Only decisions that still bind; those that were voided stand in the timeline. */
  approvals: ChangeDecision[];
  /** Why it was refused or failed, or why the last merge or rollback did not happen. */
  refusal: { rule: string; detail: string } | null;
  /** A rollback was ordered and has not ended yet. */
  rollbackAsked: boolean;
  /** In the order in which they were said. */
  comments: ChangeComment[];
  /** How it is put to use; null where its repository does not say, and before an approval. */
  activation: Activation | null;
  createdAtMs: number;
  updatedAtMs: number;
  /** Until when the present step must be over: verification first, then the approval. */
  expiresAtMs: number | null;
  timeline: { atMs: number; text: string }[];
};

/**
 * How long a change may take to be verified and then to be decided on, in milliseconds, and how many gates, decisions,
 * comments and lines of its timeline it keeps.
 *
 * Use it for defaults and bounds; `validated` may bring another time for the approval.
 *
 * @example
 * changeLimits.approvalMs; // → 86_400_000
 */
export const changeLimits = {
  verificationMs: 24 * 3_600_000,
  approvalMs: 24 * 3_600_000,
  gates: 64,
  approvals: 32,
  comments: 200,
  timeline: 300,
} as const;

type Proposal = Pick<
  Change,
  'id' | 'projectId' | 'repositoryId' | 'agentId' | 'agentPath' | 'title' | 'reason' | 'testPatch' | 'fixPatch' | 'requestId'
>;
/** `rules`: what the repository asks for now; the defaults where none are told. */
type Decide = { actor: Actor; approvalId: string; diffHash: string; comment: string; rules?: ApprovalRules };

/** What can be asked of a change, or reported of it by the runner that holds its order. */
export type ChangeCommand =
  | ({ type: 'propose' } & Proposal)
  | { type: 'assessed'; baseSha: string; blastRadius: BlastRadius }
  | { type: 'isolated'; candidateSha: string; diffHash: string; diff: string; branch: string }
  | { type: 'gate'; gate: GateReport }
  | { type: 'test-verified'; lineCoverage?: LineCoverage | undefined }
  | { type: 'validated'; approvalMs?: number }
  | { type: 'refused'; rule: string; detail: string }
  | { type: 'failed'; error: string }
  | ({ type: 'approve' } & Decide)
  | ({ type: 'reject' } & Decide)
  | ({ type: 'override' } & Decide)
  | { type: 'comment'; comment: ChangeComment }
  | { type: 'withdraw'; actor: Actor; reason: string }
  | { type: 'expire' }
  | { type: 'base-moved'; baseSha: string }
  | { type: 'merged'; mergedSha: string }
  | { type: 'rollback-asked'; actor: Actor; diffHash: string; comment: string }
  | { type: 'rolled-back'; revertSha: string }
  | { type: 'rollback-failed'; error: string }
  | { type: 'hold'; agentIds: string[] }
  /** It holds the lease of its repository. */
  | { type: 'leased'; lease: { name: string; token: string } }
  /** All affected agents are at rest. */
  | { type: 'quiet' }
  /** The time of the present step is over; `waitingFor` says what for, in words. */
  | { type: 'overdue'; waitingFor: string }
  /** How the health check ended; without a gate it could not be run, and `error` says why. */
  | { type: 'activated'; gate?: GateReport | undefined; error?: string | undefined }
  /** A later change was found healthy: the branch is mended. */
  | { type: 'thaw'; by: string };

/** What happened; the data is plain JSON, and the record follows from these alone. */
export type ChangeEvent =
  | { type: 'change.proposed'; data: Proposal & { expiresAtMs: number } }
  | { type: 'change.restarted'; data: { why: string } }
  | { type: 'change.assessed'; data: { baseSha: string; blastRadius: BlastRadius } }
  | { type: 'change.isolated'; data: { candidateSha: string; diffHash: string; diff: string; branch: string } }
  | { type: 'change.gate'; data: { gate: GateReport } }
  /** `blastRadius`: as it is with the lines that the tests ran, where that was measured. */
  | { type: 'change.test-verified'; data: { blastRadius?: BlastRadius } }
  | { type: 'change.validated'; data: Record<string, never> }
  | { type: 'change.awaiting-approval'; data: { expiresAtMs: number } }
  /** By a person or a project token: enough to merge. */
  | { type: 'change.approved'; data: { approval: ChangeDecision } }
  /** By an agent above the proposer: recorded, never enough alone. */
  | { type: 'change.endorsed'; data: { approval: ChangeDecision } }
  | { type: 'change.rejected'; data: { approval: ChangeDecision } }
  | { type: 'change.commented'; data: { comment: ChangeComment } }
  | { type: 'change.withdrawn'; data: { by: string; reason: string } }
  | { type: 'change.expired'; data: Record<string, never> }
  | { type: 'change.refused'; data: { rule: string; detail: string } }
  | { type: 'change.failed'; data: { error: string } }
  | { type: 'change.merging'; data: Record<string, never> }
  | { type: 'change.merge-failed'; data: { error: string; expiresAtMs: number } }
  | { type: 'change.base-moved'; data: { baseSha: string; expiresAtMs: number } }
  | { type: 'change.merged'; data: { mergedSha: string } }
  | { type: 'change.rollback-asked'; data: { by: string; comment: string } }
  | { type: 'change.rolled-back'; data: { revertSha: string } }
  | { type: 'change.rollback-failed'; data: { error: string } }
  | { type: 'change.activating'; data: { rules: ActivationRules; dueAtMs: number } }
  | { type: 'change.leased'; data: { lease: { name: string; token: string }; dueAtMs: number } }
  | { type: 'change.held'; data: { agentIds: string[] } }
  | { type: 'change.quiet'; data: { dueAtMs: number } }
  | { type: 'change.overdue'; data: { waitingFor: string } }
  | { type: 'change.healthy'; data: Record<string, never> }
  | { type: 'change.unhealthy'; data: { detail: string } }
  | { type: 'change.thawed'; data: { by: string } };
/** The name of a kind of fact about a change. */
export type ChangeEventType = ChangeEvent['type'];
