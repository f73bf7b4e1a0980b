/** The value below which a share of the sample lies; 0 for an empty one. */
export function percentile(sample: readonly number[], share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
export const median = (sample: readonly number[]): number => percentile(sample, 0.5);
export const round = (value: number, digits = 1): number => Number(value.toFixed(digits));
