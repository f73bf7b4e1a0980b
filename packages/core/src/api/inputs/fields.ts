/** Fields that inputs of several subjects have in common. Text from agents has a length limit everywhere. */
import { z } from 'zod';
import { type LimitName, limitNames, maxDepth } from '../../agents/limits.ts';

/**
 * An id of anything: opaque, and short, 1 to 64 characters.
 *
 * Use it for any id that comes in; whether there is such a thing is asked later.
 *
 * @example
 * id.safeParse('agt_1').success; // → true
 * id.safeParse('').success; // → false
 */
export const id = z.string().min(1).max(64);

export const name = z.string().trim().min(1).max(200);

export const label = z.string().trim().min(1).max(64);

export const reason = z.string().trim().max(2000).default('');

export const leaseMs = z.number().int().min(1_000).max(3_600_000);

export const waitMs = z.number().int().min(0).max(60_000);

export const usd = z.union([z.number().min(0).max(1e9), z.string().regex(/^\d{1,9}(\.\d{1,18})?$/)]);

export const json = z.json();

/** The last moment with a year of four digits: what comes later no database and no ISO 8601 reader takes as it is. */
export const lastMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export const at = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) <= lastMs, 'must be between 1970 and 9999');

export const atMs = z.number().int().min(0).max(lastMs);

export const pid = z.number().int().positive().max(2_147_483_647);

export const requestId = z.string().min(1).max(128);

/** Waits for each other are longer than polls: up to four minutes, below the five after which many HTTP clients give up. */
export const longWaitMs = z.number().int().min(0).max(240_000);

export const count = z.number().int().min(0).max(1e12);

export const page = { limit: z.coerce.number().int().min(1).max(1000).default(100), cursor: z.string().max(200).optional() };

/**
 * What can happen to a child when its parent ends or is lost.
 *
 * Use it to offer the choice; what holds where nobody chose is the policy for orphans.
 *
 * @example
 * parentExitActions.includes('reparent'); // → true
 */
export const parentExitActions = ['stop', 'reparent', 'ignore'] as const;

export const onParentExit = z
  .object({
    completed: z.enum(parentExitActions).optional(),
    failed: z.enum(parentExitActions).optional(),
    lost: z.enum(parentExitActions).optional(),
    stopped: z.enum(parentExitActions).optional(),
  })
  .strict();

export const limit = z.number().int().min(0).max(1_000_000);

/** Bounds by name; what is left out stays as it is. */
export const limits = z
  .object({ ...(Object.fromEntries(limitNames.map((n) => [n, limit.optional()])) as Record<LimitName, z.ZodOptional<typeof limit>>) })
  .strict()
  .refine((l) => (l.depth ?? 0) <= maxDepth, { path: ['depth'], message: `at most ${maxDepth}` });

export const sequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

export const token = z.string().regex(/^\d{1,19}$/);
