import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelNames, priceOf, type Rates } from './pricing.ts';

const flat = (pico: bigint) => ({ pico, above: [] });
const rates: Rates = { input: flat(3_000_000n), output: flat(15_000_000n) };

describe('the price of one call', () => {
  it('I-COST-8: cached, written and reasoning tokens are within their whole, and are priced once', () => {
    const all = { ...rates, cachedInput: flat(300_000n), cacheWrite: flat(3_750_000n), reasoning: flat(20_000_000n) };
    const usage = { inputTokens: 1_000, outputTokens: 100, cachedInputTokens: 600, cacheWriteTokens: 300, reasoningTokens: 40 };
    // 100 × 3 + 600 × 0.3 + 300 × 3.75 + 60 × 15 + 40 × 20 micro-USD
    expect(priceOf(all, usage)).toBe(3_305_000n);
    expect(priceOf(rates, usage)).toBe(4_500_000n);
  });
  it('I-COST-8: above a tier all tokens of the call cost its rate, at the tier itself none', () => {
    const tiered = { ...rates, input: { pico: 3_000_000n, above: [{ tokens: 200_000, pico: 6_000_000n }] } };
    expect(priceOf(tiered, { inputTokens: 200_000, outputTokens: 0 })).toBe(600_000_000n);
    expect(priceOf(tiered, { inputTokens: 200_001, outputTokens: 0 })).toBe(1_200_006_000n);
  });
  it('a price a call is added once', () => {
    expect(priceOf({ ...rates, perCall: 5_000_000_000n }, { inputTokens: 0, outputTokens: 0 })).toBe(5_000_000n);
  });
  it('I-COST-2: exact at any size, and rounded once: half a nano-USD up, less away', () => {
    const tiny = (pico: bigint): Rates => ({ input: flat(pico), output: flat(pico) });
    expect(priceOf(tiny(499n), { inputTokens: 1, outputTokens: 0 })).toBe(0n);
    expect(priceOf(tiny(250n), { inputTokens: 1, outputTokens: 1 })).toBe(1n);
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), fc.nat(2 ** 31 - 1), (inputTokens, outputTokens) => {
        const exact = BigInt(inputTokens) * 3_000n + BigInt(outputTokens) * 15_000n;
        expect(priceOf(rates, { inputTokens, outputTokens })).toBe(exact);
      }),
    );
  });
});

describe('the names of a model (I-COST-8)', () => {
  it.each([
    ['gpt-4o', undefined, ['gpt-4o']],
    [' gpt-4o:latest', undefined, ['gpt-4o:latest', 'gpt-4o']],
    ['models/gemini-2.5-pro', undefined, ['gemini-2.5-pro']],
    ['vertex_ai/gemini-2.5-pro', undefined, ['google gemini-2.5-pro']],
    ['openrouter/anthropic/claude-sonnet-4.5', undefined, ['openrouter anthropic/claude-sonnet-4.5']],
    ['anthropic/claude-sonnet-4.5', 'OpenRouter', ['openrouter anthropic/claude-sonnet-4.5', 'openrouter claude-sonnet-4.5']],
    ['openai/gpt-4o:latest', 'openai', ['openai gpt-4o:latest', 'openai gpt-4o']],
    ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', undefined, ['aws us.anthropic.claude-sonnet-4-5-20250929-v1:0']],
    ['claude-sonnet-4-5', 'AWS_Bedrock', ['aws claude-sonnet-4-5']],
    ['my-team/my-model', undefined, ['my-team/my-model']],
    ['gpt-4o', 'nobody-knows', ['nobody-knows gpt-4o']],
    ['gpt-4o', null, ['gpt-4o']],
  ])('%s of %s', (model, provider, names) => {
    expect(modelNames(model, provider).map((n) => (n.provider ? `${n.provider} ${n.model}` : n.model))).toEqual(names);
  });
});
