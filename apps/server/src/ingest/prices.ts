import { calcPrice } from '@pydantic/genai-prices';
import type { Prices } from '../trpc/context.ts';

const version = 'genai-prices@0.1.8';
/** `models/gemini-2.5-pro`, `azure/gpt-4o`, `openai/gpt-4o-mini` → the name the table knows. */
export const normaliseModel = (model: string): string => model.replace(/^(models|azure|openai|anthropic|google|bedrock)\//, '');

/** List prices of `@pydantic/genai-prices`; the amount is rounded to nano-USD once. Unknown models are unpriced. */
export const listPrices: Prices = {
  price({ model, provider, inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens }) {
    try {
      const usage = {
        // includes what was cached (`normaliseUsage`); the table throws where it does not
        input_tokens: inputTokens,
        output_tokens: outputTokens,
        cache_read_tokens: cachedInputTokens,
        cache_write_tokens: cacheWriteTokens,
      };
      const price =
        calcPrice(usage, normaliseModel(model), provider ? { providerId: provider } : {}) ?? calcPrice(usage, normaliseModel(model));
      return { nanoUsd: price ? BigInt(Math.round(price.total_price * 1e9)) : null, version };
    } catch {
      return { nanoUsd: null, version };
    }
  },
};
