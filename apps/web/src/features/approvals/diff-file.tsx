'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { useContext, useMemo, useRef } from 'react';
import { cn } from '@/ui/cn';
import { ScrollBox } from '@/ui/scroll-box';
import { Badge } from '@/ui/state-mark';
import { useIsPhone } from '@/ui/use-media';
import { plural } from '@/vocabulary/format';
import { CommentOnLine, CommentOnPlace } from './comment-place';
import { Row, rowPx } from './diff-line';
import { layerName } from './layers';
import { type DiffFile, pathOfFile } from './parse-diff';
import { type DiffRow, pairedRows, unifiedRows } from './side-by-side';

export type DiffMode = 'unified' | 'split';
/** Files longer than this scroll in a window of their own: only what is seen is mounted. */
const windowedFrom = 400;

export function DiffFileView({
  file,
  mode,
  open,
  onToggle,
  layer,
  isTest,
  idle,
}: {
  file: DiffFile;
  mode: DiffMode;
  open: boolean;
  onToggle(): void;
  layer?: number | null;
  isTest: boolean;
  /** Numbers of changed lines that can run and did not. */
  idle?: ReadonlySet<number>;
}) {
  const path = pathOfFile(file);
  const renamed = file.oldPath && file.newPath && file.oldPath !== file.newPath ? file.oldPath : null;
  return (
    <section aria-label={`Changes in ${path}`} className="overflow-hidden rounded-lg border border-line bg-surface">
      <button
        type="button"
        aria-expanded={open}
        onClick={onToggle}
        className="flex min-h-9 w-full flex-wrap items-center gap-x-2 gap-y-1 bg-sunken px-3 py-1.5 text-left text-sm hover:bg-hover"
      >
        <ChevronRight size={14} aria-hidden className={cn('shrink-0 text-ink-3 transition-transform', open && 'rotate-90')} />
        <bdi className="min-w-0 break-all font-mono text-xs">{path}</bdi>
        {renamed && <span className="text-ink-3 text-xs">was {renamed}</span>}
        {!file.oldPath && file.newPath && <Badge tone="success">new file</Badge>}
        {!file.newPath && file.oldPath && <Badge tone="danger">deleted</Badge>}
        {isTest && <Badge tone="active">the new test</Badge>}
        {layer !== undefined && <Badge tone={layer === 1 ? 'danger' : 'neutral'}>{layerName(layer)}</Badge>}
        {idle && <span className="text-attention text-xs">{plural(idle.size, 'changed line')} not run</span>}
        <span className="ml-auto whitespace-nowrap font-mono text-xs">
          <span className="text-success">+{file.added}</span> <span className="text-danger">−{file.removed}</span>
          <span className="sr-only">{` (${plural(file.added, 'line')} added, ${file.removed} removed)`}</span>
        </span>
      </button>
      {open && <FileBody file={file} mode={mode} path={path} idle={idle} />}
    </section>
  );
}

function FileBody({ file, mode, path, idle }: { file: DiffFile; mode: DiffMode; path: string; idle?: ReadonlySet<number> }) {
  const wrap = useIsPhone() || mode === 'split';
  const rows = useMemo(() => (mode === 'split' ? pairedRows(file) : unifiedRows(file)), [file, mode]);
  const comment = useContext(CommentOnPlace);
  const onLine = useMemo(() => comment && ((line: number) => comment({ path, line })), [comment, path]);
  return (
    <CommentOnLine value={onLine}>
      <div className="border-line border-t">
        {file.notes.length > 0 && (
          <ul className="border-line border-b px-3 py-1 font-mono text-2xs text-ink-3">
            {file.notes.map((n, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of a fixed text
              <li key={i} className="break-all">
                {n}
              </li>
            ))}
          </ul>
        )}
        {rows.length > windowedFrom ? (
          <WindowedRows rows={rows} path={path} wrap={wrap} idle={idle} />
        ) : (
          <PlainRows rows={rows} path={path} wrap={wrap} idle={idle} />
        )}
      </div>
    </CommentOnLine>
  );
}

type RowsProps = { rows: DiffRow[]; path: string; wrap: boolean; idle?: ReadonlySet<number> };
function PlainRows({ rows, path, wrap, idle }: RowsProps) {
  return (
    <ScrollBox label={`Lines of ${path}`} className="overflow-x-auto py-1">
      <div className={cn('min-w-full', !wrap && 'w-max')}>
        {rows.map((row, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows of a fixed text
          <Row key={i} row={row} wrap={wrap} idle={idle} />
        ))}
      </div>
    </ScrollBox>
  );
}

function WindowedRows({ rows, path, wrap, idle }: RowsProps) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowPx, overscan: 30 });
  return (
    <ScrollBox ref={box} label={`Lines of ${path}, ${rows.length} rows`} className="max-h-[70vh] overflow-auto">
      <div className="relative min-w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          return (
            <div
              key={item.key}
              ref={wrap ? virtual.measureElement : undefined}
              data-index={item.index}
              className={cn('absolute top-0 left-0 min-w-full', wrap ? 'w-full' : 'w-max')}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              {row && <Row row={row} wrap={wrap} idle={idle} />}
            </div>
          );
        })}
      </div>
    </ScrollBox>
  );
}
