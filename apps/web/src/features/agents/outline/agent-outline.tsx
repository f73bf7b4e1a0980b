'use client';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { isModified, useTreeGrid } from '@/ui/use-tree-grid';
import { BurnProvider } from '../burn';
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
  const { scroller, lines, current, walk, focusProps } = useTreeGrid({
    rows,
    rowPx: 32,
    overscan: 12,
    first: selected,
    onFold: (row, open) => view.toggle(row.id, open),
    // an open inspector follows
    onArrive: (row) => selected && row.kind === 'agent' && onSelect(row.id),
  });

  const shown = useRef<string | null>(null);
  useEffect(() => {
    const at = selected && selected !== shown.current ? rows.findIndex((r) => r.key === selected) : -1;
    shown.current = selected;
    if (at >= 0) lines.scrollToIndex(at, { align: 'auto' });
  }, [selected, rows, lines]);

  const onKeyDown = (e: KeyboardEvent) => {
    if (isModified(e) || !current) return;
    if (e.key === 'Enter' || e.key === ' ') {
      e.preventDefault();
      if (current.kind === 'more') view.showWhole(current.id, true);
      else onSelect(current.id);
    } else if (e.key === 'Escape' && selected) {
      e.preventDefault();
      onSelect(null);
    } else walk(e);
  };

  const items = lines.getVirtualItems();
  const shownIds = items.flatMap((i) => (rows[i.index]?.kind === 'agent' ? (rows[i.index]?.id ?? []) : []));

  return (
    <BurnProvider ids={shownIds}>
      <div ref={scroller} className="min-h-0 flex-1 overflow-auto bg-surface">
        <div
          role="treegrid"
          aria-label="Agents"
          aria-rowcount={rows.length + 1}
          aria-colcount={outlineColumns.length}
          onKeyDown={onKeyDown}
          {...focusProps}
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
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <OutlineRow
                  key={row.key}
                  row={row}
                  index={item.index}
                  top={item.start}
                  selected={row.kind === 'agent' && row.id === selected}
                  focusable={row === current}
                  onSelect={onSelect}
                  view={view}
                />
              );
            })}
          </div>
        </div>
      </div>
    </BurnProvider>
  );
}
