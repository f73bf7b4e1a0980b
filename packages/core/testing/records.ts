import type { Agent } from '../src/agents/agent.ts';
import type { Lease } from '../src/agents/lease.ts';
import { defaultLimits } from '../src/agents/limits.ts';
import type { Change } from '../src/changes/change.ts';
import type { Cut } from '../src/checkpoints/cut.ts';
import type { Barrier } from '../src/coordination/barrier.ts';
import type { EndWatch } from '../src/coordination/end-watch.ts';
import type { Lock } from '../src/coordination/lock.ts';
import type { BudgetUse } from '../src/costs/budget.ts';
import type { CostEntry } from '../src/costs/cost-entry.ts';
import type { PriceOverride } from '../src/costs/price-override.ts';
import type { Reservation } from '../src/costs/reservation.ts';
import type { BudgetTally, ScopedBudget } from '../src/costs/scoped-budget.ts';
import type { ProjectSettings } from '../src/project/project-settings.ts';
import type { LaunchSpec } from '../src/restarts/launch-spec.ts';
import type { Stop, StopMember } from '../src/stop/stop.ts';
import type { Repository, Runner, StoredOrder } from '../src/supervisor/ports.ts';
import type { Task } from '../src/tasks/task.ts';
import type { TaskArtefact, TaskComment } from '../src/tasks/task-notes.ts';
import { gone } from './test-fleet.ts';

/**
 * One record of each kind with every field filled, so that a store which loses one is seen. Each takes its project and
 * id, and whatever else the test is about.
 */
type Of<T> = { id: string; projectId: string } & Partial<T>;
const atMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
/** Text and JSON that a store might not take as they are. */
export const oddText = 'Robert\'); drop table agent;-- <b>"ü”\\u0000 \\ud800 \\" 🦉\n\t';
export const oddJson = { [oddText]: [oddText, null, true, 1.5, -0.1, { deep: { er: [] } }, ''], n: 9_007_199_254_740_991 };

