import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { listPrices } from '../../src/ingest/prices.ts';

const usage = { inputTokens: 1_000, outputTokens: 100, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
const price = (model: string, provider?: string, more: Partial<typeof usage & { atMs: number }> = {}) =>
  listPrices.price({ model, provider, atMs: Date.parse('2026-11-01T00:00:00Z'), ...usage, ...more });

describe('list prices (I-COST-8)', () => {
  it.each([
    'gpt-4o:latest',
    'openai/gpt-4o',
    'azure/gpt-4o',
    'vertex_ai/gemini-2.5-pro',
    'models/gemini-2.5-pro',
    'openrouter/anthropic/claude-sonnet-4.5',
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'claude-sonnet-4-5@20250929',
  ])('%s has a price, and the entry says whose', (model) => {
    const { nanoUsd, version } = price(model);
    expect(nanoUsd).toBeGreaterThan(0n);
    expect(version).toMatch(/^genai-prices@\d+\.\d+\.\d+ [\w-]+\/.+/);
  });
  it('the provider that was told counts: another one takes another price, and an unknown one none that is known', () => {
    expect(price('openrouter/anthropic/claude-sonnet-4.5').version).toContain(' openrouter/');
    expect(price('anthropic/claude-sonnet-4.5', 'openrouter').version).toContain(' openrouter/');
    expect(price('gpt-4o', 'the-cellar').nanoUsd).toBeNull();
    expect(price('llama3:latest', 'ollama').nanoUsd).toBeNull();
    expect(price('a-model-of-ours').nanoUsd).toBeNull();
  });
  it('is what the table itself makes of the same call, to the nano-USD', () => {
    const calls = [
      ['anthropic', 'claude-sonnet-4-5', { inputTokens: 1_234, outputTokens: 567, cachedInputTokens: 1_000, cacheWriteTokens: 34 }],
      ['anthropic', 'claude-sonnet-4-5', { inputTokens: 250_001, outputTokens: 567, cachedInputTokens: 1_000, cacheWriteTokens: 34 }],
      ['openai', 'gpt-5', { inputTokens: 99_999, outputTokens: 12_345, cachedInputTokens: 77_777, cacheWriteTokens: 0 }],
      ['google', 'gemini-2.5-pro', { inputTokens: 200_001, outputTokens: 1, cachedInputTokens: 200_000, cacheWriteTokens: 0 }],
    ] as const;
    for (const [provider, model, u] of calls) {
      const told = { input_tokens: u.inputTokens, output_tokens: u.outputTokens, cache_read_tokens: u.cachedInputTokens };
      const theirs = calcPrice({ ...told, cache_write_tokens: u.cacheWriteTokens }, model, { providerId: provider });
      expect(price(model, provider, u).nanoUsd, model).toBe(BigInt(Math.round((theirs?.total_price ?? 0) * 1e9)));
    }
  });
  it('a call that is told late has the price of its time', () => {
    const o3 = [Date.parse('2025-06-01T00:00:00Z'), Date.parse('2025-12-01T00:00:00Z')].map(
      (atMs) => price('o3', 'openai', { atMs }).nanoUsd,
    );
    expect(o3[0]).toBeGreaterThan(o3[1] as bigint);
  });
});
