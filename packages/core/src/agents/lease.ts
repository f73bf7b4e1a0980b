import type { CheckpointMark } from '../checkpoints/checkpoint-mark.ts';

/** What heartbeats renew: kept apart from the agent, so that a beat touches one small row. */
export type Lease = {
  id: string;
  projectId: string;
  lastHeartbeatMs: number | null;
  expiresAtMs: number;
  activity: string | null;
  progress: number | null;
  toolsExecuted: number;
  /** When it last said of itself, or its runner of it, that it is at rest; null once it says anything else. */
  parkedAtMs: number | null;
  /** Of agents that save checkpoints, or were asked to; null for all others. */
  checkpoint: CheckpointMark | null;
};

/**
 * How long an agent counts as alive after each heartbeat, in ms, unless it asked for another lease when it registered.
 *
 * Use it where a lease is made without a wish; what a living agent really has is in the answer to its heartbeat.
 *
 * @example
 * defaultLeaseMs; // → 15_000
 */
export const defaultLeaseMs = 15_000;

/**
 * Whether the lease is over at `nowMs`, after the extension owed for the supervisor's own delay (I-ORPH-3): from the
 * very millisecond of its end.
 *
 * Use it as evidence of silence: for suspicion (`isSuspect`), never alone for an end.
 *
 * @example
 * isExpired({ expiresAtMs: 1_000 }, 1_000); // → true
 * isExpired({ expiresAtMs: 1_000 }, 1_000, 500); // → false
 */
export const isExpired = (lease: Pick<Lease, 'expiresAtMs'>, nowMs: number, extendedByMs = 0): boolean =>
  nowMs >= lease.expiresAtMs + extendedByMs;
