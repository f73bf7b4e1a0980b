import { z } from 'zod';
import { type LimitName, limitNames, maxDepth } from '../agents/limits.ts';
import { partyDeaths } from '../coordination/facts.ts';

/**
 * What callers send (contract.md). One schema an input: tRPC, HTTP, OpenAPI and the clients all take these.
 * Text from agents has a length limit everywhere; ids are opaque and need only be short.
 */
export const id = z.string().min(1).max(64);
const name = z.string().trim().min(1).max(200);
const label = z.string().trim().min(1).max(64);
const reason = z.string().trim().max(2000).default('');
const leaseMs = z.number().int().min(1_000).max(3_600_000);
const waitMs = z.number().int().min(0).max(60_000);
const usd = z.union([z.number().min(0).max(1e9), z.string().regex(/^\d{1,9}(\.\d{1,18})?$/)]);
const json = z.json();
/** The last moment with a year of four digits: what comes later no database and no ISO 8601 reader takes as it is. */
const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
const at = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= lastMs, 'must be between 1970 and 9999');
const atMs = z.number().int().min(0).max(lastMs);
const pid = z.number().int().positive().max(2_147_483_647);
const requestId = z.string().min(1).max(128);
/** Waits for each other are longer than polls: up to four minutes, below the five after which many HTTP clients give up. */
const longWaitMs = z.number().int().min(0).max(240_000);
const count = z.number().int().min(0).max(1e12);
const page = { limit: z.coerce.number().int().min(1).max(1000).default(100), cursor: z.string().max(200).optional() };

export const parentExitActions = ['stop', 'reparent', 'ignore'] as const;
const onParentExit = z
  .object({
    completed: z.enum(parentExitActions).optional(),
    failed: z.enum(parentExitActions).optional(),
    lost: z.enum(parentExitActions).optional(),
    stopped: z.enum(parentExitActions).optional(),
  })
  .strict();

const limit = z.number().int().min(0).max(1_000_000);
/** Bounds by name; what is left out stays as it is. */
const limits = z
  .object({ ...(Object.fromEntries(limitNames.map((n) => [n, limit.optional()])) as Record<LimitName, z.ZodOptional<typeof limit>>) })
  .strict()
  .refine((l) => (l.depth ?? 0) <= maxDepth, { path: ['depth'], message: `at most ${maxDepth}` });

/** OTP's terms: whether an agent that a runner started is started again when it ends. */
export const restartTypes = ['permanent', 'transient', 'temporary'] as const;
export type RestartType = (typeof restartTypes)[number];
/** Who else is started again with it. */
export const restartStrategies = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;
export type RestartStrategy = (typeof restartStrategies)[number];
const supervision = z.object({
  strategy: z.enum(restartStrategies).default('one-for-one'),
  /** More restarts than this within the period, and the parent gives up. */
  intensity: z.number().int().min(0).max(1_000).default(1),
  periodMs: z.number().int().min(1_000).max(86_400_000).default(5_000),
});
/** How a parent keeps the children that runners start for it. */
export type Supervision = z.output<typeof supervision>;

