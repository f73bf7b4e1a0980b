/** How an amount came to be: told by the agent, from list prices, unknown, or a correction of another entry. */
export type PricedBy = 'reported' | 'table' | 'unpriced' | 'adjustment';

/** One model call in the ledger, or the correction of one: immutable, its ancestor path frozen (I-COST-3, I-COST-4). */
export type CostEntry = {
  projectId: string;
  agentId: string;
  eventId: string;
  path: string[];
  /** Budgets beside the path that it counts against: those the agent was moved out of (I-ORPH-6). */
  chargedTo: string[];
  sessionId: string;
  role: string | null;
  model: string;
  provider: string | null;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  /** Negative only in an adjustment. */
  costNanoUsd: bigint | null;
  pricedBy: PricedBy;
  priceVersion: string | null;
  late: boolean;
  /** The reservation of its own agent that it settles. */
  reservationId: string | null;
  /** An adjustment: the event id of the entry that it corrects, and why. */
  refersTo: string | null;
  reason: string | null;
  /** An adjustment: -1 where it prices a call that had no price, 1 where it takes that price away; left out in all others. */
  unpricedDelta?: -1 | 1 | undefined;
  atMs: number;
  recordedAtMs: number;
};

/**
 * What makes two tellings of one event id the same telling (I-COST-1): the usage and the reported price. The price
 * table, the time and the reservation may differ between a call and its retry.
 *
 * Use it to tell a retry, which books nothing, from another call under a used event id, which is refused.
 *
 * @example
 * const call = entryOf({ projectId: 'p', agentId: 'a', eventId: 'e' });
 * payloadOf({ ...call, atMs: 0, priceVersion: 'newer' }) === payloadOf(call); // → true
 * payloadOf({ ...call, outputTokens: 11 }) === payloadOf(call); // → false
 */
export const payloadOf = (e: CostEntry): string =>
  [
    e.model,
    e.provider ?? '',
    e.inputTokens,
    e.outputTokens,
    e.cachedInputTokens,
    e.cacheWriteTokens,
    e.reasoningTokens,
    e.pricedBy === 'reported' ? String(e.costNanoUsd) : '',
    ...(e.pricedBy === 'adjustment' ? ['adjustment', String(e.costNanoUsd), e.refersTo, e.reason] : []),
  ].join('|');

/**
 * How an entry counts among those without a price (I-COST-8): a call without one is one, and an adjustment that prices it takes it back.
 *
 * Use it wherever such entries are counted.
 *
 * @example
 * const call = entryOf({ projectId: 'p', agentId: 'a', eventId: 'e', costNanoUsd: null });
 * unpricedOf(call); // → 1
 * unpricedOf({ ...call, costNanoUsd: 5n, pricedBy: 'adjustment', unpricedDelta: -1 }); // → -1
 */
export const unpricedOf = (e: Pick<CostEntry, 'costNanoUsd' | 'unpricedDelta'>): number =>
  (e.costNanoUsd === null ? 1 : 0) + (e.unpricedDelta ?? 0);

/** What a correction says beside what the entry that it corrects says. */
export type Correction = Pick<
  CostEntry,
  'eventId' | 'costNanoUsd' | 'priceVersion' | 'late' | 'reason' | 'atMs' | 'recordedAtMs' | 'unpricedDelta'
>;

/**
 * The correction of an entry (I-COST-4). It stands where the entry stands: same frozen path, session, role and model, so that it
 * mends the very sums that were wrong, wherever the agent is now; and it counts no tokens again.
 *
 * Use it for whatever changes what a call has cost, by an operator's hand or by another price.
 *
 * @example
 * const wrong = entryOf({ projectId: 'p', agentId: 'a', eventId: 'e' });
 * const said = { eventId: 'fix', costNanoUsd: -1n, priceVersion: null, late: false, reason: 'billed twice', atMs: 5, recordedAtMs: 5 };
 * const fix = adjustmentOf(wrong, said);
 * [fix.refersTo, fix.pricedBy, fix.inputTokens, fix.path === wrong.path]; // → ['e', 'adjustment', 0, true]
 */
export const adjustmentOf = ({ unpricedDelta: _, ...wrong }: CostEntry, said: Correction): CostEntry => ({
  ...wrong,
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  pricedBy: 'adjustment',
  refersTo: wrong.eventId,
  ...said,
});
