'use client';
import { useQuery } from '@tanstack/react-query';
import { Info } from 'lucide-react';
import { useTRPC } from '@/trpc';
import { exactUsd, sumUsd } from './exact-money';

/** The scripted model of the demo fleet (`offline-scripted`): its tokens are real counts, its prices are nobody's bill. */
const isSimulated = (model: string): boolean => model.startsWith('offline');

/** How much of the total nobody is billed for. */
export function PriceNote() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.costs.summary.queryOptions({ groupBy: 'model' }, { staleTime: 10_000, refetchInterval: 30_000 }));
  const simulated = data?.items.filter((r) => isSimulated(r.key)) ?? [];
  if (!simulated.length) return null;
  const all = simulated.length === data?.items.length;
  return (
    <p className="flex items-start gap-2 rounded-md border border-line bg-surface px-3 py-2 text-ink-2 text-sm" data-testid="price-note">
      <Info size={16} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
      <span>
        <strong className="font-semibold text-ink">
          {all ? 'Simulated prices.' : `${exactUsd(sumUsd(simulated.map((r) => r.ownUsd)))} is simulated.`}
        </strong>{' '}
        The demo fleet answers from a script, without a model: its tokens are counted and priced like a real call, and nobody is billed.
        Start Reeve with ANTHROPIC_API_KEY or OPENAI_API_KEY to run it on a real model.
      </span>
    </p>
  );
}