export const registerAgentInput = z.object({
  name,
  parentId: id.nullish(),
  kind: z.string().max(64).optional(),
  model: z.string().max(200).optional(),
  role: z.string().max(64).optional(),
  budgetUsd: usd.optional(),
  onParentExit: onParentExit.optional(),
  metadata: z.record(z.string().max(100), json).optional(),
  /** Tighter bounds for a session; taken at its root alone. */
  limits: limits.optional(),
  requestId: requestId.optional(),
  /** Set by a runner for the agents it hosts. */
  runnerId: id.optional(),
});
export const spawnAgentInput = z.object({
  id,
  name,
  role: z.string().max(64).optional(),
  kind: z.string().max(64).optional(),
  model: z.string().max(200).optional(),
  command: z.string().min(1).max(4096),
  args: z.array(z.string().max(32_768)).max(256).default([]),
  cwd: z.string().max(4096).optional(),
  env: z.record(z.string().max(200), z.string().max(32_768)).optional(),
  budgetUsd: usd.optional(),
  onParentExit: onParentExit.optional(),
  /** Whether its runner starts it again when it ends; temporary where nothing is said. */
  restart: z.enum(restartTypes).optional(),
  /** How it keeps the children that runners start for it. */
  supervision: supervision.optional(),
  metadata: z.record(z.string().max(100), json).optional(),
  requestId: requestId.optional(),
});
const beat = {
  epoch: z.number().int().min(1).optional(),
  state: z.enum(['running', 'paused']).optional(),
  activity: z.string().max(500).optional(),
  progress: z.number().min(0).max(1).optional(),
  metrics: z.object({ toolsExecuted: count.optional() }).optional(),
};
export const heartbeatInput = z.object({ id, ...beat });
export const heartbeatsInput = z.object({ beats: z.array(z.object({ agentId: id, ...beat })).max(1000) });
export const finishAgentInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  outcome: z.enum(['completed', 'failed', 'stopped']),
  result: json.optional(),
  error: z.string().max(20_000).optional(),
});
const sequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
export const agentEventsInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  events: z
    .array(
      z.object({
        eventId: z.string().min(1).max(128),
        type: z.string().min(1).max(100),
        at: at.optional(),
        data: json.optional(),
        /** Its place in the agent's own order, from 1 in each epoch; what a restore hands out again has one. */
        sequence: sequence.optional(),
      }),
    )
    .max(1000),
});
export const agentLogInput = z.object({
  id,
  lines: z.array(z.object({ stream: z.enum(['stdout', 'stderr']), at: atMs, text: z.string().max(8192) })).max(2000),
});
export const listAgentsInput = z.object({ root: id.optional(), state: z.string().max(200).optional(), ...page });
export const byIdInput = z.object({ id });
export const askAgentInput = z.object({ id, reason, subtree: z.boolean().default(false) });

export const stopPropagations = ['foreground', 'background'] as const;
export const stopModes = ['drain', 'graceful', 'force'] as const;
export const stopAgentInput = z.object({
  id,
  mode: z.enum(stopModes).default('graceful'),
  graceMs: z.number().int().min(0).max(3_600_000).default(30_000),
  killConfirmMs: z.number().int().min(0).max(600_000).default(5_000),
  reason,
  /** foreground (unless told): leaves are asked first, a parent once its children have ended. background: all are asked at once. */
  propagation: z.enum(stopPropagations).optional(),
  expectEpoch: z.number().int().min(1).optional(),
  dryRun: z.boolean().default(false),
});
/** The emergency stop: everything of the project under one fence. */
export const stopProjectInput = stopAgentInput.omit({ id: true, expectEpoch: true, dryRun: true });
export const configureProjectInput = z.object({ limits: limits.optional(), onParentExit: onParentExit.nullish() });
export const reopenProjectInput = z.object({ reason });
export const listStopsInput = z.object({ state: z.enum(['stopping', 'done']).optional(), ...page });

export const costEntryInput = z.object({
  eventId: z.string().min(1).max(128),
  agentId: id,
  model: z.string().min(1).max(200),
  provider: z.string().max(64).optional(),
  inputTokens: count,
  outputTokens: count,
  cachedInputTokens: count.optional(),
  cacheWriteTokens: count.optional(),
  reasoningTokens: count.optional(),
  costUsd: usd.optional(),
  /** The reservation of the same agent that this call settles. */
  reservationId: id.optional(),
  at: at.optional(),
});
/** Above nothing; up to a billion USD, as every amount. */
const amountUsd = usd.refine((v) => Number(v) >= 1e-9, 'must be at least 0.000000001');
export const reserveCostInput = z.object({
  agentId: id,
  amountUsd,
  /** How long the call may take; unsettled after that, the amount counts as unknown. */
  ttlMs: z.number().int().min(1_000).max(86_400_000).default(300_000),
  requestId: requestId.optional(),
});
export const releaseReservationInput = z.object({ id });
const signedUsd = z.union([z.number().min(-1e9).max(1e9), z.string().regex(/^-?\d{1,9}(\.\d{1,18})?$/)]);
export const adjustCostInput = z.object({
  /** Of the adjustment itself: told twice it counts once. */
  eventId: z.string().min(1).max(128),
  agentId: id,
  /** The event id of the entry that it corrects. */
  refersTo: z.string().min(1).max(128),
  amountUsd: signedUsd.refine((v) => Math.abs(Number(v)) >= 1e-9, 'must not be 0'),
  reason: z.string().trim().min(1).max(2000),
});
export const setBudgetInput = z.object({ id, budgetUsd: usd.nullable(), reason });
export const reportCostsInput = z.object({ events: z.array(costEntryInput).max(1000) });
export const costGroups = ['agent', 'model', 'day', 'role'] as const;
export const listCostsInput = z.object({ root: id.optional(), groupBy: z.enum(costGroups).default('agent') });
export const costSeriesInput = z.object({
  root: id.optional(),
  by: z.enum(['subtree', 'model', 'role']).default('subtree'),
  windowMinutes: z.coerce.number().int().min(1).max(44_640).default(60),
  maxPoints: z.coerce.number().int().min(10).max(400).default(120),
});
export const listCostEntriesInput = z.object({
  agentId: id.optional(),
  subtree: z.union([z.boolean(), z.stringbool()]).optional(),
  model: z.string().optional(),
  role: z.string().optional(),
  /** YYYY-MM-DD, UTC. */
  day: z.iso.date().optional(),
  ...page,
});

