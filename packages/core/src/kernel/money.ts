/**
 * Money is integer nano-USD (10^-9 USD) in a bigint, so that a total does not depend on the order of its sum
 * (I-COST-2). Outside it is a decimal string of USD with nine places.
 */
export type NanoUsd = bigint;

const NANO_PER_USD = 1_000_000_000n;

/**
 * `1500000000n` → `"1.500000000"`. Exact: USD as a decimal string with nine places.
 *
 * Use it where an amount leaves for the outside, never to calculate.
 *
 * @example
 * usdOf(1_500_000_000n); // → '1.500000000'
 * usdOf(-1n); // → '-0.000000001'
 */
export function usdOf(nanoUsd: NanoUsd): string {
  const negative = nanoUsd < 0n;
  const abs = negative ? -nanoUsd : nanoUsd;
  return `${negative ? '-' : ''}${abs / NANO_PER_USD}.${(abs % NANO_PER_USD).toString().padStart(9, '0')}`;
}

/**
 * Reads USD as a decimal string or a number; digits beyond the ninth place are rounded half up, once.
 * Returns undefined for anything that is not a finite decimal of at most 12 whole digits.
 *
 * Use it where an amount comes in; what it refuses is an `invalid_input` of the caller.
 *
 * @example
 * nanoUsdOf('0.25'); // → 250_000_000n
 * nanoUsdOf('0.0000000005'); // → 1n
 * nanoUsdOf('a lot'); // → undefined
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
