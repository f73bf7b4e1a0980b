'use client';
import { type RefObject, useCallback } from 'react';
import { useKey } from './keys';

/** `j` and `k` move the focus through the elements marked `data-row` inside `box`; Enter is their own. */
export function useRowKeys(box: RefObject<HTMLElement | null>, enabled = true): void {
  const step = useCallback(
    (by: 1 | -1) => {
      const rows = [...(box.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
      const at = rows.indexOf(document.activeElement as HTMLElement);
      const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
      rows[next]?.focus();
      rows[next]?.scrollIntoView({ block: 'nearest' });
    },
    [box],
  );
  useKey('j', () => step(1), { enabled });
  useKey('k', () => step(-1), { enabled });
}
