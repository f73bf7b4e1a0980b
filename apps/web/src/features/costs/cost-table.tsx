'use client';
import type { CostRow } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTRPC, useTRPCClient } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { download } from '@/ui/download';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Segmented } from '@/ui/tabs';
import { notifyFailure } from '@/ui/toast';
import { csvName } from '@/vocabulary/csv';
import { plural } from '@/vocabulary/format';
import { rowsCsv } from './cost-csv';
import { nextSort, type Sort, sortRows } from './cost-sort';
import { sumUsd } from './exact-money';
import { RowsTable } from './rows-table';
import { type CostView, type Grouping, groupings, setCostView } from './use-cost-view';
import { useFollowCosts } from './use-live-query';

/** As many agents are read every second while costs move; files have all. */
const mostRows = 1_000;
const none: readonly CostRow[] = [];

export function CostTable({ view }: { view: CostView }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const [chosen, setSort] = useState<Sort>({ key: 'subtreeUsd', descending: true });
  // a model or a day has no tree: its one amount stands in the first column
  const sort = useMemo<Sort>(
    () => (view.group !== 'agent' && chosen.key === 'subtreeUsd' ? { ...chosen, key: 'ownUsd' } : chosen),
    [view.group, chosen],
  );
  const query = useQuery(
    trpc.costs.summary.queryOptions(
      { groupBy: view.group, root: view.root ?? undefined, limit: mostRows },
      { placeholderData: keepPreviousData },
    ),
  );
  // by agent it reads the rollup, otherwise it adds up the ledger: not every second
  useFollowCosts(query, view.group === 'agent' ? 1000 : 3000);
  const rows = query.data?.items ?? none;
  const sorted = useMemo(() => sortRows(rows, sort), [rows, sort]);
  const total = useMemo(() => sumUsd(rows.map((r) => r.ownUsd)), [rows]);
  const exportAs = async (as: 'csv' | 'json') => {
    const name = csvName(`costs-by-${view.group}`, Date.now());
    try {
      const all = query.data?.nextCursor ? sortRows(await allRows(client, view), sort) : sorted;
      if (as === 'csv') download(name, rowsCsv(all, view.group), 'text/csv');
      else download(name.replace(/csv$/, 'json'), JSON.stringify(all, null, 2), 'application/json');
    } catch (error) {
      notifyFailure(error, 'The costs could not be exported');
    }
  };
  return (
    <Card aria-label="Costs in figures">
      <CardHeader
        title="In figures"
        hint={
          view.group === 'agent'
            ? 'own: what it spent itself; subtree: with everything below it'
            : view.group === 'day'
              ? 'days in UTC'
              : undefined
        }
        actions={
          <div className="flex flex-wrap items-center gap-1.5">
            <Segmented<Grouping> label="Group by" value={view.group} onChange={(group) => setCostView({ group })} options={groupings} />
            {(['csv', 'json'] as const).map((as) => (
              <Button key={as} size="sm" onClick={() => void exportAs(as)} why={!rows.length && 'There is nothing to export yet.'}>
                <Download size={14} aria-hidden /> {as.toUpperCase()}
              </Button>
            ))}
          </div>
        }
      />
      {query.error && !query.data ? (
        <ErrorState error={query.error} title="The costs could not be loaded" onRetry={() => void query.refetch()} />
      ) : !query.data ? (
        <SkeletonRows rows={6} label="Loading costs" />
      ) : rows.length === 0 ? (
        <EmptyState title="The ledger is empty">
          Each model call that an agent reports becomes one entry, counted once however often it is sent.
        </EmptyState>
      ) : (
        <>
          <RowsTable
            rows={sorted}
            total={total}
            group={view.group}
            within={view.root}
            sort={sort}
            onSort={(key) => setSort(nextSort(sort, key))}
          />
          {query.data.nextCursor && (
            <p className="border-line border-t px-4 py-2 text-ink-3 text-xs">
              These are the {plural(rows.length, 'agent')} that cost most, and the sum is theirs. Start the tree above at an agent to see
              the others below it; the exports have them all.
            </p>
          )}
        </>
      )}
    </Card>
  );
}

/** Every page: a table shows the costliest, a file has them all. */
async function allRows(client: ReturnType<typeof useTRPCClient>, view: CostView): Promise<CostRow[]> {
  const all: CostRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.costs.summary.query({ groupBy: view.group, root: view.root ?? undefined, cursor });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return all;
}
