import type { CostSeries, CostSeriesKey } from '@reeve/core/vocabulary';
import type { EntriesOf, SeriesBy } from './use-cost-view';

/** What stands behind a figure of the chart: of one series or all, in its time, below where the chart starts. */
export function entriesBehind(
  by: SeriesBy,
  key: CostSeriesKey | null,
  at: { fromMs: number; toMs: number; within: string | null },
  all: readonly CostSeriesKey[] = [],
): EntriesOf {
  const time = { fromMs: at.fromMs, toMs: at.toMs, within: at.within ?? undefined };
  if (!key) return { kind: 'all', key: '', ...time };
  if (key.key === 'other') return { kind: 'all', key: '', except: namedOf(by, all), ...time };
  if (by === 'subtree') return { kind: key.own ? 'agent' : 'subtree', key: key.key, ...time };
  return { kind: by, key: by === 'role' && key.key === 'no role' ? '' : key.key, ...time };
}
/** The series that have a name: the rest is all but these. */
const namedOf = (by: SeriesBy, all: readonly CostSeriesKey[]): string =>
  all
    .filter((k) => k.key !== 'other')
    .map((k) =>
      by === 'subtree' ? `${k.own ? 'agent' : 'subtree'}:${k.key}` : `${by}:${by === 'role' && k.key === 'no role' ? '' : k.key}`,
    )
    .join('\n');
/** The time that a series covers. */
export const coveredBy = (series: CostSeries) => ({
  fromMs: series.points[0]?.atMs ?? 0,
  toMs: (series.points.at(-1)?.atMs ?? 0) + series.bucketMs,
});
