/** What the API answers of tasks. */
import type { TaskState } from '../../kernel/transitions.ts';

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
