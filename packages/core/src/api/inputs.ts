/**
 * What callers send (contract.md). One schema an input: tRPC, HTTP, OpenAPI and the clients all take these. Text from
 * agents has a length limit everywhere. Long, since it is one table and each schema shows an example.
 */
import { z } from 'zod';
import { type LimitName, limitNames, maxDepth } from '../agents/limits.ts';
import { partyDeaths } from '../coordination/facts.ts';
import { budgetActions, budgetPeriods, budgetScopes } from '../costs/budget-scope.ts';
import { type RepositoryRules, repositoryRules } from './repository-rules.ts';

/**
 * An id of anything: opaque, and short, 1 to 64 characters.
 *
 * Use it for any id that comes in; whether there is such a thing is asked later.
 *
 * @example
 * id.safeParse('agt_1').success; // → true
 * id.safeParse('').success; // → false
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

/**
 * What can happen to a child when its parent ends or is lost.
 *
 * Use it to offer the choice; what holds where nobody chose is the policy for orphans.
 *
 * @example
 * parentExitActions.includes('reparent'); // → true
 */
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
const sequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

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

/**
 * Whom a stop asks first: `foreground`, leaves before parents; `background`, all at once.
 *
 * Use `background` where nobody needs its children to end before it.
 *
 * @example
 * stopPropagations; // → ['foreground', 'background']
 */
export const stopPropagations = ['foreground', 'background'] as const;

/**
 * How a stop goes, the gentlest first: `drain`, finish what you do; `graceful`, end within the grace; `force`, KILL now.
 *
 * Use the gentlest that will do: a stop under way can be made stronger, never weaker.
 *
 * @example
 * stopModes; // → ['drain', 'graceful', 'force']
 */
export const stopModes = ['drain', 'graceful', 'force'] as const;

/**
 * Stops an agent with its subtree: graceful, with 30 s to end and 5 s to see a kill confirmed, unless told.
 *
 * Use it with `dryRun` to see what a stop would do, and with `expectEpoch` to stop no newer run than the one you saw.
 *
 * @example
 * stopAgentInput.parse({ id: 'agt_1' }).graceMs; // → 30_000
 * stopAgentInput.parse({ id: 'agt_1' }).mode; // → 'graceful'
 */
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

/**
 * The emergency stop: everything of the project under one fence, and nothing new starts until it is opened again.
 *
 * Use it when you do not know which agent is the cause; one subtree is stopped by `stopAgentInput`.
 *
 * @example
 * stopProjectInput.parse({ mode: 'force', reason: 'too dear' }).mode; // → 'force'
 */
export const stopProjectInput = stopAgentInput.omit({ id: true, expectEpoch: true, dryRun: true });

/**
 * The limits of a project, and its policy for orphans; what is left out stays as it is, and null takes the policy away.
 *
 * Use it to tighten or to widen what holds for all; a session gets tighter limits at its root.
 *
 * @example
 * configureProjectInput.safeParse({ limits: { depth: 3 } }).success; // → true
 * configureProjectInput.safeParse({ limits: { height: 3 } }).success; // → false
 * configureProjectInput.safeParse({ checkpoints: { keep: 100, keepForMs: 86_400_000 } }).success; // → true
 * configureProjectInput.safeParse({ checkpoints: { keep: 0 } }).success; // → false
 */
export const configureProjectInput = z.object({
  limits: limits.optional(),
  onParentExit: onParentExit.nullish(),
  /** Of each agent the newest `keep` are kept, and those that are younger than `keepForMs`; the latest always. */
  checkpoints: z
    .object({ keep: z.number().int().min(1).max(1_000).optional(), keepForMs: z.number().int().min(0).max(31_536_000_000).optional() })
    .strict()
    .optional(),
});

/** What an operator can say of orphans: as the policy has it, or this instead. */
const orphanOrders = ['policy', 'stop', 'reparent', 'ignore'] as const;

/**
 * The orphans whose cases are shown: the first so many, those that need an answer before those that are left alone.
 *
 * Use it for the dry run of a sweep; the sums are of all orphans either way.
 *
 * @example
 * listOrphansInput.parse({}); // → { limit: 100 }
 * listOrphansInput.safeParse({ limit: 1_001 }).success; // → false
 */
export const listOrphansInput = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }).strict();

/**
 * An operator's word on orphans they name, also past a halt: `policy`, as the dry run showed it; `stop` and `reparent`,
 * whatever the policy says; `ignore`, left as they are for `forMs`.
 *
 * Use it on ids from `GET /orphans`; whoever is no orphan by then is skipped, and told of.
 *
 * @example
 * handleOrphansInput.parse({ agentIds: ['agt_1'], action: 'stop' }).reason; // → ''
 * handleOrphansInput.safeParse({ agentIds: ['agt_1'], action: 'ignore', forMs: 60_000 }).success; // → true
 * handleOrphansInput.safeParse({ agentIds: ['agt_1'], action: 'ignore' }).success; // → false
 * handleOrphansInput.safeParse({ agentIds: ['agt_1'], action: 'stop', forMs: 60_000 }).success; // → false
 */
export const handleOrphansInput = z
  .object({
    agentIds: z.array(id).min(1).max(1_000),
    action: z.enum(orphanOrders),
    /** Of `ignore`: from a second to thirty days. */
    forMs: z.number().int().min(1_000).max(2_592_000_000).optional(),
    reason,
  })
  .strict()
  .refine((i) => (i.action === 'ignore') === (i.forMs !== undefined), { path: ['forMs'], message: 'goes with ignore, and ignore with it' });

/**
 * Lets agents start again after an emergency stop.
 *
 * Use it once the cause is gone; what was stopped stays stopped.
 *
 * @example
 * reopenProjectInput.parse({}); // → { reason: '' }
 */
export const reopenProjectInput = z.object({ reason });

/**
 * Stops by page, all of them or those that are under way or done.
 *
 * Use it to find a receipt whose id you do not have.
 *
 * @example
 * listStopsInput.safeParse({ state: 'stopping' }).success; // → true
 * listStopsInput.safeParse({ limit: 1_001 }).success; // → false
 */
export const listStopsInput = z.object({ state: z.enum(['stopping', 'done']).optional(), ...page });

/**
 * A part of a receipt, in the order in which its members end; `cursor` as the part before answered it.
 *
 * Use it for stops of thousands; `GET /stops/{id}` has the whole receipt in one answer.
 *
 * @example
 * stopReceiptInput.parse({ id: 'stp_1' }).limit; // → 100
 * stopReceiptInput.safeParse({ id: 'stp_1', cursor: '0:agt_1' }).success; // → true
 * stopReceiptInput.safeParse({ id: 'stp_1', cursor: 'agt_1' }).success; // → false
 */
export const stopReceiptInput = z.object({
  id,
  ...page,
  cursor: z
    .string()
    .regex(/^\d{1,6}:.{1,64}$/, 'must be a nextCursor')
    .optional(),
});

