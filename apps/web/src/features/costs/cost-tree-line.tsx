// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtualised, so the roles are spelt out
// biome-ignore-all lint/a11y/useFocusableInteractive: focus and keys belong to the line, and roam (tree-grid pattern)
'use client';
import type { BurnWindow, CostNode } from '@reeve/core/vocabulary';
import { ChevronRight } from 'lucide-react';
import { type CSSProperties, memo, type ReactNode } from 'react';
import { cn } from '@/ui/cn';
import { Skeleton } from '@/ui/skeleton';
import { StateMark } from '@/ui/state-mark';
import { formatCount, formatUsd } from '@/vocabulary/format';
import { agentMarks } from '@/vocabulary/state-marks';
import { Amount } from './amount';
import { treeColumns, treeGrid } from './cost-tree-columns';
import type { CostTreeRow } from './cost-tree-rows';
import { fixedUsd, shareOf } from './exact-money';
import { Trace } from './trace';
import { type EntriesOf, openEntries, openReservations, spanOf } from './use-cost-view';

/** What a figure says when one points at it. */
export const exactly = (usd: string): string => `${usd} USD; show what it is made of`;
const zero = (usd: string): boolean => /^0\.?0*$/.test(usd);

/** What stands behind a line as a whole; null: it is not read yet. */
export function entriesBehindRow(row: CostTreeRow): EntriesOf | null {
  switch (row.kind) {
    case 'agent':
      return { kind: 'subtree', key: row.key };
    case 'unattributed':
      return { kind: 'unattributed', key: row.parentId ?? '' };
    case 'waiting':
      return null;
  }
}

