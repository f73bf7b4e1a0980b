'use client';
import { useSearchParams } from 'next/navigation';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type LiveStore, useLiveStore } from '@/live';
import { useIsPhone } from '@/ui/use-media';
import { writeUrl } from '@/ui/use-url';
import type { EndedRule } from './match-agent';
import { parseFilter } from './match-agent';
import { type Folds, newFolds, type Row, reveal, type TreeOptions, type TreeSource, visibleRows } from './visible-tree';

export const sourceOf = (store: LiveStore): TreeSource => ({
  agent: (id) => store.agents.get(id),
  roots: store.tree.roots,
  children: store.tree.children,
});

/** What the page shows, from the URL: a link shows a colleague the same. */
export function useViewOptions() {
  const params = useSearchParams();
  const session = params.get('session');
  const text = params.get('q') ?? '';
  const ended = (params.get('ended') ?? 'recent') as EndedRule;
  const phone = useIsPhone();
  const wanted = params.get('view');
  // a tree wants room: a phone starts with the lines
  const view: 'tree' | 'outline' = wanted === 'tree' || wanted === 'outline' ? wanted : phone ? 'outline' : 'tree';
  return { session, text, ended, view, set: writeUrl };
}

export type AgentView = {
  rows: Row[];
  /** Folds or unfolds; the row becomes the anchor of the screen. */
  toggle(id: string, open?: boolean): void;
  /** Shows all children of a parent ("+N more"), or folds them back. */
  showWhole(id: string, whole: boolean): void;
  foldAll(open: boolean): void;
  /** Unfolds whatever hides the agent. */
  reveal(id: string): void;
  /** The row that must not move on screen at the next layout. */
  anchor: { current: string | null };
};

/**
 * The rows of the tree and the outline, recomputed when the shape of the fleet or the options change: at most every
 * 100 ms, and never more than a fifth of the time for a fleet so large that a pass takes long.
 */
export function useAgentView(options: Omit<TreeOptions, 'nowMs' | 'filter'> & { text: string }): AgentView {
  const store = useLiveStore();
  const folds = useRef<Folds>(newFolds());
  const anchor = useRef<string | null>(null);
  const { session, ended, text, maxChildren, budget } = options;
  const filter = useMemo(() => parseFilter(text), [text]);
  const compute = useCallback(
    () => visibleRows(sourceOf(store), { session, ended, filter, maxChildren, budget, nowMs: Date.now() }, folds.current),
    [store, session, ended, filter, maxChildren, budget],
  );
  const [rows, setRows] = useState<Row[]>(compute);
  const now = useCallback(() => {
    const next = compute();
    setRows((rows) => (sameRows(rows, next) ? rows : next));
  }, [compute]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let dueMs = 0;
    const run = () => {
      timer = undefined;
      const start = performance.now();
      now();
      dueMs = performance.now() + Math.max(100, (performance.now() - start) * 4);
    };
    let empty = store.agents.size === 0;
    const soon = (atLeastMs: number) => () => {
      // the first fleet is drawn at once: nobody looks at anything yet
      if (empty && store.agents.size > 0) {
        empty = false;
        return now();
      }
      timer ??= setTimeout(run, Math.max(atLeastMs, dueMs - performance.now()));
    };
    now();
    const offTree = store.subscribeTopic('tree', soon(0));
    // who has ended long enough to leave can wait; who matches a filter by state cannot
    const offStates = store.subscribeTopic('states', soon(filter || ended === 'none' ? 1000 : 5000));
    const slow = setInterval(soon(0), 15_000);
    return () => {
      offTree();
      offStates();
      clearInterval(slow);
      clearTimeout(timer);
    };
  }, [store, now, filter, ended]);

  return useMemo(
    () => ({
      rows,
      anchor,
      toggle: (id, open) => {
        anchor.current = id;
        folds.current.open.set(id, open ?? !folds.current.open.get(id));
        now();
      },
      showWhole: (id, whole) => {
        anchor.current = id;
        if (whole) folds.current.whole.add(id);
        else folds.current.whole.delete(id);
        now();
      },
      foldAll: (open) => {
        for (const id of store.agents.keys())
          if (store.tree.children(id).length) folds.current.open.set(id, open || store.tree.parent(id) === null);
        folds.current.whole = open ? new Set(['', ...store.agents.keys()]) : new Set();
        now();
      },
      reveal: (id) => {
        reveal(sourceOf(store), id, folds.current);
        now();
      },
    }),
    [rows, store, now],
  );
}

function sameRows(a: Row[], b: Row[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as Row, b[i] as Row];
    if (x.key !== y.key || x.parent !== y.parent || x.open !== y.open || x.faint !== y.faint || x.hidden.length !== y.hidden.length)
      return false;
    if (x.hidden.some((id, k) => id !== y.hidden[k])) return false;
  }
  return true;
}
