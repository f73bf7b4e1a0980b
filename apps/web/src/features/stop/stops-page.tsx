'use client';
import type { StopSummary } from '@reeve/core/vocabulary';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Square } from 'lucide-react';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useAgent, useLiveStore, useTopic } from '@/live';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { PageBody, PageHeader } from '@/ui/page-header';
import { SkeletonRows } from '@/ui/skeleton';
import { StateMark } from '@/ui/state-mark';
import { Table, TBody, TD, TH, THead, TR, TRLink } from '@/ui/table';
import { agentMarks, stopMarks } from '@/vocabulary/state-marks';
import { modes, subjectOf, summaryOf } from './stop-words';

/** Every stop there was, newest first; those under way stay current by the live store. */
export function StopsPage() {
  const trpc = useTRPC();
  const store = useLiveStore();
  useTopic('stops');
  const pages = useInfiniteQuery(
    trpc.stops.summaries.infiniteQueryOptions({ limit: 50 }, { getNextPageParam: (p) => p.nextCursor ?? undefined }),
  );
  const known = new Map<string, StopSummary>();
  for (const s of [...store.stops.values()]) known.set(s.id, s);
  for (const s of (pages.data?.pages ?? []).flatMap((p) => p.items as StopSummary[])) if (!known.has(s.id)) known.set(s.id, s);
  const stops = [...known.values()].sort((a, b) => b.acceptedAt.localeCompare(a.acceptedAt));
  return (
    <>
      <PageHeader title="Stops" hint="Every stop with its receipt" />
      <PageBody>
        {pages.isPending && stops.length === 0 ? (
          <SkeletonRows label="Loading stops" />
        ) : pages.isError && stops.length === 0 ? (
          <ErrorState error={pages.error} onRetry={() => void pages.refetch()} />
        ) : stops.length === 0 ? (
          <EmptyState icon={Square} title="Nothing was stopped yet">
            Each stop leaves a receipt here: who ended, how, and what proves it. Open an agent and press Stop, or mod+. on the tree.
          </EmptyState>
        ) : (
          <Card className="mx-auto max-w-5xl">
            <Table aria-label="Stops">
              <THead>
                <TR>
                  <TH>Subtree of</TH>
                  <TH>State</TH>
                  <TH>Outcome</TH>
                  <TH>Mode</TH>
                  <TH>Reason</TH>
                  <TH numeric>Accepted</TH>
                </TR>
              </THead>
              <TBody>
                {stops.map((s) => (
                  <Row key={s.id} stop={s} />
                ))}
              </TBody>
            </Table>
            {pages.hasNextPage && (
              <div className="p-3 text-center">
                <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
                  Older ones
                </Button>
              </div>
            )}
          </Card>
        )}
      </PageBody>
    </>
  );
}

function Row({ stop }: { stop: StopSummary }) {
  const router = useRouter();
  const root = useAgent(stop.agentId ?? undefined);
  const s = summaryOf(stop);
  return (
    <TRLink onClick={() => router.push(`/stops/${stop.id}`)}>
      <TD className="whitespace-nowrap font-medium">
        <Link href={`/stops/${stop.id}`} onClick={(e) => e.stopPropagation()}>
          {subjectOf(stop, root?.name)}
        </Link>
      </TD>
      <TD>
        <StateMark mark={stopMarks[stop.state]} />
      </TD>
      <TD className="whitespace-nowrap text-ink-2">
        {s.ended} of {s.members} ended
        {s.unconfirmed > 0 && <StateMark mark={{ ...agentMarks.unconfirmed, word: `${s.unconfirmed} unconfirmed` }} className="ml-2" />}
      </TD>
      <TD className="text-ink-2">{modes.find((m) => m.value === stop.mode)?.word}</TD>
      <TD className="max-w-64 truncate text-ink-2">{stop.reason || '—'}</TD>
      <TD numeric className="text-ink-2">
        <Ago at={stop.acceptedAt} />
      </TD>
    </TRLink>
  );
}
