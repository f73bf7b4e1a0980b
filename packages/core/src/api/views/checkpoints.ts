/** What the API answers of checkpoints and restores. */
import type { AgentState } from '../../kernel/transitions.ts';

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
