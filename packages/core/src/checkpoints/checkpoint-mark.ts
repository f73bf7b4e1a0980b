import { type CheckpointThresholds, defaultThresholds, dueTrigger } from './checkpoint-trigger.ts';

/** What the server knows of an agent's checkpoints at each heartbeat; stands beside its lease. Money as decimal text. */
export type CheckpointMark = {
  /** When the last one came, by the server's clock; null before the first. */
  savedAtMs: number | null;
  /** What the agent had told of by then: tools run in this epoch, own cost ever. */
  tools: number;
  nanoUsd: string;
  /** Why somebody asked for one that has not come yet. */
  askedBecause: string | null;
};

const unmarked: CheckpointMark = { savedAtMs: null, tools: 0, nanoUsd: '0', askedBecause: null };

/** The agent's own triggers come first: the server asks where twice as much has gone by without a checkpoint. */
export const serverThresholds: CheckpointThresholds = {
  tools: 2 * defaultThresholds.tools,
  costNanoUsd: 2n * defaultThresholds.costNanoUsd,
  afterMs: 2 * defaultThresholds.afterMs,
};

type Told = { tools: number; nanoUsd: bigint };

/** Asked for one; who was asked already keeps the first reason. */
export const markAsked = (mark: CheckpointMark | null, because: string): CheckpointMark => ({
  ...(mark ?? unmarked),
  askedBecause: mark?.askedBecause ?? because,
});
/** One has come that is newer than all before: whatever was asked is answered. */
export const markSaved = (told: Told, nowMs: number): CheckpointMark => ({
  savedAtMs: nowMs,
  tools: told.tools,
  nanoUsd: told.nanoUsd.toString(),
  askedBecause: null,
});
/** A new epoch starts from a saved state and counts its tools anew; what the old one was asked is void. */
export const markRestored = (nanoUsd: bigint, nowMs: number): CheckpointMark => markSaved({ tools: 0, nanoUsd }, nowMs);

/**
 * Why the heartbeat reply asks for a checkpoint, or null. By itself the server asks only agents that have saved one
 * before, so that no program is asked for what it does not know; and never one that has done nothing since.
 */
export function checkpointWanted(mark: CheckpointMark | null, told: Told, nowMs: number): string | null {
  if (!mark) return null;
  if (mark.askedBecause !== null) return mark.askedBecause;
  if (mark.savedAtMs === null) return null;
  const tools = told.tools - mark.tools;
  const costNanoUsd = told.nanoUsd - BigInt(mark.nanoUsd);
  if (tools <= 0 && costNanoUsd <= 0n) return null;
  const due = dueTrigger({ tools, costNanoUsd, sinceMs: mark.savedAtMs, significant: [] }, serverThresholds, nowMs);
  return due === null ? null : `much has happened since the last one (${due})`;
}
