'use client';
import { useEffect, useState } from 'react';
import { useLiveReady } from '@/live';

/**
 * False until the page has drawn what it is for and has nothing better to do. Then what opens on demand (menu, dialogs,
 * toasts) is fetched, so that it opens at once, also while the server is away. A wish that comes sooner fetches it sooner.
 */
export function useWarm(): boolean {
  const ready = useLiveReady();
  const [warm, setWarm] = useState(false);
  useEffect(() => {
    if (!ready) return;
    // Safari has no idle callback
    if (typeof requestIdleCallback === 'undefined') {
      const timer = setTimeout(() => setWarm(true), 300);
      return () => clearTimeout(timer);
    }
    const idle = requestIdleCallback(() => setWarm(true), { timeout: 3000 });
    return () => cancelIdleCallback(idle);
  }, [ready]);
  return warm;
}
