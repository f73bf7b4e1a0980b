/** What the API answers of the project, its log and whoever asks. */

import type { LimitName } from '../../agents/limits.ts';
import type { AgentState, TaskState } from '../../kernel/transitions.ts';
import type { OnParentExit } from '../inputs.ts';
import type { Role } from '../roles.ts';
import type { BurnWindow } from './costs.ts';

/** A fact of the log as the interface tells of it. */
export type EventView = {
  seq: number;
  at: string;
  type: string;
  subjectKind: string;
  subjectId: string;
  actor: string;
  data: Record<string, unknown>;
  /** In words. */
  sentence: string;
};

/** A line that an agent's process wrote, with its number in the log. */
export type AgentLogLine = { n: number; at: string; stream: 'stdout' | 'stderr'; text: string };

/** The first screen: what needs a person, what runs, and what it costs. */
export type Overview = {
  seq: number;
  needsMe: {
    approvals: { changeId: string; title: string; level: string | null; agentName: string | null; since: string }[];
    /** Merged, not healthy and not rolled back: their repositories take no other change. */
    frozen: { changeId: string; title: string; repositoryName: string; since: string }[];
    unconfirmed: { agentId: string; name: string; stopId: string | null; since: string }[];
    lost: { agentId: string; name: string; since: string | null }[];
    orphaned: { agentId: string; name: string; parentId: string }[];
    /** So many at once that the sweep changes nothing and asks for a person (I-ORPH-7). */
    orphansHalted: { orphans: number; live: number } | null;
    deadLetters: { taskId: string; title: string; since: string }[];
    openStops: { stopId: string; name: string; members: number; ended: number; deadline: string }[];
  };
  agentsByState: Partial<Record<AgentState, number>>;
  tasksByState: Partial<Record<TaskState, number>>;
  spawnedLastHour: number;
  burnUsdPerHour: string;
  /** The calls of this time stand behind it. */
  burnWindow: BurnWindow;
  tokensPerSecond: number;
  totalUsd: string;
  /** Last hour, by minute. */
  cost: { atMs: number; usd: number }[];
  demo: { running: boolean; offline: boolean; model: string | null } | null;
  /** Spent and used by agents after a stop of theirs was accepted; 0 is what a fence is for. */
  overshoot: { usd: string; tokens: number; stops: number };
};

/** One bound with what is used of it: where it is used most, and by whom. */
export type LimitUse = { name: LimitName; max: number; used: number; agentId: string | null };

/** What an operator decided for the project, and how near it is to its limits. */
export type ProjectView = {
  id: string;
  /** The emergency stop under which nothing new starts. */
  halted: { stopId: string; reason: string; at: string } | null;
  limits: LimitUse[];
  onParentExit: OnParentExit | null;
  /** How many checkpoints of each agent are kept, and for how long. */
  checkpoints: { keep: number; keepForMs: number };
};

/** One decision of the audit log, with what it was about before and after. */
export type AuditEntryView = {
  n: number;
  at: string;
  actor: string;
  actorName: string;
  action: string;
  subjectKind: string;
  subjectId: string;
  reason: string;
  before: unknown;
  after: unknown;
  /** What was hashed behind the hash of the entry before it, byte for byte; so anybody can check it. */
  body: string;
  hash: string;
};

/** Whether the chain holds, and its newest entry: who notes that elsewhere also sees when the newest are cut off. */
export type AuditCheck = { entries: number; tip: { n: number; hash: string }; fault: { n: number; what: string } | null };

/** Who calls, as its session or token says, and so what it may do: a person or a program in a role, an agent, or a runner. */
export type Principal =
  | {
      kind: 'person';
      userId: string;
      name: string;
      projectId: string;
      role: Role;
      /** The browser that asks. */
      sessionId?: string;
      /** It is a while ago that they showed that it is them: some calls want it again. */
      mustConfirm?: true;
    }
  | { kind: 'project'; projectId: string; tokenId: string; role: Role }
  | { kind: 'agent'; projectId: string; agentId: string; epoch: number; path: string[] }
  | { kind: 'runner'; projectId: string; runnerId: string; scope: string[] | null };
