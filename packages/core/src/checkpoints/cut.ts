import type { AgentState } from '../kernel/transitions.ts';

/** One agent of a cut: who it was when the cut was asked for, and the checkpoint that it saved for it. */
export type CutMember = {
  agentId: string;
  name: string;
  parentId: string | null;
  /** The epoch that was asked; what a later one saves does not belong to the cut. */
  epoch: number;
  checkpointId: string | null;
  savedAtMs: number | null;
};

/** How far one member of a restored cut has come: it waits for its parent, is ordered from its runner, runs, or did not come up. */
export type CutStart = {
  agentId: string;
  checkpointId: string;
  epoch: number;
  state: 'waiting' | 'ordered' | 'started' | 'failed';
  why: string | null;
};
/** An agent of the subtree that does not go on from the cut, and why. */
export type CutLeftOut = { agentId: string; name: string; why: string; stopped: boolean };
/** The last restore of a cut. It stands in the store, so that the next server goes on with it. */
export type CutRestore = {
  /** 1 for the first restore of this cut. */
  number: number;
  by: string;
  startedAtMs: number;
  doneAtMs: number | null;
  /** Parents before children. */
  starts: CutStart[];
  leftOut: CutLeftOut[];
};

/** The checkpoints that all members of a subtree saved when they were asked together. */
export type Cut = {
  id: string;
  projectId: string;
  rootId: string;
  reason: string;
  createdAtMs: number;
  /** Parents before children. */
  members: CutMember[];
  restore: CutRestore | null;
  /** A restore of it is under way. */
  restoring: boolean;
};

/**
 * So long after the ask a checkpoint still belongs to the cut; later ones are too far from the others.
 *
 * Use it to know when a cut that lacks members is partial for good.
 *
 * @example
 * cutWindowMs; // → 60_000
 */
export const cutWindowMs = 60_000;

/**
 * A larger subtree is asked to save without forming a cut.
 *
 * Use it to choose the subtree: the cut of a part can be restored where the whole is too large.
 *
 * @example
 * maxCutMembers; // → 500
 */
export const maxCutMembers = 500;

/** `forming`: somebody may still save. `complete`: every member's checkpoint is there. `expired`: one of them was pruned. */
export type CutState = 'forming' | 'complete' | 'partial' | 'expired';
/** Why a member's checkpoint is not there. */
export type CutMissing = 'waiting' | 'ended' | 'began-anew' | 'never-saves' | 'too-late' | 'pruned';

/** What is known of the members now. */
export type CutFacts = {
  /** The agent as it is; undefined: there is none. */
  agentOf(id: string): { epoch: number; state: AgentState; ended: boolean; savesCheckpoints: boolean } | undefined;
  /** Whether the checkpoint is still kept. */
  isKept(checkpointId: string): boolean;
};

/**
 * Why the checkpoint of this member is not there, or null where it is.
 *
 * Use it to tell an operator who is missing and whether waiting helps: only `waiting` can change.
 *
 * @example
 * const member = { agentId: 'a', name: 'a', parentId: null, epoch: 1, checkpointId: null, savedAtMs: null };
 * const facts = { agentOf: () => ({ epoch: 1, state: 'running', ended: false, savesCheckpoints: true }), isKept: () => true };
 * cutMissing(member, 0, facts, 10); // → 'waiting'
 * cutMissing(member, 0, facts, cutWindowMs + 1); // → 'too-late'
 */
export function cutMissing(m: CutMember, createdAtMs: number, facts: CutFacts, nowMs: number): CutMissing | null {
  if (m.checkpointId !== null) return facts.isKept(m.checkpointId) ? null : 'pruned';
  const agent = facts.agentOf(m.agentId);
  if (!agent || agent.ended) return 'ended';
  if (agent.epoch !== m.epoch) return 'began-anew';
  if (nowMs <= createdAtMs + cutWindowMs) return 'waiting';
  return agent.savesCheckpoints ? 'too-late' : 'never-saves';
}

/**
 * What the cut is worth now. One pruned checkpoint makes it `expired`: what was whole no longer is.
 *
 * Use it with facts of one moment; `complete` and `partial` become `expired`, never the other way.
 *
 * @example
 * const member = { agentId: 'a', name: 'a', parentId: null, epoch: 1, checkpointId: 'ckp_1', savedAtMs: 5 };
 * const facts = { agentOf: () => undefined, isKept: (id) => id === 'ckp_1' };
 * cutState({ createdAtMs: 0, members: [member] }, facts, 10); // → 'complete'
 * cutState({ createdAtMs: 0, members: [{ ...member, checkpointId: 'ckp_0' }] }, facts, 10); // → 'expired'
 */
export function cutState(cut: Pick<Cut, 'members' | 'createdAtMs'>, facts: CutFacts, nowMs: number): CutState {
  const missing = cut.members.map((m) => cutMissing(m, cut.createdAtMs, facts, nowMs));
  if (missing.includes('pruned')) return 'expired';
  if (missing.includes('waiting')) return 'forming';
  return missing.every((why) => why === null) ? 'complete' : 'partial';
}

/**
 * How far the first and the last checkpoint of a cut are apart.
 *
 * Use it to judge the cut: nobody is held while the others save, so what members did to each other within it is in some and
 * not in others.
 *
 * @example
 * const member = { agentId: 'a', name: 'a', parentId: null, epoch: 1, checkpointId: 'ckp_1', savedAtMs: 5 };
 * cutSpanMs([member, { ...member, savedAtMs: 12 }]); // → 7
 */
export function cutSpanMs(members: readonly CutMember[]): number {
  const at = members.flatMap((m) => (m.savedAtMs === null ? [] : [m.savedAtMs]));
  return at.length ? Math.max(...at) - Math.min(...at) : 0;
}

/**
 * The cut with this checkpoint in it, or undefined where it does not belong there: another epoch, no member, too late, or a
 * member that has saved for it already.
 *
 * Use it in the transaction that stores the checkpoint.
 *
 * @example
 * const member = { agentId: 'a', name: 'a', parentId: null, epoch: 1, checkpointId: null, savedAtMs: null };
 * const cut = { id: 'cut_1', projectId: 'p', rootId: 'a', reason: '', createdAtMs: 0, members: [member], restore: null, restoring: false };
 * joinCut(cut, { id: 'ckp_1', agentId: 'a', epoch: 1, createdAtMs: 5 })?.members[0].checkpointId; // → 'ckp_1'
 * joinCut(cut, { id: 'ckp_1', agentId: 'a', epoch: 2, createdAtMs: 5 }); // → undefined
 */
export function joinCut(cut: Cut, saved: { id: string; agentId: string; epoch: number; createdAtMs: number }): Cut | undefined {
  if (saved.createdAtMs > cut.createdAtMs + cutWindowMs) return undefined;
  const joins = (m: CutMember) => m.agentId === saved.agentId && m.epoch === saved.epoch && m.checkpointId === null;
  if (!cut.members.some(joins)) return undefined;
  return { ...cut, members: cut.members.map((m) => (joins(m) ? { ...m, checkpointId: saved.id, savedAtMs: saved.createdAtMs } : m)) };
}
