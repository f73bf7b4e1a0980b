'use client';
import type { EventView } from '@reeve/core/vocabulary';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useLiveStore, useTopicAtMost } from '@/live';
import { useTRPCClient } from '@/trpc';
import { mergeEvents, trimmed } from './event-pages';

export type EventFilter = { type: string; subjectId: string };
export type EventLog = {
  events: readonly EventView[] | null;
  error: unknown;
  /** Older ones exist. */
  more: boolean;
  loadingOlder: boolean;
  loadOlder(): void;
  reload(): void;
  paused: boolean;
  pause(on: boolean): void;
  /** Arrived while paused. */
  held: number;
};
const pageSize = 100;

/**
 * The log, newest first: pages backwards by `before`, forwards by `after` whenever the live seq moved. Pausing stops
 * what is shown, not what is known: it says how many came since.
 */
export function useEventLog(filter: EventFilter): EventLog {
  const client = useTRPCClient();
  const store = useLiveStore();
  const version = useTopicAtMost('seq', 1000);
  const [events, setEvents] = useState<readonly EventView[] | null>(null);
  const [held, setHeld] = useState<readonly EventView[]>([]);
  const [error, setError] = useState<unknown>(null);
  const [more, setMore] = useState(false);
  const [loadingOlder, setLoadingOlder] = useState(false);
  const [paused, setPaused] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const newest = useRef(0);
  const busy = useRef(false);
  const { type, subjectId } = filter;
  const ask = useCallback(
    (range: { before?: number; after?: number; limit?: number }) =>
      client.events.list.query({ limit: pageSize, ...range, type: type || undefined, subjectId: subjectId || undefined }),
    [client, type, subjectId],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt asks again
  useEffect(() => {
    let gone = false;
    setEvents(null);
    setHeld([]);
    setError(null);
    newest.current = 0;
    const known = store.seq;
    ask({}).then(
      (page) => {
        if (gone) return;
        setEvents(page.items);
        setMore(page.items.length === pageSize);
        newest.current = Math.max(page.items[0]?.seq ?? 0, known);
      },
      (e) => !gone && setError(e),
    );
    return () => {
      gone = true;
    };
  }, [ask, store, attempt]);

  useEffect(() => {
    if (version < 0 || newest.current === 0 || busy.current || store.seq <= newest.current || document.hidden) return;
    busy.current = true;
    const upTo = store.seq;
    ask({ after: newest.current, limit: 1000 })
      .then(
        (page) => {
          const last = page.items.at(-1)?.seq ?? 0;
          // a filter may let nothing through: then nothing up to here is missing
          newest.current = page.items.length === 1000 ? last : Math.max(upTo, last);
          const arrived = [...page.items].reverse();
          if (!arrived.length) return;
          if (paused) setHeld((h) => trimmed(mergeEvents(h, arrived)));
          else setEvents((old) => trimmed(mergeEvents(old ?? [], arrived)));
          setError(null);
        },
        () => {
          // the live badge says that the connection is gone; the next seq tries again
        },
      )
      .finally(() => {
        busy.current = false;
      });
  }, [version, ask, store, paused]);

  const loadOlder = useCallback(() => {
    const oldest = events?.at(-1)?.seq;
    if (!oldest || loadingOlder || !more) return;
    setLoadingOlder(true);
    ask({ before: oldest })
      .then(
        (page) => {
          setEvents((old) => mergeEvents(old ?? [], page.items));
          setMore(page.items.length === pageSize);
        },
        (e) => setError(e),
      )
      .finally(() => setLoadingOlder(false));
  }, [events, loadingOlder, more, ask]);
  const pause = useCallback(
    (on: boolean) => {
      setPaused(on);
      if (on) return;
      setEvents((old) => trimmed(mergeEvents(old ?? [], held)));
      setHeld([]);
    },
    [held],
  );
  const reload = useCallback(() => setAttempt((n) => n + 1), []);
  return { events, error, more, loadingOlder, loadOlder, reload, paused, pause, held: held.length };
}
