'use client';
import { useCallback, useSyncExternalStore } from 'react';

/** False while rendering on the server. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const m = window.matchMedia(query);
      m.addEventListener('change', listener);
      return () => m.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => false,
  );
}
export const useIsPhone = (): boolean => useMedia('(max-width: 767px)');
export const useReducedMotion = (): boolean => useMedia('(prefers-reduced-motion: reduce)');
