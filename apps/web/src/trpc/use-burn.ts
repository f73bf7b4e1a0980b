'use client';
import type { CostBurn } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTRPC } from './client';

export type Burn = (agentId: string) => string | undefined;
/** What the subtrees of these agents spend an hour, with the time whose calls stand behind it. */
export function useBurn(agentIds: readonly string[]): { of: Burn; window: CostBurn['window'] | undefined } {
  const trpc = useTRPC();
  const { data } = useQuery({
    ...trpc.costs.burn.queryOptions({ agentIds: [...agentIds].sort().join() }),
    enabled: agentIds.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
  return useMemo(() => {
    const known = new Map(data?.items.map((i) => [i.agentId, i.burnUsdPerHour]));
    return { of: (id) => known.get(id), window: data?.window };
  }, [data]);
}