/**
 * One model call: tokens, and in USD what it cost where the agent knows it; else the price table says. The same `eventId`
 * again is the same call.
 *
 * Use it for each call as it ends, also of those that failed but were paid for.
 *
 * @example
 * const call = { eventId: 'e1', agentId: 'agt_1', model: 'm', inputTokens: 10, outputTokens: 1 };
 * costEntryInput.safeParse({ ...call, costUsd: '0.000000001' }).success; // → true
 * costEntryInput.safeParse({ ...call, costUsd: -1 }).success; // → false
 */
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

/**
 * Sets an amount in USD of the budgets aside before a call is made; unsettled after `ttlMs` (five minutes unless told) it
 * counts as unknown.
 *
 * Use it where a budget must hold before the money is spent; the report of the call settles it.
 *
 * @example
 * reserveCostInput.parse({ agentId: 'agt_1', amountUsd: '0.5' }).ttlMs; // → 300_000
 * reserveCostInput.safeParse({ agentId: 'agt_1', amountUsd: 0 }).success; // → false
 */
export const reserveCostInput = z.object({
  agentId: id,
  amountUsd,
  /** How long the call may take; unsettled after that, the amount counts as unknown. */
  ttlMs: z.number().int().min(1_000).max(86_400_000).default(300_000),
  requestId: requestId.optional(),
});

/**
 * Gives a reservation back.
 *
 * Use it when the call was not made.
 *
 * @example
 * releaseReservationInput.parse({ id: 'res_1' }); // → { id: 'res_1' }
 */
export const releaseReservationInput = z.object({ id });
const signedUsd = z.union([z.number().min(-1e9).max(1e9), z.string().regex(/^-?\d{1,9}(\.\d{1,18})?$/)]);

/**
 * Corrects an entry by an amount in USD, which may be negative, with the reason.
 *
 * Use it for what was told wrongly: entries themselves never change.
 *
 * @example
 * const fix = { eventId: 'e2', agentId: 'agt_1', refersTo: 'e1', reason: 'counted twice' };
 * adjustCostInput.safeParse({ ...fix, amountUsd: '-0.25' }).success; // → true
 * adjustCostInput.safeParse({ ...fix, amountUsd: 0 }).success; // → false
 */
export const adjustCostInput = z.object({
  /** Of the adjustment itself: told twice it counts once. */
  eventId: z.string().min(1).max(128),
  agentId: id,
  /** The event id of the entry that it corrects. */
  refersTo: z.string().min(1).max(128),
  amountUsd: signedUsd.refine((v) => Math.abs(Number(v)) >= 1e-9, 'must not be 0'),
  reason: z.string().trim().min(1).max(2000),
});

/**
 * Another budget for an agent, in USD; null: none.
 *
 * Use it to let an agent go on, or to bound one that had no budget.
 *
 * @example
 * setBudgetInput.parse({ id: 'agt_1', budgetUsd: null }).budgetUsd; // → null
 */
export const setBudgetInput = z.object({ id, budgetUsd: usd.nullable(), reason });

/**
 * A budget of a subtree or a session (`agentId`: whose), or of the project: `softUsd` warns, `hardUsd` refuses what costs more and
 * then acts. A `period` of a day starts anew each day in UTC.
 *
 * Use it for more than one bound on the same agents; the budget that comes with an agent is `budgetUsd` of its registration.
 *
 * @example
 * makeBudgetInput.parse({ name: 'daily', scope: 'project', period: 'day', hardUsd: 20 }).action; // → 'deny'
 * makeBudgetInput.safeParse({ name: 'x', scope: 'project', hardUsd: -1 }).success; // → false
 */
export const makeBudgetInput = z.object({
  name,
  scope: z.enum(budgetScopes),
  agentId: id.optional(),
  period: z.enum(budgetPeriods).default('total'),
  softUsd: usd.nullable().default(null),
  hardUsd: usd.nullable().default(null),
  action: z.enum(budgetActions).default('deny'),
  reason,
  requestId: requestId.optional(),
});
/**
 * Changes a budget at once, up or down; what is left out stays as it is, and null takes a limit away.
 *
 * Use it to raise one that is used up: who waits for it goes on.
 *
 * @example
 * editBudgetInput.parse({ id: 'bud_1', hardUsd: 30, reason: 'more to do' }).softUsd; // → undefined
 */
export const editBudgetInput = z.object({
  id,
  name: name.optional(),
  softUsd: usd.nullable().optional(),
  hardUsd: usd.nullable().optional(),
  action: z.enum(budgetActions).optional(),
  reason,
});
/**
 * Takes a budget away.
 *
 * Use it when it bounds nothing any more; a raise is `editBudgetInput`.
 *
 * @example
 * removeBudgetInput.parse({ id: 'bud_1' }); // → { id: 'bud_1', reason: '' }
 */
export const removeBudgetInput = z.object({ id, reason });

/** USD a million tokens, to six places: then a token's price is exact. */
const perMillionUsd = usd.refine((v) => /^\d{1,9}(\.\d{1,6}0*)?$/.test(String(v)), 'must have at most six places');
const part = perMillionUsd.nullable().default(null);
/**
 * What a model costs, in USD a million tokens; a part that is null costs what the whole costs that it belongs to.
 *
 * Use it in `setPriceInput`, and to try a price before it is given.
 *
 * @example
 * ratesInput.parse({ inputUsd: '3', outputUsd: 15 }).cachedInputUsd; // → null
 * ratesInput.safeParse({ inputUsd: '0.0000001', outputUsd: 15 }).success; // → false
 */
export const ratesInput = z.object({
  inputUsd: perMillionUsd,
  outputUsd: perMillionUsd,
  cachedInputUsd: part,
  cacheWriteUsd: part,
  reasoningUsd: part,
});
/** Rates as they come in. */
export type RatesInput = z.output<typeof ratesInput>;
const priced = { model: z.string().min(1).max(200), provider: z.string().min(1).max(64).optional() };
/**
 * What the project pays for a model, of one provider or of any, for calls from `validFrom` (now) on; `rates` null: the list price again.
 *
 * Use it for a contract of your own, and for a model that no table knows. Entries that are there already stay until they are repriced.
 *
 * @example
 * setPriceInput.parse({ model: 'm', rates: { inputUsd: 1, outputUsd: 2 } }).reason; // → ''
 * setPriceInput.safeParse({ model: 'm' }).success; // → false
 */
export const setPriceInput = z.object({ ...priced, rates: ratesInput.nullable(), validFrom: at.optional(), reason });
/**
 * Prices calls of a model anew by what the project pays, in a time by `from` and `to`; `unpricedOnly`: those without a price alone.
 *
 * Use it with `dryRun` first, and with `tried` for a price that is not given yet.
 *
 * @example
 * repriceInput.parse({ model: 'm' }); // → { model: 'm', unpricedOnly: false, dryRun: false }
 */
