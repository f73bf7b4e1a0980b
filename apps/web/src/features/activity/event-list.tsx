'use client';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { ScrollBox } from '@/ui/scroll-box';
import { useRowKeys } from '@/ui/use-row-keys';
import { EventLine } from './event-line';
import { withDays } from './event-pages';
import type { EventLog } from './use-event-log';

const day = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const dayOf = (at: string) => day.format(new Date(at));

/** Only the lines on screen are mounted; reaching the end asks for older ones. New lines push down only who reads at the top. */
export function EventList({ log, onSubject }: { log: EventLog; onSubject(id: string): void }) {
  const box = useRef<HTMLElement>(null);
  const rows = useMemo(() => withDays(log.events ?? [], dayOf), [log.events]);
  useRowKeys(box);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: (i) => (rows[i]?.kind === 'day' ? 36 : 32),
    getItemKey: (i) => rows[i]?.key ?? i,
    overscan: 20,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { loadOlder, more } = log;
  useEffect(() => {
    if (more && last >= rows.length - 30) loadOlder();
  }, [last, rows.length, more, loadOlder]);

  // hold the lines under the reader's eyes when new ones arrive above them
  const first = useRef<string | undefined>(undefined);
  const total = virtual.getTotalSize();
  const before = useRef(total);
  useEffect(() => {
    const element = box.current;
    const top = rows[1]?.key ?? rows[0]?.key;
    const grown = total - before.current;
    if (element && first.current !== undefined && first.current !== top && element.scrollTop > 40 && grown > 0) element.scrollTop += grown;
    first.current = top;
    before.current = total;
  }, [rows, total]);

  return (
    <ScrollBox ref={box} label="Events, newest first" className="min-h-0 flex-1 overflow-y-auto bg-surface" data-testid="event-list">
      <ol className="relative" style={{ height: total }}>
        {items.map((item) => {
          const row = rows[item.index];
          return (
            row && (
              <li
                key={item.key}
                ref={virtual.measureElement}
                data-index={item.index}
                className="absolute top-0 left-0 w-full"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {row.kind === 'day' ? (
                  <h2 className="px-4 pt-3 pb-1 font-semibold text-xs">{dayOf(row.at)}</h2>
                ) : (
                  <EventLine event={row.event} onSubject={onSubject} />
                )}
              </li>
            )
          );
        })}
      </ol>
      <p role="status" className="px-4 py-3 text-ink-3 text-xs">
        {log.loadingOlder ? 'Loading older events…' : more ? '' : 'This is where the log begins.'}
      </p>
    </ScrollBox>
  );
}
