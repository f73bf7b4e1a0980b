'use client';
import type { BudgetView, ScopedBudgetView } from '@reeve/core/vocabulary';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTRPC } from '@/trpc';
import { BudgetBar } from '@/ui/budget-bar';
import { Button } from '@/ui/button';
import { Card, CardHeader } from '@/ui/card';
import { cn } from '@/ui/cn';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { formatDuration, plural } from '@/vocabulary/format';
import { BudgetDialog } from './budget-dialog';
import { exactUsd, fixedUsd } from './exact-money';
import { ScopedBudgetRow } from './scoped-budget';
import { Trace } from './trace';
import { openEntries, openReservations, spanOf } from './use-cost-view';
import { useFollowCosts } from './use-live-query';

const few = 5;
const words: Record<BudgetView['level'], string> = { ok: 'within', near: 'near its end', used: 'used up', exceeded: 'over' };
const tones: Record<BudgetView['level'], string> = {
  ok: 'text-ink-3',
  near: 'text-attention',
  used: 'text-attention',
  exceeded: 'text-danger',
};

/**
 * Every budget with what is spent, reserved and left of it: those of the project, sessions and subtrees, then those that agents
 * came with, the tightest first.
 */
export function Budgets() {
  const trpc = useTRPC();
  const [all, setAll] = useState(false);
  /** Null: a new one; undefined: none is open. */
  const [open, setOpen] = useState<ScopedBudgetView | null | undefined>(undefined);
  const scoped = useQuery(trpc.budgets.list.queryOptions(undefined, { placeholderData: keepPreviousData }));
  useFollowCosts(scoped, 2000);
  const query = useQuery(trpc.costs.budgets.queryOptions({ limit: all ? 200 : few }, { placeholderData: keepPreviousData }));
  useFollowCosts(query, 2000);
  const { data } = query;
  if (query.error && !data)
    return <ErrorState error={query.error} title="The budgets could not be loaded" onRetry={() => void query.refetch()} />;
  if (!data) return null;
  const named = scoped.data?.items ?? [];
  const done = () => {
    setOpen(undefined);
    void scoped.refetch();
  };
  return (
    <Card aria-label="Budgets">
      <CardHeader
        title="Budgets"
        hint="spent, set aside for calls under way, and of unknown outcome; the tightest first"
        actions={
          <Button size="sm" onClick={() => setOpen(null)}>
            <Plus size={14} aria-hidden /> Add a budget
          </Button>
        }
      />
      {scoped.error && !scoped.data && (
        <ErrorState error={scoped.error} title="Some budgets could not be loaded" onRetry={() => void scoped.refetch()} />
      )}
      {data.items.length + named.length === 0 && (
        <EmptyState title="Nothing bounds what may be spent">
          A budget of the project, a session or an agent warns, refuses what costs more, and pauses or stops what it bounds.
        </EmptyState>
      )}
      <ul className="divide-y divide-line" data-testid="budgets">
        {named.map((b) => (
          <ScopedBudgetRow key={b.budgetId} budget={b} onEdit={() => setOpen(b)} />
        ))}
        {data.items.map((b) => (
          <Budget key={b.agentId} budget={b} />
        ))}
      </ul>
      {open !== undefined && <BudgetDialog budget={open} onClose={() => setOpen(undefined)} onDone={done} />}
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
            onClick={() => openEntries({ kind: 'charged', key: b.agentId })}
          >
            {fixedUsd(b.settledUsd)}
          </button>
          <span className="text-ink-3"> of {exactUsd(b.budgetUsd)}</span>
        </span>
      </div>
      <BudgetBar
        of={{ spentUsd: b.settledUsd, reservedUsd: b.reservedUsd, unknownUsd: b.unknownUsd }}
        limitUsd={b.budgetUsd}
        tone={b.level === 'exceeded' ? 'over' : b.level === 'ok' ? 'calm' : 'near'}
      />
      <p className="flex flex-wrap gap-x-4 text-ink-3 text-xs tabular-nums">
        {isSome(b.reservedUsd) && (
          <Trace onClick={() => openReservations({ kind: 'agent', key: b.agentId, state: 'open' })}>
            {fixedUsd(b.reservedUsd)} reserved
          </Trace>
        )}
        {isSome(b.unknownUsd) && (
          <Trace onClick={() => openReservations({ kind: 'agent', key: b.agentId, state: 'unknown' })}>
            {fixedUsd(b.unknownUsd)} unknown
          </Trace>
        )}
        {isSome(b.overshootUsd) && <span>{fixedUsd(b.overshootUsd)} above reservations</span>}
        <Trace onClick={() => openEntries({ kind: 'charged', key: b.agentId, ...spanOf(b.burnWindow) })}>
          {fixedUsd(b.burnUsdPerHour)} an hour
        </Trace>
        <span>{endOf(b)}</span>
      </p>
    </li>
  );
}
function endOf(b: BudgetView): string {
  if (b.level === 'used' || b.level === 'exceeded') return 'nothing more is set aside under it';
  if (!b.exhaustedAt) return 'lasts as things are';
  return `used up in about ${formatDuration(Math.max(0, Date.parse(b.exhaustedAt) - Date.now()))} at this rate`;
}
