'use client';
import type { HistoryView } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { LiveStore, StaticLive } from '@/live';
import { useTRPC } from '@/trpc';
import { ErrorState } from '@/ui/error-state';
import { writeUrl } from '@/ui/use-url';
import { TimeBar } from './time-bar';

const numberOf = (text: string | null): number | null => (text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null);
/** The event whose moment is shown, or null: now. */
export const usePastSeq = (): number | null => numberOf(useSearchParams().get('seq'));

/** Everything inside reads the project as it was at `seq`, by the same store as the live one. */
export function Past({ seq, children }: { seq: number; children: ReactNode }) {
  const from = numberOf(useSearchParams().get('from'));
  const trpc = useTRPC();
  const [store] = useState(() => new LiveStore());
  // what has happened stays; only where the log ends moves on
  const q = useQuery({ ...trpc.history.at.queryOptions({ seq }), placeholderData: keepPreviousData, staleTime: 30_000 });
  const past = q.data as HistoryView | undefined;
  useEffect(() => {
    if (!past) return;
    store.load({
      seq: past.seq,
      atMs: Date.parse(past.at),
      agents: past.agents,
      tasks: [],
      changes: [],
      stops: [],
      locks: [],
      barriers: [],
    });
    store.flush();
  }, [past, store]);
  return (
    <>
      <TimeBar seq={seq} from={from} past={past} />
      {q.isError ? (
        <ErrorState
          error={q.error}
          title="This point of the log could not be opened"
          onRetry={() => void q.refetch()}
          action={
            <button type="button" className="text-accent text-sm" onClick={() => writeUrl({ seq: null, from: null })}>
              Back to live
            </button>
          }
          className="flex-1"
        />
      ) : (
        <StaticLive store={store}>{children}</StaticLive>
      )}
    </>
  );
}
