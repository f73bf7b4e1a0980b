'use client';
import type { CostRow } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { useMemo } from 'react';
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
import { nextSort, type Sort, sortRows, sortText } from './cost-sort';
import { CostTree } from './cost-tree';
import { sumUsd } from './exact-money';
import { RowsTable } from './rows-table';
import { type CostView, type Grouping, groupings, type ListGrouping, setCostView } from './use-cost-view';
import { useFollowCosts } from './use-live-query';

/** As many agents are read every second while costs move; files have all. */
const mostRows = 1_000;
const none: readonly CostRow[] = [];
const still = { refetch: () => undefined };

export function CostTable({ view }: { view: CostView }) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const asTree = view.group === 'tree';
  // a file is a list, whatever the screen shows
  const group: ListGrouping = view.group === 'tree' ? 'agent' : view.group;
  // a model or a day has no tree: its one amount stands in the first column
  const sort = useMemo<Sort>(
    () => (group !== 'agent' && view.sort.key === 'subtreeUsd' ? { ...view.sort, key: 'ownUsd' } : view.sort),
    [group, view.sort],
  );
  const query = useQuery(
    trpc.costs.summary.queryOptions(
      { groupBy: group, root: view.root ?? undefined, limit: mostRows },
      { placeholderData: keepPreviousData, enabled: !asTree },
    ),
  );
  // by agent it reads the rollup, otherwise it adds up the ledger: not every second
  useFollowCosts(asTree ? still : query, group === 'agent' ? 1000 : 3000);
  const rows = query.data?.items ?? none;
  const sorted = useMemo(() => sortRows(rows, sort), [rows, sort]);
  const total = useMemo(() => sumUsd(rows.map((r) => r.ownUsd)), [rows]);
  const exportAs = async (as: 'csv' | 'json') => {
    const name = csvName(`costs-by-${group}`, Date.now());
    try {
      const all = asTree || query.data?.nextCursor ? sortRows(await allRows(client, group, view.root), sort) : sorted;
      if (as === 'csv') download(name, rowsCsv(all, group), 'text/csv');
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
          group === 'agent' ? 'own: what it spent itself; subtree: with everything below it' : group === 'day' ? 'days in UTC' : undefined
        }
        actions={
          <div className="flex flex-wrap items-center gap-1.5">
            <Segmented<Grouping> label="Group by" value={view.group} onChange={(group) => setCostView({ group })} options={groupings} />
            {(['csv', 'json'] as const).map((as) => (
              <Button
                key={as}
                size="sm"
                onClick={() => void exportAs(as)}
                why={!asTree && !rows.length && 'There is nothing to export yet.'}
              >
                <Download size={14} aria-hidden /> {as.toUpperCase()}
              </Button>
            ))}
          </div>
        }
      />
      {asTree ? (
        <CostTree key={view.root ?? ''} view={view} />
      ) : query.error && !query.data ? (
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
            group={group}
            within={view.root}
            sort={sort}
            onSort={(key) => setCostView({ sort: sortText(nextSort(sort, key)) })}
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
async function allRows(client: ReturnType<typeof useTRPCClient>, group: ListGrouping, root: string | null): Promise<CostRow[]> {
  const all: CostRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.costs.summary.query({ groupBy: group, root: root ?? undefined, cursor });
    all.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return all;
}
