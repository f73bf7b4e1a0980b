import type { CostSeries } from '@reeve/core/vocabulary';

export type ChartRow = { atMs: number } & Record<`s${number}`, number>;

/** Recharts wants objects; keys are positions, since labels are agents' text. */
export const chartRows = (series: CostSeries): ChartRow[] =>
  series.points.map((p) => ({ atMs: p.atMs, ...Object.fromEntries(series.keys.map((_, i) => [`s${i}`, p.values[i] ?? 0])) }));

/** What each key spent in the window. For reading beside a chart: rounded, never a sum that claims to be exact. */
export function windowTotals(series: CostSeries): number[] {
  const totals = series.keys.map(() => 0);
  for (const p of series.points) for (const [i, v] of p.values.entries()) totals[i] = (totals[i] ?? 0) + v;
  return totals;
}

/** Buckets with something in them, newest first: the table beside the chart. */
export const spentBuckets = (series: CostSeries): CostSeries['points'] =>
  series.points.filter((p) => p.values.some((v) => v > 0)).reverse();

/** The colour of a series: the last one of a full palette is grey, and stands for the rest. */
export const colourOf = (i: number, key: string): string => `var(--series-${key === 'other' ? 7 : (i % 7) + 1})`;