/** Any JSON: it comes from `JSON.parse`, so walking through four megabytes of it once more would prove nothing. */
const saved = z.unknown();
export const saveCheckpointInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  sequence,
  state: saved.refine((v) => v !== undefined, 'is missing'),
  messages: z.array(saved).nullish(),
  context: saved.optional(),
  trigger: z.string().trim().min(1).max(200),
  /** The number of the last event that the state has in it. */
  eventSequence: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
});
export const askCheckpointInput = z.object({ id, reason, subtree: z.boolean().default(false) });
export const listCheckpointsInput = z.object({ id, ...page });
export const restoreModes = ['restore', 'fork'] as const;
export const restoreCheckpointInput = z.object({
  id,
  mode: z.enum(restoreModes).default('restore'),
  /** Of a fork: where it goes; null: it becomes a root; not given: below the parent of its source. */
  parentId: z.union([z.string().min(1).max(64), z.null()]).optional(),
  /** Of a fork: its name. */
  name: name.optional(),
  requestId: requestId.optional(),
});
const effectKey = z.string().min(1).max(200);
export const beginEffectInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  key: effectKey,
  description: z.string().trim().max(500).default(''),
  /** The same for each try of one call, so that a lost reply is no doubt. */
  attemptId: requestId,
  /** Does it again although it may have been done: somebody has decided so. */
  retry: z.boolean().default(false),
});
export const acknowledgeEffectInput = z.object({ id, epoch: z.number().int().min(1).optional(), key: effectKey, result: json.optional() });

export const addTaskInput = z.object({
  title: z.string().trim().min(1).max(500),
  body: z.string().max(100_000).optional(),
  priority: z.number().int().min(-1000).max(1000).default(0),
  dependsOn: z.array(id).max(100).default([]),
  maxAttempts: z.number().int().min(1).max(100).default(3),
  labels: z.array(label).max(32).default([]),
  notBefore: at.optional(),
  requestId: requestId.optional(),
});
export const claimTasksInput = z.object({
  agentId: id,
  /** Only tasks that carry all of these. */
  labels: z.array(label).max(32).default([]),
  leaseMs: leaseMs.default(300_000),
  limit: z.number().int().min(1).max(100).default(1),
  waitMs: waitMs.default(0),
  requestId: requestId.optional(),
});
const token = z.string().regex(/^\d{1,19}$/);
export const completeTaskInput = z.object({ id, token, result: json.optional() });
export const failTaskInput = z.object({ id, token, error: z.string().max(20_000).default(''), retryable: z.boolean().default(true) });
export const releaseTaskInput = z.object({ id, token });
export const renewTaskInput = z.object({ id, token, leaseMs: leaseMs.default(300_000) });
export const operateTaskInput = z.object({ id, reason });
export const updateTaskInput = z.object({ id, priority: z.number().int().min(-1000).max(1000) });
export const dependTaskInput = z.object({ id, add: z.array(id).max(100).default([]), remove: z.array(id).max(100).default([]) });
export const listTasksInput = z.object({ state: z.string().max(200).optional(), label: label.optional(), ...page });

