import type { LanguageModelV3, LanguageModelV3Prompt } from '@ai-sdk/provider';
import { answerTo } from '../answers/answer.ts';
import { type QuestionKind, systems } from './prompts.ts';
import { offlineModelId } from './which.ts';

/**
 * A language model that needs no network: it looks up its answer by what the question holds. It stands at the place of
 * a real one, behind the AI SDK, so that usage and cost take the same road.
 */
export function scriptedModel(options: { latencyMs: () => number }): LanguageModelV3 {
  return {
    specificationVersion: 'v3',
    provider: 'offline',
    modelId: offlineModelId,
    supportedUrls: {},
    async doGenerate({ prompt, abortSignal }) {
      const { system, user } = textsOf(prompt);
      const text = answerTo(kindOf(system), user);
      await pause(options.latencyMs(), abortSignal);
      const input = estimateTokens(system) + estimateTokens(user);
      const output = estimateTokens(text);
      return {
        content: [{ type: 'text', text }],
        finishReason: { unified: 'stop', raw: 'stop' },
        usage: {
          inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
          outputTokens: { total: output, text: output, reasoning: undefined },
        },
        warnings: [],
      };
    },
    doStream: () => Promise.reject(new Error('the scripted model does not stream')),
  };
}

/** About four characters a token: near enough to what real tokenizers make of code and English. */
export const estimateTokens = (text: string) => Math.ceil(text.length / 4);

function textsOf(prompt: LanguageModelV3Prompt): { system: string; user: string } {
  let system = '';
  const user: string[] = [];
  for (const message of prompt) {
    if (message.role === 'system') system = message.content;
    else if (message.role === 'user') for (const part of message.content) if (part.type === 'text') user.push(part.text);
  }
  return { system, user: user.join('\n') };
}

function kindOf(system: string): QuestionKind {
  const found = Object.entries(systems).find(([, text]) => text === system);
  return (found?.[0] as QuestionKind | undefined) ?? 'answer';
}

/** Waits, but not for somebody who has gone. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const gone = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', gone);
      resolve();
    }, ms);
    signal?.addEventListener('abort', gone, { once: true });
  });
}
