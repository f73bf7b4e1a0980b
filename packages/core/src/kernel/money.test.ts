import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nanoUsdOf, usdOf } from './money.ts';

const trillion = 10n ** 12n * 10n ** 9n;
const amount = fc.bigInt({ min: -(trillion - 1n), max: trillion - 1n });

describe('money in nano-USD (I-COST-2)', () => {
  it('is read back from what it is printed as, exactly', () => {
    fc.assert(fc.property(amount, (nano) => nanoUsdOf(usdOf(nano)) === nano));
  });
  it('prints nine places, and the digits of the integer itself', () => {
    fc.assert(
      fc.property(amount, (nano) => {
        const text = usdOf(nano);
        return /^-?\d+\.\d{9}$/.test(text) && BigInt(text.replace('.', '')) === nano;
      }),
    );
  });
  it('rounds half up at the ninth place, once', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: trillion / 10n ** 3n }), fc.integer({ min: 0, max: 999 }), (nano, thousandths) => {
        const text = `${usdOf(nano)}${String(thousandths).padStart(3, '0')}`;
        return nanoUsdOf(text) === nano + (thousandths >= 500 ? 1n : 0n);
      }),
    );
  });
  it.each([
    ['1.5', 1_500_000_000n],
    [0.1, 100_000_000n],
    [1e-7, 100n],
    [1e-10, 0n],
    [-1e-8, -10n],
    // rounded once: a first rounding on the way would take these up
    [1.0000000004999, 1_000_000_000n],
    [4.99999999e-10, 0n],
    [999_999_999_999.9, 999_999_999_999_900_000_000n],
    ['0.0000000005', 1n],
    ['0.0000000004999', 0n],
    [' 2 ', 2_000_000_000n],
    [-0.25, -250_000_000n],
    [0, 0n],
  ])('reads %j', (usd, nano) => {
    expect(nanoUsdOf(usd)).toBe(nano);
  });
  it.each([
    '',
    ' ',
    '1,5',
    '.5',
    '1.',
    '1e3',
    '0x10',
    '--1',
    '+1',
    'NaN',
    '1234567890123',
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e12,
    -1e12,
    1e21,
    1e300,
    '1e-7',
    '0.1234567890123456789',
    '1.2.3',
    'x1',
  ])('refuses %j, rather than to guess', (usd) => {
    expect(nanoUsdOf(usd)).toBeUndefined();
  });
  it('a sum does not depend on the order, where floats do', () => {
    const dimes = ['0.1', '0.2', '0.3'].map((t) => nanoUsdOf(t) as bigint);
    const [a, b, c] = dimes as [bigint, bigint, bigint];
    expect(a + b + c).toBe(c + b + a);
    expect(0.1 + 0.2 + 0.3).not.toBe(0.3 + 0.2 + 0.1);
  });
});
