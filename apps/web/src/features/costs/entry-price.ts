import type { CostEntryView } from '@reeve/core/vocabulary';
import { exactUsd } from './exact-money';

type Priced = Pick<CostEntryView, 'costUsd' | 'pricedBy' | 'adjusted' | 'priceVersion' | 'unpriced'>;
const sources = { reported: 'reported by the agent', table: 'list price', unpriced: 'no known price', adjustment: 'a correction' } as const;
const nothing = (usd: string): boolean => /^-?0\.?0*$/.test(usd);

/** Where its price comes from, and what corrections beside it have made of that. */
export function priceWords(e: Priced): string {
  if (e.pricedBy === 'adjustment' && e.priceVersion !== null) return 'priced anew';
  if (!e.adjusted) return sources[e.pricedBy];
  const by = exactUsd(e.adjusted.byUsd);
  if (e.costUsd === null && !e.unpriced) return `priced since by an adjustment: ${by}`;
  return nothing(e.adjusted.byUsd) ? sources[e.pricedBy] : `${sources[e.pricedBy]}, adjusted by ${by}`;
}
