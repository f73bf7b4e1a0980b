/** What the API answers of agents. */
import type { AgentState } from '../../kernel/transitions.ts';
import type { ContainmentLevel, OnParentExit, RestartType, Supervision } from '../inputs.ts';

/** Computed from (tree, lease, now), never stored. */
export type AgentCondition = 'late' | 'fenced' | 'orphaned' | 'over-budget';

/** An agent as the interface tells of it, with its lease, its process and its costs at the moment of the answer. */
export type AgentView = {
  id: string;
  name: string;
  kind: string;
  role: string | null;
  model: string | null;
  parentId: string | null;
  /** Ancestor ids from the root to the agent itself. */
  path: string[];
  sessionId: string;
  epoch: number;
  state: AgentState;
  conditions: AgentCondition[];
  activity: string | null;
  progress: number | null;
  toolsExecuted: number;
  createdAt: string;
  endedAt: string | null;
  lastHeartbeatAt: string | null;
  leaseExpiresAt: string | null;
  leaseMs: number;
  /** How the process is held, if a runner launched it. */
  containment: ContainmentLevel | null;
  runnerId: string | null;
  pid: number | null;
  pidStartTime: string | null;
  cost: { ownUsd: string; subtreeUsd: string; unpriced: number };
  budgetUsd: string | null;
  /** What stands against its budget: spent below it, also by agents that were moved away; reserved; and unknown. */
  budget: { budgetUsd: string | null; settledUsd: string; reservedUsd: string; unknownUsd: string; overshootUsd: string };
  onParentExit: OnParentExit | null;
  /** Whether its runner starts it again when it ends, and how it keeps its own children. */
  restart: RestartType;
  supervision: Supervision | null;
  metadata: Record<string, unknown>;
  stopId: string | null;
  result: unknown;
  error: string | null;
};
