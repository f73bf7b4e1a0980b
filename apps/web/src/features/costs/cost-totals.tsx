'use client';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/trpc';
import { Money } from '@/ui/money';
import { formatCount } from '@/vocabulary/format';
import { exactUsd } from './exact-money';
import { openEntries, spanOf } from './use-cost-view';
import { useFollowCosts } from './use-live-query';

/** Three figures beside the title; the exact total on hover. */
export function CostTotals() {
  const trpc = useTRPC();
  const query = useQuery(trpc.overview.get.queryOptions());
  useFollowCosts(query, 2000);
  if (!query.data) return null;
  const { totalUsd, burnUsdPerHour, burnWindow, tokensPerSecond } = query.data;
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 text-sm">
      <Figure name="Total">
        <button
          type="button"
          className="rounded font-semibold hover:text-accent hover:underline"
          title={`${totalUsd} USD, to the last digit; show its entries`}
          data-testid="cost-total"
          onClick={() => openEntries({ kind: 'all', key: '' })}
        >
          {exactUsd(totalUsd)}
        </button>
      </Figure>
      <Figure name="Now">
        <button
          type="button"
          className="rounded hover:text-accent hover:underline"
          title="Show the calls of the last minutes that it is made of"
          data-testid="cost-burn"
          onClick={() => openEntries({ kind: 'all', key: '', ...spanOf(burnWindow) })}
        >
          <Money usd={burnUsdPerHour} /> an hour
        </button>
      </Figure>
      <Figure name="Tokens">{formatCount(tokensPerSecond)}/s</Figure>
    </dl>
  );
}
function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-ink-3 text-xs">{name}</dt>
      <dd className="font-semibold">{children}</dd>
    </div>
  );
}
