// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtualised, so the roles are spelt out
// biome-ignore-all lint/a11y/useFocusableInteractive: focus belongs to the lines, and roams (tree-grid pattern)
'use client';
import type { CostNode } from '@reeve/core/vocabulary';
import { Coins } from 'lucide-react';
import { type KeyboardEvent, useEffect } from 'react';
import { useBurn } from '@/trpc/use-burn';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { isModified, useTreeGrid } from '@/ui/use-tree-grid';
import { nextSort, sortAmong, sortText } from './cost-sort';
import { besideBar, treeColumns, treeGrid, treeSorts } from './cost-tree-columns';
import { CostTreeLine, entriesBehindRow, exactly } from './cost-tree-line';
import type { CostTreeRow } from './cost-tree-rows';
import { fixedUsd } from './exact-money';
import { ariaSort, SortButton } from './sort-button';
import { Trace } from './trace';
import { useCostTree } from './use-cost-tree';
import { type CostView, openEntries, setCostView } from './use-cost-view';

/** Agents under the agent that spawned them, with what each spent itself and with everything below it: an accessible tree grid. */
export function CostTree({ view }: { view: CostView }) {
  const sort = sortAmong(view.sort, treeSorts, 'subtreeUsd');
  const { rows, top, error, refetch, show, toggle } = useCostTree(view.root, sort);
  const { scroller, lines, current, walk, focusProps } = useTreeGrid({
    rows,
    rowPx: 32,
    overscan: 8,
    onFold: (row, open) => toggle(row.key, open),
  });
  const items = lines.getVirtualItems();
  const visible = items.flatMap((i) => rows[i.index] ?? []);
  const burn = useBurn(visible.flatMap((r) => (r.kind === 'agent' ? r.key : [])).slice(0, 80));

  useEffect(() => {
    show(visible);
  });
  const onKeyDown = (e: KeyboardEvent) => {
    if (isModified(e) || !current) return;
    const onLine = (e.target as HTMLElement).getAttribute('role') === 'row';
    if (!onLine || e.key !== 'Enter') return walk(e);
    e.preventDefault();
    const behind = entriesBehindRow(current);
    if (behind) openEntries(behind);
  };

  if (error && !top) return <ErrorState error={error} title="The costs could not be loaded" onRetry={() => refetch()} />;
  if (!top) return <SkeletonRows rows={6} label="Loading costs" />;
  if (rows.length === 0)
    return (
      <EmptyState icon={Coins} title="No agent is here yet">
        As soon as one is registered, it stands here under the agent that spawned it, with what it and everything below it spent.
      </EmptyState>
    );
  return (
    <div ref={scroller} className="max-h-[560px] overflow-auto rounded-b-lg" data-testid="cost-tree">
      <div
        role="treegrid"
        aria-label="Costs by agent, as a tree"
        aria-rowcount={rows.length + 2}
        aria-colcount={treeColumns.length}
        onKeyDown={onKeyDown}
        {...focusProps}
        className="min-w-[300px] [--indent:12px] sm:[--indent:18px]"
      >
        <Head view={view} />
        <div className="relative" style={{ height: lines.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            return (
              row && (
                <CostTreeLine
                  key={row.key}
                  row={row}
                  index={item.index}
                  top={item.start}
                  total={top.totalUsd}
                  burn={row.kind === 'agent' ? burn.of(row.key) : undefined}
                  window={burn.window}
                  focusable={row === current}
                  onToggle={toggle}
                />
              )
            );
          })}
        </div>
        <Sum of={top.of} total={top.totalUsd} root={view.root} index={rows.length + 2} rows={rows} />
      </div>
    </div>
  );
}

function Head({ view }: { view: CostView }) {
  const sort = sortAmong(view.sort, treeSorts, 'subtreeUsd');
  return (
    <div
      role="row"
      aria-rowindex={1}
      className={cn('sticky top-0 z-10 h-8 border-line border-b bg-surface font-medium text-ink-3 text-xs', treeGrid)}
    >
      {treeColumns.map((c) => (
        <span
          key={c.title}
          role="columnheader"
          title={c.hint}
          className={cn('flex items-center', c.className)}
          aria-sort={c.sort && ariaSort(sort, c.sort)}
        >
          {c.sort ? (
            <SortButton
              column={{ key: c.sort, title: c.title, numeric: c.sort !== 'label' }}
              sort={sort}
              onSort={(key) => setCostView({ sort: sortText(nextSort(sort, key)) })}
            />
          ) : (
            c.title
          )}
        </span>
      ))}
    </div>
  );
}

/** What all lines of the first level come to, with what is unattributed. */
function Sum({
  of,
  total,
  root,
  index,
  rows,
}: {
  of: CostNode | null;
  total: string;
  root: string | null;
  index: number;
  rows: readonly CostTreeRow[];
}) {
  const floor = of ? of.unpriced > 0 : rows.some((r) => r.kind === 'agent' && r.depth === 0 && r.node.unpriced > 0);
  return (
    <div
      role="row"
      aria-rowindex={index}
      className={cn('sticky bottom-0 z-10 h-9 border-line border-t bg-surface font-semibold text-sm', treeGrid)}
    >
      <span role="gridcell">Sum</span>
      <span role="gridcell" />
      <span role="gridcell" className={besideBar}>
        {floor && '≥ '}
        <Trace title={exactly(total)} onClick={() => openEntries(root ? { kind: 'subtree', key: root } : { kind: 'all', key: '' })}>
          <span data-testid="cost-tree-sum">{fixedUsd(total)}</span>
        </Trace>
      </span>
      {treeColumns.slice(3).map((c) => (
        <span key={c.title} role="gridcell" className={c.className} />
      ))}
    </div>
  );
}
