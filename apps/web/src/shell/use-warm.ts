'use client';
import { useEffect, useState } from 'react';
import { useLiveReady } from '@/live';
import { whenIdle } from '@/ui/when-idle';

/**
 * False until the page has drawn what it is for and has nothing better to do. Then what opens on demand (menu, dialogs,
 * toasts) is fetched, so that it opens at once, also while the server is away. A wish that comes sooner fetches it sooner.
 */
export function useWarm(): boolean {
  const ready = useLiveReady();
  const [warm, setWarm] = useState(false);
  useEffect(() => (ready ? whenIdle(() => setWarm(true), 3000) : undefined), [ready]);
  return warm;
}

/** Pages that may be opened next are fetched once this one has been drawn: before, some twenty requests would stand in its way. */
export const prefetchOf = (warm: boolean): null | false => (warm ? null : false);
