import type { CostEntryView } from '@reeve/core/vocabulary';
import { exactUsd } from './exact-money';

type Priced = Pick<CostEntryView, 'costUsd' | 'pricedBy' | 'adjusted' | 'priceVersion'>;
const sources = { reported: 'reported by the agent', table: 'list price', unpriced: 'no known price', adjustment: 'a correction' } as const;
const nothing = (usd: string): boolean => /^-?0\.?0*$/.test(usd);

/** Whether nobody knows yet what it costs: it had no price, and none has been given to it since. */
export const isUnpriced = (e: Priced): boolean => e.costUsd === null && !(e.adjusted?.repriced && !nothing(e.adjusted.byUsd));

/** Where its price comes from, and what corrections beside it have made of that. */
export function priceWords(e: Priced): string {
  if (e.pricedBy === 'adjustment' && e.priceVersion !== null) return 'priced anew';
  if (!e.adjusted || nothing(e.adjusted.byUsd)) return sources[e.pricedBy];
  const by = exactUsd(e.adjusted.byUsd);
  return e.costUsd === null && !isUnpriced(e) ? `priced since by an adjustment: ${by}` : `${sources[e.pricedBy]}, adjusted by ${by}`;
}
