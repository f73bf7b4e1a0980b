/** What the API answers of costs, budgets and prices. */

import type { BudgetAction, BudgetPeriod, BudgetScope } from '../../costs/budget-scope.ts';
import type { PricedBy } from '../../costs/cost-entry.ts';
import type { AgentState, ReservationState } from '../../kernel/transitions.ts';
import type { Role } from '../roles.ts';
import type { Page } from './fields.ts';

/** The costs of one group: an agent, a model, a day or a role. */
export type CostRow = {
  key: string;
  label: string;
  ownUsd: string;
  subtreeUsd: string;
  inputTokens: number;
  outputTokens: number;
  entries: number;
  /** Entries without a known price, never counted as 0. */
  unpriced: number;
};

/** An agent in the tree of costs: beside its sums who is below it, and what is reserved there. */
export type CostNode = CostRow & {
  state: AgentState;
  /** Agents right below it. */
  children: number;
  /** Its own entries without a known price; `unpriced` are those of its subtree. */
  ownUnpriced: number;
  subtreeEntries: number;
  /** What is reserved by its subtree, and reserved with an outcome that nobody knows. */
  reservedUsd: string;
  unknownUsd: string;
};

/**
 * One level of the tree of costs: the agents right below `of`, or the roots. What `of` spent itself, what its children's subtrees
 * spent and `unattributedUsd` add up to `totalUsd`. `unattributedUsd` is what was spent below it by agents that have been moved away
 * since, less what was spent elsewhere by those that were moved here: an entry stays where it was spent (I-COST-3).
 */
export type CostLevel = Page<CostNode> & {
  of: CostNode | null;
  totalUsd: string;
  unattributedUsd: string;
  /** How many there are on all pages. */
  count: number;
};

/** What subtrees spend an hour, at the pace of the last minutes. */
export type CostBurn = { window: BurnWindow; items: { agentId: string; burnUsdPerHour: string }[] };

/** From when to when, and what the sum of that is multiplied by to be one of an hour. */
export type BurnWindow = { from: string; to: string; times: number };

/** Money set aside for a call; `heldUsd`: what it counts for: all of it while it is open, what no cost has settled where it is unknown. */
export type ReservationView = {
  id: string;
  agentId: string;
  agentName: string | null;
  state: ReservationState;
  amountUsd: string;
  settledUsd: string;
  heldUsd: string;
  createdAt: string;
  expiresAt: string;
  endedAt: string | null;
};

/** One budget with how it stands: spent below it, reserved, unknown; what is spent an hour, and when it is used up at that. */
export type BudgetView = {
  agentId: string;
  name: string;
  state: AgentState;
  level: 'ok' | 'near' | 'used' | 'exceeded';
  budgetUsd: string;
  settledUsd: string;
  reservedUsd: string;
  unknownUsd: string;
  overshootUsd: string;
  burnUsdPerHour: string;
  /** The calls of this time stand behind it. */
  burnWindow: BurnWindow;
  exhaustedAt: string | null;
};

/**
 * A budget of a subtree, a session or the project with how it stands: what is spent since `periodFrom`, by the time it was recorded,
 * what is reserved, and of unknown outcome. `warned`: its soft limit is reached.
 */
export type ScopedBudgetView = {
  budgetId: string;
  name: string;
  scope: BudgetScope;
  agentId: string | null;
  agentName: string | null;
  /** The agent's; null: of the project. */
  state: AgentState | null;
  period: BudgetPeriod;
  periodFrom: string;
  periodTo: string | null;
  softUsd: string | null;
  hardUsd: string | null;
  action: BudgetAction;
  warned: boolean;
  level: BudgetView['level'];
  spentUsd: string;
  reservedUsd: string;
  unknownUsd: string;
  /** Under the hard limit; below 0 where costs went above it. */
  leftUsd: string | null;
  burnUsdPerHour: string;
  /** The calls of this time stand behind it. */
  burnWindow: BurnWindow;
  /** When it is used up at that burn, if that is within its period. */
  exhaustedAt: string | null;
  mayRaise: Role;
  createdBy: string;
  createdAt: string;
};

/** USD a million tokens; null: as the whole that the part belongs to. */
export type RatesView = {
  inputUsd: string;
  outputUsd: string;
  cachedInputUsd: string | null;
  cacheWriteUsd: string | null;
  reasoningUsd: string | null;
};

/** One price of the project's own; `rates` null: the list price again. */
export type PriceView = {
  version: number;
  model: string;
  provider: string | null;
  rates: RatesView | null;
  validFrom: string;
  createdAt: string;
  createdBy: string;
  reason: string;
};

/** A model whose calls have no price, with what they hold up. */
export type UnknownModel = {
  model: string;
  provider: string | null;
  entries: number;
  inputTokens: number;
  outputTokens: number;
  since: string;
};

/** Every version of the project's own prices, the newest first, and models without any price. */
export type PricesView = { items: PriceView[]; unknown: UnknownModel[] };

/** What pricing anew has added, or would add; `looked`: entries that were looked at. */
export type Repriced = { entries: number; looked: number; deltaUsd: string; dryRun: boolean };

/** `own`: what the agent spent itself, beside those below it. */
export type CostSeriesKey = { key: string; label: string; own?: true };

/** Costs over time: each point has a value in USD for each of `keys`, in their order. */
export type CostSeries = { keys: CostSeriesKey[]; points: { atMs: number; values: number[] }[]; bucketMs: number };

/** One model call with its tokens and its price. */
export type CostEntryView = {
  id: string;
  eventId: string;
  agentId: string;
  agentName: string | null;
  model: string;
  provider: string | null;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costUsd: string | null;
  /** `reported` by the agent, `table` of list prices, `unpriced`, or an `adjustment` of another entry. */
  pricedBy: PricedBy;
  priceVersion: string | null;
  /** The reservation that it settles. */
  reservationId: string | null;
  /** Of an adjustment: the event id of the entry that it corrects, and why. */
  refersTo: string | null;
  reason: string | null;
  /** What corrections beside it add to it, whether they give it a price, and the `id` of the latest; null: it stands as it is. */
  adjusted: { byUsd: string; repriced: boolean; latestId: string } | null;
  /** It had no price and none has been given to it since: sums above it are a floor. */
  unpriced: boolean;
  late: boolean;
  at: string;
};
