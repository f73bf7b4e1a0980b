import type { CostSeries, CostSeriesKey } from '@reeve/core/vocabulary';
import type { EntriesOf, SeriesBy } from './use-cost-view';

/** What stands behind a figure of the chart: of one series or all, in its time, below where the chart starts. */
export function entriesBehind(
  by: SeriesBy,
  key: CostSeriesKey | null,
  at: { fromMs: number; toMs: number; within: string | null },
): EntriesOf | null {
  if (key?.key === 'other') return null;
  const time = { fromMs: at.fromMs, toMs: at.toMs, within: at.within ?? undefined };
  if (!key) return { kind: 'all', key: '', ...time };
  if (by === 'subtree') return { kind: key.own ? 'agent' : 'subtree', key: key.key, ...time };
  return { kind: by, key: by === 'role' && key.key === 'no role' ? '' : key.key, ...time };
}
/** The time that a series covers. */
export const coveredBy = (series: CostSeries) => ({
  fromMs: series.points[0]?.atMs ?? 0,
  toMs: (series.points.at(-1)?.atMs ?? 0) + series.bucketMs,
});
