'use client';
import { useEffect, useRef } from 'react';
import { notificationsOn } from '@/ui/notifications';
import { type Need, unread } from './needs-me';

/** A stop that somebody here has begun is no news to them. */
const quiet = new Set(['stops']);
/** What there is more of than before: a number that falls, or that stays, tells nobody anything. */
export function newsOf(before: readonly Need[], now: readonly Need[]): Need[] {
  const counts = new Map(before.map((n) => [n.key, n.count]));
  return now.filter((n) => !quiet.has(n.key) && n.count > (counts.get(n.key) ?? 0));
}

/** Tells of what newly needs somebody while the page is not looked at; what waits already when it is opened is on it. */
export function useNeedNotifications(needs: readonly Need[]): void {
  const before = useRef<readonly Need[] | null>(null);
  useEffect(() => {
    if (needs === unread) return;
    const news = before.current === null ? [] : newsOf(before.current, needs);
    before.current = needs;
    if (!document.hidden || !notificationsOn()) return;
    for (const n of news) {
      const shown = new Notification('Reeve', { body: n.text, tag: `reeve-${n.key}` });
      shown.onclick = () => {
        window.focus();
        window.location.assign(n.href);
      };
    }
  }, [needs]);
}
