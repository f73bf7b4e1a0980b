/** What callers send about costs, budgets and prices. */
import { z } from 'zod';
import { budgetActions, budgetPeriods, budgetScopes } from '../../costs/budget-scope.ts';
import { at, count, id, name, page, reason, requestId, usd } from './fields.ts';

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
 * Prices calls of a model anew by what the project pays, in a time by `from` and `to`; `unpricedOnly`: those alone that were told without a
 * price, whatever they have been given since.
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
 * What the agents of one level of the tree can be ordered by.
 *
 * Use it to offer the choice.
 *
 * @example
 * costTreeSorts.includes('subtreeUsd'); // → true
 */
export const costTreeSorts = ['label', 'ownUsd', 'subtreeUsd', 'reservedUsd', 'entries', 'unpriced'] as const;

/**
 * Costs of the agents right below `parent`, or of the roots, by page.
 *
 * Use it to walk the tree level by level; all agents in one list are `listCostsInput`.
 *
 * @example
 * listCostTreeInput.parse({}); // → { sort: 'subtreeUsd', descending: true, limit: 100 }
 * listCostTreeInput.parse({ parent: 'agt_1', descending: 'false' }).descending; // → false
 */
export const listCostTreeInput = z.object({
  parent: id.optional(),
  sort: z.enum(costTreeSorts).default('subtreeUsd'),
  descending: z.union([z.boolean(), z.stringbool()]).default(true),
  ...page,
});

/**
 * Agents, by comma, whose burn is asked for.
 *
 * Use it for what is on screen.
 *
 * @example
 * costBurnInput.safeParse({ agentIds: 'agt_1,agt_2' }).success; // → true
 */
export const costBurnInput = z.object({ agentIds: z.string().min(1).max(6_500) });

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
  /** What makes up `unattributedUsd` of a level of the tree: the one below `agentId`, or the top. */
  unattributed: z.union([z.boolean(), z.stringbool()]).optional(),
  /** Those alone that have no price, nor were given one since. */
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

/** One of `costGroups`. */
export type CostGroup = (typeof costGroups)[number];
/** What a level of the tree of costs is ordered by. */
export type CostTreeSort = (typeof costTreeSorts)[number];