export const repriceInput = z.object({
  ...priced,
  from: at.optional(),
  to: at.optional(),
  unpricedOnly: z.boolean().default(false),
  dryRun: z.boolean().default(false),
  tried: z.object({ rates: ratesInput.nullable(), validFrom: at.optional() }).optional(),
});

/**
 * Up to 1,000 model calls in one go, of any agents that the caller may speak for.
 *
 * Use it with what was collected since the last report; told twice it counts once.
 *
 * @example
 * reportCostsInput.parse({ events: [] }); // → { events: [] }
 */
export const reportCostsInput = z.object({ events: z.array(costEntryInput).max(1000) });

/**
 * What costs can be added up by.
 *
 * Use it to offer the choice.
 *
 * @example
 * costGroups; // → ['agent', 'session', 'model', 'day', 'role']
 */
export const costGroups = ['agent', 'session', 'model', 'day', 'role'] as const;

/**
 * Costs in groups, of the project or below `root`.
 *
 * Use it for sums; single calls are `listCostEntriesInput`, the course over time is `costSeriesInput`.
 *
 * @example
 * listCostsInput.parse({}).groupBy; // → 'agent'
 */
export const listCostsInput = z.object({
  root: id.optional(),
  groupBy: z.enum(costGroups).default('agent'),
  /** By agent only: of the others there are few, or all are wanted. */
  limit: z.coerce.number().int().min(1).max(5_000).default(5_000),
  cursor: z.string().max(200).optional(),
});

/**
 * Costs over the last `windowMinutes` (60 unless told, 31 days at most), in at most `maxPoints` points.
 *
 * Use it to draw; sums are `listCostsInput`.
 *
 * @example
 * costSeriesInput.parse({}); // → { by: 'subtree', windowMinutes: 60, maxPoints: 120 }
 */
export const costSeriesInput = z.object({
  root: id.optional(),
  by: z.enum(['subtree', 'model', 'role']).default('subtree'),
  windowMinutes: z.coerce.number().int().min(1).max(44_640).default(60),
  maxPoints: z.coerce.number().int().min(10).max(400).default(120),
});

/**
 * Single model calls by page, of one agent or its subtree, a session, a model, a role, a day in UTC, a time.
 *
 * Use it to see what a sum is made of.
 *
 * @example
 * listCostEntriesInput.safeParse({ day: '2026-01-31', subtree: 'true' }).success; // → true
 * listCostEntriesInput.safeParse({ day: '2026-02-31' }).success; // → false
 */
export const listCostEntriesInput = z.object({
  agentId: id.optional(),
  subtree: z.union([z.boolean(), z.stringbool()]).optional(),
  /** The root of the session that the agent belonged to when it spent. */
  session: id.optional(),
  model: z.string().optional(),
  role: z.string().optional(),
  /** YYYY-MM-DD, UTC. */
  day: z.iso.date().optional(),
  /** Spent at or below this agent, beside whatever else is asked. */
  root: id.optional(),
  /** From this moment on, by the time of the call. */
  from: at.optional(),
  /** Before this moment. */
  to: at.optional(),
  /** With `agentId` and `subtree`: also what agents spent that were moved out of it and go on to count against its budget. */
  charged: z.union([z.boolean(), z.stringbool()]).optional(),
  /** Not these, one `agent:…`, `subtree:…`, `model:…` or `role:…` a line: the rest beside the series of a chart. */
  except: z.string().max(4_000).optional(),
  /** What counts against this budget in its period as it stands now: its entries add up to what is spent of it. */
  budgetId: id.optional(),
  /** Those alone that have no price. */
  unpriced: z.union([z.boolean(), z.stringbool()]).optional(),
  ...page,
});

/**
 * Reservations by page, the newest first: of those that an agent's budget counts, or a budget of its own; open ones, or unknown ones.
 *
 * Use it to see what a sum of reserved or unknown money is made of.
 *
 * @example
 * listReservationsInput.parse({ agentId: 'agt_1' }).state; // → 'open'
 */
export const listReservationsInput = z.object({
  agentId: id.optional(),
  budgetId: id.optional(),
  state: z.enum(['open', 'unknown']).default('open'),
  ...page,
});

/**
 * Budgets by page, the tightest first.
 *
 * Use it to see which will be used up next; that of one agent stands in the agent itself.
 *
 * @example
 * listBudgetsInput.parse({}).limit; // → 100
 */
export const listBudgetsInput = z.object({ ...page });

/** Any JSON: it comes from `JSON.parse`, so walking through four megabytes of it once more would prove nothing. */
const saved = z.unknown();

/**
 * A state to keep: `sequence` grows with each one of an epoch, and `eventSequence` says which events it has in it.
 *
 * Use it at a safe point, where the state is whole.
 *
 * @example
 * saveCheckpointInput.parse({ id: 'agt_1', sequence: 1, state: { at: 3 }, trigger: 'tools' }).eventSequence; // → 0
 * saveCheckpointInput.safeParse({ id: 'agt_1', sequence: 1, trigger: 'tools' }).success; // → false
 */
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

/**
 * Asks an agent, or its subtree, to save; each does so at its next safe point.
 *
 * Use it before something risky; an agent saves by itself otherwise.
 *
 * @example
 * askCheckpointInput.parse({ id: 'agt_1' }).subtree; // → false
 */
export const askCheckpointInput = z.object({ id, reason, subtree: z.boolean().default(false) });

/**
 * The kept checkpoints of an agent, by page.
 *
 * Use it to choose the one to restore from.
 *
 * @example
 * listCheckpointsInput.parse({ id: 'agt_1' }).limit; // → 100
 */
export const listCheckpointsInput = z.object({ id, ...page });

/**
 * What is made of a checkpoint: the same agent in a new epoch, or another agent that begins where it stood.
 *
 * Use `fork` to try something else from there while the first one stays as it is.
 *
 * @example
 * restoreModes; // → ['restore', 'fork']
 */
export const restoreModes = ['restore', 'fork'] as const;

/**
 * Goes on from a checkpoint, whose id `id` is; of a fork with a parent and a name of its own.
 *
 * Use it with a `requestId`: a lost reply asked again must not begin one epoch more.
 *
 * @example
 * restoreCheckpointInput.parse({ id: 'ckp_1' }).mode; // → 'restore'
 * restoreCheckpointInput.parse({ id: 'ckp_1', mode: 'fork', parentId: null }).parentId; // → null
 */
export const restoreCheckpointInput = z.object({
  id,
  mode: z.enum(restoreModes).default('restore'),
  /** Of a fork: where it goes; null: it becomes a root; not given: below the parent of its source. */
  parentId: z.union([z.string().min(1).max(64), z.null()]).optional(),
  /** Of a fork: its name. */
  name: name.optional(),
  /** The runner of the agent starts its command, of a fork too; the token is then handed to that process alone. */
  relaunch: z.boolean().default(false),
  requestId: requestId.optional(),
});

