import { randomUUID } from 'node:crypto';
import { appendFile, stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { generateText } from 'ai';
import { type ModelChoice, offlineChoice, simulatedPrice } from './choose.ts';
import { type Question, systems } from './prompts.ts';

/** One model call as it goes into the cost ledger. */
export type CallCost = {
  eventId: string;
  model: string;
  provider: string;
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens?: number;
  reasoningTokens?: number;
  /** Given by the scripted model alone; real ones are priced by the server's table. */
  costUsd?: string;
};

export type AskOptions = {
  signal?: AbortSignal | undefined;
  /** The scripted model answers, whatever key is set: the way out when a paid model failed at the same task before. */
  prepared?: boolean;
};
export type Ask = (question: Question, options?: AskOptions) => Promise<string>;

type Limits = {
  /** A file with one byte for each paid call of the whole fleet, over restarts: the bill has an end. */
  callsFile: string;
  maxPaidCalls: number;
  /** Between two paid calls of one agent. */
  minIntervalMs: number;
  maxOutputTokens: number;
  /** How fast the scripted model answers where it stands in. */
  pace: number;
};

/** After so many failures in a row the paid model is left alone for a while: a wrong key must not slow the fleet. */
const maxFailures = 2;
const retryAfterMs = 600_000;

/**
 * How agents talk to their model: AI SDK → usage → cost report, the same for a paid model and for the scripted one.
 * When the paid one fails or its limit is reached, the scripted one answers, and says so through `note`.
 */
export function createAsk(choice: ModelChoice, limits: Limits, report: (cost: CallCost) => void, note: (text: string) => void): Ask {
  const scripted = choice.offline ? choice : offlineChoice(limits.pace);
  let lastPaidMs = 0;
  let failures = 0;

  async function call(used: ModelChoice, question: Question, signal: AbortSignal | undefined): Promise<string> {
    const { text, usage } = await generateText({
      model: used.model,
      system: systems[question.kind],
      prompt: question.prompt,
      maxOutputTokens: limits.maxOutputTokens,
      maxRetries: 1,
      ...(signal ? { abortSignal: signal } : {}),
    });
    const inputTokens = usage.inputTokens ?? 0;
    const outputTokens = usage.outputTokens ?? 0;
    const cached = usage.inputTokenDetails.cacheReadTokens;
    const reasoning = usage.outputTokenDetails.reasoningTokens;
    report({
      eventId: randomUUID(),
      model: used.modelId,
      provider: used.provider,
      inputTokens,
      outputTokens,
      ...(cached === undefined ? {} : { cachedInputTokens: cached }),
      ...(reasoning === undefined ? {} : { reasoningTokens: reasoning }),
      ...(used.offline ? { costUsd: simulatedCostUsd(inputTokens, outputTokens) } : {}),
    });
    return text;
  }

  async function mayPay(): Promise<boolean> {
    if (failures >= maxFailures && Date.now() - lastPaidMs < retryAfterMs) return false;
    const calls = await stat(limits.callsFile).then(
      ({ size }) => size,
      () => 0,
    );
    if (calls >= limits.maxPaidCalls) return false;
    await appendFile(limits.callsFile, '.');
    return true;
  }

  return async (question, { signal, prepared = false } = {}) => {
    if (choice.offline || prepared || !(await mayPay())) return call(scripted, question, signal);
    await setTimeout(Math.max(0, lastPaidMs + limits.minIntervalMs - Date.now()), undefined, signal ? { signal } : {});
    lastPaidMs = Date.now();
    try {
      const text = await call(choice, question, signal);
      failures = 0;
      return text;
    } catch (error) {
      signal?.throwIfAborted();
      failures++;
      note(`${choice.modelId} did not answer (${error instanceof Error ? error.message : error}); the scripted model answers instead`);
      return call(scripted, question, signal);
    }
  };
}

/** Exact to the micro-dollar: tokens times dollars a million. */
export function simulatedCostUsd(inputTokens: number, outputTokens: number): string {
  const microUsd = inputTokens * simulatedPrice.inputUsdPerMillion + outputTokens * simulatedPrice.outputUsdPerMillion;
  return `${Math.floor(microUsd / 1_000_000)}.${String(microUsd % 1_000_000).padStart(6, '0')}`;
}
