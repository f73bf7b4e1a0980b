'use client';
import type { CostEntryView } from '@reeve/core/vocabulary';
import Link from 'next/link';
import { Badge } from '@/ui/state-mark';
import { Table, TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatClock, formatCount, formatDateTime } from '@/vocabulary/format';
import { exactUsd } from './exact-money';

const source = { reported: 'reported by the agent', table: 'list price', unpriced: 'no known price', adjustment: 'a correction' } as const;

export function EntriesTable({
  entries,
  withAgent,
  withModel,
}: {
  entries: readonly CostEntryView[];
  withAgent: boolean;
  withModel: boolean;
}) {
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
          <TR key={e.id}>
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
              className={e.costUsd === null ? 'text-attention' : 'font-medium'}
              title={e.costUsd === null ? undefined : `${e.costUsd} USD`}
            >
              {e.costUsd === null ? 'unpriced' : exactUsd(e.costUsd)}
            </TD>
            {withModel && <TD className="max-w-48 truncate">{e.model}</TD>}
            <TD numeric>{formatCount(e.inputTokens)}</TD>
            <TD numeric className="text-ink-3">
              {e.cachedInputTokens ? formatCount(e.cachedInputTokens) : '–'}
            </TD>
            <TD numeric>{formatCount(e.outputTokens)}</TD>
            <TD className="whitespace-nowrap text-ink-3 text-xs" title={e.priceVersion ?? undefined}>
              {source[e.pricedBy]}
            </TD>
          </TR>
        ))}
      </TBody>
    </Table>
  );
}
