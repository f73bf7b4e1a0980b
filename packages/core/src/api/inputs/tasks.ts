/** What callers send about tasks. */
import { z } from 'zod';
import { at, id, json, label, leaseMs, name, page, reason, requestId, token, waitMs } from './fields.ts';

/**
 * A task for the queue: three attempts, priority 0 and nothing to wait for, unless told. Higher priorities come first.
 *
 * Use it with a `requestId` where a lost reply may be asked again.
 *
 * @example
 * const task = addTaskInput.parse({ title: 'write the tests', dependsOn: ['tsk_1'] });
 * [task.priority, task.maxAttempts]; // → [0, 3]
 */
export const addTaskInput = z.object({
  title: z.string().trim().min(1).max(500),
  body: z.string().max(100_000).optional(),
  priority: z.number().int().min(-1000).max(1000).default(0),
  dependsOn: z.array(id).max(100).default([]),
  maxAttempts: z.number().int().min(1).max(100).default(3),
  labels: z.array(label).max(32).default([]),
  notBefore: at.optional(),
  requestId: requestId.optional(),
  /** What an agent must be able to do to claim it. */
  needs: z.array(label).max(32).optional(),
  /** The task that this one is a part of; that one is done once all its parts are done or cancelled. */
  parentId: id.optional(),
  /** A person must accept the work before it is done. */
  review: z.boolean().optional(),
  /** Kinds of artefacts without which it is not done. */
  evidence: z.array(label).max(16).optional(),
});

/**
 * Takes tasks for an agent: one, at once or not at all, for five minutes, unless told; `waitMs` waits up to a minute.
 *
 * Use it with the same `requestId` when a reply was lost: it is answered with the same claims.
 *
 * @example
 * claimTasksInput.parse({ agentId: 'agt_1' }); // → { agentId: 'agt_1', labels: [], leaseMs: 300_000, limit: 1, waitMs: 0 }
 */
export const claimTasksInput = z.object({
  agentId: id,
  /** Only tasks that carry all of these. */
  labels: z.array(label).max(32).default([]),
  /** What the agent can do: tasks that need anything else are left for others. */
  capabilities: z.array(label).max(64).optional(),
  leaseMs: leaseMs.default(300_000),
  limit: z.number().int().min(1).max(100).default(1),
  waitMs: waitMs.default(0),
  requestId: requestId.optional(),
});

/**
 * A claimed task is done; `token` is that of the claim, as a decimal string.
 *
 * Use it as the last word on a claim; an older token is refused.
 *
 * @example
 * completeTaskInput.safeParse({ id: 'tsk_1', token: '7' }).success; // → true
 * completeTaskInput.safeParse({ id: 'tsk_1', token: 7 }).success; // → false
 */
export const completeTaskInput = z.object({ id, token, result: json.optional() });

/**
 * An attempt failed; it is tried again while attempts are left, unless `retryable` is false.
 *
 * Use it where the attempt counts; a task given back untouched is `releaseTaskInput`.
 *
 * @example
 * failTaskInput.parse({ id: 'tsk_1', token: '7' }).retryable; // → true
 */
export const failTaskInput = z.object({ id, token, error: z.string().max(20_000).default(''), retryable: z.boolean().default(true) });

/**
 * Gives a claimed task back to the queue.
 *
 * Use it when the agent cannot do it now; what was tried and failed is `failTaskInput`.
 *
 * @example
 * releaseTaskInput.safeParse({ id: 'tsk_1', token: '7' }).success; // → true
 */
export const releaseTaskInput = z.object({ id, token });

/**
 * A new lease on a claim, from now on: five minutes unless told.
 *
 * Use it while the work takes longer than the lease.
 *
 * @example
 * renewTaskInput.parse({ id: 'tsk_1', token: '7' }).leaseMs; // → 300_000
 */
export const renewTaskInput = z.object({ id, token, leaseMs: leaseMs.default(300_000) });

/**
 * What an operator does with a task (cancel, retry, take it from its agent), with the reason.
 *
 * Use it without a token: an operator needs no claim.
 *
 * @example
 * operateTaskInput.parse({ id: 'tsk_1' }).reason; // → ''
 */
export const operateTaskInput = z.object({ id, reason });

/**
 * Another priority for a task, from −1000 to 1000; higher ones are claimed first.
 *
 * Use it to move what waits in the queue.
 *
 * @example
 * updateTaskInput.safeParse({ id: 'tsk_1', priority: 1_001 }).success; // → false
 */
export const updateTaskInput = z.object({ id, priority: z.number().int().min(-1000).max(1000) });

/**
 * Parts of a task written anew; what is left out stays. `notBefore` is a time, or null for at once.
 *
 * Use it for what the work is; who has it and how far it is, other calls say.
 *
 * @example
 * editTaskInput.parse({ id: 'tsk_1', title: ' New ', body: null }); // → { id: 'tsk_1', title: 'New', body: null }
 * editTaskInput.safeParse({ id: 'tsk_1', title: '' }).success; // → false
 */
