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
  /** Cuts that the next one belongs to. */
  cuts?: string[];
  /** Its checkpoints of the newest cuts: kept however many come after them. */
  pinned?: string[];
  /** The checkpoint that this epoch began from: its process may read it again as long as it lives. */
  from?: string;
};

const unmarked: CheckpointMark = { savedAtMs: null, tools: 0, nanoUsd: '0', askedBecause: null };

/**
 * The agent's own triggers come first: the server asks where twice as much has gone by without a checkpoint.
 *
 * Use it at the server's heartbeat alone; an agent's loop has `defaultThresholds`.
 *
 * @example
 * serverThresholds.tools; // → 2 * defaultThresholds.tools
 */
export const serverThresholds: CheckpointThresholds = {
  tools: 2 * defaultThresholds.tools,
  costNanoUsd: 2n * defaultThresholds.costNanoUsd,
  afterMs: 2 * defaultThresholds.afterMs,
};

type Told = { tools: number; nanoUsd: bigint };

/**
 * Asked for one; who was asked already keeps the first reason.
 *
 * Use it when somebody wants a checkpoint of an agent; the next heartbeat's reply asks for it.
 *
 * @example
 * const asked = markAsked(null, 'before the upgrade');
 * markAsked(asked, 'another reason').askedBecause; // → 'before the upgrade'
 * markAsked(asked, 'a cut of all', 'cut_1').cuts; // → ['cut_1']
 */
export const markAsked = (mark: CheckpointMark | null, because: string, cutId?: string): CheckpointMark => ({
  ...(mark ?? unmarked),
  askedBecause: mark?.askedBecause ?? because,
  ...(cutId !== undefined && { cuts: [...(mark?.cuts ?? []), cutId].slice(-mostCutsAwaited) }),
});
/** Of more cuts than these the oldest are over anyway. */
const mostCutsAwaited = 10;

/**
 * One has come that is newer than all before: whatever was asked is answered.
 *
 * Use it in the transaction that stores the checkpoint, with what the agent has told of by then.
 *
 * @example
 * markSaved({ tools: 12, nanoUsd: 5n }, 1_000); // → { savedAtMs: 1_000, tools: 12, nanoUsd: '5', askedBecause: null }
 */
export const markSaved = (told: Told, nowMs: number): CheckpointMark => ({
  savedAtMs: nowMs,
  tools: told.tools,
  nanoUsd: told.nanoUsd.toString(),
  askedBecause: null,
});

/**
 * A new epoch starts from a saved state and counts its tools anew; what the old one was asked is void.
 *
 * Use it in the transaction that begins the new epoch.
 *
 * @example
 * markRestored(5n, 1_000).tools; // → 0
 * markRestored(5n, 1_000, 'ckp_1').from; // → 'ckp_1'
 */
export const markRestored = (nanoUsd: bigint, nowMs: number, from?: string): CheckpointMark => ({
  ...markSaved({ tools: 0, nanoUsd }, nowMs),
  ...(from !== undefined && { from }),
});

/**
 * Of each agent, the checkpoints of so many cuts are kept whatever comes after them.
 *
 * Use it to know when a cut may expire.
 *
 * @example
 * keptCuts; // → 3
 */
export const keptCuts = 3;

/**
 * The next mark with what the one before had pinned, and one more where a checkpoint joined a cut.
 *
 * Use it whenever a mark takes the place of another.
 *
 * @example
 * const before = { ...markSaved({ tools: 0, nanoUsd: 0n }, 0), pinned: ['a', 'b', 'c'] };
 * stillPinned(before, markSaved({ tools: 0, nanoUsd: 0n }, 1), 'd').pinned; // → ['b', 'c', 'd']
 */
export function stillPinned(before: CheckpointMark | null | undefined, next: CheckpointMark, joined?: string): CheckpointMark {
  const pinned = [...(before?.pinned ?? []), ...(joined === undefined ? [] : [joined])].slice(-keptCuts);
  return pinned.length > 0 ? { ...next, pinned } : next;
}

/**
 * Why the heartbeat reply asks for a checkpoint, or null. By itself the server asks only agents that have saved one
 * before, so that no program is asked for what it does not know; and never one that has done nothing since.
 *
 * Use it at each accepted heartbeat; twice equals once, since the answer stays until a checkpoint has come.
 *
 * @example
 * const mark = markSaved({ tools: 0, nanoUsd: 0n }, 0);
 * checkpointWanted(mark, { tools: 20, nanoUsd: 0n }, 1); // → 'much has happened since the last one (tools)'
 * checkpointWanted(mark, { tools: 0, nanoUsd: 0n }, 3_600_000); // → null
 * checkpointWanted(null, { tools: 20, nanoUsd: 0n }, 1); // → null
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
