import * as s from '@reeve/core/vocabulary';
import { anyone, operator, person, router } from '../trpc.ts';

export const eventsRouter = router({
  list: operator
    .meta({ http: { method: 'GET', path: '/events', tag: 'events', summary: 'The event log of the project' } })
    .input(s.listEventsInput)
    .query(({ ctx, input }) => ctx.services.reads.events(ctx.principal.projectId, input)),
});

export const overviewRouter = router({
  get: operator
    .meta({ http: { method: 'GET', path: '/overview', tag: 'overview', summary: 'What needs a person, and the live counters' } })
    .query(({ ctx }) => ctx.services.reads.overview(ctx.principal.projectId)),
});

export const liveRouter = router({
  snapshot: operator
    .meta({ http: { method: 'GET', path: '/snapshot', tag: 'live', summary: 'The whole screen at one seq; then follow the live frames' } })
    .query(({ ctx }) => ctx.services.reads.snapshot(ctx.principal.projectId)),
});

export const sessionRouter = router({
  me: anyone
    .meta({ http: { method: 'GET', path: '/me', tag: 'session', summary: 'Who this token or session is' } })
    .query(({ ctx }): s.Principal => ctx.principal),
  /** Another device of the same person signs in with this link, once. */
  makeLink: person.mutation(({ ctx }) => ctx.services.sessions.makeLink(ctx.principal.userId)),
});

export const demoRouter = router({
  start: operator
    .meta({
      http: { method: 'POST', path: '/demo/start', status: 202, tag: 'demo', summary: 'Start the demo fleet, unless it runs already' },
    })
    .mutation(({ ctx }) => ctx.services.demo.start()),
});
