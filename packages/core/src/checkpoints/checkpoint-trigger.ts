/** When a checkpoint is due; pure. What has happened since the last one is counted, and compared with thresholds. */
export type CheckpointCounters = {
  tools: number;
  costNanoUsd: bigint;
  /** When the state was taken that was saved last, or the counting began. */
  sinceMs: number;
  /** Significant events since, in words, the latest last. */
  significant: readonly string[];
};
export type CheckpointThresholds = { tools: number; costNanoUsd: bigint; afterMs: number };

/** 10 tools, 1.00 USD or 5 minutes (I-CKPT-3). */
export const defaultThresholds: CheckpointThresholds = { tools: 10, costNanoUsd: 1_000_000_000n, afterMs: 300_000 };

export const noCounters = (nowMs: number): CheckpointCounters => ({ tools: 0, costNanoUsd: 0n, sinceMs: nowMs, significant: [] });

/** Why a checkpoint is due now, or null. A significant event names itself; it goes before everything that is counted. */
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
 */
export function afterSave(now: CheckpointCounters, captured: CheckpointCounters, snapshotAtMs: number): CheckpointCounters {
  return {
    tools: now.tools - captured.tools,
    costNanoUsd: now.costNanoUsd - captured.costNanoUsd,
    sinceMs: snapshotAtMs,
    significant: now.significant.slice(captured.significant.length),
  };
}
