'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTRPC } from '@/trpc';
import { ErrorLine } from '@/ui/error-state';
import { Money } from '@/ui/money';
import { StateMark } from '@/ui/state-mark';
import { formatClock } from '@/vocabulary/format';
import { agentMarks, taskMarks } from '@/vocabulary/state-marks';

const most = 40;

/** What is different between two points; the earlier first, whichever was marked. */
export function Difference({ from, to }: { from: number; to: number }) {
  const trpc = useTRPC();
  const q = useQuery({
    ...trpc.history.compare.queryOptions({ from: Math.min(from, to), to: Math.max(from, to) }),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (q.error) return <ErrorLine error={q.error} />;
  if (!q.data) return <p className="text-ink-3 text-xs">Comparing…</p>;
  const d = q.data;
  return (
    <section
      className="max-h-48 overflow-y-auto rounded-md border border-line bg-raised px-3 py-2 text-sm"
      data-testid="difference"
      aria-label="Difference"
    >
      <h2 className="pb-1 text-ink-3 text-xs">
        From event {d.from.seq} ({formatClock(d.from.at)}) to event {d.to.seq} ({formatClock(d.to.at)}): <Money usd={Number(d.spentUsd)} />{' '}
        spent
      </h2>
      {d.agents.length + d.tasks.length + d.locks.length === 0 && <p className="text-ink-3">Nothing that is shown here differs.</p>}
      <ul className="flex flex-col gap-0.5">
        {d.agents.slice(0, most).map((a) => (
          <li key={a.id} className="flex flex-wrap items-center gap-x-2">
            <span className="truncate">{a.name}</span>
            {a.from === null ? (
              <span className="text-ink-3">came,</span>
            ) : (
              a.from !== a.to && <StateMark mark={agentMarks[a.from]} size={11} className="text-xs" />
            )}
            {a.from !== a.to && a.from !== null && <span aria-hidden>→</span>}
            <StateMark mark={agentMarks[a.to]} size={11} className="text-xs" />
            {Number(a.spentUsd) > 0 && <Money usd={Number(a.spentUsd)} className="text-ink-3 text-xs" />}
          </li>
        ))}
        {d.agents.length > most && <li className="text-ink-3">and {d.agents.length - most} more agents</li>}
        {d.tasks.slice(0, most).map((t) => (
          <li key={t.id} className="flex flex-wrap items-center gap-x-2">
            <span className="text-ink-3">task</span>
            <span className="truncate">{t.title}</span>
            {t.from !== null && t.from !== t.to && (
              <>
                <StateMark mark={taskMarks[t.from]} size={11} className="text-xs" />
                <span aria-hidden>→</span>
              </>
            )}
            <StateMark mark={taskMarks[t.to]} size={11} className="text-xs" />
          </li>
        ))}
        {d.tasks.length > most && <li className="text-ink-3">and {d.tasks.length - most} more tasks</li>}
        {d.locks.map((l) => (
          <li key={l.name}>
            <span className="text-ink-3">lock</span> {l.name}: {l.from.join(', ') || 'nobody'} → {l.to.join(', ') || 'nobody'}
          </li>
        ))}
      </ul>
    </section>
  );
}
