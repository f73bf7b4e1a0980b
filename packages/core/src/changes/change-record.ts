import type { BlastRadius, GateReport, LineCoverage } from '../api/inputs.ts';
import type { RepositoryRules } from '../api/repository-rules.ts';
import type { ChangeState } from '../kernel/transitions.ts';
import type { Actor } from '../supervisor/commands.ts';

/** What a repository asks of a decision. */
export type ApprovalRules = Pick<RepositoryRules, 'fourEyes' | 'parentFirst'>;

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
  createdAtMs: number;
  updatedAtMs: number;
  /** Until when the present step must be over: verification first, then the approval. */
  expiresAtMs: number | null;
  timeline: { atMs: number; text: string }[];
};

/**
 * How long a change may take to be verified and then to be decided on, in milliseconds, and how many gates, decisions and
 * lines of its timeline it keeps.
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
  | { type: 'withdraw'; actor: Actor; reason: string }
  | { type: 'expire' }
  | { type: 'base-moved'; baseSha: string }
  | { type: 'merged'; mergedSha: string }
  | { type: 'rollback-asked'; actor: Actor; diffHash: string; comment: string }
  | { type: 'rolled-back'; revertSha: string }
  | { type: 'rollback-failed'; error: string };

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
  | { type: 'change.rollback-failed'; data: { error: string } };
/** The name of a kind of fact about a change. */
export type ChangeEventType = ChangeEvent['type'];
