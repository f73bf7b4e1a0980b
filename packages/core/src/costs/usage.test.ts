import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseUsage } from './usage.ts';

describe('tokens of one call (I-COST-8)', () => {
  it('parts that are within the whole are left as they are', () => {
    const told = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 60, cacheWriteTokens: 40, reasoningTokens: 50 };
    expect(normaliseUsage(told)).toEqual(told);
    expect(normaliseUsage({ inputTokens: 1, outputTokens: 2 })).toEqual({
      inputTokens: 1,
      outputTokens: 2,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      reasoningTokens: 0,
    });
  });
  it('parts that are told beside the whole are added to it, so that none of them is free', () => {
    expect(normaliseUsage({ inputTokens: 100, outputTokens: 10, cachedInputTokens: 5_000, cacheWriteTokens: 300 }).inputTokens).toBe(5_400);
    expect(normaliseUsage({ inputTokens: 1, outputTokens: 10, reasoningTokens: 90 }).outputTokens).toBe(100);
  });
  it('once is enough: again it changes nothing, and no part is ever more than its whole', () => {
    const n = fc.nat(1e9);
    const usage = fc.record({ inputTokens: n, outputTokens: n, cachedInputTokens: n, cacheWriteTokens: n, reasoningTokens: n });
    fc.assert(
      fc.property(usage, (told) => {
        const once = normaliseUsage(told);
        expect(normaliseUsage(once)).toEqual(once);
        expect(once.inputTokens).toBeGreaterThanOrEqual(once.cachedInputTokens + once.cacheWriteTokens);
        expect(once.outputTokens).toBeGreaterThanOrEqual(once.reasoningTokens);
      }),
    );
  });
});