const blocking = z.boolean().default(true);
/** Acquires one permit; `permits` is how many the lock has (1: a mutex). */
export const acquireLockInput = z.object({
  name,
  agentId: id,
  permits: z.number().int().min(1).max(1000).default(1),
  leaseMs: leaseMs.default(30_000),
  waitMs: longWaitMs.default(0),
  priority: z.number().int().min(-10).max(10).default(0),
  /** false: the agent goes on with something else while it waits, so the wait is no ground for a deadlock. */
  blocking,
  /** The same request again, while it waits or holds, is answered with the same. */
  requestId: requestId.optional(),
});
export const releaseLockInput = z.object({ name, agentId: id, token });
export const renewLockInput = z.object({ name, agentId: id, token, leaseMs: leaseMs.default(30_000) });
export const forceReleaseLockInput = z.object({ name, agentId: id.optional(), reason: z.string().trim().min(1).max(2000) });
export const waitBarrierInput = z.object({
  name,
  agentId: id,
  parties: z.number().int().min(1).max(1000),
  waitMs: longWaitMs.default(60_000),
  onPartyDeath: z.enum(partyDeaths).default('break'),
  /** Who the parties are, where that is known: then the end of one that has not come counts too, and so do deadlocks. */
  partyIds: z.array(id).max(1000).default([]),
  blocking,
  requestId: requestId.optional(),
});
export const listLocksInput = z.object({ held: z.union([z.boolean(), z.stringbool()]).default(false), ...page });

export const layerRule = z.object({ pattern: z.string().min(1).max(500), layer: z.number().int().min(1).max(4) });
export const registerRepositoryInput = z.object({
  name,
  path: z.string().min(1).max(4096),
  branch: z.string().max(200).default('main'),
  layers: z.array(layerRule).max(500).optional(),
  gates: z.object({ test: z.string().min(1).max(4096), typecheck: z.string().max(4096).optional(), lint: z.string().max(4096).optional() }),
});
export const proposeChangeInput = z.object({
  repositoryId: id,
  agentId: id,
  title: z.string().trim().min(1).max(300),
  reason: z.string().trim().min(1).max(20_000),
  testPatch: z.string().max(900_000),
  fixPatch: z.string().max(900_000),
  requestId: requestId.optional(),
});
export const listChangesInput = z.object({ state: z.string().max(300).optional(), ...page });
export const decideChangeInput = z.object({ id, diffHash: z.string().min(1).max(200), comment: z.string().max(20_000).default('') });
export const withdrawChangeInput = z.object({ id, reason });

