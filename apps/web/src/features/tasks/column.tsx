'use client';
import { dropTargetForElements } from '@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type RefObject, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { useLiveStore } from '@/live';
import { cn } from '@/ui/cn';
import type { ColumnId, Column as ColumnInfo } from './board-columns';
import { Card, cardPx, dragKind } from './card';
import { type Move, moveOf } from './move-rules';
import { useMoves } from './use-moves';

export type ColumnHandle = { reveal(index: number): void };
const mayShrink: ReadonlySet<ColumnId> = new Set(['failed', 'dead-letter', 'cancelled']);
type Over = { move: Move } | null;

export const columnDomId = (id: ColumnId, lane: string | undefined): string => (lane ? `column-${id}-${lane}` : `column-${id}`);

export function Column({
  column,
  lane,
  ids,
  total,
  selected,
  current,
  onSelect,
  onFocus,
  handle,
  note,
}: {
  column: ColumnInfo;
  lane: string | undefined;
  ids: readonly string[];
  /** Before the filter. */
  total: number;
  selected: string | null;
  current: string | null;
  onSelect(id: string): void;
  onFocus(id: string): void;
  handle: RefObject<ColumnHandle | null>;
  /** What is left out here, and where it is. */
  note?: string;
}) {
  const store = useLiveStore();
  const moves = useMoves();
  const outer = useRef<HTMLElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState<Over>(null);
  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => box.current,
    estimateSize: () => cardPx,
    overscan: 6,
    getItemKey: (i) => ids[i] ?? i,
  });
  useImperativeHandle(handle, () => ({ reveal: (index) => virtual.scrollToIndex(index, { align: 'auto' }) }), [virtual]);
  const latest = useRef(moves);
  useEffect(() => {
    latest.current = moves;
  });
  useEffect(() => {
    const element = outer.current;
    if (!element) return;
    const rule = (data: Record<string | symbol, unknown>): Move | null => {
      const task = store.tasks.get(String(data.id));
      return task ? moveOf(task, column.id) : null;
    };
    return dropTargetForElements({
      element,
      canDrop: ({ source }) => source.data.kind === dragKind,
      onDragEnter: ({ source }) => {
        const found = rule(source.data);
        setOver(found && { move: found });
      },
      onDragLeave: () => setOver(null),
      onDrop: ({ source }) => {
        setOver(null);
        latest.current.move(String(source.data.id), column.id);
      },
    });
  }, [store, column.id]);

  return (
    <section
      ref={outer}
      aria-label={`${column.title}: ${total} tasks`}
      id={columnDomId(column.id, lane)}
      data-testid={`column-${column.id}`}
      className={cn(
        'relative flex h-full max-w-[360px] flex-1 basis-0 snap-start flex-col rounded-lg border border-transparent bg-sunken max-md:w-[calc(100vw-48px)] max-md:flex-none',
        // where nothing went wrong the room goes to the others; the columns of work keep theirs, or the board would jump
        total === 0 && mayShrink.has(column.id) ? 'min-w-[136px] flex-[0.5]' : 'min-w-[190px]',
        over?.move.kind === 'command' && 'border-accent bg-accent-soft',
        over?.move.kind === 'refused' && 'border-line-strong border-dashed',
      )}
    >
      <header className="flex h-9 shrink-0 items-center gap-2 px-3">
        <h2 className="font-semibold text-sm">{column.title}</h2>
        <span className="text-ink-3 text-xs">{ids.length === total ? total : `${ids.length} of ${total}`}</span>
      </header>
      <div ref={box} className="relative min-h-0 flex-1 overflow-y-auto px-2 pb-2">
        {ids.length === 0 ? (
          <p className="px-2 py-3 text-ink-3 text-xs">{total === 0 ? column.empty : 'No task here fits the filter.'}</p>
        ) : (
          <ul className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const id = ids[item.index];
              return (
                id && (
                  <li
                    key={item.key}
                    aria-setsize={ids.length}
                    aria-posinset={item.index + 1}
                    className="absolute top-0 left-0 w-full"
                    style={{ height: cardPx, transform: `translateY(${item.start}px)` }}
                  >
                    <Card id={id} selected={id === selected} current={id === current} onSelect={onSelect} onFocus={onFocus} />
                  </li>
                )
              );
            })}
          </ul>
        )}
        {note && ids.length > 0 && <p className="px-2 pt-1 pb-2 text-ink-3 text-xs">{note}</p>}
      </div>
      {over && over.move.kind !== 'stay' && (
        <p className="pointer-events-none absolute inset-x-2 top-10 z-10 rounded-md border border-line-strong bg-raised px-3 py-2 text-sm shadow-pop">
          {over.move.kind === 'command' ? over.move.verb : over.move.because}
        </p>
      )}
    </section>
  );
}