export const agentOf = (over: Of<Agent>): Agent => ({
  parentId: null,
  path: [over.id],
  chargedTo: ['agt_b1', 'agt_b2'],
  sessionId: over.id,
  name: oddText,
  kind: 'agent',
  role: 'coder',
  model: 'model-a',
  state: 'running',
  epoch: 3,
  version: 7,
  budgetNanoUsd: 1_234_567_890_123n,
  onParentExit: { failed: 'reparent' },
  metadata: oddJson,
  runnerId: 'run_1',
  containment: 'cgroup',
  pid: 4_194_304,
  pidStartTime: '12345678901234',
  process: 'running',
  processEvidence: gone({ detail: oddText }),
  pausedBy: 'operator',
  interruptReason: oddText,
  stopId: null,
  acknowledged: true,
  orphanHandled: true,
  orphanIgnoredUntilMs: atMs + 2,
  limits: { children: 3 },
  leaseMs: 15_000,
  createdAtMs: atMs,
  endedAtMs: atMs + 1,
  result: oddJson,
  error: oddText,
  requestId: null,
  ...over,
});
export const settingsOf = (over: Of<ProjectSettings>): ProjectSettings => ({
  limits: { ...defaultLimits, depth: 7, children: 0 },
  onParentExit: { lost: 'stop' },
  checkpoints: { keep: 3, keepForMs: 60_000 },
  haltedBy: 'stp_1',
  budgets: [scopedBudgetOf({ id: 'bud_1' }), scopedBudgetOf({ id: 'bud_2', agentId: null, scope: 'project', hardNanoUsd: null })],
  prices: [priceOverrideOf({ version: 1 }), priceOverrideOf({ version: 2, provider: 'anthropic', rates: null })],
  ...over,
});
export const launchSpecOf = (over: Of<LaunchSpec>): LaunchSpec => ({
  command: 'node',
  args: ['-e', oddText, ''],
  cwd: oddText,
  env: { A: oddText },
  restart: 'transient',
  supervision: { strategy: 'rest-for-one', intensity: 3, periodMs: 60_000 },
  restartsAtMs: [atMs, atMs + 1],
  ...over,
});
export const leaseOf = (over: Of<Lease>): Lease => ({
  lastHeartbeatMs: atMs,
  expiresAtMs: atMs + 15_000,
  activity: oddText,
  progress: 0.25,
  toolsExecuted: 5_000_000_000,
  parkedAtMs: atMs,
  checkpoint: { savedAtMs: atMs, tools: 7, nanoUsd: '1234567890123', askedBecause: oddText },
  ...over,
});
export const cutOf = (over: Of<Cut>): Cut => ({
  rootId: 'agt_1',
  reason: oddText,
  createdAtMs: atMs,
  members: [{ agentId: 'agt_1', name: oddText, parentId: null, epoch: 2, checkpointId: 'ckp_1', savedAtMs: atMs + 1 }],
  restore: {
    number: 1,
    by: oddText,
    startedAtMs: atMs,
    doneAtMs: null,
    starts: [{ agentId: 'agt_1', checkpointId: 'ckp_1', epoch: 3, state: 'ordered', why: null }],
    leftOut: [{ agentId: 'agt_2', name: 'b', why: oddText, stopped: true }],
  },
  restoring: true,
  ...over,
});
export const stopOf = (over: Of<Stop>): Stop => ({
  open: 2,
  unconfirmed: 1,
  enlisting: true,
  takenAtAcceptance: { agt_1: { claimsReleased: 3, locksFreed: 1, ordersCancelled: 2 } },
  agentId: 'agt_1',
  mode: 'drain',
  propagation: 'foreground',
  reason: oddText,
  actor: 'person:Ann',
  state: 'stopping',
  acceptedAtMs: atMs,
  graceMs: 30_000,
  killConfirmMs: 5_000,
  deadlineMs: atMs + 30_000,
  waves: 3,
  members: 4,
  endedAtMs: null,
  ...over,
});
export const memberOf = (over: Of<StopMember> & { stopId: string }): StopMember => ({
  agentId: 'agt_1',
  parentId: 'agt_0',
  name: oddText,
  wave: 2,
  deadlineMs: atMs,
  askedAtMs: atMs + 1,
  killedAtMs: atMs + 2,
  endedAtMs: atMs + 3,
  outcome: 'killed',
  evidence: { how: 'process-ended', detail: oddText, process: gone(), claimsReleased: 1, ordersCancelled: 2, locksFreed: 3 },
  claimsReleased: 1,
  ordersCancelled: 2,
  locksFreed: 3,
  costAtAcceptanceNanoUsd: 9_000_000_000_000_000_000n,
  ...over,
});
export const taskOf = (over: Of<Task>): Task => ({
  title: oddText,
  body: oddText,
  state: 'ready',
  priority: 0,
  labels: [],
  dependsOn: [],
  attempts: 1,
  maxAttempts: 3,
  notBeforeMs: null,
  claimToken: 9_000_000_000_000_000_000n,
  agentId: null,
  claimExpiresAtMs: null,
  claimLeaseMs: null,
  failures: [{ atMs, agentId: null, error: oddText, attempt: 1 }],
  result: oddJson,
  createdBy: 'person:Ann',
  createdAtMs: atMs,
  updatedAtMs: atMs,
  finishedAtMs: null,
  requestId: null,
  needs: [],
  parentTaskId: null,
  subtasks: 0,
  review: false,
  evidence: [],
  artefactKinds: [],
  submittedBy: null,
  ...over,
});
export const artefactOf = (over: Of<TaskArtefact>): TaskArtefact => ({
  taskId: 'tsk_1',
  attempt: 2,
  kind: 'diff',
  name: oddText,
  uri: null,
  content: oddText,
  mediaType: 'text/plain',
  digest: 'a'.repeat(64),
  createdBy: 'agent:agt_1',
  createdAtMs: atMs,
  ...over,
});
export const commentOf = (over: Of<TaskComment>): TaskComment => ({
  taskId: 'tsk_1',
  body: oddText,
  createdBy: 'person:Ann',
  createdAtMs: atMs,
  ...over,
});
export const lockOf = (over: Of<Lock>): Lock => ({
  name: over.id,
  permits: 2,
  token: 9_000_000_000_000_000_001n,
  holders: [{ agentId: 'agt_1', token: '9000000000000000001', requestId: oddText, callId: 'c', sinceMs: atMs, expiresAtMs: atMs + 30_000 }],
  waiters: [
    {
      agentId: 'agt_2',
      requestId: 'r',
      callId: null,
      priority: -3,
      blocking: true,
      sinceMs: atMs,
      deadlineMs: atMs + 20_000,
      leaseMs: 5_000,
    },
  ],
  agentIds: ['agt_1', 'agt_2'],
  waiting: 1,
  dueAtMs: atMs + 20_000,
  createdAtMs: atMs,
  updatedAtMs: atMs + 1,
  ...over,
});
export const barrierOf = (over: Of<Barrier>): Barrier => ({
  name: over.id,
  generation: 7,
  parties: 3,
  expected: 2,
  onPartyDeath: 'shrink',
  partyIds: ['agt_1', 'agt_2'],
  arrived: [{ agentId: 'agt_1', requestId: oddText, callId: null, blocking: false, sinceMs: atMs, deadlineMs: atMs + 60_000 }],
  agentIds: ['agt_1', 'agt_2'],
  waiting: 1,
  dueAtMs: atMs + 60_000,
  createdAtMs: atMs,
  updatedAtMs: atMs + 1,
  ...over,
});
export const endWatchOf = (over: Of<EndWatch>): EndWatch => ({
  name: `task:${over.id}`,
  waiters: [{ agentId: 'agt_1', requestId: oddText, callId: null, blocking: true, sinceMs: atMs, deadlineMs: atMs + 60_000 }],
  agentIds: ['agt_1'],
  waiting: 1,
  dueAtMs: atMs + 60_000,
  createdAtMs: atMs,
  updatedAtMs: atMs + 1,
  ...over,
});
export const changeOf = (over: Of<Change>): Change => ({
  repositoryId: 'rep_1',
  agentId: 'agt_1',
  agentPath: ['agt_0', 'agt_1'],
  title: oddText,
  reason: oddText,
  testPatch: `+${oddText}\r\n`,
  fixPatch: `-${oddText}`,
  requestId: null,
  state: 'awaiting-approval',
  version: 5,
  attempt: 1,
  baseSha: 'b',
  candidateSha: 'c',
  mergedSha: null,
  revertSha: null,
  branch: 'reeve/x',
  diffHash: 'h',
  diff: oddText,
  blastRadius: { level: 'low', score: 1.5, reasons: [oddText], files: [{ path: 'a.ts', layer: 3, added: 1, removed: 0 }], dependents: [] },
  gates: [{ name: 'suite', on: 'base', exitCode: 1, ms: 5, passed: true, excerpt: oddText }],
  approvals: [],
  refusal: { rule: 'r', detail: oddText },
  rollbackAsked: true,
  activation: null,
  comments: [{ id: 'com_1', by: 'ann', byKind: 'person', body: oddText, path: 'a.ts', line: 3, atMs }],
  createdAtMs: atMs,
  updatedAtMs: atMs,
  expiresAtMs: atMs + 1,
  timeline: [{ atMs, text: oddText }],
  ...over,
});
export const repositoryOf = (over: Of<Repository>): Repository => ({
  name: over.id,
  path: '/with a space/ünï',
  branch: 'main',
  layers: [{ pattern: 'src/**', layer: 1 }],
  gates: { test: 'npm test', lint: 'npm run lint' },
  rules: { splitWindowMs: 3_600_000, splitWindowAcross: 'session', fourEyes: 'high' },
  createdAtMs: atMs,
  ...over,
});
export const runnerOf = (over: Of<Runner>): Runner => ({
  name: 'local',
  host: 'here',
  pid: 12,
  startTime: '99',
  containment: 'pid-namespace',
  scope: null,
  leaseExpiresAtMs: atMs,
  createdAtMs: atMs,
  ...over,
});
export const orderOf = (over: Of<StoredOrder> & { runnerId: string }): StoredOrder => ({
  agentId: null,
  kind: 'launch',
  payload: {
    kind: 'launch',
    orderId: over.id,
    agentId: over.agentId ?? 'agt_1',
    epoch: 1,
    token: '',
    parentId: null,
    name: oddText,
    command: 'node',
    args: ['-e', oddText],
    cwd: null,
    env: { A: oddText },
  },
  createdAtMs: atMs,
  ...over,
});
export const useOf = (over: Of<BudgetUse>): BudgetUse => ({
  reservedNanoUsd: 1n,
  unknownNanoUsd: 2n,
  overshootNanoUsd: 3n,
  movedNanoUsd: -9_000_000_000_000_000_000n,
  ...over,
});
export const scopedBudgetOf = (over: { id: string } & Partial<ScopedBudget>): ScopedBudget => ({
  name: oddText,
  scope: 'subtree',
  agentId: 'lead',
  period: 'day',
  softNanoUsd: 8_000_000_000_000_000_000n,
  hardNanoUsd: 9_000_000_000_000_000_000n,
  action: 'deny',
  createdAtMs: atMs,
  createdBy: 'person:Ann',
  ...over,
});
export const tallyOf = (over: Of<BudgetTally>): BudgetTally => ({
  period: '2026-01-02',
  spentNanoUsd: -9_000_000_000_000_000_000n,
  reservedNanoUsd: 0n,
  unknownNanoUsd: 0n,
  ...over,
});
export const priceOverrideOf = (over: { version: number } & Partial<PriceOverride>): PriceOverride => ({
  model: 'model-a',
  provider: null,
  rates: { inputPico: 3_000_000n, outputPico: 15_000_000n, cachedInputPico: 300_000n, cacheWritePico: null, reasoningPico: null },
  validFromMs: atMs,
  createdAtMs: atMs,
  createdBy: 'person:Ann',
  reason: oddText,
  ...over,
});
export const reservationOf = (over: Of<Reservation>): Reservation => ({
  agentId: 'agt_1',
  path: ['agt_0', 'agt_1'],
  chargedTo: [],
  amountNanoUsd: 9_000_000_000_000_000_000n,
  settledNanoUsd: 0n,
  state: 'open',
  createdAtMs: atMs,
  expiresAtMs: atMs + 60_000,
  endedAtMs: null,
  ...over,
});
export const entryOf = (over: { projectId: string; agentId: string; eventId: string } & Partial<CostEntry>): CostEntry => ({
  path: [over.agentId],
  chargedTo: ['agt_b1'],
  sessionId: over.agentId,
  role: 'coder',
  model: 'model-a',
  provider: 'anthropic',
  inputTokens: 5_000_000_000,
  outputTokens: 10,
  cachedInputTokens: 3,
  cacheWriteTokens: 2,
  reasoningTokens: 1,
  costNanoUsd: 10_000_000n,
  pricedBy: 'table',
  priceVersion: 'test@1',
  late: false,
  reservationId: 'rsv_1',
  refersTo: null,
  reason: null,
  atMs,
  recordedAtMs: atMs,
  ...over,
});
