/** What the API answers of stops. */

import type { AgentState, StopState } from '../../kernel/transitions.ts';
import type { ContainmentLevel, ProcessEvidence, StopMode, StopPropagation } from '../inputs.ts';

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
