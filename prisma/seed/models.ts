/** Models of the scenarios with prices of their own, in nano-USD a token; null: no price is known. */
export type Model = { name: string; provider: string; nanoUsd: { input: number; cached: number; output: number } | null };

export const models = {
  large: { name: 'claude-opus-4-5', provider: 'anthropic', nanoUsd: { input: 5_000, cached: 500, output: 25_000 } },
  medium: { name: 'claude-sonnet-4-5', provider: 'anthropic', nanoUsd: { input: 3_000, cached: 300, output: 15_000 } },
  small: { name: 'claude-haiku-4-5', provider: 'anthropic', nanoUsd: { input: 1_000, cached: 100, output: 5_000 } },
  other: { name: 'gpt-5-mini', provider: 'openai', nanoUsd: { input: 250, cached: 25, output: 2_000 } },
  unpriced: { name: 'house-tuned-7b', provider: 'local', nanoUsd: null },
} as const satisfies Record<string, Model>;
export type ModelSize = keyof typeof models;

export type Usage = { inputTokens: number; cachedInputTokens: number; outputTokens: number };
/** Cached tokens are a part of the input tokens. */
export function costOf(model: Model, u: Usage): bigint | null {
  if (!model.nanoUsd) return null;
  const { input, cached, output } = model.nanoUsd;
  return BigInt((u.inputTokens - u.cachedInputTokens) * input + u.cachedInputTokens * cached + u.outputTokens * output);
}
