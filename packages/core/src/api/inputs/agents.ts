/** What callers send about agents (contract.md). One schema an input: tRPC, HTTP, OpenAPI and the clients all take these. */
import { z } from 'zod';
import { at, atMs, count, id, json, limits, name, onParentExit, page, reason, requestId, sequence, usd } from './fields.ts';

/**
 * OTP's terms: whether an agent that a runner started is started again when it ends.
 *
 * Use `permanent` for what must always run, `transient` for what ends when it is done, `temporary` for one try.
 *
 * @example
 * restartTypes; // → ['permanent', 'transient', 'temporary']
 */
export const restartTypes = ['permanent', 'transient', 'temporary'] as const;

/** One of `restartTypes`. */
export type RestartType = (typeof restartTypes)[number];

/**
 * Who else is started again with it.
 *
 * Use `one-for-all` for children that cannot go on without each other, `rest-for-one` where later ones build on earlier.
 *
 * @example
 * restartStrategies[0]; // → 'one-for-one'
 */
export const restartStrategies = ['one-for-one', 'one-for-all', 'rest-for-one'] as const;

/** One of `restartStrategies`. */
export type RestartStrategy = (typeof restartStrategies)[number];

const supervision = z.object({
  strategy: z.enum(restartStrategies).default('one-for-one'),
  /** More restarts than this within the period, and the parent gives up. */
  intensity: z.number().int().min(0).max(1_000).default(1),
  periodMs: z.number().int().min(1_000).max(86_400_000).default(5_000),
});

/** How a parent keeps the children that runners start for it. */
export type Supervision = z.output<typeof supervision>;

/**
 * An agent that runs already makes itself known: a root, or below `parentId`. `budgetUsd` is in USD; the same `requestId`
 * again is the same agent.
 *
 * Use it for a program that somebody else started; what a runner is to start goes through `spawnAgentInput`.
 *
 * @example
 * registerAgentInput.parse({ name: ' Ann ' }); // → { name: 'Ann' }
 * registerAgentInput.safeParse({ name: '' }).success; // → false
 * registerAgentInput.safeParse({ name: 'Ann', limits: { depth: -1 } }).success; // → false
 */
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

/**
 * A runner is to start a process as a child of the agent `id`. `env` and `args` have limits of length.
 *
 * Use it for what Reeve shall hold and be able to kill; what runs already registers itself.
 *
 * @example
 * spawnAgentInput.parse({ id: 'agt_1', name: 'Ann', command: 'node' }).args; // → []
 * spawnAgentInput.safeParse({ id: 'agt_1', name: 'Ann' }).success; // → false
 */
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

/**
 * An agent lives: with what it does in words, and its progress from 0 to 1.
 *
 * Use it for one agent; many in one call go through `heartbeatsInput`.
 *
 * @example
 * heartbeatInput.safeParse({ id: 'agt_1', progress: 0.5 }).success; // → true
 * heartbeatInput.safeParse({ id: 'agt_1', progress: 50 }).success; // → false
 */
export const heartbeatInput = z.object({ id, ...beat });

/**
 * Up to 1,000 heartbeats in one call, each answered by itself.
 *
 * Use it in a process that speaks for many agents.
 *
 * @example
 * heartbeatsInput.parse({ beats: [{ agentId: 'agt_1' }] }).beats.length; // → 1
 */
export const heartbeatsInput = z.object({ beats: z.array(z.object({ agentId: id, ...beat })).max(1000) });

/**
 * An agent's own word that it ends; under a stop it is the acknowledgement.
 *
 * Use it as the last call of an agent; one that says nothing is lost when its lease is over.
 *
 * @example
 * finishAgentInput.safeParse({ id: 'agt_1', outcome: 'completed', result: 42 }).success; // → true
 * finishAgentInput.safeParse({ id: 'agt_1', outcome: 'killed' }).success; // → false
 */
export const finishAgentInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  outcome: z.enum(['completed', 'failed', 'stopped']),
  result: json.optional(),
  error: z.string().max(20_000).optional(),
});

/**
 * Up to 1,000 events that an agent tells of itself; the same `eventId` again is the same event.
 *
 * Use it for what a restore shall hand out again, then with `sequence`, and for what a person shall read.
 *
 * @example
 * agentEventsInput.safeParse({ id: 'agt_1', events: [{ eventId: 'e1', type: 'note', sequence: 1 }] }).success; // → true
 * agentEventsInput.safeParse({ id: 'agt_1', events: [{ eventId: 'e1', type: 'note', sequence: 0 }] }).success; // → false
 */
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

/**
 * Up to 2,000 lines that an agent's process wrote; `at` in milliseconds since the Unix epoch.
 *
 * Use it for text as it comes; what a program shall read again is an event.
 *
 * @example
 * agentLogInput.safeParse({ id: 'agt_1', lines: [{ stream: 'stdout', at: 0, text: 'hello' }] }).success; // → true
 */
export const agentLogInput = z.object({
  id,
  lines: z.array(z.object({ stream: z.enum(['stdout', 'stderr']), at: atMs, text: z.string().max(8192) })).max(2000),
});

/**
 * Agents by page: 100 unless told, 1,000 at most; `root` for one subtree, `state` for those in these states.
 *
 * Use it with the `nextCursor` of one answer as the `cursor` of the next.
 *
 * @example
 * listAgentsInput.parse({ limit: '5' }).limit; // → 5
 * listAgentsInput.parse({}).limit; // → 100
 */
export const listAgentsInput = z.object({ root: id.optional(), state: z.string().max(200).optional(), ...page });

/**
 * One thing by its id.
 *
 * Use it for whatever needs no more to be read.
 *
 * @example
 * byIdInput.parse({ id: 'agt_1' }); // → { id: 'agt_1' }
 */
export const byIdInput = z.object({ id });

/**
 * Pause, resume or interrupt an agent, alone unless `subtree` is told.
 *
 * Use it for what leaves the agent alive; its end is `stopAgentInput`.
 *
 * @example
 * askAgentInput.parse({ id: 'agt_1' }); // → { id: 'agt_1', reason: '', subtree: false }
 */
export const askAgentInput = z.object({ id, reason, subtree: z.boolean().default(false) });

/** What happens to a child, by how its parent ended; what is left out is up to the policy above it. */
export type OnParentExit = z.output<typeof onParentExit>;
