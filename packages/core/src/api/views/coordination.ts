/** What the API answers of locks, barriers and deadlocks. */
import type { OnPartyDeath } from '../../coordination/facts.ts';

/** Tokens are in the answer to the acquire alone. */
export type LockHolderView = { agentId: string; agentName: string | null; since: string; expiresAt: string };

/** An agent that waits for a lock. */
export type LockWaiterView = {
  agentId: string;
  agentName: string | null;
  priority: number;
  since: string;
  deadline: string;
};

/** A lock as the interface tells of it, with who holds it and who waits. */
export type LockView = {
  id: string;
  name: string;
  permits: number;
  holders: LockHolderView[];
  /** In the order in which they would be served now. */
  waiters: LockWaiterView[];
  updatedAt: string;
};

/** A barrier as the interface tells of it, with who has come. */
export type BarrierView = {
  id: string;
  name: string;
  generation: number;
  /** How many the generation that waits now is for; 0 where nobody waits. */
  expected: number;
  onPartyDeath: OnPartyDeath;
  partyIds: string[];
  arrived: { agentId: string; agentName: string | null; since: string; deadline: string }[];
  updatedAt: string;
};

/** A circle of waits that was found, and the wait that was ended so that the others go on. */
export type DeadlockView = {
  seq: number;
  at: string;
  /** Whose wait was ended. */
  victimId: string;
  victimName: string | null;
  waitedMs: number;
  /** Agents and what each of them waited at in turn, from the victim back to it. */
  cycle: { agentId: string; agentName: string | null; waitsAt: string }[];
};
