'use client';
import type { CostSeries } from '@reeve/core/vocabulary';
import { ScrollBox } from '@/ui/scroll-box';
import { TBody, TD, TH, THead, TR } from '@/ui/table';
import { formatDateTime, formatUsd } from '@/vocabulary/format';
import { spentBuckets } from './series-view';
import type { SeriesBy } from './use-cost-view';

/** The chart's own table: the same buckets, newest first. */
export function SeriesTable({ series, by }: { series: CostSeries; by: SeriesBy }) {
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
                  {p.values[i] ? formatUsd(p.values[i] ?? 0) : '–'}
                </TD>
              ))}
            </TR>
          ))}
        </TBody>
      </table>
    </ScrollBox>
  );
}
