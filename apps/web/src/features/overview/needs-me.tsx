'use client';
import { type BudgetView, isFinalAgent, type Overview } from '@reeve/core/vocabulary';
import { CircleCheck } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { Ago, Countdown } from '@/ui/ago';
import { Card, CardHeader } from '@/ui/card';
import { EmptyState } from '@/ui/empty-state';
import { StateMark } from '@/ui/state-mark';
import { formatUsd } from '@/vocabulary/format';
import {
  activationMarks,
  agentMarks,
  blastMarks,
  changeMarks,
  conditionMarks,
  type Mark,
  softBudgetMark,
  stopMarks,
  taskMarks,
} from '@/vocabulary/state-marks';

type Item = { key: string; mark: Mark; href: string; title: string; note: ReactNode; at: ReactNode };

/** Only what a person can move on, most urgent first; anything else would wear the badge out. */
export function NeedsMe({ needs, budgets }: { needs: Overview['needsMe']; budgets: readonly BudgetView[] }) {
  const items = [...itemsOf(needs), ...budgetItems(budgets)];
  return (
    <Card>
      <CardHeader title="Needs you" hint={items.length ? String(items.length) : undefined} />
      {items.length === 0 ? (
        <EmptyState icon={CircleCheck} title="Nothing waits for you">
          Changes to approve, agents whose end nothing proves, orphans, dead letters and budgets near their end would stand here.
        </EmptyState>
      ) : (
        <ul>
          {items.map((i) => (
            <li key={i.key} className="border-line border-b last:border-b-0">
              <Link href={i.href} className="flex min-h-11 items-center gap-3 px-4 py-1.5 outline-offset-[-2px] hover:bg-hover">
                <StateMark mark={i.mark} className="w-32 shrink-0 max-sm:hidden" />
                <StateMark mark={i.mark} iconOnly className="sm:hidden" />
                <span className="flex min-w-0 flex-1 flex-col">
                  <span className="truncate font-medium text-sm">{i.title}</span>
                  <span className="truncate text-ink-3 text-xs">
                    <span aria-hidden className="sm:hidden">
                      {i.mark.word}
                      {i.note && ' · '}
                    </span>
                    {i.note}
                  </span>
                </span>
                <span className="shrink-0 text-ink-3 text-xs">{i.at}</span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function itemsOf(n: Overview['needsMe']): Item[] {
  return [
    ...n.openStops.map((s) => ({
      key: s.stopId,
      mark: stopMarks.stopping,
      href: `/stops/${s.stopId}`,
      title: `Stop of ${s.name}`,
      note: `${s.ended} of ${s.members} ended, with evidence`,
      at: <Countdown until={s.deadline} over="grace is over" />,
    })),
    ...n.approvals.map((a) => ({
      key: a.changeId,
      mark: changeMarks['awaiting-approval'],
      href: `/approvals/${a.changeId}`,
      title: a.title,
      note: [
        a.agentName && `from ${a.agentName}`,
        a.level && `blast radius ${blastMarks[a.level as keyof typeof blastMarks]?.word ?? a.level}`,
      ]
        .filter(Boolean)
        .join(' · '),
      at: <Ago at={a.since} />,
    })),
    ...n.frozen.map((c) => ({
      key: c.changeId,
      mark: activationMarks['rollback-failed'],
      href: `/approvals/${c.changeId}`,
      title: c.title,
      note: `${c.repositoryName} takes no other change until it is mended`,
      at: <Ago at={c.since} />,
    })),
    ...n.unconfirmed.map((a) => ({
      key: a.agentId,
      mark: agentMarks.unconfirmed,
      href: `/agents?agent=${a.agentId}`,
      title: a.name,
      note: 'Fenced, but nothing proves that it ended',
      at: <Ago at={a.since} />,
    })),
    ...(n.orphansHalted
      ? [
          {
            key: 'orphans-halted',
            mark: { ...conditionMarks.orphaned, tone: 'danger' as const, word: 'Sweep halted' },
            href: '/orphans',
            title: `${n.orphansHalted.orphans} of ${n.orphansHalted.live} live agents would be orphans`,
            note: 'Too many at once to be believed: nothing is changed until you decide',
            at: null,
          },
        ]
      : []),
    ...n.orphaned.map((a) => ({
      key: a.agentId,
      mark: conditionMarks.orphaned,
      href: '/orphans',
      title: a.name,
      note: 'It lives, its parent is gone',
      at: null,
    })),
    ...n.lost.map((a) => ({
      key: a.agentId,
      mark: agentMarks.lost,
      href: `/agents?agent=${a.agentId}`,
      title: a.name,
      note: 'Its lease expired; a heartbeat would bring it back',
      at: a.since && <Ago at={a.since} />,
    })),
    ...n.deadLetters.map((t) => ({
      key: t.taskId,
      mark: taskMarks['dead-letter'],
      href: `/tasks?task=${t.taskId}`,
      title: t.title,
      note: 'All attempts failed; retry or cancel it',
      at: <Ago at={t.since} />,
    })),
  ];
}

/** Of those who still spend: more than four fifths gone, counted with what is reserved. */
function budgetItems(budgets: readonly BudgetView[]): Item[] {
  return budgets
    .filter((b) => b.level !== 'ok' && !isFinalAgent(b.state))
    .map((b) => ({
      key: `budget-${b.agentId}`,
      mark: b.level === 'exceeded' ? conditionMarks['over-budget'] : softBudgetMark,
      href: '/costs',
      title: b.name,
      note: `${formatUsd(Number(b.settledUsd))} of ${formatUsd(Number(b.budgetUsd))} spent, ${formatUsd(Number(b.reservedUsd) + Number(b.unknownUsd))} set aside`,
      at: b.level === 'near' && b.exhaustedAt ? <Countdown until={b.exhaustedAt} over="used up" /> : null,
    }));
}
