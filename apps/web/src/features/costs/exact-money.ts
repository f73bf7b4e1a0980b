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

/** Rounded half up from the exact value, so that a column lines up: `$0.0042`. What would round to nothing says so. */
export function fixedUsd(usd: string, places = 4): string {
  const nano = nanoUsdOf(usd) ?? 0n;
  const step = 10n ** BigInt(9 - places);
  const abs = nano < 0n ? -nano : nano;
  const rounded = (abs + step / 2n) / step;
  if (abs > 0n && rounded === 0n) return `<$${(10 ** -places).toFixed(places)}`;
  const text = rounded.toString().padStart(places + 1, '0');
  return `${nano < 0n ? '−' : ''}$${text.slice(0, -places).replace(/\B(?=(\d{3})+$)/g, ',')}.${text.slice(-places)}`;
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