export const listEventsInput = z.object({
  /** Newest first, before this `seq`; or with `after`, oldest first behind it. */
  before: z.coerce.number().int().optional(),
  after: z.coerce.number().int().optional(),
  subjectId: id.optional(),
  type: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
export const agentLogsInput = z.object({
  id,
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
});

export const containmentLevels = ['cgroup', 'pid-namespace', 'process-group', 'none'] as const;
export const registerRunnerInput = z.object({
  name,
  host: z.string().max(255),
  pid,
  startTime: z.string().max(64),
  containment: z.enum(containmentLevels),
  /** The same runner again after a lost connection or a server restart. */
  runnerId: id.optional(),
});
export const pollRunnerInput = z.object({ id, waitMs: waitMs.default(25_000), done: z.array(id).max(1000).default([]) });
export const processEvidence = z.object({
  containment: z.enum(containmentLevels),
  exitCode: z.number().int().nullable(),
  signal: z.string().max(20).nullable(),
  /** Processes of the containment seen after the end; 0 is the proof. */
  survivors: z.number().int().min(0),
  killed: z.boolean().default(false),
  detail: z.string().max(2000).optional(),
});
export const gateReport = z.object({
  name: z.string().max(64),
  on: z.enum(['base', 'candidate']),
  exitCode: z.number().int().nullable(),
  ms: z.number().int().min(0),
  passed: z.boolean(),
  excerpt: z.string().max(65_536),
  testsPassed: z.number().int().min(0).optional(),
  testsFailed: z.number().int().min(0).optional(),
});
export const blastRadius = z.object({
  level: z.enum(['low', 'medium', 'high', 'critical']),
  score: z.number(),
  reasons: z.array(z.string().max(500)).max(100),
  files: z
    .array(z.object({ path: z.string(), layer: z.number().int().nullable(), added: z.number().int(), removed: z.number().int() }))
    .max(5000),
  dependents: z.array(z.string()).max(5000),
});
/** What a runner tells of one order or one process; each is a command on the one road. */
export const runnerReport = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('started'),
    agentId: id,
    epoch: z.number().int(),
    pid,
    startTime: z.string(),
    containment: z.enum(containmentLevels),
  }),
  z.object({ kind: z.literal('exited'), agentId: id, epoch: z.number().int(), evidence: processEvidence }),
  z.object({ kind: z.literal('asked'), agentId: id, epoch: z.number().int(), step: z.enum(['term', 'kill']) }),
  z.object({ kind: z.literal('launch-failed'), agentId: id, epoch: z.number().int(), error: z.string().max(20_000) }),
  z.object({ kind: z.literal('change-assessed'), changeId: id, baseSha: z.string(), blastRadius }),
  z.object({
    kind: z.literal('change-isolated'),
    changeId: id,
    candidateSha: z.string(),
    diffHash: z.string(),
    diff: z.string().max(4_000_000),
    branch: z.string(),
  }),
  z.object({ kind: z.literal('change-gate'), changeId: id, gate: gateReport }),
  z.object({ kind: z.literal('change-test-verified'), changeId: id }),
  z.object({ kind: z.literal('change-validated'), changeId: id }),
  z.object({ kind: z.literal('change-refused'), changeId: id, rule: z.string().max(200), detail: z.string().max(20_000) }),
  z.object({ kind: z.literal('change-failed'), changeId: id, error: z.string().max(20_000) }),
  /** The target branch moved: the change goes back through the gates on the new base. */
  z.object({ kind: z.literal('change-base-moved'), changeId: id, baseSha: z.string() }),
  z.object({ kind: z.literal('change-merged'), changeId: id, mergedSha: z.string() }),
  z.object({ kind: z.literal('change-rolled-back'), changeId: id, revertSha: z.string() }),
  z.object({ kind: z.literal('change-rollback-failed'), changeId: id, error: z.string().max(20_000) }),
]);
export type RunnerReport = z.output<typeof runnerReport>;
export const reportRunnerInput = z.object({ id, reports: z.array(runnerReport).max(1000) });

/** What the server asks of a runner. At least once: a runner must take the same order twice. */
export type RunnerOrder =
  | {
      kind: 'launch';
      orderId: string;
      agentId: string;
      epoch: number;
      token: string;
      parentId: string | null;
      name: string;
      command: string;
      args: string[];
      cwd: string | null;
      env: Record<string, string>;
    }
  | { kind: 'stop'; orderId: string; agentId: string; epoch: number; stopId: string; mode: StopMode; termAtMs: number; killAtMs: number }
  | {
      kind: 'verify-change';
      orderId: string;
      changeId: string;
      title: string;
      agentId: string;
      repository: RepositoryRef;
      testPatch: string;
      fixPatch: string;
    }
  | {
      kind: 'merge-change';
      orderId: string;
      changeId: string;
      title: string;
      repository: RepositoryRef;
      baseSha: string;
      candidateSha: string;
      diffHash: string;
    }
  | { kind: 'rollback-change'; orderId: string; changeId: string; title: string; repository: RepositoryRef; mergedSha: string };
export type RepositoryRef = {
  repositoryId: string;
  path: string;
  branch: string;
  layers: { pattern: string; layer: number }[];
  gates: { test: string; typecheck?: string | undefined; lint?: string | undefined };
};
export type StopPropagation = (typeof stopPropagations)[number];
export type StopMode = (typeof stopModes)[number];
export type ContainmentLevel = (typeof containmentLevels)[number];
export type ProcessEvidence = z.output<typeof processEvidence>;
export type GateReport = z.output<typeof gateReport>;
export type BlastRadius = z.output<typeof blastRadius>;
export type OnParentExit = z.output<typeof onParentExit>;
