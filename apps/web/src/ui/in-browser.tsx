'use client';
import { type ReactNode, useSyncExternalStore } from 'react';

const never = () => () => {};

/**
 * What is drawn from the live store alone. The server knows nothing of it, and by the time its HTML would be taken over the store
 * may have the fleet already: then both differ, and React throws the page away and draws it again.
 */
export function InBrowser({ children }: { children: ReactNode }) {
  const here = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  return here ? children : null;
}
