import type { AgentState, TaskState } from '../kernel/transitions.ts';
import type { AgentRow } from './live.ts';
import type { EventView } from './views.ts';

type Named = { agentId: string; agentName: string | null };
/** The project as it was when one event had happened. */
export type HistoryView = {
  seq: number;
  at: string;
  /** Where the log ends now. */
  lastSeq: number;
  /** As on the live screen; without what no event tells: heartbeats, leases, activity, budgets. */
  agents: AgentRow[];
  tasks: { id: string; title: string; state: TaskState; agentId: string | null }[];
  /** In use then. */
  locks: { name: string; permits: number; holders: Named[]; waiters: Named[] }[];
  barriers: { name: string; expected: number; arrived: Named[] }[];
  /** By all agents up to then. */
  spentUsd: string;
};
/** What is different at the later of two points; what moved and came back in between is not in it. */
export type HistoryDifferenceView = {
  from: { seq: number; at: string };
  to: { seq: number; at: string };
  /** `from` is null where it was not there yet. */
  agents: { id: string; name: string; from: AgentState | null; to: AgentState; spentUsd: string }[];
  tasks: { id: string; title: string; from: TaskState | null; to: TaskState }[];
  /** Holders by name. */
  locks: { name: string; from: string[]; to: string[] }[];
  spentUsd: string;
};
/** An incident to take along: both points, their difference, and the events between them. */
export type HistoryBundle = {
  before: HistoryView;
  after: HistoryView;
  difference: HistoryDifferenceView;
  events: EventView[];
  /** There are more than these. */
  eventsTruncated: boolean;
};