/**
 * Rehearses from a checkpoint, whose id `id` is: another process does once more what came after it, in a session of its own
 * that touches nothing live.
 *
 * Use it before a restore, or to see whether a changed program still does the same.
 *
 * @example
 * rehearseCheckpointInput.safeParse({ id: 'ckp_1' }).success; // → true
 */
export const rehearseCheckpointInput = z.object({
  id,
  /** What it may spend: its model calls are real. Not given: as much as the original. */
  budgetUsd: usd.optional(),
  requestId: requestId.optional(),
});

/**
 * Goes back to a cut, whose id `id` is: every member begins a new epoch from its checkpoint, parents before children.
 *
 * Use it with a `requestId`, as for one agent; `partial` accepts that some agents of the subtree are left out and stopped.
 *
 * @example
 * restoreCutInput.parse({ id: 'cut_1' }).partial; // → false
 */
export const restoreCutInput = z.object({ id, partial: z.boolean().default(false), requestId: requestId.optional() });

/**
 * The newest cuts of an agent's subtree.
 *
 * Use it to choose the one to go back to.
 *
 * @example
 * listCutsInput.parse({ id: 'agt_1' }).limit; // → 10
 */
export const listCutsInput = z.object({ id, limit: z.coerce.number().int().min(1).max(50).default(10) });
const effectKey = z.string().min(1).max(200);

/**
 * Something is about to be done outside under `key`; the answer says whether it may be done now.
 *
 * Use it before each effect that must not happen twice, with one `attemptId` for all tries of one call.
 *
 * @example
 * beginEffectInput.parse({ id: 'agt_1', key: 'mail:42', attemptId: 'a1' }).retry; // → false
 */
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

/**
 * It is done outside, with what came of it.
 *
 * Use it right after; an effect without it is in doubt.
 *
 * @example
 * acknowledgeEffectInput.safeParse({ id: 'agt_1', key: 'mail:42', result: { sent: true } }).success; // → true
 */
export const acknowledgeEffectInput = z.object({ id, epoch: z.number().int().min(1).optional(), key: effectKey, result: json.optional() });

/**
 * A task for the queue: three attempts, priority 0 and nothing to wait for, unless told. Higher priorities come first.
 *
 * Use it with a `requestId` where a lost reply may be asked again.
 *
 * @example
 * const task = addTaskInput.parse({ title: 'write the tests', dependsOn: ['tsk_1'] });
 * [task.priority, task.maxAttempts]; // → [0, 3]
 */
export const addTaskInput = z.object({
  title: z.string().trim().min(1).max(500),
  body: z.string().max(100_000).optional(),
  priority: z.number().int().min(-1000).max(1000).default(0),
  dependsOn: z.array(id).max(100).default([]),
  maxAttempts: z.number().int().min(1).max(100).default(3),
  labels: z.array(label).max(32).default([]),
  notBefore: at.optional(),
  requestId: requestId.optional(),
  /** What an agent must be able to do to claim it. */
  needs: z.array(label).max(32).optional(),
  /** The task that this one is a part of; that one is done once all its parts are done or cancelled. */
  parentId: id.optional(),
  /** A person must accept the work before it is done. */
  review: z.boolean().optional(),
  /** Kinds of artefacts without which it is not done. */
  evidence: z.array(label).max(16).optional(),
});

/**
 * Takes tasks for an agent: one, at once or not at all, for five minutes, unless told; `waitMs` waits up to a minute.
 *
 * Use it with the same `requestId` when a reply was lost: it is answered with the same claims.
 *
 * @example
 * claimTasksInput.parse({ agentId: 'agt_1' }); // → { agentId: 'agt_1', labels: [], leaseMs: 300_000, limit: 1, waitMs: 0 }
 */
export const claimTasksInput = z.object({
  agentId: id,
  /** Only tasks that carry all of these. */
  labels: z.array(label).max(32).default([]),
  /** What the agent can do: tasks that need anything else are left for others. */
  capabilities: z.array(label).max(64).optional(),
  leaseMs: leaseMs.default(300_000),
  limit: z.number().int().min(1).max(100).default(1),
  waitMs: waitMs.default(0),
  requestId: requestId.optional(),
});
const token = z.string().regex(/^\d{1,19}$/);

/**
 * A claimed task is done; `token` is that of the claim, as a decimal string.
 *
 * Use it as the last word on a claim; an older token is refused.
 *
 * @example
 * completeTaskInput.safeParse({ id: 'tsk_1', token: '7' }).success; // → true
 * completeTaskInput.safeParse({ id: 'tsk_1', token: 7 }).success; // → false
 */
export const completeTaskInput = z.object({ id, token, result: json.optional() });

/**
 * An attempt failed; it is tried again while attempts are left, unless `retryable` is false.
 *
 * Use it where the attempt counts; a task given back untouched is `releaseTaskInput`.
 *
 * @example
 * failTaskInput.parse({ id: 'tsk_1', token: '7' }).retryable; // → true
 */
export const failTaskInput = z.object({ id, token, error: z.string().max(20_000).default(''), retryable: z.boolean().default(true) });

/**
 * Gives a claimed task back to the queue.
 *
 * Use it when the agent cannot do it now; what was tried and failed is `failTaskInput`.
 *
 * @example
 * releaseTaskInput.safeParse({ id: 'tsk_1', token: '7' }).success; // → true
 */
export const releaseTaskInput = z.object({ id, token });

/**
 * A new lease on a claim, from now on: five minutes unless told.
 *
 * Use it while the work takes longer than the lease.
 *
 * @example
 * renewTaskInput.parse({ id: 'tsk_1', token: '7' }).leaseMs; // → 300_000
 */
export const renewTaskInput = z.object({ id, token, leaseMs: leaseMs.default(300_000) });

/**
 * What an operator does with a task (cancel, retry, take it from its agent), with the reason.
 *
 * Use it without a token: an operator needs no claim.
 *
 * @example
 * operateTaskInput.parse({ id: 'tsk_1' }).reason; // → ''
 */
export const operateTaskInput = z.object({ id, reason });

/**
 * Another priority for a task, from −1000 to 1000; higher ones are claimed first.
 *
 * Use it to move what waits in the queue.
 *
 * @example
 * updateTaskInput.safeParse({ id: 'tsk_1', priority: 1_001 }).success; // → false
 */
export const updateTaskInput = z.object({ id, priority: z.number().int().min(-1000).max(1000) });

/**
 * Parts of a task written anew; what is left out stays. `notBefore` is a time, or null for at once.
 *
 * Use it for what the work is; who has it and how far it is, other calls say.
 *
 * @example
 * editTaskInput.parse({ id: 'tsk_1', title: ' New ', body: null }); // → { id: 'tsk_1', title: 'New', body: null }
 * editTaskInput.safeParse({ id: 'tsk_1', title: '' }).success; // → false
 */
export const editTaskInput = z.object({
  id,
  title: z.string().trim().min(1).max(500).optional(),
  body: z.string().max(100_000).nullable().optional(),
  priority: z.number().int().min(-1000).max(1000).optional(),
  labels: z.array(label).max(32).optional(),
  needs: z.array(label).max(32).optional(),
  review: z.boolean().optional(),
  evidence: z.array(label).max(16).optional(),
  maxAttempts: z.number().int().min(1).max(100).optional(),
  notBefore: at.nullable().optional(),
});

