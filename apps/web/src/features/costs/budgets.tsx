'use client';
import type { BudgetView } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { cn } from '@/ui/cn';
import { ErrorState } from '@/ui/error-state';
import { formatDuration, plural } from '@/vocabulary/format';
import { exactUsd, fixedUsd, shareOf } from './exact-money';
import { openEntries } from './use-cost-view';
import { useFollowCosts } from './use-live-query';

const few = 5;
const words: Record<BudgetView['level'], string> = { ok: 'within', near: 'near its end', used: 'used up', exceeded: 'over' };
const tones: Record<BudgetView['level'], string> = {
  ok: 'text-ink-3',
  near: 'text-attention',
  used: 'text-attention',
  exceeded: 'text-danger',
};

/** Every budget with what is spent, reserved and left of it, the tightest first. Nothing where nobody has one. */
export function Budgets() {
  const trpc = useTRPC();
  const [all, setAll] = useState(false);
  const query = useQuery(trpc.costs.budgets.queryOptions({ limit: all ? 200 : few }, { placeholderData: keepPreviousData }));
  useFollowCosts(query, 2000);
  const { data } = query;
  if (query.error && !data)
    return <ErrorState error={query.error} title="The budgets could not be loaded" onRetry={() => void query.refetch()} />;
  if (!data?.items.length) return null;
  return (
    <Card aria-label="Budgets">
      <CardHeader title="Budgets" hint="spent, set aside for calls under way, and of unknown outcome; the tightest first" />
      <ul className="divide-y divide-line" data-testid="budgets">
        {data.items.map((b) => (
          <Budget key={b.agentId} budget={b} />
        ))}
      </ul>
      {(data.nextCursor || all) && (
        <p className="border-line border-t px-4 py-2">
          <Button size="sm" variant="ghost" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? `Only the ${few} tightest` : 'Show more budgets'}
          </Button>
          {all && data.nextCursor && (
            <span className="text-ink-3 text-xs">
              These are the {plural(data.items.length, 'tightest', 'tightest')}; the API has them all.
            </span>
          )}
        </p>
      )}
    </Card>
  );
}

function Budget({ budget: b }: { budget: BudgetView }) {
  const spent = shareOf(b.settledUsd, b.budgetUsd);
  const reserved = shareOf(b.reservedUsd, b.budgetUsd);
  const unknown = shareOf(b.unknownUsd, b.budgetUsd);
  const isSome = (usd: string) => !/^0\.0*$/.test(usd);
  return (
    <li className="flex flex-col gap-1.5 px-4 py-2.5">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-sm">
        <span className="min-w-0 max-w-64 truncate font-medium">{b.name}</span>
        <span className={cn('text-xs', tones[b.level])}>{words[b.level]}</span>
        <span className="ml-auto tabular-nums" title={`${b.settledUsd} of ${b.budgetUsd} USD`}>
          <button
            type="button"
            className="rounded hover:text-accent hover:underline"
            data-testid={`budget-spent-${b.agentId}`}
            onClick={() => openEntries({ kind: 'subtree', key: b.agentId })}
          >
            {fixedUsd(b.settledUsd)}
          </button>
          <span className="text-ink-3"> of {exactUsd(b.budgetUsd)}</span>
        </span>
      </div>
      <div
        role="img"
        aria-label={`${percent(spent)} spent, ${percent(reserved)} reserved, ${percent(unknown)} of unknown outcome`}
        className="flex h-2 overflow-hidden rounded-full bg-neutral-soft"
      >
        <span
          className={b.level === 'exceeded' ? 'bg-danger' : b.level === 'ok' ? 'bg-accent' : 'bg-attention'}
          style={{ width: width(spent) }}
        />
        <span className="bg-accent/40" style={{ width: width(reserved) }} />
        <span className="bg-attention/40" style={{ width: width(unknown) }} />
      </div>
      <p className="flex flex-wrap gap-x-4 text-ink-3 text-xs tabular-nums">
        {isSome(b.reservedUsd) && <span>{fixedUsd(b.reservedUsd)} reserved</span>}
        {isSome(b.unknownUsd) && <span>{fixedUsd(b.unknownUsd)} unknown</span>}
        {isSome(b.overshootUsd) && <span>{fixedUsd(b.overshootUsd)} above reservations</span>}
        <span>{fixedUsd(b.burnUsdPerHour)} an hour</span>
        <span>{endOf(b)}</span>
      </p>
    </li>
  );
}
const percent = (share: number): string => `${Math.round(share * 100)}%`;
const width = (share: number): string => `${Math.max(0, Math.min(100, share * 100))}%`;
function endOf(b: BudgetView): string {
  if (b.level === 'used' || b.level === 'exceeded') return 'nothing more is set aside under it';
  if (!b.exhaustedAt) return 'lasts as things are';
  return `used up in about ${formatDuration(Math.max(0, Date.parse(b.exhaustedAt) - Date.now()))} at this rate`;
}
