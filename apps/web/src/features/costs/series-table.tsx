'use client';
import type { CostSeries } from '@reeve/core/vocabulary';
import { ScrollBox } from '@/ui/scroll-box';
import { TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatDateTime, formatUsd } from '@/vocabulary/format';
import { entriesBehind } from './entries-behind';
import { spentBuckets } from './series-view';
import { type EntriesOf, openEntries, type SeriesBy } from './use-cost-view';

/** The chart's own table: the same buckets, newest first. */
export function SeriesTable({ series, by, within }: { series: CostSeries; by: SeriesBy; within: string | null }) {
  const points = spentBuckets(series);
  return (
    <ScrollBox label={`Cost over time by ${by}, as a table`} className="max-h-[320px] overflow-auto">
      <table className="w-full border-collapse text-left text-sm">
        <THead className="sticky top-0 bg-surface">
          <TR>
            <TH>From</TH>
            {series.keys.map((k) => (
              <TH key={k.key} numeric>
                {k.label}
              </TH>
            ))}
          </TR>
        </THead>
        <TBody>
          {points.map((p) => (
            <TR key={p.atMs}>
              <TD className="whitespace-nowrap text-ink-2">{formatDateTime(p.atMs)}</TD>
              {series.keys.map((k, i) => (
                <TD key={k.key} numeric className={p.values[i] ? undefined : 'text-ink-3'}>
                  <Amount
                    usd={p.values[i] ?? 0}
                    of={entriesBehind(by, k, { fromMs: p.atMs, toMs: p.atMs + series.bucketMs, within }, series.keys)}
                  />
                </TD>
              ))}
            </TR>
          ))}
        </TBody>
      </table>
    </ScrollBox>
  );
}

function Amount({ usd, of }: { usd: number; of: EntriesOf }) {
  if (!usd) return '–';
  return (
    <button type="button" className="rounded hover:text-accent hover:underline" onClick={() => openEntries(of)}>
      {formatUsd(usd)}
    </button>
  );
}
