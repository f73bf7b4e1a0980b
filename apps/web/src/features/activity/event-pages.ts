import type { EventView } from '@reeve/core/vocabulary';

/** Newest first, each once: pages and the live tail overlap when something arrives between two requests. */
export function mergeEvents(known: readonly EventView[], more: readonly EventView[]): EventView[] {
  if (!more.length) return known as EventView[];
  const bySeq = new Map<number, EventView>();
  for (const e of known) bySeq.set(e.seq, e);
  for (const e of more) bySeq.set(e.seq, e);
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq);
}

/** A list that is followed for hours must not grow without bound; what falls out can be scrolled to again. */
export const mostHeld = 5_000;
export const trimmed = (events: readonly EventView[]): EventView[] =>
  events.length > mostHeld ? events.slice(0, mostHeld) : (events as EventView[]);

export type DayRow = { kind: 'day'; key: string; at: string };
export type EventRow = { kind: 'event'; key: string; event: EventView };

/** The events with a line wherever the reader's day changes. */
export function withDays(events: readonly EventView[], dayOf: (at: string) => string): (DayRow | EventRow)[] {
  const rows: (DayRow | EventRow)[] = [];
  let day = '';
  for (const event of events) {
    const next = dayOf(event.at);
    if (next !== day) rows.push({ kind: 'day', key: `day ${next} ${event.seq}`, at: event.at });
    day = next;
    rows.push({ kind: 'event', key: String(event.seq), event });
  }
  return rows;
}
