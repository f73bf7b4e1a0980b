'use client';
import { useSyncExternalStore } from 'react';

/** Whose stop preview is open. Any part of the app may ask; the shell shows the one dialog. */
let open: string | null = null;
const listeners = new Set<() => void>();
const set = (id: string | null) => {
  open = id;
  for (const l of listeners) l();
};
export const openStop = (agentId: string): void => set(agentId);
export const closeStop = (): void => set(null);
const subscribe = (l: () => void) => {
  listeners.add(l);
  return () => void listeners.delete(l);
};
export const useStopRequest = (): string | null =>
  useSyncExternalStore(
    subscribe,
    () => open,
    () => null,
  );
