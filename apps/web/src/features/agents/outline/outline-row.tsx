// biome-ignore-all lint/a11y/useSemanticElements: a table cannot be virtualised, so the roles are spelt out
// biome-ignore-all lint/a11y/useFocusableInteractive: focus and keys belong to the line, and roam (tree-grid pattern)
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the tree grid above hears the keys
'use client';
import { isFinalAgent } from '@reeve/core/vocabulary';
import { ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { useAgent, useSubtreeCounts } from '@/live';
import { Ago } from '@/ui/ago';
import { cn } from '@/ui/cn';
import { Money } from '@/ui/money';
import { StateMark } from '@/ui/state-mark';
import { formatCount } from '@/vocabulary/format';
import { agentMarks } from '@/vocabulary/state-marks';
import { SubtreeBurn } from '../burn';
import { StateCounts } from '../state-counts';
import type { AgentView } from '../use-agent-view';
import type { Row } from '../visible-tree';
import { outlineGrid } from './columns';

type Props = { row: Row; index: number; top: number; selected: boolean; focusable: boolean; view: AgentView; onSelect(id: string): void };

export const OutlineRow = memo(function OutlineRow({ row, index, top, selected, focusable, view, onSelect }: Props) {
  const agent = useAgent(row.kind === 'agent' ? row.id : null);
  const line = {
    tabIndex: focusable ? 0 : -1,
    'data-row': row.key,
    'aria-rowindex': index + 2,
    'aria-level': row.depth + 1,
    'aria-posinset': row.position,
    'aria-setsize': row.siblings,
    style: { transform: `translateY(${top}px)` },
    className: cn(
      'absolute inset-x-0 h-8 cursor-pointer items-center border-line border-b px-4 text-sm outline-offset-[-2px] hover:bg-hover',
      outlineGrid,
      selected && 'bg-accent-soft hover:bg-accent-soft',
    ),
  };
  const indent = { paddingLeft: `calc(${row.depth} * var(--indent))` };
  if (row.kind === 'more')
    return (
      <div role="row" {...line} onClick={() => view.showWhole(row.id, true)}>
        <span role="gridcell" style={indent} className="col-span-full pl-5 text-ink-3">
          +{row.hidden.length} more
        </span>
      </div>
    );
  if (!agent) return null;
  const mark = agentMarks[agent.state];
  const ended = isFinalAgent(agent.state);
  return (
    <div
      role="row"
      {...line}
      data-testid={`agent-node-${agent.name}`}
      data-agent={agent.id}
      data-state={agent.state}
      aria-expanded={row.open ?? undefined}
      aria-selected={selected}
      onClick={() => onSelect(row.id)}
    >
      <Cell className="flex min-w-0 items-center gap-1" style={indent}>
        {row.open === null ? (
          <span className="w-5 shrink-0" />
        ) : (
          <button
            type="button"
            tabIndex={-1}
            aria-label={row.open ? `Fold ${agent.name}` : `Unfold ${agent.name}`}
            onClick={(e) => {
              e.stopPropagation();
              view.toggle(row.id);
            }}
            className="flex size-5 shrink-0 items-center justify-center rounded text-ink-3 hover:bg-line hover:text-ink"
          >
            <ChevronRight size={14} className={cn('transition-transform', row.open && 'rotate-90')} />
          </button>
        )}
        <span className={cn('truncate font-medium', (ended || row.faint) && 'text-ink-2')}>{agent.name}</span>
        {row.open === false && <Folded id={row.id} n={row.hidden.length} />}
      </Cell>
      <Cell className="flex items-center">
        <StateMark mark={mark} />
      </Cell>
      <Cell className="truncate text-ink-2 max-lg:hidden">{agent.role ?? '—'}</Cell>
      <Cell className="truncate text-ink-3 max-md:hidden">{agent.activity ?? ''}</Cell>
      <Cell className="truncate text-ink-3 text-xs max-md:hidden">
        {agent.endedAtMs === null ? <Ago at={agent.lastHeartbeatMs} /> : '—'}
      </Cell>
      <Cell className="text-right text-xs max-lg:hidden">
        <SubtreeBurn id={agent.id} />
      </Cell>
      <Cell className="text-right text-ink-2 max-lg:hidden">
        <Money nano={agent.ownNanoUsd} />
      </Cell>
      <Cell className="text-right">
        <Money nano={agent.subtreeNanoUsd} unpriced={agent.unpriced} />
      </Cell>
    </div>
  );
});

function Cell(props: { className?: string; style?: React.CSSProperties; children?: React.ReactNode }) {
  return <span role="gridcell" {...props} />;
}
function Folded({ id, n }: { id: string; n: number }) {
  const counts = useSubtreeCounts(id);
  return (
    <span className="ml-2 flex min-w-0 items-center gap-2 text-ink-3 text-xs max-md:hidden">
      +{formatCount(n)} <StateCounts counts={counts} max={4} />
    </span>
  );
}
