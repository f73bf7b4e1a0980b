'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useTRPC } from '@/trpc';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { formatClock, formatDateTime } from '@/vocabulary/format';

/** The last few events in sentences; the whole log is under Activity. */
export function Latest() {
  const trpc = useTRPC();
  const events = useQuery({ ...trpc.events.list.queryOptions({ limit: 8 }), refetchInterval: 3000, placeholderData: keepPreviousData });
  return (
    <Card>
      <CardHeader
        title="Just now"
        actions={
          <Link href="/activity" className="text-accent text-xs hover:underline">
            All activity
          </Link>
        }
      />
      {events.data ? (
        events.data.items.length === 0 ? (
          <EmptyState title="Nothing has happened yet">Every change of an agent, a task or a stop is written here.</EmptyState>
        ) : (
          <ol className="py-1.5">
            {events.data.items.map((e) => (
              <li key={e.seq} className="flex gap-3 px-4 py-[3px] text-sm">
                <time dateTime={e.at} title={formatDateTime(e.at)} className="shrink-0 text-ink-3 text-xs leading-5">
                  {formatClock(e.at)}
                </time>
                <span className="min-w-0 truncate" title={e.sentence}>
                  {e.sentence}
                </span>
              </li>
            ))}
          </ol>
        )
      ) : events.isError ? (
        <ErrorState error={events.error} onRetry={() => void events.refetch()} />
      ) : (
        <SkeletonRows rows={6} label="Loading events" />
      )}
    </Card>
  );
}
