'use client';
import type { Overview } from '@reeve/core/vocabulary';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { StateCounts } from '@/features/agents/state-counts';
import { endedOf, liveOf, useFleetCounts } from '@/live';
import { Card } from '@/ui/card';
import { Money } from '@/ui/money';
import { formatCount } from '@/vocabulary/format';

/** The fleet in six figures; the agents come from the live store, the rates from the server. */
export function Counters({ overview: o }: { overview: Overview }) {
  const counts = useFleetCounts();
  return (
    <Card className="grid grid-cols-2 overflow-hidden sm:grid-cols-3 lg:grid-cols-[1.7fr_1fr_1fr_1fr_1fr_1fr]">
      <Figure name="Agents alive" href="/agents" value={formatCount(liveOf(counts))} className="max-sm:col-span-2">
        <StateCounts counts={counts} max={7} className="flex-wrap gap-y-0.5" />
      </Figure>
      <Figure name="Started" href="/activity" value={formatCount(o.spawnedLastHour)}>
        last hour · {formatCount(endedOf(counts))} ended
      </Figure>
      <Figure name="Burn rate" href="/costs" value={<Money usd={o.burnUsdPerHour} />}>
        an hour, last 5 min
      </Figure>
      <Figure name="Spent" href="/costs" value={<Money usd={o.totalUsd} />}>
        in all
      </Figure>
      <Figure name="Tokens" href="/costs?groupBy=model" value={formatRate(o.tokensPerSecond)}>
        a second, last minute
      </Figure>
      <Figure name="After a stop" href="/stops" value={<Money usd={o.overshoot.usd} />}>
        {o.overshoot.tokens ? `${formatCount(o.overshoot.tokens)} tokens, ${o.overshoot.stops} stops` : 'nothing overshot'}
      </Figure>
    </Card>
  );
}
const formatRate = (n: number) => (n < 10 ? n.toFixed(1) : formatCount(n));

function Figure({
  name,
  value,
  href,
  className,
  children,
}: {
  name: string;
  value: ReactNode;
  href: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <Link
      href={href}
      className={`-mb-px -mr-px flex min-w-0 flex-col gap-0.5 border-line border-r border-b px-4 py-3 outline-offset-[-2px] hover:bg-hover ${className ?? ''}`}
    >
      <span className="text-ink-3 text-xs">{name}</span>
      <span className="font-semibold text-xl">{value}</span>
      <span className="min-h-4 text-ink-3 text-xs">{children}</span>
    </Link>
  );
}
