'use client';
import type { CostLevel, CostTreeSort } from '@reeve/core/vocabulary';
import { useQueries } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { alone, useTRPC } from '@/trpc';
import { type CostTreeRow, costTreeRows, openAtFirst, type PageOf, pageSize, pagesOf, samePages } from './cost-tree-rows';
import { useFollowCosts } from './use-live-query';

export type TreeSort = { key: CostTreeSort; descending: boolean };
/** So many lines may be open before anybody chose. */
const roomAtFirst = 16;
const keyOf = (sort: TreeSort, of: PageOf): string => `${sort.key} ${sort.descending} ${of.page} ${of.parent ?? ''}`;

/**
 * The lines of the tree of costs. What is on screen is read, page by page, and read again while costs move; the rest stays as it was
 * read. Another order is shown when all that is on screen has come in it.
 */
export function useCostTree(root: string | null, sort: TreeSort) {
  const trpc = useTRPC();
  const [top] = useState<PageOf>({ parent: root, page: 0 });
  const [asked, setAsked] = useState<readonly PageOf[]>([top]);
  const [kept] = useState(() => new Map<string, CostLevel>());
  const [shown, setShown] = useState(sort);
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);

  const results = useQueries({
    queries: asked.map(({ parent, page }) =>
      trpc.costs.tree.queryOptions(
        { parent: parent ?? undefined, sort: sort.key, descending: sort.descending, limit: pageSize, cursor: String(page * pageSize) },
        { staleTime: 1_000, trpc: alone },
      ),
    ),
  });
  asked.forEach((of, i) => {
    const data = results[i]?.data;
    if (data) kept.set(keyOf(sort, of), data);
  });
  if (keyOf(sort, top) !== keyOf(shown, top) && results.every((r) => r.data || r.error)) setShown(sort);
  const first = kept.get(keyOf(shown, top));
  if (chosen === null && first) setChosen(new Set(root ? [root] : openAtFirst(first.items, roomAtFirst)));

  const news = results.map((r) => r.dataUpdatedAt).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the moments of the answers stand for what is kept
  const rows = useMemo(
    () => costTreeRows((of) => kept.get(keyOf(shown, of)), root, chosen ?? new Set()),
    [kept, shown, root, chosen, news],
  );

  const latest = useRef(results);
  useEffect(() => {
    latest.current = results;
  });
  const refetch = useCallback((options?: { cancelRefetch: boolean }) => {
    for (const r of latest.current) void r.refetch(options);
  }, []);
  useFollowCosts({ refetch }, 1_500);
  useFollowCosts({ refetch }, 1_500, 'tree');

  return {
    rows,
    top: first,
    error: results.find((r) => r.error)?.error ?? null,
    refetch,
    /** Which lines are on screen: their pages are read. */
    show: useCallback(
      (visible: readonly CostTreeRow[]) => {
        const pages = [top, ...pagesOf(visible).filter((p) => p.parent !== top.parent || p.page > 0)];
        setAsked((before) => (samePages(before, pages) ? before : pages));
      },
      [top],
    ),
    toggle: useCallback((id: string, open: boolean) => {
      setChosen((before) => {
        const next = new Set(before);
        if (open) next.add(id);
        else next.delete(id);
        return next;
      });
    }, []),
  };
}
