import type { HistoryView } from '@reeve/core/vocabulary';
import { Money } from '@/ui/money';
import { StateMark } from '@/ui/state-mark';
import { plural } from '@/vocabulary/format';
import { taskMarks } from '@/vocabulary/state-marks';

/** The board, costs and locks of that moment, in a few lines beside the tree. */
export function PastFacts({ past }: { past: HistoryView }) {
  const tasks = new Map<HistoryView['tasks'][number]['state'], number>();
  for (const t of past.tasks) tasks.set(t.state, (tasks.get(t.state) ?? 0) + 1);
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs" data-testid="past-facts">
      <span>
        <Money usd={Number(past.spentUsd)} className="font-medium" /> <span className="text-ink-3">spent by then</span>
      </span>
      {[...tasks].map(([state, n]) => (
        <span key={state} className="flex items-center gap-1">
          <StateMark mark={taskMarks[state]} iconOnly size={11} />
          <span className="text-ink-2">
            {n} {taskMarks[state].word.toLowerCase()}
          </span>
        </span>
      ))}
      {past.locks.map((l) => (
        <span key={l.name} className="text-ink-2">
          <span className="text-ink-3">lock</span> {l.name}: {l.holders.map((h) => h.agentName ?? h.agentId).join(', ') || 'nobody'}
          {l.waiters.length > 0 && <span className="text-ink-3">, {plural(l.waiters.length, 'waits', 'wait')}</span>}
        </span>
      ))}
      {past.barriers.map((b) => (
        <span key={b.name} className="text-ink-2">
          <span className="text-ink-3">barrier</span> {b.name}: {b.arrived.length} of {b.expected}
        </span>
      ))}
    </div>
  );
}
