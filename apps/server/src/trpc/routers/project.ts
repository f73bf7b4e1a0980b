import * as s from '@reeve/core/vocabulary';
import { anyone, router, run } from '../trpc.ts';

export const eventsRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/events', tag: 'events', summary: 'The event log of the project' } })
    .input(s.listEventsInput)
    .query(({ ctx, input }) => ctx.services.reads.events(ctx.principal.projectId, input)),
});

const history = 'history';
export const historyRouter = router({
  at: anyone
    .meta({
      http: {
        method: 'GET',
        path: '/history',
        tag: history,
        summary: 'The tree, tasks, costs, locks and barriers as they were at any event',
      },
    })
    .input(s.historyInput)
    .query(({ ctx, input }) => ctx.services.reads.history(ctx.principal.projectId, input)),
  compare: anyone
    .meta({ http: { method: 'GET', path: '/history/compare', tag: history, summary: 'What is different between two points of the log' } })
    .input(s.historyRangeInput)
    .query(({ ctx, input }) => ctx.services.reads.historyDifference(ctx.principal.projectId, input)),
  bundle: anyone
    .meta({
      http: {
        method: 'GET',
        path: '/history/bundle',
        tag: history,
        summary: 'An incident to take along: two points, their difference, the events between',
      },
    })
    .input(s.historyRangeInput)
    .query(({ ctx, input }) => ctx.services.reads.historyBundle(ctx.principal.projectId, input)),
  check: anyone
    .meta({
      http: {
        method: 'GET',
        path: '/history/check',
        tag: history,
        summary: 'Replays the whole log and holds it against the records as they stand',
      },
    })
    .query(({ ctx }) => ctx.services.reads.historyCheck(ctx.principal.projectId)),
});

const tag = 'project';
export const projectRouter = router({
  get: anyone
    .meta({
      http: { method: 'GET', path: '/project', tag, summary: 'Limits with their use, the policy for orphans, and whether it is halted' },
    })
    .query(({ ctx }) => ctx.services.reads.project(ctx.principal.projectId)),
  configure: anyone
    .meta({ http: { method: 'PATCH', path: '/project', tag, summary: 'Change limits and the policy for orphans' } })
    .input(s.configureProjectInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'project.configure', input);
      return ctx.services.reads.project(ctx.principal.projectId);
    }),
  stop: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/project/stop',
        status: 202,
        tag,
        summary: 'Emergency stop: everything under one fence, nothing new starts',
      },
    })
    .input(s.stopProjectInput)
    .mutation(({ ctx, input }) => run(ctx, 'project.stop', input)),
  reopen: anyone
    .meta({ http: { method: 'POST', path: '/project/reopen', tag, summary: 'After an emergency stop: let agents start again' } })
    .input(s.reopenProjectInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'project.reopen', input);
      return ctx.services.reads.project(ctx.principal.projectId);
    }),
});

export const overviewRouter = router({
  get: anyone
    .meta({ http: { method: 'GET', path: '/overview', tag: 'overview', summary: 'What needs a person, and the live counters' } })
    .query(({ ctx }) => ctx.services.reads.overview(ctx.principal.projectId)),
});

export const liveRouter = router({
  snapshot: anyone
    .meta({ http: { method: 'GET', path: '/snapshot', tag: 'live', summary: 'The whole screen at one seq; then follow the live frames' } })
    .query(({ ctx }) => ctx.services.reads.snapshot(ctx.principal.projectId)),
  // the dashboard takes the snapshot in two parts, so that the tree need not wait for the tasks
  fleet: anyone.query(({ ctx }) => ctx.services.reads.fleet(ctx.principal.projectId)),
  board: anyone.query(({ ctx }) => ctx.services.reads.board(ctx.principal.projectId)),
});

export const demoRouter = router({
  start: anyone
    .meta({
      http: { method: 'POST', path: '/demo/start', status: 202, tag: 'demo', summary: 'Start the demo fleet, unless it runs already' },
    })
    .mutation(({ ctx }) => ctx.services.demo.start()),
});
