'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { SkeletonRows } from '@/ui/skeleton';
import { failureOf } from '@/vocabulary/errors';
import { formatClock, formatDateTime } from '@/vocabulary/format';

/** The facts about one task, newest first; asked again whenever the task itself changed. */
export function TaskHistory({ taskId, updatedAt }: { taskId: string; updatedAt: string }) {
  const trpc = useTRPC();
  const query = useQuery(trpc.events.list.queryOptions({ subjectId: taskId, limit: 100 }, { placeholderData: keepPreviousData }));
  const { refetch } = query;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new update means a new fact
  useEffect(() => void refetch(), [refetch, updatedAt]);
  if (query.error)
    return (
      <p className="text-ink-2">
        {failureOf(query.error).what}{' '}
        <Button variant="link" onClick={() => void refetch()}>
          Try again
        </Button>
      </p>
    );
  if (!query.data) return <SkeletonRows rows={3} className="p-0" label="Loading the history" />;
  if (!query.data.items.length) return <p className="text-ink-3">Nothing is in the log about this task.</p>;
  return (
    <ol className="flex flex-col gap-1.5">
      {query.data.items.map((e) => (
        <li key={e.seq} className="flex gap-3">
          <time
            dateTime={e.at}
            title={formatDateTime(e.at)}
            className="shrink-0 font-mono text-ink-3 text-xs leading-5"
            suppressHydrationWarning
          >
            {formatClock(e.at)}
          </time>
          <span className="min-w-0 break-words text-ink-2">{e.sentence}</span>
        </li>
      ))}
    </ol>
  );
}
