/** What callers ask of the log of facts, of decisions and of output. */
import { z } from 'zod';
import { at, id } from './fields.ts';

/**
 * Facts of the log: newest first before a `seq`, or with `after` oldest first behind it.
 *
 * Use it to read the log; what happens from now on comes live.
 *
 * @example
 * listEventsInput.parse({ after: '17' }); // → { after: 17, limit: 100 }
 */
export const listEventsInput = z.object({
  /** Newest first, before this `seq`; or with `after`, oldest first behind it. */
  before: z.coerce.number().int().optional(),
  after: z.coerce.number().int().optional(),
  subjectId: id.optional(),
  type: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const seq = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/**
 * A point in the log: the project as it was when that event had happened; the last one unless told.
 *
 * Use it to look back; nothing can be done there.
 *
 * @example
 * historyInput.parse({ seq: '17' }).seq; // → 17
 * historyInput.safeParse({ seq: 0 }).success; // → false
 */
export const historyInput = z.object({ seq: seq.optional() });

/**
 * Two points in the log, the earlier one first.
 *
 * Use it to compare them, or to take out all that lies between.
 *
 * @example
 * historyRangeInput.parse({ from: '3', to: '9' }); // → { from: 3, to: 9 }
 * historyRangeInput.safeParse({ from: 9, to: 3 }).success; // → false
 */
export const historyRangeInput = z
  .object({ from: seq, to: seq })
  .refine((r) => r.from <= r.to, { path: ['to'], message: 'lies before from' });

/**
 * The audit log: newest first before number `before`, or with `after` oldest first behind it; 100 unless told.
 *
 * Use it with `after: 0` to take all of it out, and with `actor` or `action` to find who did what: each finds what begins so.
 *
 * @example
 * listAuditInput.parse({ after: '0' }).after; // → 0
 * listAuditInput.safeParse({ limit: 0 }).success; // → false
 */
export const listAuditInput = z.object({
  before: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  actor: z.string().max(200).optional(),
  action: z.string().max(100).optional(),
  subjectId: z.string().max(2000).optional(),
  since: at.optional(),
  until: at.optional(),
  /** Goes on behind a `nextCursor`, in the same direction. */
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be a nextCursor')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/**
 * Deadlocks that were found, newest first.
 *
 * Use it to show what was broken up; the live graph never shows a circle for longer than a sweep.
 *
 * @example
 * listDeadlocksInput.parse({}).limit; // → 20
 */
export const listDeadlocksInput = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20) });

/**
 * Lines that an agent's process wrote, behind the line number `after`: 500 unless told, 2,000 at most.
 *
 * Use it with the last `n` of one answer to go on.
 *
 * @example
 * agentLogsInput.parse({ id: 'agt_1' }).limit; // → 500
 */
export const agentLogsInput = z.object({
  id,
  after: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
});
