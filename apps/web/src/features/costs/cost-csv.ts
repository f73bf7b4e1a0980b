import type { CostEntryView, CostRow } from '@reeve/core/vocabulary';
import { toCsv } from '@/vocabulary/csv';
import type { ListGrouping } from './use-cost-view';

/** The table as it stands, amounts with all nine places. */
export const rowsCsv = (rows: readonly CostRow[], group: ListGrouping): string =>
  toCsv(
    [group, 'id', 'own_usd', 'subtree_usd', 'input_tokens', 'output_tokens', 'calls', 'unpriced_calls'],
    rows.map((r) => [r.label, r.key, r.ownUsd, r.subtreeUsd, r.inputTokens, r.outputTokens, r.entries, r.unpriced]),
  );

/** Ledger entries; an unpriced one has an empty amount, never 0. */
export const entriesCsv = (entries: readonly CostEntryView[]): string =>
  toCsv(
    [
      'at',
      'entry',
      'event_id',
      'agent',
      'agent_id',
      'model',
      'provider',
      'input_tokens',
      'output_tokens',
      'cached_input_tokens',
      'cache_write_tokens',
      'reasoning_tokens',
      'cost_usd',
      'priced_by',
      'price_version',
      'late',
      'adjusted_by_usd',
    ],
    entries.map((e) => [
      e.at,
      e.id,
      e.eventId,
      e.agentName ?? '',
      e.agentId,
      e.model,
      e.provider ?? '',
      e.inputTokens,
      e.outputTokens,
      e.cachedInputTokens,
      e.cacheWriteTokens,
      e.reasoningTokens,
      e.costUsd,
      e.pricedBy,
      e.priceVersion ?? '',
      e.late,
      e.adjusted?.byUsd ?? '',
    ]),
  );
