import { groupBy } from '../tools/lists.ts';

export type Job = { id: string; tool: string; priority: number; addedMs: number };

/** The next job: highest priority, then oldest; never two at once on the same tool. */
export function nextJob(ready: Job[], busyTools: ReadonlySet<string>): Job | undefined {
  return ready.filter((job) => !busyTools.has(job.tool)).sort((a, b) => b.priority - a.priority || a.addedMs - b.addedMs)[0];
}

/** How many jobs wait for each tool. */
export function backlog(ready: Job[]): Record<string, number> {
  const groups = groupBy(ready, (job) => job.tool);
  return Object.fromEntries(Object.entries(groups).map(([tool, jobs]) => [tool, jobs.length]));
}
