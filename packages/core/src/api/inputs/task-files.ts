/** Tasks from elsewhere and to elsewhere. */
import { z } from 'zod';
import { label, page } from './fields.ts';

/**
 * The forms in which tasks come and go: one JSON object a line, CSV with a header, or issues as GitHub's API has them.
 *
 * Use it where a format is chosen.
 *
 * @example
 * taskFormats.includes('csv'); // → true
 */
export const taskFormats = ['jsonl', 'csv', 'github'] as const;

/** One of `taskFormats`. */
export type TaskFormat = (typeof taskFormats)[number];

/**
 * Tasks from elsewhere, up to 1,000, as one text of at most four million characters. What was imported from the same
 * `source` before, or has the id of a task that is here, stays as it is: the same text twice is once.
 *
 * Use it with the name of where they come from, for example that of the repository.
 *
 * @example
 * importTasksInput.parse({ format: 'csv', text: 'id,title' }).source; // → 'import'
 */
export const importTasksInput = z.object({
  format: z.enum(taskFormats),
  text: z.string().min(1).max(4_000_000),
  source: z.string().trim().min(1).max(100).default('import'),
});

/**
 * Tasks as a text in one of the formats, by page.
 *
 * Use it with `state` for a part of them.
 *
 * @example
 * exportTasksInput.parse({ format: 'jsonl' }).limit; // → 100
 */
export const exportTasksInput = z.object({ format: z.enum(taskFormats), state: z.string().max(200).optional(), ...page });

/**
 * A task from elsewhere: known there by its `key`, and waiting for others by theirs.
 *
 * Use it for what a format was read into.
 *
 * @example
 * importedTask.parse({ key: '#7', title: 'a' }).dependsOn; // → []
 */
export const importedTask = z.object({
  key: z.string().trim().min(1).max(100),
  title: z.string().trim().min(1).max(500),
  body: z.string().max(100_000).nullable().optional(),
  priority: z.number().int().min(-1000).max(1000).default(0),
  labels: z.array(label).max(32).default([]),
  needs: z.array(label).max(32).default([]),
  evidence: z.array(label).max(16).default([]),
  review: z.boolean().default(false),
  maxAttempts: z.number().int().min(1).max(100).default(3),
  dependsOn: z.array(z.string().trim().min(1).max(100)).max(100).default([]),
});
