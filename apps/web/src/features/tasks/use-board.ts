'use client';
import { useSearchParams } from 'next/navigation';
import { useDeferredValue, useMemo } from 'react';
import { useLiveReady, useLiveStore, useTopicAtMost } from '@/live';
import { writeUrl } from '@/ui/use-url';
import { type Board, type BoardFilter, groupBoard } from './group-board';

/** Text, labels and the cancelled column stand in the URL, so that a link shows a colleague the same board. */
export function useBoardFilter(): BoardFilter & { cancelled: boolean } {
  const params = useSearchParams();
  const text = params.get('q') ?? '';
  const labels = params.get('labels') ?? '';
  const cancelled = params.get('cancelled') === '1';
  return useMemo(() => ({ text, labels: labels ? labels.split(',') : [], cancelled }), [text, labels, cancelled]);
}
export const setBoardText = (text: string): void => writeUrl({ q: text });
export const setBoardLabels = (labels: readonly string[]): void => writeUrl({ labels: labels.join(',') });
export const showCancelled = (on: boolean): void => writeUrl({ cancelled: on ? '1' : null });

/** Cards follow their own task at once; the order of 10,000 of them needs no more than five looks a second. */
export function useBoard(filter: BoardFilter): Board | null {
  const store = useLiveStore();
  const ready = useLiveReady();
  const version = useTopicAtMost('tasks', 200);
  const later = useDeferredValue(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the store holds
  return useMemo(() => (ready ? groupBoard(store.tasks.values(), later) : null), [ready, store, version, later]);
}
