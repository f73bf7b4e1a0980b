'use client';
import type { Node, NodeProps } from '@xyflow/react';
import { memo, useMemo } from 'react';
import { stateAt, useLiveStore, useSlowTopic } from '@/live';
import { Money } from '@/ui/money';
import { formatCount } from '@/vocabulary/format';
import { StateCounts } from '../state-counts';
import type { Row } from '../visible-tree';
import { card, moreHeight } from './layout';
import { cardId, useTreeActions } from './tree-actions';

export type MoreFlowNode = Node<{ row: Row; selected: boolean; focusable: boolean }, 'more'>;

/** "+N more": the siblings that have no place, with their subtrees' states and cost. */
export const MoreNode = memo(function MoreNode({ data: { row, focusable } }: NodeProps<MoreFlowNode>) {
  const { showWhole } = useTreeActions();
  const store = useLiveStore();
  const version = useSlowTopic('states', 500);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for what the store holds
  const sum = useMemo(() => {
    const counts = new Int32Array(Object.keys(stateAt).length);
    let nano = 0n;
    for (const id of row.hidden) {
      store.tree.counts(id)?.forEach((n, i) => {
        counts[i] = (counts[i] ?? 0) + n;
      });
      nano += BigInt(store.agents.get(id)?.subtreeNanoUsd ?? '0');
    }
    return { counts, nano };
  }, [row, store, version]);
  return (
    <div
      role="treeitem"
      aria-selected={false}
      tabIndex={focusable ? 0 : -1}
      id={cardId(row.key)}
      data-row={row.key}
      aria-level={row.depth + 1}
      onClick={() => showWhole(row.id)}
      onKeyDown={() => {}}
      style={{ width: card.width, height: moreHeight }}
      className="pointer-events-auto flex cursor-pointer items-center gap-2 rounded-lg border border-line-strong border-dashed bg-bg px-3 text-ink-2 text-xs hover:border-ink-3 hover:text-ink"
    >
      <span className="font-semibold">+{formatCount(row.hidden.length)} more</span>
      <StateCounts counts={sum.counts} max={3} />
      <Money nano={sum.nano} className="ml-auto text-2xs text-ink-3" />
    </div>
  );
});