/**
 * A person takes the work of a task in review. `override` accepts it although something is missing, and then needs a
 * reason of at least three characters.
 *
 * Use it once the work was looked at.
 *
 * @example
 * acceptTaskInput.parse({ id: 'tsk_1' }).override; // → false
 * acceptTaskInput.safeParse({ id: 'tsk_1', override: true }).success; // → false
 * acceptTaskInput.safeParse({ id: 'tsk_1', override: true, reason: 'seen it run' }).success; // → true
 */
export const acceptTaskInput = z
  .object({ id, reason, override: z.boolean().default(false) })
  .refine((i) => !i.override || i.reason.length >= 3, { path: ['reason'], message: 'an override needs a reason' });

/**
 * A person sends the work of a task in review back, and says why.
 *
 * Use it with what the next attempt has to know.
 *
 * @example
 * rejectTaskInput.safeParse({ id: 'tsk_1', reason: 'no tests' }).success; // → true
 * rejectTaskInput.safeParse({ id: 'tsk_1', reason: ' ' }).success; // → false
 */
export const rejectTaskInput = z.object({ id, reason: z.string().trim().min(1).max(2000) });

/**
 * Something said about a task, up to 20,000 characters.
 *
 * Use it with a `requestId` where the reply may be lost.
 *
 * @example
 * commentTaskInput.safeParse({ id: 'tsk_1', body: '' }).success; // → false
 */
export const commentTaskInput = z.object({ id, body: z.string().trim().min(1).max(20_000), requestId: requestId.optional() });

/**
 * What an attempt left behind: a text of up to 256,000 characters, or the address of what is elsewhere. Agents show the
 * token of their claim, so that the proof is of that attempt.
 *
 * Use it before the completion where `evidence` asks for that kind.
 *
 * @example
 * addArtefactInput.safeParse({ id: 'tsk_1', token: '7', kind: 'diff', name: 'a.patch', content: '+1' }).success; // → true
 * addArtefactInput.safeParse({ id: 'tsk_1', token: '7', kind: 'diff', name: 'a.patch' }).success; // → false
 */
export const addArtefactInput = z
  .object({
    id,
    token: token.optional(),
    kind: label,
    name,
    content: z.string().max(256_000).optional(),
    uri: z.string().trim().min(1).max(2000).optional(),
    mediaType: z.string().trim().max(200).optional(),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    requestId: requestId.optional(),
  })
  .refine((i) => (i.content === undefined) !== (i.uri === undefined), { path: ['content'], message: 'either a content or a uri' });

/**
 * Other tasks for a task to wait for, or no longer, up to 100 of each.
 *
 * Use it once the task is there; what is known before goes into `addTaskInput`.
 *
 * @example
 * dependTaskInput.parse({ id: 'tsk_1', add: ['tsk_2'] }).remove; // → []
 */
export const dependTaskInput = z.object({ id, add: z.array(id).max(100).default([]), remove: z.array(id).max(100).default([]) });

/**
 * One thing done to many tasks, up to 1,000; each is answered by itself, and one that is refused holds no other back.
 *
 * Use it for what an operator has selected; the reason is written to each.
 *
 * @example
 * bulkTasksInput.safeParse({ ids: ['tsk_1'], action: 'cancel' }).success; // → true
 * bulkTasksInput.safeParse({ ids: ['tsk_1'], action: 'prioritise' }).success; // → false
 */
export const bulkTasksInput = z
  .object({
    ids: z.array(id).min(1).max(1000),
    action: z.enum(['retry', 'release', 'cancel', 'prioritise']),
    priority: z.number().int().min(-1000).max(1000).optional(),
    reason,
  })
  .refine((i) => i.action !== 'prioritise' || i.priority !== undefined, { path: ['priority'], message: 'is missing' });

/**
 * Many tasks at once, up to 1,000, in one batch; each answered by itself.
 *
 * Use it with a `requestId` in each; tasks that depend on each other go into an import.
 *
 * @example
 * addTasksInput.parse({ tasks: [{ title: 'a' }] }).tasks.length; // → 1
 */
export const addTasksInput = z.object({ tasks: z.array(addTaskInput).min(1).max(1000) });

/**
 * Many claims completed at once, up to 1,000; each answered by itself.
 *
 * Use it for many small tasks.
 *
 * @example
 * completeTasksInput.safeParse({ tasks: [{ id: 'tsk_1', token: '1' }] }).success; // → true
 */
export const completeTasksInput = z.object({ tasks: z.array(completeTaskInput).min(1).max(1000) });

/**
 * The forms in which tasks come and go: one JSON object a line, CSV with a header, or issues as GitHub's API has them.
 *
 * Use it where a format is chosen.
 *
 * @example
 * taskFormats.includes('csv'); // → true
 */
export const taskFormats = ['jsonl', 'csv', 'github'] as const;
/** One of `taskFormats`. */
export type TaskFormat = (typeof taskFormats)[number];

/**
 * Tasks from elsewhere, up to 1,000, as one text of at most four million characters. What was imported from the same
 * `source` before, or has the id of a task that is here, stays as it is: the same text twice is once.
 *
 * Use it with the name of where they come from, for example that of the repository.
 *
 * @example
 * importTasksInput.parse({ format: 'csv', text: 'id,title' }).source; // → 'import'
 */
export const importTasksInput = z.object({
  format: z.enum(taskFormats),
  text: z.string().min(1).max(4_000_000),
  source: z.string().trim().min(1).max(100).default('import'),
});

/**
 * Tasks as a text in one of the formats, by page.
 *
 * Use it with `state` for a part of them.
 *
 * @example
 * exportTasksInput.parse({ format: 'jsonl' }).limit; // → 100
 */
export const exportTasksInput = z.object({ format: z.enum(taskFormats), state: z.string().max(200).optional(), ...page });

/**
 * A task from elsewhere: known there by its `key`, and waiting for others by theirs.
 *
 * Use it for what a format was read into.
 *
 * @example
 * importedTask.parse({ key: '#7', title: 'a' }).dependsOn; // → []
 */
export const importedTask = z.object({
  key: z.string().trim().min(1).max(100),
  title: z.string().trim().min(1).max(500),
  body: z.string().max(100_000).nullable().optional(),
  priority: z.number().int().min(-1000).max(1000).default(0),
  labels: z.array(label).max(32).default([]),
  needs: z.array(label).max(32).default([]),
  evidence: z.array(label).max(16).default([]),
  review: z.boolean().default(false),
  maxAttempts: z.number().int().min(1).max(100).default(3),
  dependsOn: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
});

/**
 * Tasks by page, all of them or those in a state or with a label.
 *
 * Use it to look; to take one there is `claimTasksInput`.
 *
 * @example
 * listTasksInput.parse({ label: ' docs ' }).label; // → 'docs'
 */
