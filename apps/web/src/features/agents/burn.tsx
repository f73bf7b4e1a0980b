'use client';
import { focusManager } from '@tanstack/react-query';
import { createContext, memo, type ReactNode, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { usePastSeq } from '@/features/history';
import { useIsSubtreeLive, useLiveStore } from '@/live';
import { useBurn } from '@/trpc/use-burn';
import { cn } from '@/ui/cn';
import { formatUsd } from '@/vocabulary/format';
import { BurnCells } from './burn-cells';

const BurnContext = createContext<BurnCells | null>(null);

/** Agents of one question; a view of more asks several. */
const asked = 80;
/** Whoever moves over the tree asks where it comes to rest, and nobody before the first picture. */
const restMs = 600;
const onFocus = (listener: () => void) => focusManager.subscribe(listener);
const isShown = () => focusManager.isFocused();
const notYet = () => false;

/** Keeps the burn of the agents in view up to date; nothing is asked of the past, nor while the page is hidden. */
export function BurnProvider({ ids, children }: { ids: readonly string[]; children: ReactNode }) {
  const [cells] = useState(() => new BurnCells());
  const store = useLiveStore();
  const past = usePastSeq() !== null;
  const [settled, setSettled] = useState<readonly string[]>([]);
  const shown = useSyncExternalStore(onFocus, isShown, notYet);
  const wanted = past ? '' : ids.filter((id) => store.tree.isLive(id)).join();
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(() => setSettled(wanted === '' ? [] : wanted.split(',')), restMs);
    return () => clearTimeout(timer);
  }, [wanted, shown]);
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

type Props = { id: string; className?: string; 'aria-hidden'?: boolean };
/** What the agent's subtree spends an hour; nothing where it spends nothing, nobody lives there, or nobody knows. */
export const SubtreeBurn = memo(function SubtreeBurn({ id, className, ...hidden }: Props) {
  const cells = useContext(BurnContext);
  const subscribe = useCallback((listener: () => void) => cells?.subscribe(id, listener) ?? (() => {}), [cells, id]);
  const burn = useSyncExternalStore(
    subscribe,
    () => cells?.get(id),
    () => undefined,
  );
  const live = useIsSubtreeLive(id);
  if (!live || burn === undefined || Number(burn) <= 0) return null;
  return (
    <span
      className={cn('shrink-0 text-ink-3 tabular-nums', className)}
      title={`${burn} USD an hour, with everything under it, at the pace of the last ten minutes`}
      data-testid="subtree-burn"
      {...hidden}
    >
      {formatUsd(burn)}/h
    </span>
  );
});
