'use client';
import { type KeyboardEvent, useCallback, useEffect, useRef } from 'react';
import { neighbour } from '@/ui/tree-walk';
import type { Row } from '../visible-tree';

type Options = {
  rows: Row[];
  selected: string | null;
  focused: string | null;
  setFocused(key: string): void;
  show(key: string): void;
  onSelect(id: string | null): void;
  toggle(id: string, open?: boolean): void;
  showWhole(id: string, whole: boolean): void;
};

/** Arrow keys walk the tree; a card that is not mounted comes into view first and takes the focus when it is. */
export function useTreeKeys(o: Options) {
  const container = useRef<HTMLDivElement>(null);
  const wanted = useRef<string | null>(null);
  const { rows, selected, focused, setFocused, show, onSelect, toggle, showWhole } = o;

  useEffect(() => {
    const key = wanted.current;
    if (key === null) return;
    let tries = 0;
    const take = () => {
      const card = container.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"]`);
      if (card) {
        wanted.current = null;
        card.focus({ preventScroll: true });
      } else if (tries++ < 10) requestAnimationFrame(take);
    };
    take();
  });

  const onKeyDown = useCallback(
    (e: KeyboardEvent) => {
      if (e.metaKey || e.ctrlKey || e.altKey || (e.target as HTMLElement).tagName === 'BUTTON') return;
      const at = rows.findIndex((r) => r.key === (focused ?? selected ?? rows[0]?.key));
      const row = rows[at];
      if (!row) return;
      const step = neighbour(rows, at, e.key);
      if (step) {
        e.preventDefault();
        if (step.fold !== undefined) return toggle(row.id, step.fold);
        const next = rows[step.to];
        if (!next) return;
        wanted.current = next.key;
        setFocused(next.key);
        show(next.key);
        // an open inspector follows
        if (selected && next.kind === 'agent') onSelect(next.id);
      } else if (e.key === 'Enter' || e.key === ' ') {
        e.preventDefault();
        if (row.kind === 'more') showWhole(row.id, true);
        else onSelect(row.id);
      } else if (e.key === 'Escape' && selected) {
        e.preventDefault();
        onSelect(null);
      }
    },
    [rows, selected, focused, setFocused, show, onSelect, toggle, showWhole],
  );
  return { container, onKeyDown };
}
