/** What the API answers of orphans. */
import type { AgentState } from '../../kernel/transitions.ts';
import type { ContainmentLevel } from '../inputs.ts';

/** An agent whose parent is gone, with what shows that, and what the sweeper would do about it now. */
export type OrphanCase = {
  agentId: string;
  name: string;
  state: AgentState;
  epoch: number;
  containment: ContainmentLevel | null;
  lastHeartbeatAt: string | null;
  leaseExpiresAt: string | null;
  /** Live agents below it: they go where it goes. */
  below: number;
  parent: {
    agentId: string;
    name: string;
    state: AgentState;
    epoch: number;
    endedAt: string | null;
    lastHeartbeatAt: string | null;
    leaseExpiresAt: string | null;
  };
  /** How the parent left. */
  cause: 'completed' | 'failed' | 'lost' | 'stopped';
  /** What holds for it, and whose word that is. */
  policy: { action: 'stop' | 'reparent' | 'ignore'; from: 'operator' | 'agent' | 'project' | 'default'; ignoredUntil: string | null };
  /** What the next sweep would do: not always what the policy wants, and `because` says why. */
  would: {
    action: 'stop' | 'reparent' | 'ignore';
    to: { agentId: string; name: string } | null;
    because: string;
    stoppedWith: string | null;
  };
};

/** A dry run of the sweep: of all orphans the sums, and the cases of the first. `halted`: too many at once, none is changed. */
export type OrphansView = {
  items: OrphanCase[];
  total: number;
  would: { stop: number; reparent: number; ignore: number };
  live: number;
  halted: boolean;
};

/** What became of the orphans that an operator named. */
export type OrphansHandled = {
  stopped: number;
  reparented: number;
  ignored: number;
  skipped: { agentId: string; why: string }[];
};
