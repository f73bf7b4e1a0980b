import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModelV3 } from '@ai-sdk/provider';
import { offlineModelId, scriptedModel } from './scripted.ts';

/** Simulated price of the scripted model, in USD a million tokens: about what a middle-sized model costs. */
export const simulatedPrice = { inputUsdPerMillion: 3, outputUsdPerMillion: 15 };

export type ModelChoice = {
  model: LanguageModelV3;
  modelId: string;
  provider: string;
  /** No network, no bill: costs are simulated. */
  offline: boolean;
};

/** Small, cheap models; `DEMO_MODEL` names another one of the same provider. */
const defaults = { anthropic: 'claude-haiku-4-5', openai: 'gpt-5-mini' };

/** The model that the environment pays for, else the scripted one. `DEMO_OFFLINE=1` keeps a key out of the demo. */
export function chooseModel(env: Record<string, string | undefined>): ModelChoice {
  const { ANTHROPIC_API_KEY: anthropicKey, OPENAI_API_KEY: openaiKey, DEMO_MODEL: named } = env;
  if (env.DEMO_OFFLINE !== '1') {
    if (anthropicKey) {
      const modelId = named ?? defaults.anthropic;
      return { model: createAnthropic({ apiKey: anthropicKey })(modelId), modelId, provider: 'anthropic', offline: false };
    }
    if (openaiKey) {
      const modelId = named ?? defaults.openai;
      return { model: createOpenAI({ apiKey: openaiKey })(modelId), modelId, provider: 'openai', offline: false };
    }
  }
  return offlineChoice(Number(env.DEMO_PACE ?? 1));
}

export function offlineChoice(pace: number): ModelChoice {
  const model = scriptedModel({ latencyMs: () => (1_500 + Math.random() * 2_500) * pace });
  return { model, modelId: offlineModelId, provider: 'offline', offline: true };
}
