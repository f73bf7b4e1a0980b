import type { Counts } from '@/live';
import { stateAt } from '@/live';
import { cn } from '@/ui/cn';
import { Glyph } from '@/ui/glyph';
import { formatCount } from '@/vocabulary/format';
import { agentMarks, agentStateOrder, toneText } from '@/vocabulary/state-marks';

/** "● 12 ✓ 40": how many in which state, most urgent first. */
export function StateCounts({ counts, max = 6, className }: { counts: Counts | undefined; max?: number; className?: string }) {
  if (!counts) return null;
  const present = agentStateOrder.filter((s) => (counts[stateAt[s]] ?? 0) > 0);
  return (
    <span className={cn('inline-flex items-center gap-2 overflow-hidden', className)}>
      {present.slice(0, max).map((s) => {
        const n = counts[stateAt[s]] ?? 0;
        return (
          <span
            key={s}
            title={`${n} ${agentMarks[s].word.toLowerCase()}`}
            className={cn('inline-flex items-center gap-1 font-medium text-xs', toneText[agentMarks[s].tone])}
          >
            <Glyph name={agentMarks[s].glyph} size={12} />
            {formatCount(n)}
            <span className="sr-only"> {agentMarks[s].word}</span>
          </span>
        );
      })}
    </span>
  );
}
