/** What the API answers of changes and repositories. */
import type { ActivationState } from '../../changes/activation-record.ts';
import type { ChangeState } from '../../kernel/transitions.ts';
import type { BlastRadius, GateReport } from '../inputs.ts';
import type { ActivationRules, ApprovalNeed, RepositoryRules } from '../repository-rules.ts';

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
