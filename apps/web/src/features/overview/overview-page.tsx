'use client';
import type { Overview } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { OctagonX } from 'lucide-react';
import { LimitsCard } from '@/features/project/limits-card';
import { openEmergency } from '@/features/stop/emergency-request';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { Badge } from '@/ui/state-mark';
import { Counters } from './counters';
import { HourCost } from './hour-cost';
import { Latest } from './latest';
import { NeedsMe } from './needs-me';
import { WorkNow } from './work-now';

/** What needs me, what runs, what does it cost. */
export function OverviewPage() {
  const trpc = useTRPC();
  const overview = useQuery({ ...trpc.overview.get.queryOptions(), refetchInterval: 2000, placeholderData: keepPreviousData });
  const budgets = useQuery({ ...trpc.costs.budgets.queryOptions({ limit: 20 }), refetchInterval: 5000, placeholderData: keepPreviousData });
  const data = overview.data as Overview | undefined;
  return (
    <>
      <PageHeader title="Overview" hint={data?.demo && <DemoBadge demo={data.demo} />}>
        <Button variant="danger-quiet" onClick={() => openEmergency('stop')} data-testid="stop-everything">
          <OctagonX size={14} aria-hidden /> Stop everything
        </Button>
      </PageHeader>
      <PageBody>
        {overview.isError && !data ? (
          <ErrorState error={overview.error} title="The overview could not be loaded" onRetry={() => void overview.refetch()} />
        ) : (
          <div className="mx-auto flex max-w-6xl flex-col gap-4">
            {data ? <Counters overview={data} /> : <Skeleton className="h-[88px] rounded-lg" />}
            <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
              <div className="flex min-w-0 flex-col gap-4">
                {data ? <NeedsMe needs={data.needsMe} budgets={budgets.data?.items ?? []} /> : <Skeleton className="h-64 rounded-lg" />}
                <WorkNow />
              </div>
              <div className="flex min-w-0 flex-col gap-4">
                {data ? <HourCost cost={data.cost} /> : <Skeleton className="h-64 rounded-lg" />}
                <LimitsCard />
                <Latest />
              </div>
            </div>
          </div>
        )}
      </PageBody>
    </>
  );
}

function DemoBadge({ demo }: { demo: NonNullable<Overview['demo']> }) {
  return (
    <Badge tone={demo.offline ? 'attention' : 'active'} className="whitespace-normal">
      {demo.offline ? 'Demo fleet: offline scripted model, simulated prices' : `Demo fleet on ${demo.model ?? 'a real model'}`}
    </Badge>
  );
}
