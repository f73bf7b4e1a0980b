'use client';
import type { BarrierView, ChangeView, LiveAgent, LockView, StopSummary, TaskView } from '@reeve/core/vocabulary';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useLiveStore } from './provider';
import type { LiveStore, RecordKind, Topic } from './store';
import type { Counts } from './tree-index';

/**
 * The server knows no records. A boundary may hydrate after the snapshot arrived, so while hydrating every hook here
 * answers as on the server, and shows what it knows right after.
 */
const unknown = () => undefined;
const notYet = () => -1;
const never = () => false;
const no: string[] = [];
const none = () => no;

function useRecord<T>(
  kind: RecordKind,
  id: string | null | undefined,
  read: (store: LiveStore, id: string) => T | undefined,
): T | undefined {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => (id ? store.subscribe(kind, id, l) : () => {}), [store, kind, id]);
  const get = () => (id ? read(store, id) : undefined);
  return useSyncExternalStore(subscribe, get, unknown);
}
const agentOf = (s: LiveStore, id: string) => s.agents.get(id);
const taskOf = (s: LiveStore, id: string) => s.tasks.get(id);
const changeOf = (s: LiveStore, id: string) => s.changes.get(id);
const stopOf = (s: LiveStore, id: string) => s.stops.get(id);

/** One record; the component renders when this record changes and at no other time. */
export const useAgent = (id: string | null | undefined): LiveAgent | undefined => useRecord('agent', id, agentOf);
export const useTask = (id: string | null | undefined): TaskView | undefined => useRecord('task', id, taskOf);
export const useChange = (id: string | null | undefined): ChangeView | undefined => useRecord('change', id, changeOf);
export const useStop = (id: string | null | undefined): StopSummary | undefined => useRecord('stop', id, stopOf);

/** Renders when the topic changes; what changed is read from the store. -1 while hydrating. */
export function useTopic(topic: Topic): number {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => store.subscribeTopic(topic, l), [store, topic]);
  const get = () => store.version(topic);
  return useSyncExternalStore(subscribe, get, notYet);
}

/** Counts by state of a subtree, itself included. The array is edited in place: read it, do not compare it. */
export function useSubtreeCounts(id: string): Counts | undefined {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => store.subscribe('counts', id, l), [store, id]);
  const get = () => store.tree.counts(id)?.join();
  return useSyncExternalStore(subscribe, get, unknown) === undefined ? undefined : store.tree.counts(id);
}
/** Whether anybody lives in a subtree, itself included; the component renders when the answer changes, and at no other time. */
export function useIsSubtreeLive(id: string): boolean {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => store.subscribe('counts', id, l), [store, id]);
  return useSyncExternalStore(subscribe, () => store.tree.isLive(id), never);
}
/** Like `useTopic`, at most once in `everyMs`: for what sums over many records. The last change is never missed. */
export function useSlowTopic(topic: Topic, everyMs: number): number {
  const store = useLiveStore();
  const [version, setVersion] = useState(() => store.version(topic));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let nextMs = 0;
    const read = () => {
      timer = undefined;
      nextMs = performance.now() + everyMs;
      setVersion(store.version(topic));
    };
    read();
    const off = store.subscribeTopic(topic, () => {
      timer ??= setTimeout(read, Math.max(0, nextMs - performance.now()));
    });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [store, topic, everyMs]);
  return version;
}
/** Counts by state over the whole fleet, four times a second. The array is edited in place. */
export function useFleetCounts(): Counts {
  const store = useLiveStore();
  useSlowTopic('states', 250);
  return store.tree.totals;
}

function useIds(kind: 'agents' | 'tasks' | 'changes' | 'stops'): string[] {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => store.subscribeTopic(kind, l), [store, kind]);
  const get = () => store.ids(kind);
  return useSyncExternalStore(subscribe, get, none);
}
/** The ids of a kind; the same array until one comes or goes, so a list renders only then. */
export const useAgentIds = (): string[] => useIds('agents');
export const useTaskIds = (): string[] => useIds('tasks');
export const useChangeIds = (): string[] => useIds('changes');
export const useStopIds = (): string[] => useIds('stops');

/** All records of a kind, newly read each time any of them changes: for boards that sort and group. */
export function useTasks(): TaskView[] {
  const store = useLiveStore();
  return useTopic('tasks') < 0 ? [] : [...store.tasks.values()];
}
export function useChanges(): ChangeView[] {
  const store = useLiveStore();
  return useTopic('changes') < 0 ? [] : [...store.changes.values()];
}
export function useStops(): StopSummary[] {
  const store = useLiveStore();
  return useTopic('stops') < 0 ? [] : [...store.stops.values()];
}
/** Locks and barriers in use, by name; read anew at most ten times a second. */
export function useLocks(): { locks: LockView[]; barriers: BarrierView[] } {
  const store = useLiveStore();
  const version = useSlowTopic('locks', 100);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version is the reason to read
  return useMemo(() => {
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    return { locks: [...store.locks.values()].sort(byName), barriers: [...store.barriers.values()].sort(byName) };
  }, [store, version]);
}
/** Whether the agents are here. Until then show skeletons. */
export function useFleetReady(): boolean {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => store.subscribeTopic('agents', l), [store]);
  return useSyncExternalStore(subscribe, () => store.ready, never);
}
/** Whether everything is here: agents, tasks, changes and stops. */
export function useLiveReady(): boolean {
  const store = useLiveStore();
  const subscribe = useCallback((l: () => void) => store.subscribeTopic('seq', l), [store]);
  return useSyncExternalStore(subscribe, () => store.complete, never);
}
