'use client';
import type { ScopedBudgetView } from '@reeve/core/vocabulary';
import { BudgetBar } from '@/ui/budget-bar';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { formatDuration } from '@/vocabulary/format';
import { exactUsd, fixedUsd } from './exact-money';
import { Trace } from './trace';
import { openEntries, openReservations, spanOf } from './use-cost-view';

const isSome = (usd: string) => !/^0\.0*$/.test(usd);
export const scopeWords = { project: 'the project', session: 'the session', subtree: 'all below' } as const;
const actionWords = { deny: 'refuses what costs more', pause: 'pauses all below it', stop: 'stops all below it' } as const;

function standing(b: ScopedBudgetView): { words: string; tone: 'calm' | 'near' | 'over' } {
  if (b.level === 'exceeded') return { words: 'over', tone: 'over' };
  if (b.level === 'used') return { words: 'used up', tone: 'near' };
  if (b.level === 'near') return { words: 'near its end', tone: 'near' };
  return b.warned ? { words: 'above its soft limit', tone: 'near' } : { words: 'within', tone: 'calm' };
}
const tones = { calm: 'text-ink-3', near: 'text-attention', over: 'text-danger' };

/** One budget of a subtree, a session or the project: whose, how much of it is gone, and what happens at its end. */
export function ScopedBudgetRow({ budget: b, onEdit }: { budget: ScopedBudgetView; onEdit(): void }) {
  const { words, tone } = standing(b);
  const limit = b.hardUsd ?? b.softUsd ?? '0';
  return (
    <li className="flex flex-col gap-1.5 px-4 py-2.5" data-testid={`budget-${b.budgetId}`}>
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-sm">
        <span className="min-w-0 max-w-64 truncate font-medium">{b.name}</span>
        <span className="min-w-0 max-w-56 truncate text-ink-3 text-xs">
          {scopeWords[b.scope]}
          {b.agentId && ` ${b.agentName ?? b.agentId}`}
          {b.period === 'day' && ', each day (UTC)'}
        </span>
        <span className={cn('text-xs', tones[tone])}>{words}</span>
        <span className="ml-auto tabular-nums" title={`${b.spentUsd} of ${limit} USD`}>
          <button
            type="button"
            className="rounded hover:text-accent hover:underline"
            data-testid={`budget-spent-${b.budgetId}`}
            onClick={() => openEntries({ kind: 'budget', key: b.budgetId })}
          >
            {fixedUsd(b.spentUsd)}
          </button>
          <span className="text-ink-3"> of {exactUsd(limit)}</span>
        </span>
        <Button size="sm" variant="ghost" onClick={onEdit} aria-label={`Change the budget ${b.name}`}>
          Change
        </Button>
      </div>
      <BudgetBar of={b} limitUsd={limit} softUsd={b.hardUsd === null ? null : b.softUsd} tone={tone} />
      <p className="flex flex-wrap gap-x-4 text-ink-3 text-xs tabular-nums">
        {isSome(b.reservedUsd) && (
          <Trace onClick={() => openReservations({ kind: 'budget', key: b.budgetId, state: 'open' })}>
            {fixedUsd(b.reservedUsd)} reserved
          </Trace>
        )}
        {isSome(b.unknownUsd) && (
          <Trace onClick={() => openReservations({ kind: 'budget', key: b.budgetId, state: 'unknown' })}>
            {fixedUsd(b.unknownUsd)} unknown
          </Trace>
        )}
        <Trace onClick={() => openEntries({ kind: b.agentId === null ? 'all' : 'charged', key: b.agentId ?? '', ...spanOf(b.burnWindow) })}>
          {fixedUsd(b.burnUsdPerHour)} an hour
        </Trace>
        {b.softUsd && <span>warns at {exactUsd(b.softUsd)}</span>}
        <span>{b.hardUsd === null ? 'refuses nothing' : `at its end ${actionWords[b.action]}`}</span>
        {b.exhaustedAt && <span>used up in about {formatDuration(Math.max(0, Date.parse(b.exhaustedAt) - Date.now()))} at this rate</span>}
      </p>
    </li>
  );
}
