'use client';
import { useSyncExternalStore } from 'react';

/** Stops that the panel shows in this tab: those begun here, and those seen under way; until dismissed. */
let watched: readonly string[] = [];
const dismissed = new Set<string>();
const listeners = new Set<() => void>();
const tell = () => {
  for (const l of listeners) l();
};
export function watchStop(id: string): void {
  dismissed.delete(id);
  if (watched.includes(id)) return;
  watched = [...watched, id];
  tell();
}
/** Seen under way: shown, unless it was sent away before. */
export function noticeStop(id: string): void {
  if (!dismissed.has(id)) watchStop(id);
}
export function dismissStop(id: string): void {
  dismissed.add(id);
  watched = watched.filter((w) => w !== id);
  tell();
}
const none: readonly string[] = [];
const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => void listeners.delete(l);
};
export const useWatchedStops = (): readonly string[] =>
  useSyncExternalStore(
    subscribe,
    () => watched,
    () => none,
  );
