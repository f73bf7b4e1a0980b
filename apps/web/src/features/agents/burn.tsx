'use client';
import { createContext, memo, type ReactNode, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { usePastSeq } from '@/features/history';
import { useLiveStore } from '@/live';
import { useBurn } from '@/trpc/use-burn';
import { cn } from '@/ui/cn';
import { formatUsd } from '@/vocabulary/format';

/** What subtrees spend an hour, by agent; each card hears of its own alone. */
class BurnCells {
  readonly #of = new Map<string, string>();
  readonly #listeners = new Map<string, Set<() => void>>();
  get = (id: string): string | undefined => this.#of.get(id);
  put(id: string, usdPerHour: string): void {
    if (this.#of.get(id) === usdPerHour) return;
    this.#of.set(id, usdPerHour);
    for (const call of this.#listeners.get(id) ?? []) call();
  }
  subscribe(id: string, listener: () => void): () => void {
    const known = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, known.add(listener));
    return () => {
      known.delete(listener);
      if (known.size === 0) this.#listeners.delete(id);
    };
  }
}
const BurnContext = createContext<BurnCells | null>(null);

/** Agents of one question; a view of more asks several. */
const asked = 80;
/** Whoever moves over the tree asks where it comes to rest, and nobody before the first picture. */
const restMs = 600;

/** Keeps the burn of the agents in view up to date while it is shown; of the past nothing is asked. */
export function BurnProvider({ ids, children }: { ids: readonly string[]; children: ReactNode }) {
  const [cells] = useState(() => new BurnCells());
  const store = useLiveStore();
  const past = usePastSeq() !== null;
  const [settled, setSettled] = useState<readonly string[]>([]);
  const wanted = past ? '' : ids.filter((id) => store.agents.get(id)?.endedAtMs === null).join();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(wanted === '' ? [] : wanted.split(',')), restMs);
    return () => clearTimeout(timer);
  }, [wanted]);
  const parts = useMemo(
    () => Array.from({ length: Math.ceil(settled.length / asked) }, (_, i) => settled.slice(i * asked, (i + 1) * asked)),
    [settled],
  );
  return (
    <BurnContext value={cells}>
      {parts.map((part, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the question of this place, whatever it asks for
        <Ask key={i} ids={part} cells={cells} />
      ))}
      {children}
    </BurnContext>
  );
}
function Ask({ ids, cells }: { ids: readonly string[]; cells: BurnCells }) {
  const { of } = useBurn(ids);
  useEffect(() => {
    for (const id of ids) {
      const burn = of(id);
      if (burn !== undefined) cells.put(id, burn);
    }
  }, [ids, of, cells]);
  return null;
}

/** What the agent's subtree spends an hour; nothing where it spends nothing, has ended, or nobody knows. */
export const SubtreeBurn = memo(function SubtreeBurn({ id, ended, className }: { id: string; ended: boolean; className?: string }) {
  const cells = useContext(BurnContext);
  const subscribe = useCallback((listener: () => void) => cells?.subscribe(id, listener) ?? (() => {}), [cells, id]);
  const burn = useSyncExternalStore(
    subscribe,
    () => cells?.get(id),
    () => undefined,
  );
  if (ended || burn === undefined || Number(burn) <= 0) return null;
  return (
    <span
      className={cn('shrink-0 text-ink-3 tabular-nums', className)}
      title={`${burn} USD an hour, with everything under it, at the pace of the last ten minutes`}
      data-testid="subtree-burn"
    >
      {formatUsd(burn)}/h
    </span>
  );
});
