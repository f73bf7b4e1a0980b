/** What callers send about the project and its orphans. */
import { z } from 'zod';
import { id, limits, onParentExit, reason } from './fields.ts';

/**
 * The limits of a project, and its policy for orphans; what is left out stays as it is, and null takes the policy away.
 *
 * Use it to tighten or to widen what holds for all; a session gets tighter limits at its root.
 *
 * @example
 * configureProjectInput.safeParse({ limits: { depth: 3 } }).success; // → true
 * configureProjectInput.safeParse({ limits: { height: 3 } }).success; // → false
 * configureProjectInput.safeParse({ checkpoints: { keep: 100, keepForMs: 86_400_000 } }).success; // → true
 * configureProjectInput.safeParse({ checkpoints: { keep: 0 } }).success; // → false
 */
export const configureProjectInput = z.object({
  limits: limits.optional(),
  onParentExit: onParentExit.nullish(),
  /** Of each agent the newest `keep` are kept, and those that are younger than `keepForMs`; the latest always. */
  checkpoints: z
    .object({ keep: z.number().int().min(1).max(1_000).optional(), keepForMs: z.number().int().min(0).max(31_536_000_000).optional() })
    .strict()
    .optional(),
});

/** What an operator can say of orphans: as the policy has it, or this instead. */
const orphanOrders = ['policy', 'stop', 'reparent', 'ignore'] as const;

/**
 * The orphans whose cases are shown: the first so many, those that need an answer before those that are left alone.
 *
 * Use it for the dry run of a sweep; the sums are of all orphans either way.
 *
 * @example
 * listOrphansInput.parse({}); // → { limit: 100 }
 * listOrphansInput.safeParse({ limit: 1_001 }).success; // → false
 */
export const listOrphansInput = z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(100) }).strict();

/**
 * An operator's word on orphans they name, also past a halt: `policy`, as the dry run showed it; `stop` and `reparent`,
 * whatever the policy says; `ignore`, left as they are for `forMs`.
 *
 * Use it on ids from `GET /orphans`; whoever is no orphan by then is skipped, and told of.
 *
 * @example
 * handleOrphansInput.parse({ agentIds: ['agt_1'], action: 'stop' }).reason; // → ''
 * handleOrphansInput.safeParse({ agentIds: ['agt_1'], action: 'ignore', forMs: 60_000 }).success; // → true
 * handleOrphansInput.safeParse({ agentIds: ['agt_1'], action: 'ignore' }).success; // → false
 * handleOrphansInput.safeParse({ agentIds: ['agt_1'], action: 'stop', forMs: 60_000 }).success; // → false
 */
export const handleOrphansInput = z
  .object({
    agentIds: z.array(id).min(1).max(1_000),
    action: z.enum(orphanOrders),
    /** Of `ignore`: from a second to thirty days. */
    forMs: z.number().int().min(1_000).max(2_592_000_000).optional(),
    reason,
  })
  .strict()
  .refine((i) => (i.action === 'ignore') === (i.forMs !== undefined), { path: ['forMs'], message: 'goes with ignore, and ignore with it' });

/**
 * Lets agents start again after an emergency stop.
 *
 * Use it once the cause is gone; what was stopped stays stopped.
 *
 * @example
 * reopenProjectInput.parse({}); // → { reason: '' }
 */
export const reopenProjectInput = z.object({ reason });
