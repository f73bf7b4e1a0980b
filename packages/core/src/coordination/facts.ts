/**
 * What a barrier does when one of its parties is gone: `break` for all of them, or `shrink` and go on without it (I-SYNC-6).
 *
 * Use `break` where the work needs everybody, `shrink` where those that are left can do it.
 *
 * @example
 * partyDeaths[0]; // → 'break'
 */
export const partyDeaths = ['break', 'shrink'] as const;
/** One of `partyDeaths`. */
export type OnPartyDeath = (typeof partyDeaths)[number];
/** Why a permit is free again: by its holder's word, its lease, its holder's end, its caller's, or an operator's. */
export type LockFreedBecause = 'released' | 'lease-expired' | 'holder-stopped' | 'holder-ended' | 'withdrawn' | 'operator';
/** Why a wait is over that was not served. */
export type WaitEndedBecause = 'timed-out' | 'withdrawn' | 'stopped' | 'ended' | 'deadlock';

type Asked = { agentId: string; requestId: string; callId: string | null };
/** What can happen to a lock; the subject is the lock. */
export type LockFacts = {
  /** Nobody held it or waited for it, so it got another number of permits. */
  'lock.defined': { name: string; permits: number };
  'lock.granted': Asked & { name: string; token: string; expiresAtMs: number; waitedMs: number };
  'lock.waiting': Asked & { name: string; priority: number; blocking: boolean; deadlineMs: number; leaseMs: number };
  /** The same request came again by another call: that one has the wait, or the permit, now. */
  'lock.resumed': Asked;
  'lock.renewed': { agentId: string; token: string; expiresAtMs: number };
  'lock.freed': { name: string; agentId: string; token: string; why: LockFreedBecause; reason?: string };
  'lock.wait-ended': {
    name: string;
    agentId: string;
    requestId: string;
    why: WaitEndedBecause;
    waitedMs: number;
    /** Of a deadlock: the circle. */
    cycle?: string[];
  };
};

/** What can happen to a wait for the end of an agent or a task; the subject is the agent that waits. */
export type EndWaitFacts = {
  /** `at`: what it waits for, `agent:agt_1` or `task:tsk_1`. */
  'agent.waiting': Asked & { at: string; blocking: boolean; deadlineMs: number };
  'agent.wait-resumed': Asked & { at: string };
  /** `state`: the one in which what it waited for has ended, where it was served. */
  'agent.wait-ended': {
    agentId: string;
    at: string;
    requestId: string;
    why: WaitEndedBecause | 'served';
    waitedMs: number;
    state?: string;
    cycle?: string[];
  };
};

type Party = { agentId: string; requestId: string };
/** What can happen to a barrier; the subject is the barrier. */
export type BarrierFacts = {
  'barrier.opened': { name: string; generation: number; parties: number; onPartyDeath: OnPartyDeath; partyIds: string[] };
  'barrier.arrived': Asked & { name: string; generation: number; index: number; blocking: boolean; deadlineMs: number };
  'barrier.resumed': Asked;
  /** Out of a generation that goes on without it, or as the victim of a deadlock. */
  'barrier.left': {
    name: string;
    generation: number;
    agentId: string;
    requestId: string | null;
    why: WaitEndedBecause;
    waitedMs: number;
    cycle?: string[];
  };
  'barrier.released': { name: string; generation: number; parties: Party[] };
  /** `agentId` is who left first; `parties` are told. */
  'barrier.broken': { name: string; generation: number; agentId: string; why: WaitEndedBecause; parties: Party[] };
};
