'use client';
import { plural } from '@/vocabulary/format';
import { Columns } from './columns';
import type { Lane } from './lanes';

/** One board above the other, each of its own height; keys walk within a lane. */
export function Swimlanes({
  lanes,
  more,
  cancelled,
  selected,
  onSelect,
}: {
  lanes: readonly Lane[];
  more: number;
  cancelled: boolean;
  selected: string | null;
  onSelect(id: string | null): void;
}) {
  return (
    <div data-testid="swimlanes" className="flex min-h-0 min-w-0 flex-1 flex-col overflow-y-auto">
      {lanes.map((lane) => (
        <section
          key={lane.key}
          aria-label={lane.title}
          data-testid={`lane-${lane.key}`}
          className="flex h-80 shrink-0 flex-col border-line border-b"
        >
          <h2 className="flex shrink-0 items-baseline gap-2 px-4 pt-3 font-semibold text-sm">
            <span className="min-w-0 truncate">{lane.title}</span>
            <span className="font-normal text-ink-3 text-xs">{plural(lane.board.shown, 'task')}</span>
          </h2>
          <Columns board={lane.board} cancelled={cancelled} selected={selected} onSelect={onSelect} lane={lane.key || 'none'} />
        </section>
      ))}
      {more > 0 && <p className="px-4 py-3 text-ink-3 text-xs">{plural(more, 'smaller lane')} left out. Filter to see them.</p>}
    </div>
  );
}
