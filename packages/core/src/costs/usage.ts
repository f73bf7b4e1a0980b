/** Tokens of one model call, as told. */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  cachedInputTokens?: number | undefined;
  cacheWriteTokens?: number | undefined;
  reasoningTokens?: number | undefined;
};

/**
 * One meaning for all providers (I-COST-8): input includes what was read from and written to the cache, output
 * includes reasoning. Some tell the parts beside the whole; that shows where the parts are more than the whole, and
 * then they are added. Doing it twice changes nothing.
 *
 * Use it once, where a report comes in, before it is priced or stored.
 *
 * @example
 * normaliseUsage({ inputTokens: 100, outputTokens: 5, cachedInputTokens: 40 }).inputTokens; // → 100
 * normaliseUsage({ inputTokens: 100, outputTokens: 5, cachedInputTokens: 400 }).inputTokens; // → 500
 */
export function normaliseUsage(u: Usage): { [K in keyof Usage]-?: number } {
  const cachedInputTokens = u.cachedInputTokens ?? 0;
  const cacheWriteTokens = u.cacheWriteTokens ?? 0;
  const reasoningTokens = u.reasoningTokens ?? 0;
  const whole = (told: number, parts: number) => (parts > told ? told + parts : told);
  return {
    inputTokens: whole(u.inputTokens, cachedInputTokens + cacheWriteTokens),
    outputTokens: whole(u.outputTokens, reasoningTokens),
    cachedInputTokens,
    cacheWriteTokens,
    reasoningTokens,
  };
}
