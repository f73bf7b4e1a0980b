import { type TreeNode, wavesOf } from '../agents/agent-tree.ts';
import type { StopMode, StopPropagation } from '../api/inputs.ts';

/** Who ends when, as absolute times: what a preview shows and what the stop carries out. */
export type StopPlan = {
  waves: number;
  /** When each member is killed at the latest; leaves first, so every wave has a share of the grace (I-STOP-6). */
  members: { id: string; wave: number; deadlineMs: number }[];
  deadlineMs: number;
};

/**
 * Who ends when, from the live tree alone; the preview shows the same plan that the stop carries out. The grace is
 * divided over the waves: a wave of n that begins late, because the one below it hung, still ends by its own deadline.
 * In the background all are asked at once, so each has the whole grace.
 *
 * Use it with the agents that live now (`closeRanks`), for a preview or at the acceptance of a stop; afterwards the
 * deadlines stand.
 *
 * @example
 * const plan = planStop([{ id: 'up', parentId: null }, { id: 'low', parentId: 'up' }], { nowMs: 1_000, graceMs: 30_000, mode: 'graceful' });
 * plan.waves; // → 2
 * plan.members.map((m) => m.deadlineMs); // → [31_000, 16_000]
 * plan.deadlineMs; // → 31_000
 */
export function planStop(
  nodes: readonly TreeNode[],
  at: { nowMs: number; graceMs: number; mode: StopMode; propagation?: StopPropagation | undefined },
): StopPlan {
  const wave = wavesOf(nodes);
  let waves = 0;
  for (const w of wave.values()) waves = Math.max(waves, w + 1);
  const deadlineMs = stopDeadlineMs(at);
  const deadlineOf = (w: number) => deadlineOfWave(w, { acceptedAtMs: at.nowMs, deadlineMs, waves, propagation: at.propagation });
  return {
    waves,
    members: nodes.map((n) => ({ id: n.id, wave: wave.get(n.id) ?? 0, deadlineMs: deadlineOf(wave.get(n.id) ?? 0) })),
    deadlineMs,
  };
}

/**
 * When a stop is over at the latest, as an absolute time in ms: force has no grace.
 *
 * Use it for a stop whose members are enlisted later, with the waves that the store counted.
 *
 * @example
 * stopDeadlineMs({ nowMs: 1_000, graceMs: 30_000, mode: 'drain' }); // → 31_000
 * stopDeadlineMs({ nowMs: 1_000, graceMs: 30_000, mode: 'force' }); // → 1_000
 */
export const stopDeadlineMs = (at: { nowMs: number; graceMs: number; mode: StopMode }): number =>
  at.nowMs + (at.mode === 'force' ? 0 : at.graceMs);

/**
 * The share of the grace that ends with a wave; never past the deadline of the whole.
 *
 * Use it where members are enlisted after the acceptance, so that they get the deadlines that `planStop` showed.
 *
 * @example
 * deadlineOfWave(0, { acceptedAtMs: 1_000, deadlineMs: 31_000, waves: 2 }); // → 16_000
 */
export function deadlineOfWave(
  wave: number,
  stop: { acceptedAtMs: number; deadlineMs: number; waves: number; propagation?: StopPropagation | undefined },
): number {
  if (stop.propagation === 'background') return stop.deadlineMs;
  const waves = Math.max(1, stop.waves);
  return stop.acceptedAtMs + Math.floor(((stop.deadlineMs - stop.acceptedAtMs) * Math.min(wave + 1, waves)) / waves);
}
