import type { Usage } from './usage.ts';

/** Pico-USD a token. `above`: where a call has more input tokens than that, another rate holds for all of them. */
export type Rate = { pico: bigint; above: { tokens: number; pico: bigint }[] };
/** What a model costs. A part without a rate of its own is priced as the whole that it belongs to. */
export type Rates = {
  input: Rate;
  output: Rate;
  cachedInput?: Rate;
  cacheWrite?: Rate;
  reasoning?: Rate;
  /** Pico-USD a call, whatever its tokens. */
  perCall?: bigint;
};

/**
 * The cost of one call in nano-USD: exact in pico-USD, rounded half up once (I-COST-2). Parts are within their whole, as
 * `normaliseUsage` leaves them; what is cached or reasoned is not priced twice.
 *
 * Use it with the rates of the moment of the call, not of the moment at which it was told.
 *
 * @example
 * const flat = (pico: bigint) => ({ pico, above: [] });
 * const rates = { input: flat(3_000_000n), output: flat(15_000_000n), cachedInput: flat(300_000n) };
 * priceOf(rates, { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 900 }); // → 2_070_000n
 * priceOf({ input: flat(500n), output: flat(0n) }, { inputTokens: 1, outputTokens: 0 }); // → 1n
 */
export function priceOf(rates: Rates, usage: Usage): bigint {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = usage;
  const at = (rate: Rate): bigint => rate.above.reduce((pico, tier) => (inputTokens > tier.tokens ? tier.pico : pico), rate.pico);
  const cost = (tokens: number, rate: Rate): bigint => BigInt(tokens) * at(rate);
  const pico =
    cost(inputTokens - cachedInputTokens - cacheWriteTokens, rates.input) +
    cost(cachedInputTokens, rates.cachedInput ?? rates.input) +
    cost(cacheWriteTokens, rates.cacheWrite ?? rates.input) +
    cost(outputTokens - reasoningTokens, rates.output) +
    cost(reasoningTokens, rates.reasoning ?? rates.output) +
    (rates.perCall ?? 0n);
  return (pico + 500n) / 1_000n;
}

/** Under which name a price table may have a model; without a provider the table finds it by the name. */
export type ModelName = { model: string; provider?: string };

/** What providers are called elsewhere, and what tables call them. */
const providerNames: Readonly<Record<string, string>> = {
  bedrock: 'aws',
  'aws-bedrock': 'aws',
  'amazon-bedrock': 'aws',
  amazon: 'aws',
  vertex: 'google',
  'vertex-ai': 'google',
  'google-vertex': 'google',
  gemini: 'google',
  'google-ai-studio': 'google',
  'azure-openai': 'azure',
  'azure-ai': 'azure',
  'together-ai': 'together',
  togetherai: 'together',
  'fireworks-ai': 'fireworks',
  xai: 'x-ai',
  mistralai: 'mistral',
};
const routes = new Set([
  ...Object.keys(providerNames),
  ...['openai', 'anthropic', 'google', 'azure', 'aws', 'openrouter', 'groq', 'mistral', 'cohere', 'deepseek', 'together', 'fireworks'],
  ...['x-ai', 'perplexity', 'cerebras', 'novita', 'moonshotai', 'huggingface_together', 'avian', 'ollama', 'lmstudio', 'vllm'],
]);
const dashed = (text: string): string => text.trim().toLowerCase().replaceAll('_', '-');
const named = (provider: string): string => providerNames[dashed(provider)] ?? provider.trim().toLowerCase();
/** A model of Bedrock says of itself what it is: an optional region, the maker, the name. */
const ofBedrock = /^(?:(?:us|eu|apac|global|jp|au|us-gov)\.)?(?:anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen)\./;

/**
 * The names under which a price table may know a model, the likeliest first: a route in front of it names the provider,
 * `models/` and the tag `:latest` name nothing. A provider that was told, or is named by the route, stays: the same model
 * has another price elsewhere.
 *
 * Use it to look a price up; if the table has none of them, the call is unpriced (I-COST-8).
 *
 * @example
 * modelNames('gpt-4o:latest'); // → [{ model: 'gpt-4o:latest' }, { model: 'gpt-4o' }]
 * modelNames('vertex_ai/gemini-2.5-pro')[0]; // → { model: 'gemini-2.5-pro', provider: 'google' }
 * modelNames('openrouter/anthropic/claude-sonnet-4.5')[0]; // → { model: 'anthropic/claude-sonnet-4.5', provider: 'openrouter' }
 * modelNames('anthropic/claude-sonnet-4-5', 'bedrock').every((n) => n.provider === 'aws'); // → true
 */
export function modelNames(model: string, provider?: string | null): ModelName[] {
  let name = model.trim().replace(/^models\//, '');
  let of = provider ? named(provider) : undefined;
  const route = /^([\w.-]+)\/(.+)$/s.exec(name);
  const shorter: string[] = [];
  if (route && routes.has(dashed(route[1] as string))) {
    const [, first, rest] = route as unknown as [string, string, string];
    // beside another provider the first part belongs to the name, as openrouter has it; the table may know the rest alone
    if (of === undefined || of === named(first)) name = rest;
    else shorter.push(rest);
    of ??= named(first);
  }
  if (of === undefined && ofBedrock.test(name)) of = 'aws';
  const names = [name, ...shorter].flatMap((n) => (n.endsWith(':latest') ? [n, n.slice(0, -':latest'.length)] : [n]));
  return names.map((n) => (of === undefined ? { model: n } : { model: n, provider: of }));
}
