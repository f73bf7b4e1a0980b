'use client';
import type { CostRow } from '@reeve/core/vocabulary';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef } from 'react';
import { cn } from '@/ui/cn';
import { ScrollBox } from '@/ui/scroll-box';
import { TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatCount } from '@/vocabulary/format';
import { Amount, Bar } from './amount';
import type { Sort, SortKey } from './cost-sort';
import { fixedUsd, shareOf } from './exact-money';
import { ariaSort, SortButton, type SortColumn } from './sort-button';
import { type EntriesOf, type ListGrouping, openEntries } from './use-cost-view';

const rowPx = 32;
const names: Record<ListGrouping, string> = { agent: 'Agent', session: 'Session', model: 'Model', role: 'Role', day: 'Day' };
const columnsOf = (group: ListGrouping): SortColumn[] => [
  { key: 'label', title: names[group], numeric: false },
  ...(group === 'agent'
    ? ([
        { key: 'ownUsd', title: 'Own', numeric: true },
        { key: 'subtreeUsd', title: 'Subtree', numeric: true },
      ] as SortColumn[])
    : ([{ key: 'ownUsd', title: 'Cost', numeric: true }] as SortColumn[])),
  { key: 'inputTokens', title: 'Input tokens', numeric: true },
  { key: 'outputTokens', title: 'Output tokens', numeric: true },
  { key: 'entries', title: 'Calls', numeric: true },
  {
    key: 'unpriced',
    title: 'Unpriced',
    hint: 'Calls without a known price. They are not counted as zero: the amount is a floor.',
    numeric: true,
  },
];
const entriesOf = (group: ListGrouping, row: CostRow, within: string | null, subtree = false): EntriesOf => ({
  kind: group === 'agent' && subtree ? 'subtree' : group,
  key: row.key,
  // an agent's sums are its own wherever the table starts
  ...(group !== 'agent' && within && { within }),
});

/** Thousands of rows, of which those on screen are mounted. */
export function RowsTable({
  rows,
  total,
  group,
  within,
  sort,
  onSort,
}: {
  rows: readonly CostRow[];
  total: string;
  group: ListGrouping;
  /** The agent at which the table starts. */
  within: string | null;
  sort: Sort;
  onSort(key: SortKey): void;
}) {
  const box = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => rowPx, overscan: 12 });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const columns = columnsOf(group);
  return (
    <ScrollBox ref={box} label={`Costs by ${group}`} className="max-h-[520px] overflow-auto">
      <table className="w-full min-w-[720px] border-collapse text-left text-sm" data-testid="cost-table" aria-rowcount={rows.length + 2}>
        <THead className="sticky top-0 z-10 bg-surface shadow-[0_1px_0_var(--line)]">
          <tr>
            {columns.map((c) => (
              <TH key={c.key} numeric={c.numeric} aria-sort={ariaSort(sort, c.key)} title={c.hint}>
                <SortButton column={c} sort={sort} onSort={onSort} />
              </TH>
            ))}
          </tr>
        </THead>
        <TBody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map((item) => {
            const row = rows[item.index];
            return row && <Row key={row.key} row={row} total={total} group={group} within={within} index={item.index} />;
          })}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </TBody>
        <tfoot className="sticky bottom-0 bg-surface shadow-[0_-1px_0_var(--line)]">
          <tr className="h-9 font-semibold">
            <TD>Sum</TD>
            <TD numeric title={`${total} USD`}>
              {rows.some((r) => r.unpriced > 0) && '≥ '}
              <button
                type="button"
                className={link}
                data-testid="cost-sum"
                onClick={() => openEntries(within ? { kind: 'subtree', key: within } : { kind: 'all', key: '' })}
              >
                {fixedUsd(total)}
              </button>
            </TD>
            {group === 'agent' && <TD />}
            {(['inputTokens', 'outputTokens', 'entries'] as const).map((k) => (
              <TD key={k} numeric>
                {formatCount(rows.reduce((n, r) => n + r[k], 0))}
              </TD>
            ))}
            <TD />
          </tr>
        </tfoot>
      </table>
    </ScrollBox>
  );
}

const link = 'rounded text-left hover:text-accent hover:underline';

type RowProps = { row: CostRow; total: string; group: ListGrouping; within: string | null; index: number };
function Row({ row, total, group, within, index }: RowProps) {
  const share = shareOf(group === 'agent' ? row.subtreeUsd : row.ownUsd, total);
  return (
    <TR aria-rowindex={index + 2} className="hover:bg-hover">
      <TD className="max-w-64">
        <button
          type="button"
          className={cn(link, 'block max-w-full truncate')}
          title={row.label}
          onClick={() => openEntries(entriesOf(group, row, within))}
        >
          {row.label}
        </button>
      </TD>
      <TD numeric title={`${row.ownUsd} USD`}>
        <button type="button" className={link} onClick={() => openEntries(entriesOf(group, row, within))}>
          <Amount usd={row.ownUsd} calls={row.entries} unpriced={row.unpriced} />
        </button>
        {group !== 'agent' && <Bar share={share} />}
      </TD>
      {group === 'agent' && (
        <TD numeric title={`${row.subtreeUsd} USD`}>
          <button type="button" className={link} onClick={() => openEntries(entriesOf(group, row, within, true))}>
            <Amount usd={row.subtreeUsd} calls={1} unpriced={row.unpriced} />
          </button>
          <Bar share={share} />
        </TD>
      )}
      <TD numeric>{formatCount(row.inputTokens)}</TD>
      <TD numeric>{formatCount(row.outputTokens)}</TD>
      <TD numeric>{formatCount(row.entries)}</TD>
      <TD numeric className={row.unpriced ? 'text-attention' : 'text-ink-3'}>
        {row.unpriced || '–'}
      </TD>
    </TR>
  );
}
