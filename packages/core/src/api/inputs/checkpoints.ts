/** What callers send about checkpoints, cuts and effects. */
import { z } from 'zod';
import { id, json, name, page, reason, requestId, sequence, usd } from './fields.ts';

/** Any JSON: it comes from `JSON.parse`, so walking through four megabytes of it once more would prove nothing. */
const saved = z.unknown();

/**
 * A state to keep: `sequence` grows with each one of an epoch, and `eventSequence` says which events it has in it.
 *
 * Use it at a safe point, where the state is whole.
 *
 * @example
 * saveCheckpointInput.parse({ id: 'agt_1', sequence: 1, state: { at: 3 }, trigger: 'tools' }).eventSequence; // → 0
 * saveCheckpointInput.safeParse({ id: 'agt_1', sequence: 1, trigger: 'tools' }).success; // → false
 */
export const saveCheckpointInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  sequence,
  state: saved.refine((v) => v !== undefined, 'is missing'),
  messages: z.array(saved).nullish(),
  context: saved.optional(),
  trigger: z.string().trim().min(1).max(200),
  /** The number of the last event that the state has in it. */
  eventSequence: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
});

/**
 * Asks an agent, or its subtree, to save; each does so at its next safe point.
 *
 * Use it before something risky; an agent saves by itself otherwise.
 *
 * @example
 * askCheckpointInput.parse({ id: 'agt_1' }).subtree; // → false
 */
export const askCheckpointInput = z.object({ id, reason, subtree: z.boolean().default(false) });

/**
 * The kept checkpoints of an agent, by page.
 *
 * Use it to choose the one to restore from.
 *
 * @example
 * listCheckpointsInput.parse({ id: 'agt_1' }).limit; // → 100
 */
export const listCheckpointsInput = z.object({ id, ...page });

/**
 * What is made of a checkpoint: the same agent in a new epoch, or another agent that begins where it stood.
 *
 * Use `fork` to try something else from there while the first one stays as it is.
 *
 * @example
 * restoreModes; // → ['restore', 'fork']
 */
export const restoreModes = ['restore', 'fork'] as const;

/**
 * Goes on from a checkpoint, whose id `id` is; of a fork with a parent and a name of its own.
 *
 * Use it with a `requestId`: a lost reply asked again must not begin one epoch more.
 *
 * @example
 * restoreCheckpointInput.parse({ id: 'ckp_1' }).mode; // → 'restore'
 * restoreCheckpointInput.parse({ id: 'ckp_1', mode: 'fork', parentId: null }).parentId; // → null
 */
export const restoreCheckpointInput = z.object({
  id,
  mode: z.enum(restoreModes).default('restore'),
  /** Of a fork: where it goes; null: it becomes a root; not given: below the parent of its source. */
  parentId: z.union([z.string().min(1).max(64), z.null()]).optional(),
  /** Of a fork: its name. */
  name: name.optional(),
  /** The runner of the agent starts its command, of a fork too; the token is then handed to that process alone. */
  relaunch: z.boolean().default(false),
  requestId: requestId.optional(),
});

/**
 * Rehearses from a checkpoint, whose id `id` is: another process does once more what came after it, in a session of its own
 * that touches nothing live.
 *
 * Use it before a restore, or to see whether a changed program still does the same.
 *
 * @example
 * rehearseCheckpointInput.safeParse({ id: 'ckp_1' }).success; // → true
 */
export const rehearseCheckpointInput = z.object({
  id,
  /** What it may spend: its model calls are real. Not given: as much as the original. */
  budgetUsd: usd.optional(),
  requestId: requestId.optional(),
});

/**
 * Goes back to a cut, whose id `id` is: every member begins a new epoch from its checkpoint, parents before children.
 *
 * Use it with a `requestId`, as for one agent; `partial` accepts that some agents of the subtree are left out and stopped.
 *
 * @example
 * restoreCutInput.parse({ id: 'cut_1' }).partial; // → false
 */
export const restoreCutInput = z.object({ id, partial: z.boolean().default(false), requestId: requestId.optional() });

/**
 * The newest cuts of an agent's subtree.
 *
 * Use it to choose the one to go back to.
 *
 * @example
 * listCutsInput.parse({ id: 'agt_1' }).limit; // → 10
 */
export const listCutsInput = z.object({ id, limit: z.coerce.number().int().min(1).max(50).default(10) });

const effectKey = z.string().min(1).max(200);

/**
 * Something is about to be done outside under `key`; the answer says whether it may be done now.
 *
 * Use it before each effect that must not happen twice, with one `attemptId` for all tries of one call.
 *
 * @example
 * beginEffectInput.parse({ id: 'agt_1', key: 'mail:42', attemptId: 'a1' }).retry; // → false
 */
export const beginEffectInput = z.object({
  id,
  epoch: z.number().int().min(1).optional(),
  key: effectKey,
  description: z.string().trim().max(500).default(''),
  /** The same for each try of one call, so that a lost reply is no doubt. */
  attemptId: requestId,
  /** Does it again although it may have been done: somebody has decided so. */
  retry: z.boolean().default(false),
});

/**
 * It is done outside, with what came of it.
 *
 * Use it right after; an effect without it is in doubt.
 *
 * @example
 * acknowledgeEffectInput.safeParse({ id: 'agt_1', key: 'mail:42', result: { sent: true } }).success; // → true
 */
export const acknowledgeEffectInput = z.object({ id, epoch: z.number().int().min(1).optional(), key: effectKey, result: json.optional() });
