'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useAgent } from '@/live';
import { useTRPC, useTRPCClient } from '@/trpc';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { download } from '@/ui/download';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { notifyFailure } from '@/ui/toast';
import { csvName } from '@/vocabulary/csv';
import { formatClock, formatDateTime, plural } from '@/vocabulary/format';
import { allEntries, entriesInput, mostExported } from './all-entries';
import { entriesCsv } from './cost-csv';
import { EntriesTable } from './entries-table';
import { exactUsd, sumUsd } from './exact-money';
import { type EntriesOf, openEntries } from './use-cost-view';

/** What stands behind a number: the ledger entries, page by page. */
export function Entries({ of }: { of: EntriesOf | null }) {
  return of && <EntriesDrawer key={JSON.stringify(of)} of={of} />;
}

function useTitle(of: EntriesOf): string {
  const within = useAgent(of.within ?? null);
  const below = of.within ? ` below ${within?.name ?? of.within}` : '';
  const time =
    of.fromMs !== undefined && of.toMs !== undefined ? `, ${formatDateTime(of.fromMs)} to ${formatClock(of.toMs).slice(0, 8)}` : '';
  return `${useSubject(of)}${below}${time}`;
}
function useSubject(of: EntriesOf): string {
  const agent = useAgent(
    of.kind === 'agent' || of.kind === 'subtree' || of.kind === 'charged' || of.kind === 'unattributed' || of.kind === 'session'
      ? of.key
      : null,
  );
  const name = agent?.name ?? of.key;
  switch (of.kind) {
    case 'agent':
      return `What ${name} spent itself`;
    case 'subtree':
      return `What ${name} and everything below it spent`;
    case 'session':
      return `What the session ${name} spent`;
    case 'role':
      return of.key ? `What agents in the role ${of.key} spent` : 'What agents without a role spent';
    case 'model':
      return `What calls to ${of.key} cost`;
    case 'day':
      return `What was spent on ${of.key}, UTC`;
    case 'budget':
      return 'What counts against this budget';
    case 'charged':
      return `What counts against the budget of ${name}`;
    case 'unattributed':
      return of.key ? `What is unattributed below ${name}` : 'What is unattributed';
    case 'all':
      return of.except ? 'What all others spent' : 'All that was spent';
  }
}

function EntriesDrawer({ of }: { of: EntriesOf }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const title = useTitle(of);
  const [exporting, setExporting] = useState(false);
  const input = entriesInput(of);
  const query = useInfiniteQuery(
    trpc.costs.entries.infiniteQueryOptions(
      { ...input, limit: 100 },
      { getNextPageParam: (page) => page.nextCursor, staleTime: Number.POSITIVE_INFINITY },
    ),
  );
  const entries = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  const sum = useMemo(() => sumUsd(entries.map((e) => e.costUsd)), [entries]);
  const unpriced = entries.filter((e) => e.unpriced).length;
  const exportAll = async (as: 'csv' | 'json') => {
    setExporting(true);
    try {
      const all = await allEntries((cursor) => client.costs.entries.query({ ...input, limit: 1000, cursor }));
      const name = csvName('cost-entries', Date.now());
      if (as === 'csv') download(name, entriesCsv(all), 'text/csv');
      else download(name.replace(/csv$/, 'json'), JSON.stringify(all, null, 2), 'application/json');
    } catch (error) {
      notifyFailure(error, 'The entries could not be exported');
    } finally {
      setExporting(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && openEntries(null)}
      title={title}
      description={
        query.data
          ? `${plural(entries.length, 'entry', 'entries')}${query.hasNextPage ? ' so far' : ''}, ${exactUsd(sum)} together${unpriced ? `, ${unpriced} of unknown price` : ''}. Newest first.`
          : 'Ledger entries, newest first.'
      }
      className="sm:w-[min(1040px,calc(100vw-32px))]"
      testId="cost-entries"
      footer={
        <>
          <Button
            onClick={() => void exportAll('csv')}
            busy={exporting}
            why={query.data && !entries.length && 'There is nothing to export.'}
            title={`All entries behind this number, at most ${mostExported.toLocaleString('en-US')}`}
          >
            <Download size={14} aria-hidden /> CSV of all
          </Button>
          <Button
            onClick={() => void exportAll('json')}
            busy={exporting}
            why={query.data && !entries.length && 'There is nothing to export.'}
          >
            <Download size={14} aria-hidden /> JSON
          </Button>
          {query.hasNextPage && (
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older
            </Button>
          )}
        </>
      }
    >
      {query.error && !query.data ? (
        <ErrorState error={query.error} title="The entries could not be loaded" onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <SkeletonRows rows={8} className="p-0" label="Loading entries" />
      ) : entries.length === 0 ? (
        <EmptyState title="No entry stands behind this number">Nothing has been reported for it yet.</EmptyState>
      ) : (
        <EntriesTable entries={entries} withAgent={of.kind !== 'agent'} withModel={of.kind !== 'model'} />
      )}
    </Dialog>
  );
}
