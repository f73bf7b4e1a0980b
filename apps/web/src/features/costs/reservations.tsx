'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatDateTime, plural } from '@/vocabulary/format';
import { exactUsd, sumUsd } from './exact-money';
import { openReservations, type ReservationsOf } from './use-cost-view';

/** What stands behind a figure of reserved or unknown money. */
export function Reservations({ of }: { of: ReservationsOf | null }) {
  return of && <Drawer key={JSON.stringify(of)} of={of} />;
}

function Drawer({ of }: { of: ReservationsOf }) {
  const trpc = useTRPC();
  const whose = of.kind === 'agent' ? { agentId: of.key } : { budgetId: of.key };
  const query = useInfiniteQuery(
    trpc.costs.reservations.infiniteQueryOptions(
      { ...whose, state: of.state, limit: 200 },
      { getNextPageParam: (page) => page.nextCursor, staleTime: Number.POSITIVE_INFINITY },
    ),
  );
  const rows = query.data?.pages.flatMap((p) => p.items) ?? [];
  const isOpen = of.state === 'open';
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && openReservations(null)}
      title={isOpen ? 'Set aside for calls under way' : 'Reserved, and of unknown outcome'}
      description={
        query.data
          ? `${plural(rows.length, 'reservation')}${query.hasNextPage ? ' so far' : ''}, ${exactUsd(sumUsd(rows.map((r) => r.heldUsd)))} together. Newest first.`
          : 'Reservations, newest first.'
      }
      className="sm:w-[min(860px,calc(100vw-32px))]"
      testId="cost-reservations"
      footer={
        query.hasNextPage && (
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older
          </Button>
        )
      }
    >
      {query.error && !query.data ? (
        <ErrorState error={query.error} title="The reservations could not be loaded" onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <SkeletonRows rows={6} className="p-0" label="Loading reservations" />
      ) : rows.length === 0 ? (
        <EmptyState title="Nothing is held any more">Calls that were under way have been settled or given back meanwhile.</EmptyState>
      ) : (
        <Table className="min-w-[520px]">
          <THead>
            <TR>
              <TH>Agent</TH>
              <TH numeric>Holds</TH>
              <TH numeric>Of</TH>
              <TH>Since</TH>
              <TH>{isOpen ? 'Unknown from' : 'Unknown since'}</TH>
            </TR>
          </THead>
          <TBody>
            {rows.map((r) => (
              <TR key={r.id}>
                <TD className="max-w-48 truncate">
                  <Link href={`/agents?agent=${encodeURIComponent(r.agentId)}`} className="text-accent hover:underline">
                    {r.agentName ?? r.agentId}
                  </Link>
                </TD>
                <TD numeric className="font-medium">
                  {exactUsd(r.heldUsd)}
                </TD>
                <TD numeric className="text-ink-3">
                  {exactUsd(r.amountUsd)}
                </TD>
                <TD className="whitespace-nowrap text-ink-2">{formatDateTime(r.createdAt)}</TD>
                <TD className="whitespace-nowrap text-ink-2">{formatDateTime(isOpen ? r.expiresAt : (r.endedAt ?? r.expiresAt))}</TD>
              </TR>
            ))}
          </TBody>
        </Table>
      )}
    </Dialog>
  );
}
