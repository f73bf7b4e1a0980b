/**
 * Money is integer nano-USD (10^-9 USD) in a bigint, so that a total does not depend on the order of its sum
 * (I-COST-2). Outside it is a decimal string of USD with nine places.
 */
export type NanoUsd = bigint;

const NANO_PER_USD = 1_000_000_000n;

/** `1500000000n` → `"1.500000000"`. Exact. */
export function usdOf(nanoUsd: NanoUsd): string {
  const negative = nanoUsd < 0n;
  const abs = negative ? -nanoUsd : nanoUsd;
  return `${negative ? '-' : ''}${abs / NANO_PER_USD}.${(abs % NANO_PER_USD).toString().padStart(9, '0')}`;
}

/**
 * Reads USD as a decimal string or a number; digits beyond the ninth place are rounded half up, once.
 * Returns undefined for anything that is not a finite decimal of at most 12 whole digits.
 */
export function nanoUsdOf(usd: string | number): NanoUsd | undefined {
  let text = String(usd).trim();
  // a small number prints with an exponent; what is large or no number at all does not match below
  if (typeof usd === 'number' && /e-/.test(text)) text = usd.toFixed(18);
  const m = /^(-?)(\d{1,12})(?:\.(\d{1,18}))?$/.exec(text);
  if (!m) return undefined;
  const [, sign, whole = '0', fraction = ''] = m;
  const nine = fraction.slice(0, 9).padEnd(9, '0');
  const roundUp = fraction.charCodeAt(9) >= 53 ? 1n : 0n; // NaN where there is no tenth digit
  const nano = BigInt(whole) * NANO_PER_USD + BigInt(nine) + roundUp;
  return sign ? -nano : nano;
}
