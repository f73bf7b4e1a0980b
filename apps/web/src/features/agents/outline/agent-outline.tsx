'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { neighbourLine } from '@/ui/tree-walk';
import type { AgentView } from '../use-agent-view';
import { outlineColumns, outlineGrid } from './columns';
import { OutlineRow } from './outline-row';

/** The same agents as lines: an accessible tree grid. Only the lines on screen exist. */
export function AgentOutline({
  view,
  selected,
  onSelect,
}: {
  view: AgentView;
  selected: string | null;
  onSelect(id: string | null): void;
}) {
  const { rows } = view;
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const wanted = useRef<string | null>(null);
  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 32,
    overscan: 12,
    getItemKey: (i) => rows[i]?.key ?? i,
  });
  const current = focused ?? selected ?? rows[0]?.key;

  const shown = useRef<string | null>(null);
  useEffect(() => {
    const at = selected && selected !== shown.current ? rows.findIndex((r) => r.key === selected) : -1;
    shown.current = selected;
    if (at >= 0) lines.scrollToIndex(at, { align: 'auto' });
  }, [selected, rows, lines]);

  useEffect(() => {
    if (wanted.current === null) return;
    const line = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`);
    if (!line) return;
    wanted.current = null;
    line.focus({ preventScroll: true });
  });

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.metaKey || e.ctrlKey || e.altKey) return;
    const at = rows.findIndex((r) => r.key === current);
    const row = rows[at];
    if (!row) return;
    const step = neighbourLine(rows, at, e.key);
    if (step) {
      e.preventDefault();
      if (step.fold !== undefined) return view.toggle(row.id, step.fold);
      const next = rows[step.to];
      if (!next) return;
      wanted.current = next.key;
      setFocused(next.key);
      lines.scrollToIndex(step.to, { align: 'auto' });
      if (selected && next.kind === 'agent') onSelect(next.id);
    } else if (e.key === 'Enter' || e.key === ' ') {
      e.preventDefault();
      if (row.kind === 'more') view.showWhole(row.id, true);
      else onSelect(row.id);
    } else if (e.key === 'Escape' && selected) {
      e.preventDefault();
      onSelect(null);
    }
  };

  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto bg-surface">
      <div
        role="treegrid"
        aria-label="Agents"
        aria-rowcount={rows.length + 1}
        aria-colcount={outlineColumns.length}
        onKeyDown={onKeyDown}
        className="min-w-[320px] [--indent:12px] md:[--indent:18px]"
      >
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: a heading */}
        <div
          role="row"
          aria-rowindex={1}
          className={`sticky top-0 z-10 h-8 items-center border-line border-b bg-surface px-4 font-medium text-ink-3 text-xs ${outlineGrid}`}
        >
          {outlineColumns.map((c) => (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: a heading
            <span key={c.label} role="columnheader" className={c.className}>
              {c.label}
            </span>
          ))}
        </div>
        <div className="relative" style={{ height: lines.getTotalSize() }}>
          {lines.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return (
              <OutlineRow
                key={row.key}
                row={row}
                index={item.index}
                top={item.start}
                selected={row.kind === 'agent' && row.id === selected}
                focusable={row.key === current}
                onSelect={(id) => {
                  setFocused(id);
                  onSelect(id);
                }}
                view={view}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
