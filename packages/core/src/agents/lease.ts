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
  /** Of agents that save checkpoints, or were asked to; null for all others. */
  checkpoint: CheckpointMark | null;
};

export const defaultLeaseMs = 15_000;

/** Whether the lease is over at `nowMs`, after the extension owed for the supervisor's own delay (I-ORPH-3). */
export const isExpired = (lease: Pick<Lease, 'expiresAtMs'>, nowMs: number, extendedByMs = 0): boolean =>
  nowMs >= lease.expiresAtMs + extendedByMs;
