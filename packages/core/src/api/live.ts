import type { AgentState } from '../kernel/transitions.ts';
import type { ContainmentLevel } from './inputs.ts';
import type { BarrierView, ChangeView, LockView, StopSummary, TaskView } from './views.ts';

/**
 * Live updates (contract.md): namespace `/live`, one room a project. The server sends at most one frame every 50 ms,
 * coalesced per record. `seq` has no gaps: a frame continues the last one exactly when `fromSeq === last + 1`; a frame
 * that carries no event (heartbeats alone) has `toSeq === fromSeq - 1`.
 */
export type Frame = { fromSeq: number; toSeq: number; atMs: number; patches: Patch[] };
/** What became of one record: the whole of it (agent, task, change, stop), or of an agent the few values that change often. */
export type Patch =
  | ['a', ...AgentRow]
  /** Heartbeat: id, last heartbeat, lease end, activity, progress, last checkpoint (left out: as it was). */
  | ['h', string, number, number, string | null, number | null, (number | null)?]
  /** Cost: id, own nano-USD, subtree nano-USD, unpriced entries of the subtree. */
  | ['c', string, string, string, number]
  | ['t', TaskView]
  | ['g', ChangeView]
  | ['s', StopSummary]
  /** A lock or a barrier; where nobody holds or waits any more it leaves the screen. */
  | ['l', LockView]
  | ['b', BarrierView];

/** An agent on the wire: positional, since arrays cost 40% of objects (data.md). Times in ms, money in nano-USD. */
export type AgentRow = [
  id: string,
  parentId: string | null,
  name: string,
  kind: string,
  role: string | null,
  model: string | null,
  state: AgentState,
  epoch: number,
  sessionId: string,
  createdAtMs: number,
  endedAtMs: number | null,
  lastHeartbeatMs: number | null,
  leaseExpiresMs: number | null,
  activity: string | null,
  progress: number | null,
  containment: ContainmentLevel | null,
  stopId: string | null,
  budgetNanoUsd: string | null,
  ownNanoUsd: string,
  subtreeNanoUsd: string,
  unpriced: number,
  /** When it saved last; null: it makes no checkpoints. */
  checkpointMs: number | null,
];

/** The same with names, as the browser's keyed store holds it. */
export type LiveAgent = {
  id: string;
  parentId: string | null;
  name: string;
  kind: string;
  role: string | null;
  model: string | null;
  state: AgentState;
  epoch: number;
  sessionId: string;
  createdAtMs: number;
  endedAtMs: number | null;
  lastHeartbeatMs: number | null;
  leaseExpiresMs: number | null;
  activity: string | null;
  progress: number | null;
  containment: ContainmentLevel | null;
  stopId: string | null;
  budgetNanoUsd: string | null;
  ownNanoUsd: string;
  subtreeNanoUsd: string;
  unpriced: number;
  checkpointMs: number | null;
};

/**
 * The order of the fields in an `AgentRow`.
 *
 * Use it wherever rows are made or read: nobody else knows the positions.
 *
 * @example
 * agentRowFields.indexOf('id'); // → 0
 */
export const agentRowFields = [
  'id',
  'parentId',
  'name',
  'kind',
  'role',
  'model',
  'state',
  'epoch',
  'sessionId',
  'createdAtMs',
  'endedAtMs',
  'lastHeartbeatMs',
  'leaseExpiresMs',
  'activity',
  'progress',
  'containment',
  'stopId',
  'budgetNanoUsd',
  'ownNanoUsd',
  'subtreeNanoUsd',
  'unpriced',
  'checkpointMs',
] as const satisfies (keyof LiveAgent)[];

/**
 * An agent by position, as it goes over the wire.
 *
 * Use it in the server, at the edge; inside, agents have names for their fields.
 *
 * @example
 * encodeAgent({ id: 'agt_1', parentId: 'agt_0', name: 'Ann' }).slice(0, 3); // → ['agt_1', 'agt_0', 'Ann']
 */
export const encodeAgent = (a: LiveAgent): AgentRow => agentRowFields.map((c) => a[c]) as unknown as AgentRow;

/**
 * An agent with names for its fields again: the inverse of `encodeAgent`.
 *
 * Use it in the browser, for patches and snapshots.
 *
 * @example
 * decodeAgent(encodeAgent({ id: 'agt_1', state: 'running' })).state; // → 'running'
 */
export const decodeAgent = (row: AgentRow): LiveAgent =>
  Object.fromEntries(agentRowFields.map((c, i) => [c, row[i]])) as unknown as LiveAgent;

/** The whole screen at one `seq`, for the first paint and after `reset`. */
export type Snapshot = {
  seq: number;
  atMs: number;
  agents: AgentRow[];
  tasks: TaskView[];
  changes: ChangeView[];
  stops: StopSummary[];
  locks: LockView[];
  barriers: BarrierView[];
};

/** What the server sends to a page. */
export interface LiveServerEvents {
  frame(frame: Frame): void;
}
/** What a page sends to the server. */
export interface LiveClientEvents {
  /** Sent on every connection and when a gap is seen. `reset`: take a new snapshot. */
  resume(request: { afterSeq: number }, reply: (answer: { frame: Frame } | { reset: true }) => void): void;
}
