'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useTRPC } from '@/trpc';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { formatClock, formatDateTime } from '@/vocabulary/format';

/** The latest events of one agent, newest first. */
export function AgentEvents({ id }: { id: string }) {
  const trpc = useTRPC();
  const events = useQuery({
    ...trpc.events.list.queryOptions({ subjectId: id, limit: 50 }),
    refetchInterval: 2000,
    placeholderData: keepPreviousData,
  });
  if (events.isPending) return <SkeletonRows label="Loading events" />;
  if (events.isError && !events.data)
    return <ErrorState error={events.error} title="The events could not be read" onRetry={() => void events.refetch()} />;
  if (events.data.items.length === 0)
    return <EmptyState title="No events yet">What happens to this agent is written here, one line each.</EmptyState>;
  return (
    <>
      <ol className="flex flex-col py-2">
        {events.data.items.map((e) => (
          <li key={e.seq} className="flex gap-3 px-4 py-1 text-sm">
            <time dateTime={e.at} title={formatDateTime(e.at)} className="shrink-0 text-ink-3 text-xs leading-5">
              {formatClock(e.at)}
            </time>
            <span className="wrap-anywhere min-w-0">{e.sentence}</span>
          </li>
        ))}
      </ol>
      <Link href={`/activity?subject=${id}`} className="block px-4 pb-4 text-accent text-xs hover:underline">
        All of its history
      </Link>
    </>
  );
}
