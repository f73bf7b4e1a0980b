'use client';
import { useSearchParams } from 'next/navigation';
import { useDeferredValue, useMemo } from 'react';
import { useLiveReady, useLiveStore, useTopicAtMost } from '@/live';
import { writeUrl } from '@/ui/use-url';
import { type Board, type BoardFilter, groupBoard } from './group-board';
import { groupLanes, type Lane, type LaneKind, laneKinds } from './lanes';

/** Text, labels, agent and the cancelled column stand in the URL, so that a link shows a colleague the same board. */
export function useBoardFilter(): BoardFilter & { cancelled: boolean } {
  const params = useSearchParams();
  const text = params.get('q') ?? '';
  const labels = params.get('labels') ?? '';
  const cancelled = params.get('cancelled') === '1';
  const agent = params.get('worker');
  return useMemo(() => ({ text, labels: labels ? labels.split(',') : [], cancelled, agent }), [text, labels, cancelled, agent]);
}
/** How the board is cut into lanes; null: not at all. */
export function useLaneKind(): LaneKind | null {
  const lanes = useSearchParams().get('lanes');
  return laneKinds.find((k) => k === lanes) ?? null;
}
export const setLaneKind = (kind: string): void => writeUrl({ lanes: kind || null });
export const setBoardText = (text: string): void => writeUrl({ q: text });
export const setBoardLabels = (labels: readonly string[]): void => writeUrl({ labels: labels.join(',') });
/** `agent` is the agent of the inspector that stands beside every page. */
export const setBoardAgent = (id: string): void => writeUrl({ worker: id || null });
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

export function useLanes(filter: BoardFilter, kind: LaneKind | null): { lanes: Lane[]; more: number } | null {
  const store = useLiveStore();
  const ready = useLiveReady();
  const version = useTopicAtMost('tasks', 500);
  const later = useDeferredValue(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the store holds
  return useMemo(
    () => (ready && kind ? groupLanes(store.tasks.values(), later, kind, (id) => store.agents.get(id)) : null),
    [ready, store, version, later, kind],
  );
}