export const editTaskInput = z.object({
  id,
  title: z.string().trim().min(1).max(500).optional(),
  body: z.string().max(100_000).nullable().optional(),
  priority: z.number().int().min(-1000).max(1000).optional(),
  labels: z.array(label).max(32).optional(),
  needs: z.array(label).max(32).optional(),
  review: z.boolean().optional(),
  evidence: z.array(label).max(16).optional(),
  maxAttempts: z.number().int().min(1).max(100).optional(),
  notBefore: at.nullable().optional(),
});

/**
 * A person takes the work of a task in review. `override` accepts it although something is missing, and then needs a
 * reason of at least three characters.
 *
 * Use it once the work was looked at.
 *
 * @example
 * acceptTaskInput.parse({ id: 'tsk_1' }).override; // → false
 * acceptTaskInput.safeParse({ id: 'tsk_1', override: true }).success; // → false
 * acceptTaskInput.safeParse({ id: 'tsk_1', override: true, reason: 'seen it run' }).success; // → true
 */
export const acceptTaskInput = z
  .object({ id, reason, override: z.boolean().default(false) })
  .refine((i) => !i.override || i.reason.length >= 3, { path: ['reason'], message: 'an override needs a reason' });

/**
 * A person sends the work of a task in review back, and says why.
 *
 * Use it with what the next attempt has to know.
 *
 * @example
 * rejectTaskInput.safeParse({ id: 'tsk_1', reason: 'no tests' }).success; // → true
 * rejectTaskInput.safeParse({ id: 'tsk_1', reason: ' ' }).success; // → false
 */
export const rejectTaskInput = z.object({ id, reason: z.string().trim().min(1).max(2000) });

/**
 * Something said about a task, up to 20,000 characters.
 *
 * Use it with a `requestId` where the reply may be lost.
 *
 * @example
 * commentTaskInput.safeParse({ id: 'tsk_1', body: '' }).success; // → false
 */
export const commentTaskInput = z.object({ id, body: z.string().trim().min(1).max(20_000), requestId: requestId.optional() });

/**
 * What an attempt left behind: a text of up to 256,000 characters, or the address of what is elsewhere. Agents show the
 * token of their claim, so that the proof is of that attempt.
 *
 * Use it before the completion where `evidence` asks for that kind.
 *
 * @example
 * addArtefactInput.safeParse({ id: 'tsk_1', token: '7', kind: 'diff', name: 'a.patch', content: '+1' }).success; // → true
 * addArtefactInput.safeParse({ id: 'tsk_1', token: '7', kind: 'diff', name: 'a.patch' }).success; // → false
 */
export const addArtefactInput = z
  .object({
    id,
    token: token.optional(),
    kind: label,
    name,
    content: z.string().max(256_000).optional(),
    uri: z.string().trim().min(1).max(2000).optional(),
    mediaType: z.string().trim().max(200).optional(),
    digest: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    requestId: requestId.optional(),
  })
  .refine((i) => (i.content === undefined) !== (i.uri === undefined), { path: ['content'], message: 'either a content or a uri' });

/**
 * Other tasks for a task to wait for, or no longer, up to 100 of each.
 *
 * Use it once the task is there; what is known before goes into `addTaskInput`.
 *
 * @example
 * dependTaskInput.parse({ id: 'tsk_1', add: ['tsk_2'] }).remove; // → []
 */
export const dependTaskInput = z.object({ id, add: z.array(id).max(100).default([]), remove: z.array(id).max(100).default([]) });

/**
 * One thing done to many tasks, up to 1,000; each is answered by itself, and one that is refused holds no other back.
 *
 * Use it for what an operator has selected; the reason is written to each.
 *
 * @example
 * bulkTasksInput.safeParse({ ids: ['tsk_1'], action: 'cancel' }).success; // → true
 * bulkTasksInput.safeParse({ ids: ['tsk_1'], action: 'prioritise' }).success; // → false
 */
export const bulkTasksInput = z
  .object({
    ids: z.array(id).min(1).max(1000),
    action: z.enum(['retry', 'release', 'cancel', 'prioritise']),
    priority: z.number().int().min(-1000).max(1000).optional(),
    reason,
  })
  .refine((i) => i.action !== 'prioritise' || i.priority !== undefined, { path: ['priority'], message: 'is missing' });

/**
 * Many tasks at once, up to 1,000, in one batch; each answered by itself.
 *
 * Use it with a `requestId` in each; tasks that depend on each other go into an import.
 *
 * @example
 * addTasksInput.parse({ tasks: [{ title: 'a' }] }).tasks.length; // → 1
 */
export const addTasksInput = z.object({ tasks: z.array(addTaskInput).min(1).max(1000) });

/**
 * Many claims completed at once, up to 1,000; each answered by itself.
 *
 * Use it for many small tasks.
 *
 * @example
 * completeTasksInput.safeParse({ tasks: [{ id: 'tsk_1', token: '1' }] }).success; // → true
 */
export const completeTasksInput = z.object({ tasks: z.array(completeTaskInput).min(1).max(1000) });

/**
 * Tasks by page, all of them or those in a state or with a label.
 *
 * Use it to look; to take one there is `claimTasksInput`.
 *
 * @example
 * listTasksInput.parse({ label: ' docs ' }).label; // → 'docs'
 */
export const listTasksInput = z.object({ state: z.string().max(200).optional(), label: label.optional(), ...page });
