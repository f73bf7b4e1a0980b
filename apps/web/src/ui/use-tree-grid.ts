'use client';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { type FocusEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { neighbourLine, type TreeLine } from './tree-walk';

type Options<Row> = {
  rows: readonly Row[];
  rowPx: number;
  overscan: number;
  /** The line that Tab comes to before any had the focus; the first one if left out or not there. */
  first?: string | null;
  onFold(row: Row, open: boolean): void;
  /** An arrow key led here. */
  onArrive?(row: Row): void;
};

/**
 * Lines of a tree in a virtual list, one of which Tab comes to; arrow keys walk from it (the tree-grid pattern). Lines carry
 * `data-row` with their key. The line with the focus stays mounted, and one that comes in the place of one that went takes it over.
 */
export function useTreeGrid<Row extends TreeLine & { key: string }>({ rows, rowPx, overscan, first, onFold, onArrive }: Options<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState({ key: '', at: 0 });
  const wanted = useRef<string | null>(null);
  const within = useRef(false);
  const known = rows.findIndex((r) => r.key === (focus.key || first));
  const at = known >= 0 ? known : Math.min(focus.at, rows.length - 1);
  const current = rows[at];
  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan,
    getItemKey: (i) => rows[i]?.key ?? i,
    // or the keys would be lost with it
    rangeExtractor: (range) => [...new Set([...defaultRangeExtractor(range), ...(at >= 0 ? [at] : [])])].sort((a, b) => a - b),
  });

  useEffect(() => {
    if (known < 0 && within.current && current) wanted.current = current.key;
    if (wanted.current === null) return;
    const line = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`);
    if (!line) return;
    wanted.current = null;
    line.focus({ preventScroll: true });
  });

  /** Walks or folds where the key says so. */
  const walk = (e: KeyboardEvent): void => {
    const step = neighbourLine(rows, at, e.key);
    if (!step || !current) return;
    e.preventDefault();
    const next = step.fold === undefined ? rows[step.to] : undefined;
    if (step.fold !== undefined) onFold(current, step.fold);
    if (!next || step.fold !== undefined) return;
    wanted.current = next.key;
    setFocus({ key: next.key, at: step.to });
    lines.scrollToIndex(step.to, { align: 'auto' });
    onArrive?.(next);
  };
  const focusProps = {
    onFocus: (e: FocusEvent) => {
      within.current = true;
      const key = (e.target as HTMLElement).closest<HTMLElement>('[data-row]')?.dataset.row;
      const to = rows.findIndex((r) => r.key === key);
      if (key !== undefined && to >= 0 && key !== focus.key) setFocus({ key, at: to });
    },
    onBlur: () => {
      within.current = false;
    },
  };
  return { scroller, lines, current, walk, focusProps };
}
/** With a key of the system held down, an arrow is not ours. */
export const isModified = (e: KeyboardEvent): boolean => e.metaKey || e.ctrlKey || e.altKey;