export const listTasksInput = z.object({ state: z.string().max(200).optional(), label: label.optional(), ...page });

const blocking = z.boolean().default(true);

/**
 * Acquires one permit; `permits` is how many the lock has (1, a mutex, unless told). It does not wait unless `waitMs` is
 * told, four minutes at most.
 *
 * Use it with a `requestId` where the call may be lost; a plain way to wait longer is `Leased`.
 *
 * @example
 * const ask = acquireLockInput.parse({ name: 'deploy', agentId: 'agt_1' });
 * [ask.permits, ask.leaseMs, ask.waitMs, ask.blocking]; // → [1, 30_000, 0, true]
 */
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

/**
 * Gives a permit back, by its token.
 *
 * Use it as soon as the work is done; else its lease ends it.
 *
 * @example
 * releaseLockInput.safeParse({ name: 'deploy', agentId: 'agt_1', token: '7' }).success; // → true
 */
export const releaseLockInput = z.object({ name, agentId: id, token });

/**
 * A new lease on a permit, from now on: 30 s unless told.
 *
 * Use it while the work takes longer than the lease.
 *
 * @example
 * renewLockInput.parse({ name: 'deploy', agentId: 'agt_1', token: '7' }).leaseMs; // → 30_000
 */
export const renewLockInput = z.object({ name, agentId: id, token, leaseMs: leaseMs.default(30_000) });

/**
 * A person takes permits away, those of one agent or all; a reason is needed.
 *
 * Use it when a holder hangs and its lease is too long to wait for.
 *
 * @example
 * forceReleaseLockInput.safeParse({ name: 'deploy', reason: 'it hangs' }).success; // → true
 * forceReleaseLockInput.safeParse({ name: 'deploy', reason: ' ' }).success; // → false
 */
export const forceReleaseLockInput = z.object({ name, agentId: id.optional(), reason: z.string().trim().min(1).max(2000) });

/**
 * Comes to a barrier for `parties` and waits for the others: a minute unless told, four at most.
 *
 * Use it with `partyIds` where they are known: then the end of one that has not come counts too, and so do deadlocks.
 *
 * @example
 * const ask = waitBarrierInput.parse({ name: 'release', agentId: 'agt_1', parties: 3 });
 * [ask.waitMs, ask.onPartyDeath]; // → [60_000, 'break']
 */
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

/**
 * An agent waits until another agent, or a task, has ended: a minute unless told, four at most. `id` is what it waits for,
 * `agentId` who waits.
 *
 * Use it instead of asking for the state again and again; then a circle of such waits is found, and told.
 *
 * @example
 * awaitEndInput.parse({ id: 'tsk_1', agentId: 'agt_1' }).waitMs; // → 60_000
 * awaitEndInput.safeParse({ id: 'tsk_1', agentId: 'agt_1', waitMs: -1 }).success; // → false
 */
export const awaitEndInput = z.object({
  id,
  agentId: id,
  waitMs: longWaitMs.default(60_000),
  /** false: the agent goes on with something else while it waits, so the wait is no ground for a deadlock. */
  blocking,
  /** The same request again is the same wait, and hears how that ended. */
  requestId: requestId.optional(),
});

/**
 * Locks by page, all of them or those that somebody holds.
 *
 * Use it to see who waits for whom.
 *
 * @example
 * listLocksInput.parse({ held: 'true' }).held; // → true
 */
export const listLocksInput = z.object({ held: z.union([z.boolean(), z.stringbool()]).default(false), ...page });

/**
 * Which layer, 1 to 4, the files of a pattern belong to; layer 1 is never changed by an agent.
 *
 * Use it in a repository's list, where the last rule that matches wins.
 *
 * @example
 * layerRule.safeParse({ pattern: 'src/**', layer: 2 }).success; // → true
 * layerRule.safeParse({ pattern: 'src/**', layer: 5 }).success; // → false
 */
export const layerRule = z.object({ pattern: z.string().min(1).max(500), layer: z.number().int().min(1).max(4) });

/**
 * A repository that changes can be proposed to, with the commands that must pass before one is merged.
 *
 * Use it once for each path; `main` is its branch unless told.
 *
 * @example
 * registerRepositoryInput.parse({ name: 'app', path: '/srv/app', gates: { test: 'npm test' } }).branch; // → 'main'
 * registerRepositoryInput.safeParse({ name: 'app', path: '/srv/app', gates: {} }).success; // → false
 */
export const registerRepositoryInput = z.object({
  name,
  path: z.string().min(1).max(4096),
  branch: z.string().max(200).default('main'),
  layers: z.array(layerRule).max(500).optional(),
  gates: z.object({ test: z.string().min(1).max(4096), typecheck: z.string().max(4096).optional(), lint: z.string().max(4096).optional() }),
  rules: repositoryRules.optional(),
});

/**
 * A change as two patches: the test that shows the fault, and the fix; each below 900,000 characters.
 *
 * Use it for what an agent wants changed; what the patches hold is judged by rules of its own.
 *
 * @example
 * const change = { repositoryId: 'rep_1', agentId: 'agt_1', title: 'fix it', testPatch: '', fixPatch: '' };
 * proposeChangeInput.safeParse({ ...change, reason: 'it fails' }).success; // → true
 * proposeChangeInput.safeParse({ ...change, reason: '' }).success; // → false
 */
export const proposeChangeInput = z.object({
  repositoryId: id,
  agentId: id,
  title: z.string().trim().min(1).max(300),
  reason: z.string().trim().min(1).max(20_000),
  testPatch: z.string().max(900_000),
  fixPatch: z.string().max(900_000),
  requestId: requestId.optional(),
});

/**
 * Changes by page, all of them or those in some states.
 *
 * Use it to look; one with its patches is read by its id.
 *
 * @example
 * listChangesInput.parse({}).limit; // → 100
 */
export const listChangesInput = z.object({ state: z.string().max(300).optional(), ...page });

/**
 * A decision about a change (approve, endorse, reject, roll back), bound to the diff that was looked at.
 *
 * Use it with the `diffHash` of the page that was read: of another diff it is refused.
 *
 * @example
 * decideChangeInput.parse({ id: 'chg_1', diffHash: 'abc' }).comment; // → ''
 * decideChangeInput.safeParse({ id: 'chg_1' }).success; // → false
 */
export const decideChangeInput = z.object({ id, diffHash: z.string().min(1).max(200), comment: z.string().max(20_000).default('') });

/**
 * Something said about a change, up to 4,000 characters, where it helps about one line of a file of its diff.
 *
 * Use it for a question or an answer: it decides nothing. Give a `requestId` where the reply may be lost.
 *
 * @example
 * commentChangeInput.safeParse({ id: 'chg_1', body: 'why not reuse it?', path: 'src/a.ts', line: 3 }).success; // → true
 * commentChangeInput.safeParse({ id: 'chg_1', body: ' ' }).success; // → false
 * commentChangeInput.safeParse({ id: 'chg_1', body: 'here', line: 3 }).success; // → false
 */
