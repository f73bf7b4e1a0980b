/** When a checkpoint is due; pure. What has happened since the last one is counted, and compared with thresholds. */
export type CheckpointCounters = {
  tools: number;
  costNanoUsd: bigint;
  /** When the state was taken that was saved last, or the counting began. */
  sinceMs: number;
  /** Significant events since, in words, the latest last. */
  significant: readonly string[];
};
/** How much may happen without a checkpoint: so many tools, so much money, so long. */
export type CheckpointThresholds = { tools: number; costNanoUsd: bigint; afterMs: number };

/**
 * 10 tools, 1.00 USD or 5 minutes (I-CKPT-3).
 *
 * Use it as it is unless a step of the agent is much dearer or cheaper to do again.
 *
 * @example
 * defaultThresholds; // → { tools: 10, costNanoUsd: 1_000_000_000n, afterMs: 300_000 }
 */
export const defaultThresholds: CheckpointThresholds = { tools: 10, costNanoUsd: 1_000_000_000n, afterMs: 300_000 };

/**
 * Nothing has happened yet; the time counts from `nowMs`.
 *
 * Use it where a loop begins, fresh or restored.
 *
 * @example
 * noCounters(7).sinceMs; // → 7
 */
export const noCounters = (nowMs: number): CheckpointCounters => ({ tools: 0, costNanoUsd: 0n, sinceMs: nowMs, significant: [] });

/**
 * Why a checkpoint is due now, or null. A significant event names itself; it goes before everything that is counted.
 *
 * Use it at a safe point of a loop of your own; `Checkpointer` asks it for you, and runs one save at a time.
 *
 * @example
 * dueTrigger({ ...noCounters(0), tools: 10 }, defaultThresholds, 0); // → 'tools'
 * dueTrigger({ ...noCounters(0), tools: 10, significant: ['merged'] }, defaultThresholds, 0); // → 'merged'
 * dueTrigger(noCounters(0), defaultThresholds, 299_999); // → null
 */
export function dueTrigger(counters: CheckpointCounters, thresholds: CheckpointThresholds, nowMs: number): string | null {
  const event = counters.significant.at(-1);
  if (event !== undefined) return event;
  if (counters.tools >= thresholds.tools) return 'tools';
  if (counters.costNanoUsd >= thresholds.costNanoUsd) return 'cost';
  return nowMs - counters.sinceMs >= thresholds.afterMs ? 'time' : null;
}

/**
 * What is left to count once the state that `captured` belongs to is saved: the captured counters are taken off, never
 * set to zero, so what happened during the save still counts (I-CKPT-3).
 *
 * Use it once the store has answered, with the counters as they were when the state was taken.
 *
 * @example
 * const captured = { ...noCounters(0), tools: 10 };
 * afterSave({ ...captured, tools: 12 }, captured, 500); // → { ...noCounters(500), tools: 2 }
 */
export function afterSave(now: CheckpointCounters, captured: CheckpointCounters, snapshotAtMs: number): CheckpointCounters {
  return {
    tools: now.tools - captured.tools,
    costNanoUsd: now.costNanoUsd - captured.costNanoUsd,
    sinceMs: snapshotAtMs,
    significant: now.significant.slice(captured.significant.length),
  };
}
