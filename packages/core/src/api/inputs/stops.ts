/** What callers send about stops. */
import { z } from 'zod';
import { id, page, reason } from './fields.ts';

/**
 * Whom a stop asks first: `foreground`, leaves before parents; `background`, all at once.
 *
 * Use `background` where nobody needs its children to end before it.
 *
 * @example
 * stopPropagations; // → ['foreground', 'background']
 */
export const stopPropagations = ['foreground', 'background'] as const;

/**
 * How a stop goes, the gentlest first: `drain`, finish what you do; `graceful`, end within the grace; `force`, KILL now.
 *
 * Use the gentlest that will do: a stop under way can be made stronger, never weaker.
 *
 * @example
 * stopModes; // → ['drain', 'graceful', 'force']
 */
export const stopModes = ['drain', 'graceful', 'force'] as const;

/**
 * Stops an agent with its subtree: graceful, with 30 s to end and 5 s to see a kill confirmed, unless told.
 *
 * Use it with `dryRun` to see what a stop would do, and with `expectEpoch` to stop no newer run than the one you saw.
 *
 * @example
 * stopAgentInput.parse({ id: 'agt_1' }).graceMs; // → 30_000
 * stopAgentInput.parse({ id: 'agt_1' }).mode; // → 'graceful'
 */
export const stopAgentInput = z.object({
  id,
  mode: z.enum(stopModes).default('graceful'),
  graceMs: z.number().int().min(0).max(3_600_000).default(30_000),
  killConfirmMs: z.number().int().min(0).max(600_000).default(5_000),
  reason,
  /** foreground (unless told): leaves are asked first, a parent once its children have ended. background: all are asked at once. */
  propagation: z.enum(stopPropagations).optional(),
  expectEpoch: z.number().int().min(1).optional(),
  dryRun: z.boolean().default(false),
});

/**
 * The emergency stop: everything of the project under one fence, and nothing new starts until it is opened again.
 *
 * Use it when you do not know which agent is the cause; one subtree is stopped by `stopAgentInput`.
 *
 * @example
 * stopProjectInput.parse({ mode: 'force', reason: 'too dear' }).mode; // → 'force'
 */
export const stopProjectInput = stopAgentInput.omit({ id: true, expectEpoch: true, dryRun: true });

/**
 * Stops by page, all of them or those that are under way or done.
 *
 * Use it to find a receipt whose id you do not have.
 *
 * @example
 * listStopsInput.safeParse({ state: 'stopping' }).success; // → true
 * listStopsInput.safeParse({ limit: 1_001 }).success; // → false
 */
export const listStopsInput = z.object({ state: z.enum(['stopping', 'done']).optional(), ...page });

/**
 * A part of a receipt, in the order in which its members end; `cursor` as the part before answered it.
 *
 * Use it for stops of thousands; `GET /stops/{id}` has the whole receipt in one answer.
 *
 * @example
 * stopReceiptInput.parse({ id: 'stp_1' }).limit; // → 100
 * stopReceiptInput.safeParse({ id: 'stp_1', cursor: '0:agt_1' }).success; // → true
 * stopReceiptInput.safeParse({ id: 'stp_1', cursor: 'agt_1' }).success; // → false
 */
export const stopReceiptInput = z.object({
  id,
  ...page,
  cursor: z
    .string()
    .regex(/^\d{1,6}:.{1,64}$/, 'must be a nextCursor')
    .optional(),
});

/** One of `stopPropagations`. */
export type StopPropagation = (typeof stopPropagations)[number];

/** One of `stopModes`. */
export type StopMode = (typeof stopModes)[number];
