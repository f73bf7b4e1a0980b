import type { CommandMap } from '@reeve/core';
import * as s from '@reeve/core/vocabulary';
import { readTasks, writeTasks } from '../../interchange/task-texts.ts';
import type { ClaimedTask, Claimer, Context } from '../context.ts';
import { DomainFailure, wireOf } from '../failure.ts';
import { refusalOfUnproven } from '../roles.ts';
import { anyone, router, run } from '../trpc.ts';
import { untilEnded } from '../until-ended.ts';

const tag = 'tasks';
const states = (text: string | undefined) =>
  text
    ?.split(',')
    .map((x) => x.trim())
    .filter(Boolean);
type Ctx = { services: Context['services']; principal: s.Principal };
const read = async (ctx: Ctx, out: Promise<{ taskId: string }>) => ctx.services.reads.task(ctx.principal.projectId, (await out).taskId);

async function claimOnce(ctx: Ctx, input: CommandMap['tasks.claim']['in']): Promise<ClaimedTask[]> {
  const { taskIds, tokens } = await run(ctx, 'tasks.claim', input);
  if (taskIds.length === 0) return [];
  const tasks = await ctx.services.reads.claimedTasks(ctx.principal.projectId, taskIds);
  // read after the commit: a claim that was taken away since may be another's now, with a token that is not for this caller
  return tasks.filter((t) => tokens[taskIds.indexOf(t.id)] === t.claim?.token);
}

/** Each by itself, in one batch of the writer: one that is refused says why, and holds no other back. */
async function eachOf<I, O extends object>(items: readonly I[], ask: (item: I) => Promise<O>) {
  const settled = await Promise.allSettled(items.map(ask));
  const results = settled.map((r) => {
    if (r.status === 'fulfilled') return { ok: true as const, ...r.value };
    if (r.reason instanceof DomainFailure) return { ok: false as const, error: wireOf(r.reason.error) };
    throw r.reason;
  });
  return { results };
}

