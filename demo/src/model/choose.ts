import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModelV3 } from '@ai-sdk/provider';
import { scriptedModel } from './scripted.ts';
import { offlineModelId, whichModel } from './which.ts';

/** Simulated price of the scripted model, in USD a million tokens: about what a middle-sized model costs. */
export const simulatedPrice = { inputUsdPerMillion: 3, outputUsdPerMillion: 15 };

export type ModelChoice = {
  model: LanguageModelV3;
  modelId: string;
  provider: string;
  /** No network, no bill: costs are simulated. */
  offline: boolean;
};

/** The model client for what `whichModel` names. */
export function chooseModel(env: Record<string, string | undefined>): ModelChoice {
  const named = whichModel(env);
  if (named.offline) return offlineChoice(Number(env.DEMO_PACE ?? 1));
  const { apiKey, ...rest } = named;
  const provider = named.provider === 'anthropic' ? createAnthropic({ apiKey }) : createOpenAI({ apiKey });
  return { ...rest, model: provider(named.modelId) };
}

export function offlineChoice(pace: number): ModelChoice {
  const model = scriptedModel({ latencyMs: () => (1_500 + Math.random() * 2_500) * pace });
  return { model, modelId: offlineModelId, provider: 'offline', offline: true };
}
