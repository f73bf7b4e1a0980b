'use client';
import { useQuery } from '@tanstack/react-query';
import { Info } from 'lucide-react';
import { useTRPC } from '@/trpc';

/** Whether anybody is billed for what stands here. */
export function PriceNote() {
  const trpc = useTRPC();
  const { data } = useQuery(trpc.overview.get.queryOptions(undefined, { staleTime: 30_000 }));
  if (!data?.demo?.offline) return null;
  return (
    <p className="flex items-start gap-2 rounded-md border border-line bg-surface px-3 py-2 text-ink-2 text-sm">
      <Info size={16} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
      <span>
        <strong className="font-semibold text-ink">Simulated prices.</strong> The demo fleet answers from a script, without a model; tokens
        are counted and priced as a real call would be, and nobody is billed. Set ANTHROPIC_API_KEY or OPENAI_API_KEY to run it on a real
        model.
      </span>
    </p>
  );
}
