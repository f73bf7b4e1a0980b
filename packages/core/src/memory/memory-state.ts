import type { Agent } from '../agents/agent.ts';
import type { Lease } from '../agents/lease.ts';
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Change } from '../changes/change.ts';
import type { Checkpoint } from '../checkpoints/checkpoint.ts';
import type { Cut } from '../checkpoints/cut.ts';
import type { Effect } from '../checkpoints/effect.ts';
import type { Barrier } from '../coordination/barrier.ts';
import type { EndWatch } from '../coordination/end-watch.ts';
import type { Lock } from '../coordination/lock.ts';
import type { BudgetUse } from '../costs/budget.ts';
import type { CostEntry } from '../costs/cost-entry.ts';
import type { Reservation } from '../costs/reservation.ts';
import type { Rollup } from '../costs/rollup.ts';
import type { BudgetTally } from '../costs/scoped-budget.ts';
import type { LoggedEvent } from '../kernel/events.ts';
import type { ProjectSettings } from '../project/project-settings.ts';
import type { LaunchSpec } from '../restarts/launch-spec.ts';
import type { Stop, StopMember } from '../stop/stop.ts';
import type { NewAgentEvent, Repository, Runner, StoredOrder, StoredToken } from '../supervisor/ports.ts';
import type { Task } from '../tasks/task.ts';
import type { TaskArtefact, TaskComment } from '../tasks/task-notes.ts';
import type { Rows } from './memory-table.ts';

export type AgentLogLine = { agentId: string; stream: 'stdout' | 'stderr'; atMs: number; text: string };
export type AgentEventRow = Required<NewAgentEvent> & { agentId: string };
export type CheckpointRow = { checkpoint: Checkpoint; bodyText: string };

/** Everything that is committed of one project. */
export type MemoryState = {
  seq: number;
  events: LoggedEvent[];
  agents: Rows<Agent>;
  leases: Rows<Lease>;
  settings: Rows<ProjectSettings>;
  launches: Rows<LaunchSpec>;
  stops: Rows<Stop>;
  stopMembers: Rows<StopMember>;
  tasks: Rows<Task>;
  artefacts: Rows<TaskArtefact>;
  taskComments: Rows<TaskComment>;
  locks: Rows<Lock>;
  barriers: Rows<Barrier>;
  endWatches: Rows<EndWatch>;
  changes: Rows<Change>;
  repositories: Rows<Repository>;
  runners: Rows<Runner>;
  orders: Rows<StoredOrder>;
  /** By hash. */
  tokens: Map<string, StoredToken>;
  /** By agent and event id. */
  ledger: Map<string, CostEntry>;
  conflicts: CostEntry[];
  rollups: Rows<Rollup>;
  budgetUses: Rows<BudgetUse>;
  budgetTallies: Rows<BudgetTally>;
  reservations: Rows<Reservation>;
  /** By scope and request id. */
  requests: Map<string, string[]>;
  /** By agent and event id. */
  agentEvents: Map<string, AgentEventRow>;
  logs: AgentLogLine[];
  checkpoints: Map<string, CheckpointRow>;
  cuts: Rows<Cut>;
  effects: Rows<Effect>;
  audit: AuditEntry[];
};

export const emptyState = (): MemoryState => ({
  seq: 0,
  events: [],
  agents: new Map(),
  leases: new Map(),
  settings: new Map(),
  launches: new Map(),
  stops: new Map(),
  stopMembers: new Map(),
  tasks: new Map(),
  artefacts: new Map(),
  taskComments: new Map(),
  locks: new Map(),
  barriers: new Map(),
  endWatches: new Map(),
  changes: new Map(),
  repositories: new Map(),
  runners: new Map(),
  orders: new Map(),
  tokens: new Map(),
  ledger: new Map(),
  conflicts: [],
  rollups: new Map(),
  budgetUses: new Map(),
  budgetTallies: new Map(),
  reservations: new Map(),
  requests: new Map(),
  agentEvents: new Map(),
  logs: [],
  checkpoints: new Map(),
  cuts: new Map(),
  effects: new Map(),
  audit: [],
});

/** One key of two parts; neither can hold the separator, which has no place in stored text. */
export const pairKey = (a: string, b: string): string => `${a}\u0000${b}`;
