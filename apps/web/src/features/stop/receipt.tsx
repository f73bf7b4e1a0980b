'use client';
import type { StopEvidence, StopReceiptLine, StopSummary } from '@reeve/core/vocabulary';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import Link from 'next/link';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTRPC } from '@/trpc';
import { Ago } from '@/ui/ago';
import { cn } from '@/ui/cn';
import { ErrorState } from '@/ui/error-state';
import { SkeletonRows } from '@/ui/skeleton';
import { Badge, StateMark } from '@/ui/state-mark';
import { formatClock, formatDuration, plural } from '@/vocabulary/format';
import { outcomeMarks, stopMarks } from '@/vocabulary/state-marks';
import { evidenceWords, receiptRows } from './stop-words';

const grid = 'grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1 px-3 md:grid-cols-[minmax(0,2fr)_116px_minmax(0,4fr)_72px_64px]';

/** Outcome and evidence for every member, kept for ever: read in parts, and only the lines on screen exist. */
export function Receipt({ stop }: { stop: StopSummary }) {
  const trpc = useTRPC();
  const done = stop.state === 'done';
  const pages = useInfiniteQuery({
    ...trpc.stops.receipt.infiniteQueryOptions({ id: stop.id, limit: 200 }, { getNextPageParam: (p) => p.nextCursor ?? undefined }),
    refetchInterval: done ? false : 1500,
    placeholderData: keepPreviousData,
  });
  const { refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  // the last evidence, and what mends a receipt long after its stop
  const settled = `${stop.state} ${stop.waves.map((w) => `${w.ended}/${w.unconfirmed}`).join(' ')}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: read again when it changes, and it alone
  useEffect(() => {
    if (done) void refetch();
  }, [settled]);

  const rows = useMemo(
    () => receiptRows(stop.waves, pages.data?.pages.flatMap((p) => p.items as StopReceiptLine[]) ?? []),
    [stop.waves, pages.data],
  );
  const box = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  // what stands above it grows and shrinks with the stop
  useLayoutEffect(() => setMargin(box.current?.offsetTop ?? 0));
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current?.closest<HTMLElement>('[data-page-body]') ?? null,
    estimateSize: () => 33,
    overscan: 20,
    scrollMargin: margin,
    getItemKey: (i) => rows[i]?.key ?? i,
  });
  const lastSeen = list.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && lastSeen >= rows.length - 40) void fetchNextPage();
  }, [lastSeen, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (pages.isError && rows.length === 0)
    return <ErrorState error={pages.error} title="The receipt could not be read" onRetry={() => void refetch()} />;
  const total = stop.waves.reduce((n, w) => n + w.members, 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: lines come and go as one scrolls, which a table cannot do
    <div role="table" aria-label="Receipt" aria-rowcount={total + stop.waves.length + 1} className="text-sm">
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a heading */}
      <div role="row" className={cn(grid, 'h-8 items-center border-line border-b font-medium text-ink-3 text-xs max-md:sr-only')}>
        {['Agent', 'Outcome', 'Evidence', 'Asked', 'Took'].map((h, i) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: a heading
          <span key={h} role="columnheader" className={i > 2 ? 'text-right' : undefined}>
            {h}
          </span>
        ))}
      </div>
      {pages.isPending && <SkeletonRows rows={4} label="Reading the receipt" />}
      <div ref={box} className="relative" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <div
              key={row.key}
              ref={list.measureElement}
              data-index={item.index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start - margin}px)` }}
            >
              {row.kind === 'wave' ? <WaveHead wave={row.wave} at={row.at} /> : <Line line={row.line} />}
            </div>
          );
        })}
      </div>
      {isFetchingNextPage && <p className="px-3 py-2 text-ink-3 text-xs">Reading on…</p>}
    </div>
  );
}

