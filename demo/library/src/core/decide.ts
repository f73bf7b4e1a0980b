import type { Job } from '../orchestration/queue.ts';

export type Decision = { kind: 'work'; job: Job } | { kind: 'ask'; why: string } | { kind: 'rest' };

/** What an agent does next. A job that failed three times is a question for a person, not a fourth try. */
export function decide(job: Job | undefined, failures: number): Decision {
  if (!job) return { kind: 'rest' };
  if (failures >= 3) return { kind: 'ask', why: `${job.id} failed ${failures} times` };
  return { kind: 'work', job };
}
