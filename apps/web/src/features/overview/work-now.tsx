'use client';
import { isLiveAgent } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { StartDemo } from '@/features/demo/start-demo';
import { useAgent, useLiveReady, useLiveStore } from '@/live';
import { Ago } from '@/ui/ago';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { Glyph } from '@/ui/glyph';
import { Money } from '@/ui/money';
import { SkeletonRows } from '@/ui/skeleton';
import { agentMarks, toneText } from '@/vocabulary/state-marks';

/** Who spends most among those that live: the rows behind the burn rate. */
export function WorkNow() {
  const store = useLiveStore();
  const ready = useLiveReady();
  const [ids, setIds] = useState<string[]>([]);
  useEffect(() => {
    if (!ready) return;
    const read = () => {
      const live = [...store.agents.values()].filter((a) => isLiveAgent(a.state));
      const next = live
        .sort((a, b) => Number(b.ownNanoUsd) - Number(a.ownNanoUsd) || b.createdAtMs - a.createdAtMs)
        .slice(0, 6)
        .map((a) => a.id);
      setIds((old) => (old.join() === next.join() ? old : next));
    };
    read();
    const timer = setInterval(read, 2000);
    return () => clearInterval(timer);
  }, [store, ready]);
  return (
    <Card>
      <CardHeader
        title="Spending most, alive"
        actions={
          <Link href="/agents" className="text-accent text-xs hover:underline">
            All agents
          </Link>
        }
      />
      {!ready ? (
        <SkeletonRows rows={4} label="Loading agents" />
      ) : ids.length === 0 ? (
        <EmptyState title="No agent lives right now" action={<StartDemo />}>
          Start one with <code className="font-mono">npx reeve run -- your-command</code>, or watch the demo fleet.
        </EmptyState>
      ) : (
        <ul className="py-1">
          {ids.map((id) => (
            <Line key={id} id={id} />
          ))}
        </ul>
      )}
    </Card>
  );
}
function Line({ id }: { id: string }) {
  const a = useAgent(id);
  if (!a) return null;
  const mark = agentMarks[a.state];
  return (
    <li>
      <Link
        href={`/agents?agent=${id}`}
        className="grid h-8 grid-cols-[16px_minmax(0,2fr)_minmax(0,3fr)_64px_72px] items-center gap-2 px-4 text-sm outline-offset-[-2px] hover:bg-hover"
      >
        <span title={mark.word} className={toneText[mark.tone]}>
          <Glyph name={mark.glyph} />
          <span className="sr-only">{mark.word}</span>
        </span>
        <span className="truncate font-medium">{a.name}</span>
        <span className="truncate text-ink-3 text-xs">{a.activity}</span>
        <span className="text-right text-ink-3 text-xs">
          <Ago at={a.lastHeartbeatMs} suffix={false} />
        </span>
        <Money nano={a.ownNanoUsd} className="text-right" />
      </Link>
    </li>
  );
}
