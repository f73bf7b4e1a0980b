/** What runners send. */
import { z } from 'zod';
import { id, name, pid, waitMs } from './fields.ts';

/**
 * How firmly a runner holds a process, the strongest first.
 *
 * Use it to judge an end: a process can leave its group, but not its cgroup.
 *
 * @example
 * containmentLevels[0]; // → 'cgroup'
 */
export const containmentLevels = ['cgroup', 'pid-namespace', 'process-group', 'none'] as const;

/**
 * A runner makes itself known, with its process and how it can hold others.
 *
 * Use it with `runnerId` to be the same runner again.
 *
 * @example
 * const runner = { name: 'r1', host: 'h', pid: 7, startTime: '1' };
 * registerRunnerInput.safeParse({ ...runner, containment: 'cgroup' }).success; // → true
 * registerRunnerInput.safeParse({ ...runner, containment: 'hope' }).success; // → false
 */
export const registerRunnerInput = z.object({
  name,
  host: z.string().max(255),
  pid,
  startTime: z.string().max(64),
  containment: z.enum(containmentLevels),
  /** The same runner again after a lost connection or a server restart. */
  runnerId: id.optional(),
});

/**
 * A runner asks for orders and says which it is done with; it waits 25 s for the next one unless told.
 *
 * Use it in a loop: what is not `done` is given out again.
 *
 * @example
 * pollRunnerInput.parse({ id: 'run_1' }); // → { id: 'run_1', waitMs: 25_000, done: [] }
 */
export const pollRunnerInput = z.object({ id, waitMs: waitMs.default(25_000), done: z.array(id).max(1000).default([]) });

/**
 * What a runner saw of the end of a process.
 *
 * Use it for what was seen alone: `survivors` is a count, never a guess.
 *
 * @example
 * processEvidence.parse({ containment: 'cgroup', exitCode: 0, signal: null, survivors: 0 }).killed; // → false
 * processEvidence.safeParse({ containment: 'cgroup', exitCode: 0, signal: null }).success; // → false
 */
export const processEvidence = z.object({
  containment: z.enum(containmentLevels),
  exitCode: z.number().int().nullable(),
  signal: z.string().max(20).nullable(),
  /** Processes of the containment seen after the end; 0 is the proof. */
  survivors: z.number().int().min(0),
  killed: z.boolean().default(false),
  detail: z.string().max(2000).optional(),
});

/** One of `containmentLevels`. */
export type ContainmentLevel = (typeof containmentLevels)[number];

/** What a runner saw of the end of a process, read. */
export type ProcessEvidence = z.output<typeof processEvidence>;
