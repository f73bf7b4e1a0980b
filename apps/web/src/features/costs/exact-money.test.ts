import { describe, expect, it } from 'vitest';
import { compareUsd, exactUsd, fixedUsd, shareOf, sumUsd } from './exact-money';

describe('exact money', () => {
  it('adds what floats would not', () => {
    expect(sumUsd(['0.100000000', '0.200000000', null])).toBe('0.300000000');
    expect(sumUsd(Array.from({ length: 1000 }, () => '0.000000001'))).toBe('0.000001000');
  });
  it('shows every digit that says something', () => {
    expect(exactUsd('1234.500000000')).toBe('$1,234.50');
    expect(exactUsd('0.000000001')).toBe('$0.000000001');
    expect(exactUsd('-2.000000000')).toBe('−$2.00');
  });
  it('lines columns up without losing small amounts', () => {
    expect(fixedUsd('1234.567890000')).toBe('$1,234.5679');
    expect(fixedUsd('0.000049999')).toBe('<$0.0001');
    expect(fixedUsd('0.000000000')).toBe('$0.0000');
    expect(fixedUsd('-0.500050000')).toBe('−$0.5001');
  });
  it('orders and divides by the exact value', () => {
    expect(['10.000000000', '9.000000000', '0.100000000'].sort(compareUsd)).toEqual(['0.100000000', '9.000000000', '10.000000000']);
    expect(shareOf('1.000000000', '3.000000000')).toBe(0.333);
    expect(shareOf('1.000000000', '0.000000000')).toBe(0);
  });
});
