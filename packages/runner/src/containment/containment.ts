import type { Readable } from 'node:stream';
import type { ContainmentLevel } from '@reeve/core/vocabulary';
import type { ProcessId } from '../processes/proc.ts';

export type SpawnSpec = {
  agentId: string;
  command: string;
  args: string[];
  cwd: string;
  /** The whole environment; `REEVE_CONTAINED_AS` in it is the marker that the weakest level looks for. */
  env: NodeJS.ProcessEnv;
  stdin: 'ignore' | 'inherit';
};
/** Kept until it is read, also beyond the end of the command. */
export type Output = { stdout: Readable; stderr: Readable };
export type Exit = { exitCode: number | null; signal: string | null };

/**
 * All processes of one agent, held together so that each of them can be ended. What counts as a member differs by
 * level; `members` never lists another agent's processes.
 */
export interface Containment {
  readonly level: ContainmentLevel;
  /** The command itself. */
  readonly main: ProcessId;
  readonly output: Output;
  /** Resolves when the command itself has exited, whoever still holds its output open. */
  readonly exited: Promise<Exit>;
  members(): ProcessId[];
  /** TERM to every member, then CONT: a stopped process keeps a TERM waiting until it is continued. */
  terminate(): void;
  /** KILL, again and again until no member is left (a member may fork meanwhile) or `timeoutMs` is over. */
  kill(timeoutMs?: number): Promise<void>;
  /** Waits until no member is left, at most `timeoutMs`. Resolves with those that are: an empty list is the proof. */
  verifyGone(timeoutMs: number): Promise<ProcessId[]>;
  /** Holds every member still, or lets them go on; false where this level cannot. */
  freeze(frozen: boolean): boolean;
  /** What this level cannot know, for the evidence. */
  readonly caveat: string | undefined;
  /** Clears what the containment left in the system. Call it when the members are gone. */
  dispose(): void;
}

/** Makes containments of one level, all under one runner. */
export interface ContainmentHost {
  readonly level: ContainmentLevel;
  /** Rejects when the command cannot be started. */
  spawn(spec: SpawnSpec): Promise<Containment>;
  /** Where agents are held in the file system, if they are: what a clean-up after this runner needs to know. */
  readonly folder: string | undefined;
  close(): void;
}
