'use client';
import { useRouter, useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

/** Changes some search parameters in place. Next picks native history changes up, so nothing is fetched. */
export function writeUrl(patch: Record<string, string | null | undefined>, how: 'push' | 'replace' = 'replace'): void {
  const url = new URL(window.location.href);
  for (const [key, value] of Object.entries(patch)) {
    if (value == null || value === '') url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  if (url.href === window.location.href) return;
  window.history[how === 'push' ? 'pushState' : 'replaceState'](null, '', url);
}

/** One search parameter as state: a link shows a colleague the same thing. Needs a `<Suspense>` above (the shell has it). */
export function useUrlState(key: string): [string | null, (value: string | null) => void] {
  const value = useSearchParams().get(key);
  const set = useCallback((next: string | null) => writeUrl({ [key]: next }), [key]);
  return [value, set];
}

/** The selected agent: `?agent=`; the shell shows its inspector on every page. */
export const useSelectedAgent = (): [string | null, (id: string | null) => void] => useUrlState('agent');

/** Goes to a page of ours. */
export function useGo(): (href: string) => void {
  const router = useRouter();
  return useCallback((href: string) => router.push(href), [router]);
}