type Props = {
  row: CostTreeRow;
  index: number;
  top: number;
  total: string;
  burn: string | undefined;
  window: BurnWindow | undefined;
  focusable: boolean;
  onToggle(id: string, open: boolean): void;
};
export const CostTreeLine = memo(function CostTreeLine({ row, index, top, total, burn, window, focusable, onToggle }: Props) {
  const line = {
    role: 'row',
    tabIndex: focusable ? 0 : -1,
    'data-row': row.key,
    'aria-rowindex': index + 2,
    'aria-level': row.depth + 1,
    'aria-posinset': row.position,
    'aria-setsize': row.siblings,
    'aria-expanded': row.open ?? undefined,
    style: { transform: `translateY(${top}px)` },
    className: cn('absolute inset-x-0 h-8 border-line border-b text-sm outline-offset-[-2px] hover:bg-hover', treeGrid),
  };
  if (row.kind === 'waiting')
    return (
      <div {...line}>
        <Cell className="flex h-full items-center gap-2">
          <Indent depth={row.depth} />
          <span className="w-5 shrink-0" />
          <Skeleton className="h-3 w-28" />
        </Cell>
      </div>
    );
  // in the way of Tab on the line that has the focus alone
  const tab = focusable ? 0 : -1;
  if (row.kind === 'unattributed')
    return (
      <div {...line}>
        <Cell className="flex h-full min-w-0 items-center gap-1">
          <Indent depth={row.depth} />
          <span className="w-5 shrink-0" />
          <span
            className="truncate text-ink-3 italic"
            title="Spent here by agents that have been moved away since, less what those that were moved here spent elsewhere: an entry stays where it was spent"
          >
            Unattributed
          </span>
        </Cell>
        <Cell />
        <Cell className="flex items-center justify-end gap-3">
          <Trace title={exactly(row.usd)} tabIndex={tab} onClick={() => openEntries({ kind: 'unattributed', key: row.parentId ?? '' })}>
            {fixedUsd(row.usd)}
          </Trace>
          <span className="w-16 max-sm:hidden" />
        </Cell>
        {treeColumns.slice(3).map((c) => (
          <Cell key={c.title} className={c.className} />
        ))}
      </div>
    );
  const { node } = row;
  return (
    <div {...line} data-testid={`cost-of-${node.label}`} data-own={node.ownUsd} data-subtree={node.subtreeUsd}>
      <Cell className="flex h-full min-w-0 items-center gap-1">
        <Indent depth={row.depth} />
        {row.open === null ? (
          <span className="w-5 shrink-0" />
        ) : (
          <button
            type="button"
            tabIndex={-1}
            aria-label={row.open ? `Fold ${node.label}` : `Unfold ${node.label}`}
            onClick={() => onToggle(node.key, !row.open)}
            className="flex size-5 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-line hover:text-ink"
          >
            <ChevronRight size={14} aria-hidden className={cn('transition-transform', row.open && 'rotate-90')} />
          </button>
        )}
        <StateMark mark={agentMarks[node.state]} iconOnly className="mr-0.5 shrink-0" />
        <button
          type="button"
          tabIndex={-1}
          title={node.label}
          className="min-w-0 truncate rounded text-left hover:text-accent hover:underline"
          onClick={() => openEntries({ kind: 'subtree', key: node.key })}
        >
          {node.label}
        </button>
        {row.open === false && <span className="ml-1 shrink-0 text-ink-3 text-xs max-sm:hidden">+{formatCount(node.children)}</span>}
      </Cell>
      <Cell className="text-right">
        <Trace title={exactly(node.ownUsd)} tabIndex={tab} onClick={() => openEntries({ kind: 'agent', key: node.key })}>
          <Amount usd={node.ownUsd} calls={node.entries} unpriced={node.ownUnpriced} />
        </Trace>
      </Cell>
      <Cell className="flex items-center justify-end gap-3">
        <Trace title={exactly(node.subtreeUsd)} tabIndex={tab} onClick={() => openEntries({ kind: 'subtree', key: node.key })}>
          <Amount usd={node.subtreeUsd} calls={node.subtreeEntries} unpriced={node.unpriced} />
        </Trace>
        <Shares node={node} total={total} />
      </Cell>
      <Cell className="text-right max-sm:hidden">
        {burn === undefined || zero(burn) ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Trace
            title={`${burn} USD an hour; show the calls of the last minutes`}
            tabIndex={tab}
            onClick={() => window && openEntries({ kind: 'subtree', key: node.key, ...spanOf(window) })}
          >
            {formatUsd(burn)}
          </Trace>
        )}
      </Cell>
      <Cell
        className="text-right max-lg:hidden"
        title={`${node.reservedUsd} USD${zero(node.unknownUsd) ? '' : `, and ${node.unknownUsd} of unknown outcome`}`}
      >
        {zero(node.reservedUsd) ? (
          <span className="text-ink-3">–</span>
        ) : (
          <Trace tabIndex={tab} onClick={() => openReservations({ kind: 'agent', key: node.key, state: 'open' })}>
            {formatUsd(node.reservedUsd)}
          </Trace>
        )}
      </Cell>
      <Cell className={cn('text-right max-lg:hidden', !node.subtreeEntries && 'text-ink-3')}>
        {node.subtreeEntries ? formatCount(node.subtreeEntries) : '–'}
      </Cell>
      <Cell className={cn('text-right max-lg:hidden', node.unpriced ? 'text-attention' : 'text-ink-3')}>
        {node.unpriced ? formatCount(node.unpriced) : '–'}
      </Cell>
    </div>
  );
});

/** A thin line for each level above; deep chains are drawn closer, so that a name keeps its place. */
const Indent = ({ depth }: { depth: number }) =>
  depth > 0 && (
    <span
      aria-hidden
      className="-mr-1 h-full max-w-[25%] sm:max-w-[45%] shrink-0 self-stretch bg-[repeating-linear-gradient(to_right,transparent_0_9px,var(--line)_9px_10px,transparent_10px_var(--indent))]"
      style={{ width: `calc(${depth} * var(--indent))` }}
    />
  );
/** How much of the whole its subtree is, the dark part its own. */
function Shares({ node, total }: { node: CostNode; total: string }) {
  const width = (usd: string): CSSProperties => ({ width: `${Math.min(100, Math.max(0, shareOf(usd, total) * 100))}%` });
  return (
    <span aria-hidden className="relative h-1.5 w-16 shrink-0 overflow-hidden rounded-full bg-neutral-soft max-sm:hidden">
      <span className="absolute inset-y-0 left-0 rounded-full bg-accent/40" style={width(node.subtreeUsd)} />
      <span className="absolute inset-y-0 left-0 rounded-full bg-accent" style={width(node.ownUsd)} />
    </span>
  );
}
const Cell = (props: { className?: string; title?: string | undefined; children?: ReactNode }) => <span role="gridcell" {...props} />;