export const commentChangeInput = z
  .object({
    id,
    body: z.string().trim().min(1).max(4000),
    path: z.string().min(1).max(1000).optional(),
    line: z.number().int().min(1).max(10_000_000).optional(),
    requestId: requestId.optional(),
  })
  .refine((c) => c.line === undefined || c.path !== undefined, { path: ['path'], message: 'a line belongs to a file: say which' });

/**
 * An approval that sets aside what the rules of the repository still ask for, with the reason.
 *
 * Use it where a second person or the agent above the proposer is missing and cannot be waited for; a Critical change stays
 * refused, and failed gates cannot be set aside.
 *
 * @example
 * overrideChangeInput.safeParse({ id: 'chg_1', diffHash: 'abc', comment: 'nobody else is awake' }).success; // → true
 * overrideChangeInput.safeParse({ id: 'chg_1', diffHash: 'abc', comment: ' ' }).success; // → false
 */
export const overrideChangeInput = decideChangeInput.extend({ comment: z.string().trim().min(1).max(20_000) });

/**
 * Takes a proposed change back, with the reason.
 *
 * Use it for the proposer's own word; a reviewer rejects with `decideChangeInput`.
 *
 * @example
 * withdrawChangeInput.parse({ id: 'chg_1' }).reason; // → ''
 */
export const withdrawChangeInput = z.object({ id, reason });

/**
 * Facts of the log: newest first before a `seq`, or with `after` oldest first behind it.
 *
 * Use it to read the log; what happens from now on comes live.
 *
 * @example
 * listEventsInput.parse({ after: '17' }); // → { after: 17, limit: 100 }
 */
