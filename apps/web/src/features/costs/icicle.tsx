'use client';
import { ChevronRight, Coins } from 'lucide-react';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { useFleetReady, useLiveStore, useTopicAtMost } from '@/live';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { Skeleton } from '@/ui/skeleton';
import { Tooltip } from '@/ui/tooltip';
import { formatUsd, plural, usdOfNano } from '@/vocabulary/format';
import { type Cell, type CostTree, icicle, neighbour } from './icicle-layout';
import { type CostView, openEntries, setCostView } from './use-cost-view';

const rowPx = 40;
const options = { maxDepth: 5, minShare: 0.012, maxCells: 160 };

/** The tree of agents by what their subtrees spent, from the live records; its table is the one below. */
export function Icicle({ view }: { view: CostView }) {
  const store = useLiveStore();
  const ready = useFleetReady();
  const costs = useTopicAtMost('costs', 1000);
  const tree = useTopicAtMost('tree', 1000);
  const box = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const root = view.root && store.agents.has(view.root) ? view.root : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the versions stand for what the store holds
  const cells = useMemo(() => {
    if (!ready) return null;
    const source: CostTree = {
      node: (id) => {
        const a = store.agents.get(id);
        return a && { id, name: a.name, ownNano: BigInt(a.ownNanoUsd), subtreeNano: BigInt(a.subtreeNanoUsd), unpriced: a.unpriced };
      },
      children: (id) => store.tree.children(id),
    };
    return icicle(source, root ? [root] : store.tree.roots, options);
  }, [store, ready, costs, tree, root]);
  const rows = cells ? Math.max(0, ...cells.map((c) => c.depth + 1)) : 3;
  const keyOf = (c: Cell) => `${c.depth}:${c.id}:${c.rest > 0}`;
  const current = cells?.find((c) => keyOf(c) === focused) ?? cells?.[0];
  const onKeyDown = (e: KeyboardEvent) => {
    const to = cells && current && neighbour(cells, current, e.key);
    if (!to) return;
    e.preventDefault();
    setFocused(keyOf(to));
    box.current?.querySelector<HTMLElement>(`[data-cell="${CSS.escape(keyOf(to))}"]`)?.focus();
  };
  return (
    <Card aria-label="Cost over the tree">
      <CardHeader
        title="Over the tree"
        hint="a cell is as wide as its subtree; the bar inside is its own part"
        actions={<Trail root={root} nameOf={(id) => store.agents.get(id)?.name ?? id} parentOf={(id) => store.tree.parent(id)} />}
      />
      <div className="p-4">
        {!cells ? (
          <Skeleton className="h-[120px] w-full" />
        ) : cells.length === 0 ? (
          <EmptyState icon={Coins} title="No agent has spent anything yet">
            As soon as one reports a model call, its cost appears here and in every ancestor.
          </EmptyState>
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: the cells inside take the focus, their keys bubble up to here
          <div ref={box} className="relative" style={{ height: rows * rowPx }} onKeyDown={onKeyDown} data-testid="cost-icicle">
            {cells.map((c) => (
              <CellBox
                key={keyOf(c)}
                cellKey={keyOf(c)}
                cell={c}
                current={c === current}
                onFocus={setFocused}
                onPress={() => (c.id === root || c.rest ? openEntries({ kind: 'subtree', key: c.id }) : setCostView({ root: c.id }))}
              />
            ))}
          </div>
        )}
      </div>
    </Card>
  );
}

function CellBox({
  cell,
  cellKey,
  current,
  onFocus,
  onPress,
}: {
  cell: Cell;
  cellKey: string;
  current: boolean;
  onFocus(key: string): void;
  onPress(): void;
}) {
  const total = usdOfNano(cell.subtreeNano);
  const own = usdOfNano(cell.ownNano);
  const ownShare = cell.subtreeNano > 0n ? Number((cell.ownNano * 1000n) / cell.subtreeNano) / 10 : 0;
  const said = cell.rest
    ? `${plural(cell.rest, 'more agent')}, too narrow to draw: ${formatUsd(total)}`
    : `${cell.name}: ${formatUsd(total)} with its subtree, ${formatUsd(own)} own${cell.unpriced ? `, ${plural(cell.unpriced, 'call')} of unknown price` : ''}`;
  const style = { left: `${cell.x * 100}%`, width: `${cell.width * 100}%`, top: cell.depth * rowPx, height: rowPx };
  const look =
    'absolute flex flex-col justify-center overflow-hidden border-2 border-surface bg-clip-padding px-2 text-left text-xs rounded-md';
  if (cell.rest)
    return (
      <Tooltip content={said}>
        <span className={cn(look, '@container bg-sunken text-ink-3')} style={style}>
          <span className="@max-[2.5rem]:hidden truncate">{cell.name}</span>
        </span>
      </Tooltip>
    );
  return (
    <Tooltip content={said}>
      <button
        type="button"
        data-cell={cellKey}
        tabIndex={current ? 0 : -1}
        aria-label={said}
        onFocus={() => onFocus(cellKey)}
        onClick={onPress}
        style={style}
        className={cn(look, '@container bg-accent-soft text-ink outline-offset-[-4px] hover:brightness-95 dark:hover:brightness-125')}
      >
        <span className="@max-[2.5rem]:hidden truncate font-medium leading-4">
          {cell.name}
          {cell.deeper && <span className="text-ink-3"> …</span>}
        </span>
        <span className="@max-[2.5rem]:hidden truncate text-ink-2 leading-4">{formatUsd(total)}</span>
        <span aria-hidden className="absolute bottom-0 left-0 h-[3px] bg-accent" style={{ width: `${ownShare}%` }} />
      </button>
    </Tooltip>
  );
}

/** From the fleet down to where the drawing starts. */
function Trail({ root, nameOf, parentOf }: { root: string | null; nameOf(id: string): string; parentOf(id: string): string | null }) {
  if (!root) return null;
  const path: string[] = [];
  for (let id: string | null = root; id && path.length < 64; id = parentOf(id)) path.unshift(id);
  return (
    <nav aria-label="Where the drawing starts" className="flex flex-wrap items-center gap-0.5 text-xs">
      <Button size="sm" variant="ghost" onClick={() => setCostView({ root: null })}>
        Whole fleet
      </Button>
      {path.map((id) => (
        <span key={id} className="flex items-center gap-0.5">
          <ChevronRight size={12} aria-hidden className="text-ink-3" />
          <Button size="sm" variant="ghost" aria-current={id === root || undefined} onClick={() => setCostView({ root: id })}>
            {nameOf(id)}
          </Button>
        </span>
      ))}
    </nav>
  );
}
