'use client';
import { useSearchParams } from 'next/navigation';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { cn } from '@/ui/cn';
import { columns as allColumns, type ColumnId } from './board-columns';
import { placeOf, walk } from './board-walk';
import { Column, type ColumnHandle, columnDomId } from './column';
import type { Board } from './group-board';
import { useMoves } from './use-moves';
import { useSelection } from './use-selection';

const reveal = (id: ColumnId, lane: string | undefined) =>
  document.getElementById(columnDomId(id, lane))?.scrollIntoView({ behavior: 'smooth', block: 'nearest', inline: 'start' });

/** The columns, with one card in the tab order: arrows walk, `m` opens the moves, + and − change the priority. */
export function Columns({
  board,
  cancelled,
  selected,
  onSelect,
  lane,
}: {
  board: Board;
  /** Of the swimlane, where this is one of several boards. */
  lane?: string;
  cancelled: boolean;
  selected: string | null;
  onSelect(id: string | null): void;
}) {
  const moves = useMoves();
  const selection = useSelection();
  const box = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const handles = useMemo(
    () => Object.fromEntries(allColumns.map((c) => [c.id, { current: null }])) as Record<ColumnId, { current: ColumnHandle | null }>,
    [],
  );
  const visible = useMemo(() => allColumns.filter((c) => c.id !== 'cancelled' || cancelled), [cancelled]);
  const shown = useMemo(() => visible.map((c) => ({ id: c.id, ids: board.columns[c.id] })), [board, visible]);
  const current = focused && placeOf(shown, focused) ? focused : (shown.find((c) => c.ids.length)?.ids[0] ?? null);

  // `?column=dead-letter` is where the attention strip leads
  const asked = useSearchParams().get('column') as ColumnId | null;
  useEffect(() => {
    if (asked) reveal(asked, lane);
  }, [asked, lane]);
  const onKeyDown = (e: KeyboardEvent) => {
    const id = (e.target as HTMLElement).dataset.card;
    if (!id || e.metaKey || e.ctrlKey || e.altKey) return;
    if (e.key === 'm') {
      e.preventDefault();
      openMenu(box.current, id);
      return;
    }
    if (e.key === 'x') {
      e.preventDefault();
      selection.toggle(id);
      return;
    }
    if (e.key === '+' || e.key === '-') {
      e.preventDefault();
      moves.raise(id, e.key === '+' ? 1 : -1);
      return;
    }
    const from = placeOf(shown, id);
    const to = from && walk(shown, from, e.key);
    const next = to && shown.find((c) => c.id === to.column)?.ids[to.index];
    if (!next) return;
    e.preventDefault();
    handles[to.column].current?.reveal(to.index);
    setFocused(next);
    focusCard(box.current, next);
  };

  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <nav aria-label="Columns" className="flex shrink-0 gap-1 overflow-x-auto px-3 pt-2 md:hidden">
        {visible.map((c) => (
          <button
            key={c.id}
            type="button"
            onClick={() => reveal(c.id, lane)}
            className="h-8 shrink-0 rounded-md px-2 text-ink-2 text-xs hover:bg-hover"
          >
            {c.title} <span className={cn(board.totals[c.id] ? 'font-semibold text-ink' : 'text-ink-3')}>{board.columns[c.id].length}</span>
          </button>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the cards inside take the focus, their keys bubble up to here */}
      <div
        ref={box}
        onKeyDown={onKeyDown}
        data-testid="board"
        className="flex min-h-0 flex-1 gap-2.5 overflow-x-auto scroll-px-4 p-4 max-md:snap-x max-md:snap-mandatory max-md:pt-2"
      >
        {visible.map((column) => (
          <Column
            key={column.id}
            column={column}
            lane={lane}
            ids={board.columns[column.id]}
            total={board.totals[column.id]}
            selected={selected}
            current={current}
            onSelect={onSelect}
            onFocus={setFocused}
            handle={handles[column.id]}
            note={column.id === 'done' ? 'Of the last 24 hours. What ended earlier is in Activity.' : undefined}
          />
        ))}
      </div>
    </div>
  );
}

/** The card may still be outside the window of its column: it is focused as soon as it is mounted, within some frames. */
function focusCard(box: HTMLElement | null, id: string, frames = 12): void {
  const card = box?.querySelector<HTMLElement>(`[data-card="${CSS.escape(id)}"]`);
  if (card) {
    card.focus({ preventScroll: true });
    card.closest('section')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  } else if (frames > 0) requestAnimationFrame(() => focusCard(box, id, frames - 1));
}

/** The focus makes the menu; in the next frame Radix opens it on a key press, the focus then being inside it. */
function openMenu(box: HTMLElement | null, id: string): void {
  const trigger = () => box?.querySelector<HTMLElement>(`[data-card-menu="${CSS.escape(id)}"]`);
  trigger()?.focus();
  requestAnimationFrame(() => {
    trigger()?.focus();
    trigger()?.dispatchEvent(new window.KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
  });
}
