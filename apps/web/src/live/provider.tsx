'use client';
import type { Board } from '@reeve/core/vocabulary';
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { alone, toSignIn, useTRPCClient } from '@/trpc';
import { whenIdle } from '@/ui/when-idle';
import { isSignedOut } from '@/vocabulary/errors';
import { LiveClient, type LiveStatus } from './live-client';
import { LiveStore } from './store';

const first: LiveStatus = { phase: 'loading', lastHeardMs: null, error: null };
const connecting = () => first;
class StatusCell {
  value = first;
  readonly #listeners = new Set<() => void>();
  set = (value: LiveStatus) => {
    this.value = value;
    for (const l of this.#listeners) l();
  };
  subscribe = (l: () => void) => {
    this.#listeners.add(l);
    return () => void this.#listeners.delete(l);
  };
  get = () => this.value;
}
type Live = { store: LiveStore; status: StatusCell; retry(): void };
const LiveContext = createContext<Live | null>(null);

const schedule = (run: () => void) => {
  if (document.hidden) setTimeout(run, 250);
  else requestAnimationFrame(run);
};

/**
 * When the page's scripts have come and it has drawn. The server that reads tasks is the one that sends scripts: asked
 * sooner, the rest of the snapshot held the tree's own script back by half a second where it was measured.
 */
const drawn = () =>
  new Promise<void>((go) => {
    const idle = () => whenIdle(go, 500);
    if (document.readyState === 'complete') idle();
    else window.addEventListener('load', idle, { once: true });
  });

/** One snapshot and one socket for the whole app. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const trpc = useTRPCClient();
  const [parts] = useState(() => ({ store: new LiveStore(), status: new StatusCell() }));
  const client = useRef<LiveClient | null>(null);
  useEffect(() => {
    const live = new LiveClient({
      store: parts.store,
      fleet: () => trpc.live.fleet.query(undefined, alone),
      // tRPC's inference makes `unknown` fields optional; the shape is the same
      board: () => drawn().then(() => trpc.live.board.query(undefined, alone) as Promise<Board>),
      // the first paint does not need a socket, and does not wait for its script
      connect: () => import('./socket').then((m) => m.connectLive()),
      schedule,
      nowMs: Date.now,
      onStatus: parts.status.set,
      onSignedOut: toSignIn,
      isSignedOut,
    });
    client.current = live;
    void live.start();
    return () => live.close();
  }, [parts, trpc]);
  const [value] = useState<Live>(() => ({ ...parts, retry: () => client.current?.retry() }));
  return <LiveContext value={value}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('no LiveProvider above');
  return live;
}
export const useLiveStore = (): LiveStore => useLive().store;
export function useLiveStatus(): LiveStatus {
  const { status } = useLive();
  return useSyncExternalStore(status.subscribe, status.get, connecting);
}
/** A store filled by hand, for `/design`. */
export function StaticLive({ store, children }: { store: LiveStore; children: ReactNode }) {
  const [value] = useState<Live>(() => ({ store, status: new StatusCell(), retry: () => {} }));
  return <LiveContext value={value}>{children}</LiveContext>;
}
