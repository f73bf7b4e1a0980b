import { ArrowDown, ArrowUp } from 'lucide-react';
import { cn } from '@/ui/cn';
import type { Sort, SortKey } from './cost-sort';

export type SortColumn = { key: SortKey; title: string; hint?: string; numeric: boolean };
export const ariaSort = (sort: Sort, key: SortKey) => (sort.key !== key ? undefined : sort.descending ? 'descending' : 'ascending');

/** The heading of a column: a press orders by it, another turns the order round. */
export function SortButton({ column, sort, onSort }: { column: SortColumn; sort: Sort; onSort(key: SortKey): void }) {
  const here = sort.key === column.key;
  const Arrow = sort.descending ? ArrowDown : ArrowUp;
  return (
    <button
      type="button"
      onClick={() => onSort(column.key)}
      className={cn('inline-flex items-center gap-1 hover:text-ink', here && 'text-ink', column.numeric && 'flex-row-reverse')}
    >
      {column.title}
      <Arrow size={12} aria-hidden className={here ? undefined : 'invisible'} />
    </button>
  );
}
