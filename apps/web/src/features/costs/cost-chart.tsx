'use client';
import type { CostSeries } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import dynamic from 'next/dynamic';
import { useState } from 'react';
import { alone, useTRPC } from '@/trpc';
import { again } from '@/ui/again';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Skeleton } from '@/ui/skeleton';
import { Segmented } from '@/ui/tabs';
import { formatDuration, formatUsd } from '@/vocabulary/format';
import { coveredBy, entriesBehind } from './entries-behind';
import { SeriesTable } from './series-table';
import { colourOf, windowTotals } from './series-view';
import { type CostView, openEntries, type SeriesBy, seriesBy, setCostView, type WindowMinutes, windows } from './use-cost-view';
import { useFollowCosts } from './use-live-query';

const height = 'h-[280px]';
// Recharts is a third of this page's code: the rest need not wait for it
const StackedArea = dynamic(() => again(() => import('./stacked-area').then((m) => m.StackedArea)), {
  ssr: false,
  loading: () => <Skeleton className={`${height} w-full`} />,
});

export function CostChart({ view }: { view: CostView }) {
  const trpc = useTRPC();
  const [as, setAs] = useState<'chart' | 'table'>('chart');
  const query = useQuery(
    trpc.costs.series.queryOptions(
      { by: view.by, windowMinutes: Number(view.window), root: view.root ?? undefined, maxPoints: 120 },
      // the figures of this page come as they are ready, not all with the slowest
      { placeholderData: keepPreviousData, trpc: alone },
    ),
  );
  useFollowCosts(query, 1000);
  const { data } = query;
  const words = windows.find((w) => w.value === view.window)?.words ?? '';
  const spent = data?.points.some((p) => p.values.some((v) => v > 0));
  return (
    <Card aria-label="Cost over time">
      <CardHeader
        title="Over time"
        hint={data && `down-sampled: each point adds up ${formatDuration(data.bucketMs)}; drag over a time to see its entries`}
        actions={
          <div className="flex flex-wrap items-center gap-1.5">
            <Segmented<SeriesBy> label="Stacked by" value={view.by} onChange={(by) => setCostView({ by })} options={seriesBy} />
            <Segmented<WindowMinutes> label="Window" value={view.window} onChange={(window) => setCostView({ window })} options={windows} />
            <Segmented<'chart' | 'table'>
              label="Show as"
              value={as}
              onChange={setAs}
              options={[
                { value: 'chart', label: 'Chart' },
                { value: 'table', label: 'Table' },
              ]}
            />
          </div>
        }
      />
      <div className="p-4">
        {query.error && !data ? (
          <ErrorState error={query.error} title="Costs over time could not be loaded" onRetry={() => void query.refetch()} />
        ) : !data ? (
          <Skeleton className={`${height} w-full`} />
        ) : !spent ? (
          <EmptyState className={height} title={`Nothing was spent in ${words}`}>
            Agents report each model call through the API or the client library; it appears here within a second. Try a longer window.
          </EmptyState>
        ) : as === 'table' ? (
          <SeriesTable series={data} by={view.by} within={view.root} />
        ) : (
          <>
            <figure aria-label={`Cost in ${words}, stacked by ${view.by}. The same figures stand in the table.`}>
              <StackedArea
                series={data}
                windowMinutes={Number(view.window)}
                className={height}
                onBrush={(at) => openEntries(entriesBehind(view.by, null, { ...at, within: view.root }))}
              />
            </figure>
            <Legend series={data} by={view.by} within={view.root} />
          </>
        )}
      </div>
    </Card>
  );
}

function Legend({ series, by, within }: { series: CostSeries; by: SeriesBy; within: string | null }) {
  const totals = windowTotals(series);
  return (
    <ul aria-label="Series" className="mt-3 flex flex-wrap gap-x-1 gap-y-0.5">
      {series.keys.map((k, i) => {
        const of = entriesBehind(by, k, { ...coveredBy(series), within }, series.keys);
        return (
          <li key={k.key}>
            <button
              type="button"
              onClick={() => openEntries(of)}
              title="Show the ledger entries behind it"
              className="inline-flex h-7 items-center gap-1.5 rounded px-2 text-xs hover:bg-hover"
            >
              <span aria-hidden className="size-2.5 rounded-[3px]" style={{ background: colourOf(i, k.key) }} />
              <span className="max-w-48 truncate">{k.own ? `${k.label} itself` : k.label}</span>
              <span className="text-ink-3">{formatUsd(totals[i] ?? 0)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
