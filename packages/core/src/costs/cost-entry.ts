/** One model call in the ledger: immutable, its ancestor path frozen (I-COST-3). */
export type CostEntry = {
  projectId: string;
  agentId: string;
  eventId: string;
  path: string[];
  sessionId: string;
  role: string | null;
  model: string;
  provider: string | null;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costNanoUsd: bigint | null;
  pricedBy: 'reported' | 'table' | 'unpriced';
  priceVersion: string | null;
  late: boolean;
  atMs: number;
  recordedAtMs: number;
};

/**
 * What makes two tellings of one event id the same telling (I-COST-1): the usage and the reported price. The price
 * table and the time may differ between a call and its retry.
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
  ].join('|');
