import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAgo, formatCount, formatDateTime, formatDuration, formatUsd, plural, usdOfNano } from './format';

describe('money', () => {
  it('keeps small amounts from looking like nothing, and large ones short', () => {
    expect(formatUsd('0.000000000')).toBe('$0.00');
    expect(formatUsd('0.004200000')).toBe('$0.0042');
    expect(formatUsd('0.000001000')).toBe('<$0.0001');
    expect(formatUsd('0.125000000')).toBe('$0.125');
    expect(formatUsd('12.345000000')).toBe('$12.35');
    expect(formatUsd(1204.4)).toBe('$1,204');
    expect(formatUsd('-3.5')).toBe('−$3.50');
    expect(formatUsd(usdOfNano('1500000000'))).toBe('$1.50');
  });
});
describe('numbers as Intl writes them, without its tables', () => {
  const amount = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    // where halves lie
    fc.tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 5 })).map(([n, places]) => Number(`${n}e-${places}`)),
  );
  it('rounds and groups alike', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 4 }), (n, places) => {
        const intl = new Intl.NumberFormat('en-US', { minimumFractionDigits: places, maximumFractionDigits: places }).format(n);
        if (n === 0 || Number(intl) !== 0) expect(formatUsd(n, places)).toBe(`$${intl}`);
        expect(plural(Math.round(n), 'agent')).toMatch(new RegExp(`^${new Intl.NumberFormat('en-US').format(Math.round(n))} agents?$`));
      }),
    );
    const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
    const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
    fc.assert(
      fc.property(fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }), (at) => {
        expect(formatDateTime(at.getTime())).toBe(`${day.format(at)}, ${clock.format(at)}`);
      }),
    );
    expect(formatUsd('1.005', 2)).toBe('$1.01');
    expect(formatCount(-1234)).toBe('-1,234');
  });
});
describe('time and counts', () => {
  it('speaks in at most two units', () => {
    expect([850, 4_000, 192_000, 3_720_000, 7_500_000, 273_600_000].map(formatDuration)).toEqual([
      '850 ms',
      '4 s',
      '3 min 12 s',
      '1 h 2 min',
      '2 h 5 min',
      '3 d 4 h',
    ]);
    expect(formatDuration(20 * 60_000 + 5000)).toBe('20 min');
    expect(formatAgo(300)).toBe('now');
    expect(formatAgo(2100)).toBe('2 s ago');
  });
  it('shortens large counts', () => {
    expect([0, 1284, 12_840, 512_000, 3_400_000].map(formatCount)).toEqual(['0', '1,284', '12.8k', '512k', '3.40M']);
    expect(plural(1, 'agent')).toBe('1 agent');
    expect(plural(1200, 'agent')).toBe('1,200 agents');
  });
});
