'use client';
import { isFinalAgent, type LiveAgent } from '@reeve/core/vocabulary';
import type { Node, NodeProps } from '@xyflow/react';
import { Save } from 'lucide-react';
import { memo } from 'react';
import { conditionsOf, totalOf, useAgent, useSubtreeCounts } from '@/live';
import { Ago } from '@/ui/ago';
import { cn } from '@/ui/cn';
import { Glyph } from '@/ui/glyph';
import { Money } from '@/ui/money';
import { useNow } from '@/ui/use-now';
import { formatCount } from '@/vocabulary/format';
import { agentMarks, conditionMarks, type Tone, toneText } from '@/vocabulary/state-marks';
import { SubtreeBurn } from '../burn';
import { StateCounts } from '../state-counts';
import type { Row } from '../visible-tree';
import { card } from './layout';
import { cardId, useTreeActions } from './tree-actions';

export type AgentFlowNode = Node<{ row: Row; selected: boolean; focusable: boolean }, 'agent'>;
const frame: Record<Tone, string> = {
  neutral: 'border-line-strong',
  active: 'border-line-strong',
  success: 'border-line-strong',
  attention: 'border-attention/60',
  danger: 'border-danger/60',
};

export const AgentNode = memo(function AgentNode({ data }: NodeProps<AgentFlowNode>) {
  return <AgentCard {...data} />;
});

/** One agent. It subscribes to its own record: nothing else makes it render. */
export function AgentCard({ row, selected, focusable }: AgentFlowNode['data']) {
  const agent = useAgent(row.id);
  const { select, toggle } = useTreeActions();
  if (!agent) return null;
  const mark = agentMarks[agent.state];
  const ended = isFinalAgent(agent.state);
  return (
    <div
      role="treeitem"
      tabIndex={focusable ? 0 : -1}
      id={cardId(row.key)}
      data-row={row.key}
      data-testid={`agent-node-${agent.name}`}
      data-state={agent.state}
      data-agent={agent.id}
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={row.open ?? undefined}
      aria-selected={selected}
      onClick={() => select(row.id)}
      onKeyDown={() => {}}
      style={{ width: card.width, height: card.height }}
      className={cn(
        'group pointer-events-auto relative cursor-pointer rounded-lg border bg-surface px-2.5 py-1.5 text-left outline-offset-2 transition-colors hover:border-ink-3',
        frame[mark.tone],
        ended && 'border-line bg-bg',
        row.faint && 'border-dashed',
        selected && 'border-accent shadow-[0_0_0_1px_var(--accent)] hover:border-accent',
        agent.state === 'starting' && Date.now() - agent.createdAtMs < 1500 && 'fade-in',
      )}
    >
      <div className="flex h-[18px] items-center gap-2">
        <Glyph
          name={mark.glyph}
          className={cn(toneText[mark.tone], (agent.state === 'stopping' || agent.state === 'starting') && 'pulse-soft')}
        />
        <span className={cn('min-w-0 flex-1 truncate font-semibold text-sm', ended && 'text-ink-2')} title={agent.name}>
          {agent.name}
        </span>
        <span className={cn('font-medium text-2xs', toneText[mark.tone])}>{mark.word}</span>
      </div>
      <div className="flex h-4 items-center gap-2">
        <span className="flex min-w-0 flex-1 items-center">{row.open === false ? <Folded id={row.id} /> : <Doing agent={agent} />}</span>
        <SubtreeBurn id={row.id} className="text-2xs" aria-hidden />
      </div>
      {/* the name of the item is its name, state and doing; what ticks each second is in the outline and the inspector */}
      <div aria-hidden className="flex h-4 items-center gap-2 text-2xs text-ink-3">
        <span className="min-w-0 truncate">
          <Heartbeat agent={agent} />
          <CheckpointAge agent={agent} />
        </span>
        <span className="ml-auto flex shrink-0 gap-1.5">
          <Money nano={agent.ownNanoUsd} unpriced={row.open === null ? agent.unpriced : 0} />
          {row.open !== null && (
            <span className="font-medium text-ink-2" title="Own and everything under it">
              Σ <Money nano={agent.subtreeNanoUsd} unpriced={agent.unpriced} />
            </span>
          )}
        </span>
      </div>
      {row.open !== null && (
        <button
          type="button"
          tabIndex={-1}
          aria-label={row.open ? `Fold ${agent.name}` : `Unfold ${agent.name}`}
          onClick={(e) => {
            e.stopPropagation();
            toggle(row.id);
          }}
          className={cn(
            '-ml-2 -translate-y-1/2 absolute top-1/2 left-full flex h-6 min-w-6 items-center justify-center rounded-full border border-line-strong bg-surface px-1.5 font-semibold text-2xs text-ink-2 hover:border-ink-3 hover:text-ink',
            row.open && 'opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100 max-md:opacity-100',
          )}
        >
          {row.open ? '−' : `+${formatCount(row.hidden.length)}`}
        </button>
      )}
    </div>
  );
}

function Doing({ agent }: { agent: LiveAgent }) {
  return (
    <span className="truncate text-ink-3 text-xs" title={agent.activity ?? undefined}>
      {agent.activity ?? agent.role ?? agent.kind}
      {agent.activity && agent.role && !agent.name.toLowerCase().includes(agent.role.toLowerCase()) ? ` · ${agent.role}` : ''}
    </span>
  );
}
function Folded({ id }: { id: string }) {
  const counts = useSubtreeCounts(id);
  return counts && totalOf(counts) > 1 ? <StateCounts counts={counts} max={4} /> : null;
}

/** How old the state is that a crash would go back to; quiet, and of those alone that save any. */
function CheckpointAge({ agent }: { agent: LiveAgent }) {
  if (agent.checkpointMs === null || agent.endedAtMs !== null) return null;
  return (
    <span title="Last checkpoint: a crash would lose what came after it" data-testid="checkpoint-age">
      {' · '}
      <Save size={9} aria-hidden className="-mt-px inline" /> <Ago at={agent.checkpointMs} suffix={false} />
    </span>
  );
}

/** Age of the last heartbeat while it lives, or what is wrong; when it ended afterwards. */
function Heartbeat({ agent }: { agent: LiveAgent }) {
  const now = useNow();
  if (agent.endedAtMs !== null) return <Ago at={agent.endedAtMs} />;
  const condition = now ? conditionsOf(agent, undefined, now)[0] : undefined;
  if (condition) {
    const m = conditionMarks[condition];
    return (
      <span className={cn('inline-flex items-center gap-1 font-medium', toneText[m.tone])} title={m.meaning}>
        <Glyph name={m.glyph} size={11} />
        {m.word}
        {condition === 'late' && agent.lastHeartbeatMs !== null && <Ago at={agent.lastHeartbeatMs} suffix={false} />}
      </span>
    );
  }
  if (agent.lastHeartbeatMs === null) return <span>no heartbeat yet</span>;
  return (
    <span title="Last heartbeat">
      ♥ <Ago at={agent.lastHeartbeatMs} />
    </span>
  );
}
