'use client';
import type { CostEntryView } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { Badge } from '@/ui/state-mark';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatClock, formatCount, formatDateTime } from '@/vocabulary/format';
import { priceWords } from './entry-price';
import { exactUsd } from './exact-money';

const rowOf = (id: string): string => `cost-entry-${id}`;
/** Shows another entry of the table. */
function show(id: string): void {
  const row = document.getElementById(rowOf(id));
  row?.scrollIntoView({ block: 'center' });
  row?.focus({ preventScroll: true });
}

export function EntriesTable({
  entries,
  withAgent,
  withModel,
}: {
  entries: readonly CostEntryView[];
  withAgent: boolean;
  withModel: boolean;
}) {
  const listed = new Set(entries.map((e) => e.id));
  return (
    <Table className="min-w-[640px]">
      <THead>
        <TR>
          <TH>At</TH>
          {withAgent && <TH>Agent</TH>}
          <TH numeric>Cost</TH>
          {withModel && <TH>Model</TH>}
          <TH numeric>Input</TH>
          <TH numeric>of it cached</TH>
          <TH numeric>Output</TH>
          <TH>Price</TH>
        </TR>
      </THead>
      <TBody>
        {entries.map((e) => (
          <TR key={e.id} id={rowOf(e.id)} tabIndex={-1} className="outline-offset-[-2px] focus:bg-accent-soft">
            <TD className="whitespace-nowrap text-ink-2" title={formatDateTime(e.at)}>
              {formatClock(e.at)}
              {e.late && (
                <Badge tone="attention" className="ml-2">
                  late
                </Badge>
              )}
            </TD>
            {withAgent && (
              <TD className="max-w-40 truncate">
                <Link href={`/agents?agent=${encodeURIComponent(e.agentId)}`} className="text-accent hover:underline">
                  {e.agentName ?? e.agentId}
                </Link>
              </TD>
            )}
            <TD
              numeric
              className={e.unpriced ? 'text-attention' : e.costUsd === null ? 'text-ink-3' : 'font-medium'}
              title={e.costUsd === null ? undefined : `${e.costUsd} USD`}
            >
              {e.unpriced ? 'unpriced' : e.costUsd === null ? '–' : exactUsd(e.costUsd)}
            </TD>
            {withModel && <TD className="max-w-48 truncate">{e.model}</TD>}
            <TD numeric>{formatCount(e.inputTokens)}</TD>
            <TD numeric className="text-ink-3">
              {e.cachedInputTokens ? formatCount(e.cachedInputTokens) : '–'}
            </TD>
            <TD numeric>{formatCount(e.outputTokens)}</TD>
            <TD className="whitespace-nowrap text-ink-3 text-xs" title={e.reason ?? e.priceVersion ?? undefined}>
              <Source entry={e} listed={listed} />
            </TD>
          </TR>
        ))}
      </TBody>
    </Table>
  );
}

/** Where its price comes from; what was adjusted leads to the latest adjustment where that is listed too. */
function Source({ entry, listed }: { entry: CostEntryView; listed: ReadonlySet<string> }) {
  const words = priceWords(entry);
  const to = entry.adjusted?.latestId;
  if (!to || !listed.has(to)) return words;
  return (
    <button type="button" className="rounded text-accent hover:underline" title="Show the adjustment" onClick={() => show(to)}>
      {words}
    </button>
  );
}
