import { nanoUsdOf, usdOf } from '@reeve/core/vocabulary';

/** Sums are made of integers, never of floats: what stands on screen as a total is the total. */
export function sumUsd(amounts: Iterable<string | null>): string {
  let total = 0n;
  for (const a of amounts) total += (a === null ? undefined : nanoUsdOf(a)) ?? 0n;
  return usdOf(total);
}

/** `0.004200000` → `$0.0042`: every digit that says something, two places at least. */
export function exactUsd(usd: string): string {
  const [whole = '0', fraction = ''] = usd.replace('-', '').split('.');
  const digits = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${usd.startsWith('-') ? '−' : ''}$${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${digits}`;
}

/** Order by the exact value. */
export function compareUsd(a: string, b: string): number {
  const x = nanoUsdOf(a) ?? 0n;
  const y = nanoUsdOf(b) ?? 0n;
  return x < y ? -1 : x > y ? 1 : 0;
}

/** What part of the whole, in per mille steps, so that a bar may use it. */
export function shareOf(part: string, whole: string): number {
  const w = nanoUsdOf(whole) ?? 0n;
  return w > 0n ? Number(((nanoUsdOf(part) ?? 0n) * 1000n) / w) / 1000 : 0;
}