function WaveHead({ wave, at }: { wave: StopSummary['waves'][number]; at: number }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: a heading
    <div role="row" className="flex h-8 items-center border-line border-b bg-sunken px-3">
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: a heading */}
      <span role="rowheader" className="font-medium text-ink-3 text-xs">
        Wave {at + 1} · {wave.ended} of {wave.members} ended
        {wave.unconfirmed > 0 && <span className="text-danger"> · {wave.unconfirmed} unconfirmed</span>}
      </span>
    </div>
  );
}

function Line({ line }: { line: StopReceiptLine }) {
  const { askedAt, endedAt } = line;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    // biome-ignore lint/a11y/useFocusableInteractive: its link is what takes the focus
    <div
      role="row"
      data-testid={`receipt-${line.name}`}
      data-outcome={line.outcome ?? 'open'}
      className={cn(grid, 'min-h-8 items-center border-line border-b py-1')}
    >
      <Cell className="truncate font-medium">
        <Link href={`/agents?agent=${line.agentId}`} className="hover:underline">
          {line.name}
        </Link>
      </Cell>
      <Cell>
        <StateMark
          mark={line.outcome ? outcomeMarks[line.outcome] : { ...stopMarks.stopping, word: askedAt ? 'Asked' : 'Waiting for its children' }}
        />
      </Cell>
      <Cell className="max-md:col-span-2">
        <Evidence line={line} />
      </Cell>
      <Cell className="text-ink-2 md:text-right">
        <span className="text-ink-3 text-xs md:hidden">Asked </span>
        {askedAt ? formatClock(askedAt) : '—'}
      </Cell>
      <Cell className="text-right text-ink-2">
        {askedAt && endedAt ? (
          <span title={`Ended at ${formatClock(endedAt)}`}>{formatDuration(Math.max(0, Date.parse(endedAt) - Date.parse(askedAt)))}</span>
        ) : askedAt ? (
          <Ago at={askedAt} suffix={false} />
        ) : (
          '—'
        )}
      </Cell>
    </div>
  );
}
function Cell({ className, children }: { className?: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see above
    <span role="cell" className={cn('min-w-0', className)}>
      {children}
    </span>
  );
}

function Evidence({ line }: { line: StopReceiptLine }) {
  const e = line.evidence;
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {e ? <span title={e.detail}>{evidenceWords[e.how]}</span> : <span className="text-ink-3">None yet</span>}
      <Badge>{line.containment ?? 'not launched by Reeve'}</Badge>
      {e && <Marks evidence={e} />}
      {line.eventsFlushed > 0 && <Badge>{plural(line.eventsFlushed, 'event')} flushed</Badge>}
    </span>
  );
}
function Marks({ evidence: e }: { evidence: StopEvidence }) {
  const p = e.process;
  const late = e.costAfterAcceptanceUsd && Number(e.costAfterAcceptanceUsd) > 0 ? e.costAfterAcceptanceUsd : null;
  return (
    <>
      {p && (
        <>
          {p.exitCode !== null && <Badge>exit {p.exitCode}</Badge>}
          {p.signal && <Badge tone={p.killed ? 'danger' : 'neutral'}>{p.signal}</Badge>}
          <Badge tone={p.survivors ? 'danger' : 'neutral'}>
            {p.survivors ? `${plural(p.survivors, 'process', 'processes')} left` : 'no process left'}
          </Badge>
        </>
      )}
      {e.claimsReleased > 0 && <Badge>{plural(e.claimsReleased, 'claim')} released</Badge>}
      {e.ordersCancelled > 0 && <Badge>{plural(e.ordersCancelled, 'start')} cancelled</Badge>}
      {e.locksFreed > 0 && <Badge>{plural(e.locksFreed, 'lock')} freed</Badge>}
      {late && <Badge tone="attention">${Number(late).toFixed(4)} after the stop</Badge>}
      {!p && e.detail && <span className="text-ink-3 text-xs">{e.detail}</span>}
    </>
  );
}
