import { encodeAgent, encodeColumns, type Fleet, type LiveAgent, type Snapshot } from '@reeve/core/vocabulary';

/** An agent for tests and for `/design`. */
export const anAgent = (over: Partial<LiveAgent> & { id: string }): LiveAgent => ({
  parentId: null,
  name: over.id,
  kind: 'process',
  role: null,
  model: null,
  state: 'running',
  epoch: 1,
  sessionId: 's',
  createdAtMs: 0,
  endedAtMs: null,
  lastHeartbeatMs: null,
  leaseExpiresMs: null,
  activity: null,
  progress: null,
  containment: null,
  stopId: null,
  budgetNanoUsd: null,
  ownNanoUsd: '0',
  subtreeNanoUsd: '0',
  unpriced: 0,
  checkpointMs: null,
  ...over,
});
export const aSnapshot = (agents: LiveAgent[], over: Partial<Snapshot> = {}): Snapshot => ({
  seq: 0,
  atMs: 0,
  agents: agents.map(encodeAgent),
  tasks: [],
  changes: [],
  stops: [],
  locks: [],
  barriers: [],
  ...over,
});
/** The same in the two parts in which the server sends it. */
export const fleetOf = (s: Snapshot): Fleet => ({ seq: s.seq, atMs: s.atMs, columns: encodeColumns(s.agents) });