export const tasksRouter = router({
  add: anyone
    .meta({ http: { method: 'POST', path: '/tasks', status: 201, tag, summary: 'Add a task to the project' } })
    .input(s.addTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.add', input))),
  claim: anyone
    .meta({ http: { method: 'POST', path: '/tasks/claim', tag, summary: 'Claim ready tasks; waits up to waitMs for one' } })
    .input(s.claimTasksInput)
    .mutation(async ({ ctx, input }) => {
      const { projectId } = ctx.principal;
      const until = Date.now() + input.waitMs;
      const wants = { labels: input.labels, capabilities: input.capabilities ?? [] };
      let before: Claimer | undefined;
      for (;;) {
        const left = until - Date.now();
        // in the line before it looks: a task that gets ready meanwhile wakes it
        const place = left > 0 ? ctx.services.wakeups.claimer(projectId, wants, left, ctx.signal) : undefined;
        let claimed: Awaited<ReturnType<typeof claimOnce>>;
        try {
          claimed = await claimOnce(ctx, input);
        } catch (e) {
          place?.leave();
          before?.leave();
          throw e;
        }
        if (claimed.length || !place) {
          place?.leave();
          return { tasks: claimed };
        }
        await place.woken;
        // woken because the caller has gone: a task that got ready now is not for it
        if (ctx.signal?.aborted) {
          place.leave();
          return { tasks: [] };
        }
        before = place;
      }
    }),
  wait: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/tasks/{id}/wait',
        tag,
        summary: 'Wait until a task is done, failed, dead or cancelled; up to waitMs',
      },
    })
    .input(s.awaitEndInput)
    .mutation(({ ctx, input }) => untilEnded<s.TaskState>(ctx, 'tasks.wait', input)),
  complete: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/complete', tag, summary: 'Complete a claimed task' } })
    .input(s.completeTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.complete', input))),
  fail: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/fail', tag, summary: 'Report a failed attempt' } })
    .input(s.failTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.fail', input))),
  release: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/release', tag, summary: 'Give a claimed task back' } })
    .input(s.releaseTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.release', input))),
  renew: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/renew', tag, summary: 'Renew the lease of a claim' } })
    .input(s.renewTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.renew', input))),
  cancel: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/cancel', tag, summary: 'Cancel a task' } })
    .input(s.operateTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.cancel', input))),
  retry: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/retry', tag, summary: 'Make a failed, dead-letter or cancelled task ready again' } })
    .input(s.operateTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.retry', input))),
  forceRelease: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/force-release', tag, summary: 'Take a claim away from its holder' } })
    .input(s.operateTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.force-release', input))),
  edit: anyone
    .meta({
      http: { method: 'PATCH', path: '/tasks/{id}', tag, summary: 'Change a task: title, body, priority, labels, needs, gate, time' },
    })
    .input(s.editTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.edit', input))),
  accept: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/accept', tag, summary: 'Accept the work of a task in review' } })
    .input(s.acceptTaskInput)
    .mutation(({ ctx, input }) => {
      const unproven = input.override && refusalOfUnproven(ctx.principal);
      if (unproven) throw new DomainFailure(unproven);
      return read(ctx, run(ctx, 'tasks.accept', input));
    }),
  reject: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/reject', tag, summary: 'Send the work of a task in review back' } })
    .input(s.rejectTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.reject', input))),
  comment: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/comments', status: 201, tag, summary: 'Say something about a task' } })
    .input(s.commentTaskInput)
    .mutation(({ ctx, input }) => run(ctx, 'tasks.comment', input)),
  attach: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/artefacts', status: 201, tag, summary: 'Add what an attempt left behind' } })
    .input(s.addArtefactInput)
    .mutation(({ ctx, input }) => run(ctx, 'tasks.attach', input)),
  record: anyone
    .meta({
      http: { method: 'GET', path: '/tasks/{id}/record', tag, summary: 'Attempts with their costs, comments, artefacts, sub-tasks' },
    })
    .input(s.byIdInput)
    .query(({ ctx, input }) => ctx.services.reads.taskRecord(ctx.principal.projectId, input.id)),
  artefact: anyone
    .meta({ http: { method: 'GET', path: '/artefacts/{id}', tag, summary: 'One artefact with its content' } })
    .input(s.byIdInput)
    .query(({ ctx, input }) => ctx.services.reads.artefact(ctx.principal.projectId, input.id)),
  bulk: anyone
    .meta({ http: { method: 'POST', path: '/tasks/bulk', tag, batch: true, summary: 'Retry, release, cancel or reprioritise many tasks' } })
    .input(s.bulkTasksInput)
    .mutation(({ ctx, input: { ids, action, priority = 0, reason } }) =>
      eachOf([...new Set(ids)], (id) =>
        action === 'prioritise'
          ? run(ctx, 'tasks.prioritise', { id, priority })
          : run(ctx, action === 'release' ? 'tasks.force-release' : `tasks.${action}`, { id, reason }),
      ),
    ),
  addMany: anyone
    .meta({ http: { method: 'POST', path: '/tasks/batch', status: 201, tag, batch: true, summary: 'Add many tasks' } })
    .input(s.addTasksInput)
    .mutation(({ ctx, input }) => eachOf(input.tasks, (task) => run(ctx, 'tasks.add', task))),
  completeMany: anyone
    .meta({ http: { method: 'POST', path: '/tasks/complete', tag, batch: true, summary: 'Complete many claimed tasks' } })
    .input(s.completeTasksInput)
    .mutation(({ ctx, input }) => eachOf(input.tasks, (task) => run(ctx, 'tasks.complete', task))),
  import: anyone
    .meta({ http: { method: 'POST', path: '/tasks/import', tag, batch: true, summary: 'Import tasks: JSON lines, CSV, or GitHub issues' } })
    .input(s.importTasksInput)
    .mutation(async ({ ctx, input: { format, text, source } }) => {
      const { tasks, closed } = readTasks(format, text);
      return { ...(await run(ctx, 'tasks.import', { source, tasks })), closed };
    }),
  export: anyone
    .meta({ http: { method: 'GET', path: '/tasks/export', tag, summary: 'Tasks as JSON lines, CSV, or GitHub issues, by page' } })
    .input(s.exportTasksInput)
    .query(async ({ ctx, input: { format, state, limit, cursor } }) => {
      const q = { states: states(state), limit, cursor };
      const { items, nextCursor } = await ctx.services.reads.tasks(ctx.principal.projectId, q);
      return { text: writeTasks(format, items), count: items.length, nextCursor };
    }),
  prioritise: anyone.input(s.updateTaskInput).mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.prioritise', input))),
  depend: anyone
    .meta({ http: { method: 'POST', path: '/tasks/{id}/dependencies', tag, summary: 'Add and remove what a waiting task waits for' } })
    .input(s.dependTaskInput)
    .mutation(({ ctx, input }) => read(ctx, run(ctx, 'tasks.depend', input))),
  get: anyone
    .meta({ http: { method: 'GET', path: '/tasks/{id}', tag, summary: 'One task' } })
    .input(s.byIdInput)
    .query(({ ctx, input }) => ctx.services.reads.task(ctx.principal.projectId, input.id)),
  list: anyone
    .meta({ http: { method: 'GET', path: '/tasks', tag, summary: 'Tasks by priority, then age' } })
    .input(s.listTasksInput)
    .query(({ ctx, input }) =>
      ctx.services.reads.tasks(ctx.principal.projectId, {
        states: states(input.state),
        label: input.label,
        limit: input.limit,
        cursor: input.cursor,
      }),
    ),
});
