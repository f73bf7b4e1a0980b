import { describe, expect, it } from 'vitest';
import { formatAgo, formatCount, formatDuration, formatUsd, plural, usdOfNano } from './format';

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