export const listEventsInput = z.object({
  /** Newest first, before this `seq`; or with `after`, oldest first behind it. */
  before: z.coerce.number().int().optional(),
  after: z.coerce.number().int().optional(),
  subjectId: id.optional(),
  type: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const seq = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
/**
 * A point in the log: the project as it was when that event had happened; the last one unless told.
 *
 * Use it to look back; nothing can be done there.
 *
 * @example
 * historyInput.parse({ seq: '17' }).seq; // → 17
 * historyInput.safeParse({ seq: 0 }).success; // → false
 */
export const historyInput = z.object({ seq: seq.optional() });

/**
 * Two points in the log, the earlier one first.
 *
 * Use it to compare them, or to take out all that lies between.
 *
 * @example
 * historyRangeInput.parse({ from: '3', to: '9' }); // → { from: 3, to: 9 }
 * historyRangeInput.safeParse({ from: 9, to: 3 }).success; // → false
 */
export const historyRangeInput = z
  .object({ from: seq, to: seq })
  .refine((r) => r.from <= r.to, { path: ['to'], message: 'lies before from' });

/**
 * The audit log: newest first before number `before`, or with `after` oldest first behind it; 100 unless told.
 *
 * Use it with `after: 0` to take all of it out, and with `actor` or `action` to find who did what: each finds what begins so.
 *
 * @example
 * listAuditInput.parse({ after: '0' }).after; // → 0
 * listAuditInput.safeParse({ limit: 0 }).success; // → false
 */
export const listAuditInput = z.object({
  before: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  subjectId: z.string().max(2000).optional(),
  since: at.optional(),
  until: at.optional(),
  /** Goes on behind a `nextCursor`, in the same direction. */
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a nextCursor')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/**
 * Deadlocks that were found, newest first.
 *
 * Use it to show what was broken up; the live graph never shows a circle for longer than a sweep.
 *
 * @example
 * listDeadlocksInput.parse({}).limit; // → 20
 */
export const listDeadlocksInput = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

/**
 * Lines that an agent's process wrote, behind the line number `after`: 500 unless told, 2,000 at most.
 *
 * Use it with the last `n` of one answer to go on.
 *
 * @example
 * agentLogsInput.parse({ id: 'agt_1' }).limit; // → 500
 */
export const agentLogsInput = z.object({
  id,
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
});

/**
 * How firmly a runner holds a process, the strongest first.
 *
 * Use it to judge an end: a process can leave its group, but not its cgroup.
 *
 * @example
 * containmentLevels[0]; // → 'cgroup'
 */
export const containmentLevels = ['cgroup', 'pid-namespace', 'process-group', 'none'] as const;

/**
 * A runner makes itself known, with its process and how it can hold others.
 *
 * Use it with `runnerId` to be the same runner again.
 *
 * @example
 * const runner = { name: 'r1', host: 'h', pid: 7, startTime: '1' };
 * registerRunnerInput.safeParse({ ...runner, containment: 'cgroup' }).success; // → true
 * registerRunnerInput.safeParse({ ...runner, containment: 'hope' }).success; // → false
 */
export const registerRunnerInput = z.object({
  name,
  host: z.string().max(255),
  pid,
  startTime: z.string().max(64),
  containment: z.enum(containmentLevels),
  /** The same runner again after a lost connection or a server restart. */
  runnerId: id.optional(),
});

/**
 * A runner asks for orders and says which it is done with; it waits 25 s for the next one unless told.
 *
 * Use it in a loop: what is not `done` is given out again.
 *
 * @example
 * pollRunnerInput.parse({ id: 'run_1' }); // → { id: 'run_1', waitMs: 25_000, done: [] }
 */
export const pollRunnerInput = z.object({ id, waitMs: waitMs.default(25_000), done: z.array(id).max(1000).default([]) });

/**
 * What a runner saw of the end of a process.
 *
 * Use it for what was seen alone: `survivors` is a count, never a guess.
 *
 * @example
 * processEvidence.parse({ containment: 'cgroup', exitCode: 0, signal: null, survivors: 0 }).killed; // → false
 * processEvidence.safeParse({ containment: 'cgroup', exitCode: 0, signal: null }).success; // → false
 */
export const processEvidence = z.object({
  containment: z.enum(containmentLevels),
  exitCode: z.number().int().nullable(),
  signal: z.string().max(20).nullable(),
  /** Processes of the containment seen after the end; 0 is the proof. */
  survivors: z.number().int().min(0),
  killed: z.boolean().default(false),
  detail: z.string().max(2000).optional(),
});

/**
 * One command that a change had to pass, run on its base or on the candidate; `ms` is how long it took.
 *
 * Use it for each run, the failed ones too.
 *
 * @example
 * gateReport.safeParse({ name: 'test', on: 'base', exitCode: 1, ms: 900, passed: false, excerpt: '1 failed' }).success; // → true
 */
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

/**
 * What the tests ran of the changed lines, file by file, as V8 reported it from the processes of the test gate. `measured`: as
 * the files say · `silent`: a gate that reports on the base said nothing with the change · `unreadable`: what ran could not
 * be brought back to the files · `unknown`: this gate reports nothing · `nothing-to-run`: comments, types, other languages.
 *
 * Use it as a hint for readers: those processes ran the code of the change too, and could have written anything.
 *
 * @example
 * const file = { path: 'src/a.ts', lines: 2, covered: 1, uncovered: [7] };
 * lineCoverage.safeParse({ state: 'measured', files: [file] }).success; // → true
 * lineCoverage.safeParse({ state: 'measured', files: [{ ...file, covered: -1 }] }).success; // → false
 */
export const lineCoverage = z.object({
  state: z.enum(['measured', 'silent', 'unreadable', 'unknown', 'nothing-to-run']),
  files: z
    .array(
      z.object({
        path: z.string(),
        /** Changed lines that can run. */
        lines: z.number().int().min(0),
        covered: z.number().int().min(0),
        /** Numbers of the others, in the new file, counted from 1. */
        uncovered: z.array(z.number().int().min(1)).max(20_000),
      }),
    )
    .max(500),
});

/**
 * How much a change touches: a level, the reasons for it, the files and who depends on them.
 *
 * Use it as it was calculated: the level says whether a person must approve, or nobody may.
 *
 * @example
 * blastRadius.safeParse({ level: 'low', score: 1, reasons: [], files: [], dependents: [] }).success; // → true
 */
export const blastRadius = z.object({
  level: z.enum(['low', 'medium', 'high', 'critical']),
  score: z.number(),
  reasons: z.array(z.string().max(500)).max(100),
  files: z
    .array(z.object({ path: z.string(), layer: z.number().int().nullable(), added: z.number().int(), removed: z.number().int() }))
    .max(5000),
  dependents: z.array(z.string()).max(5000),
  /** What the score was made of besides the files, so that it can be made again. */
  measured: z
    .object({
      totalFiles: z.number().int().min(0),
      apiChanged: z.enum(['none', 'added', 'changed']),
      coverage: z.number().min(0).max(1).nullable(),
    })
    .optional(),
  /** What a reader should look at; nothing is refused for it. */
  hints: z.array(z.string().max(500)).max(20).optional(),
  /** The changed files, and the nearest of those that depend on them, as a graph. */
  graph: z
    .object({
      nodes: z
        .array(
          z.object({
            path: z.string(),
            layer: z.number().int().nullable(),
            /** Imports between it and the nearest changed file; 0: it is one. */
            steps: z.number().int().min(0),
            /** It may load anything, so also what changed. */
            opaque: z.boolean().optional(),
          }),
        )
        .max(200),
      /** Who imports whom, as places in `nodes`. */
      edges: z.array(z.object({ from: z.number().int().min(0), to: z.number().int().min(0) })).max(400),
      leftOut: z.object({ nodes: z.number().int().min(0), edges: z.number().int().min(0) }),
    })
    .optional(),
  /** Which of the changed lines the tests ran; there once the tests have run. */
  lineCoverage: lineCoverage.optional(),
});

/**
 * What a runner tells of one order or one process; each is a command on the one road.
 *
 * Use `kind` to tell them apart; a kind that is not here is refused as a whole.
 *
 * @example
 * runnerReport.safeParse({ kind: 'launch-failed', agentId: 'agt_1', epoch: 1, error: 'no such file' }).success; // → true
 * runnerReport.safeParse({ kind: 'rumour', agentId: 'agt_1' }).success; // → false
 */
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
  z.object({ kind: z.literal('change-test-verified'), changeId: id, lineCoverage: lineCoverage.optional() }),
  z.object({ kind: z.literal('change-validated'), changeId: id }),
  z.object({ kind: z.literal('change-refused'), changeId: id, rule: z.string().max(200), detail: z.string().max(20_000) }),
  z.object({ kind: z.literal('change-failed'), changeId: id, error: z.string().max(20_000) }),
  /** The target branch moved: the change goes back through the gates on the new base. */
  z.object({ kind: z.literal('change-base-moved'), changeId: id, baseSha: z.string() }),
  z.object({ kind: z.literal('change-merged'), changeId: id, mergedSha: z.string() }),
  /** How the health check ended; without a gate it could not be run. */
  z.object({
    kind: z.literal('change-activated'),
    changeId: id,
    gate: gateReport.optional(),
    error: z.string().max(20_000).optional(),
  }),
  z.object({ kind: z.literal('change-rolled-back'), changeId: id, revertSha: z.string() }),
  z.object({ kind: z.literal('change-rollback-failed'), changeId: id, error: z.string().max(20_000) }),
]);
/** One report of a runner, read. */
export type RunnerReport = z.output<typeof runnerReport>;

/**
 * Up to 1,000 reports of a runner, in the order in which they were seen.
 *
 * Use it again with the same when the reply was lost: told twice counts once.
 *
 * @example
 * reportRunnerInput.parse({ id: 'run_1', reports: [] }).reports; // → []
 */
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
      /** The checkpoint that this epoch goes on from: the process finds it as `REEVE_RESTORE`. */
      restore?: string | undefined;
    }
  | {
      kind: 'stop';
      orderId: string;
      agentId: string;
      epoch: number;
      stopId: string;
      mode: StopMode;
      termAtMs: number;
      killAtMs: number;
      /** No stop: the agent has reported its end, and its process may be about to exit. What it leaves behind then gets no more time. */
      lingers?: true | undefined;
    }
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
      /** After this moment the branch must not be moved any more: the agents that run the code are not held any longer. */
      landBeforeMs?: number | undefined;
    }
  | {
      kind: 'activate-change';
      orderId: string;
      changeId: string;
      title: string;
      repository: RepositoryRef;
      mergedSha: string;
      healthCheck: string;
      healthCheckMs: number;
    }
  | { kind: 'rollback-change'; orderId: string; changeId: string; title: string; repository: RepositoryRef; mergedSha: string };
/** One of `costGroups`. */
export type CostGroup = (typeof costGroups)[number];
/** What a runner must know of a repository. */
export type RepositoryRef = {
  repositoryId: string;
  path: string;
  branch: string;
  layers: { pattern: string; layer: number }[];
  gates: { test: string; typecheck?: string | undefined; lint?: string | undefined };
  /** What is left out is as `repositoryRulesOf` has it. */
  rules?: Partial<RepositoryRules> | undefined;
};
/** One of `stopPropagations`. */
export type StopPropagation = (typeof stopPropagations)[number];

/** One of `stopModes`. */
export type StopMode = (typeof stopModes)[number];
/** One of `containmentLevels`. */
export type ContainmentLevel = (typeof containmentLevels)[number];
/** What a runner saw of the end of a process, read. */
export type ProcessEvidence = z.output<typeof processEvidence>;
/** One run of a gate, read. */
export type GateReport = z.output<typeof gateReport>;
/** What the tests ran of the changed lines, read. */
export type LineCoverage = z.output<typeof lineCoverage>;
/** How much a change touches, read. */
export type BlastRadius = z.output<typeof blastRadius>;
/** What happens to a child, by how its parent ended; what is left out is up to the policy above it. */
export type OnParentExit = z.output<typeof onParentExit>;
