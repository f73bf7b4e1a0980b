'use client';
import type { OrphansHandled, OrphansView } from '@reeve/core/vocabulary';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTRPC } from '@/trpc';
import { notify, notifyFailure } from '@/ui/toast';
import { plural } from '@/vocabulary/format';

/** The dry run, made again as long as somebody looks at it: the fleet goes on meanwhile. */
export function useOrphans() {
  const trpc = useTRPC();
  const query = useQuery({ ...trpc.orphans.list.queryOptions({ limit: 200 }), refetchInterval: 3000, placeholderData: keepPreviousData });
  return { ...query, data: query.data as OrphansView | undefined };
}

export function useHandleOrphans() {
  const trpc = useTRPC();
  const client = useQueryClient();
  return useMutation(
    trpc.orphans.handle.mutationOptions({
      onSuccess: (done: OrphansHandled) => {
        const parts = [
          done.stopped && `the stop of ${plural(done.stopped, 'orphan')} accepted`,
          done.reparented && `${plural(done.reparented, 'orphan')} moved up`,
          done.ignored && `${plural(done.ignored, 'orphan')} left alone for now`,
        ].filter(Boolean);
        const skipped = done.skipped.length ? `Skipped ${done.skipped.length}: ${done.skipped[0]?.why}` : undefined;
        const text = parts.join(', ') || 'nothing was changed';
        notify(text.charAt(0).toUpperCase() + text.slice(1), skipped);
      },
      onError: (e: unknown) => notifyFailure(e),
      onSettled: () => void client.invalidateQueries({ queryKey: trpc.orphans.list.queryKey() }),
    }),
  );
}
