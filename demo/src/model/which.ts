export type Named = { provider: 'anthropic' | 'openai'; modelId: string; apiKey: string; offline: false } | Offline;
type Offline = { provider: 'offline'; modelId: typeof offlineModelId; offline: true };

export const offlineModelId = 'offline-scripted';

/** Small, cheap models; `DEMO_MODEL` names another one of the same provider. */
const defaults = { anthropic: 'claude-haiku-4-5', openai: 'gpt-5-mini' };

/**
 * The model that the environment pays for, else the scripted one. `DEMO_OFFLINE=1` keeps a key out of the demo. Apart
 * from `choose.ts`, since the server asks this too and should not load model clients for it.
 */
export function whichModel(env: Record<string, string | undefined>): Named {
  const { ANTHROPIC_API_KEY: anthropicKey, OPENAI_API_KEY: openaiKey, DEMO_MODEL: named } = env;
  if (env.DEMO_OFFLINE !== '1') {
    if (anthropicKey) return { provider: 'anthropic', modelId: named ?? defaults.anthropic, apiKey: anthropicKey, offline: false };
    if (openaiKey) return { provider: 'openai', modelId: named ?? defaults.openai, apiKey: openaiKey, offline: false };
  }
  return { provider: 'offline', modelId: offlineModelId, offline: true };
}
