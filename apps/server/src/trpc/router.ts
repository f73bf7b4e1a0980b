import { assertRules } from './roles.ts';
import { agentsRouter, stopsRouter } from './routers/agents.ts';
import { auditRouter } from './routers/audit.ts';
import { budgetsRouter } from './routers/budgets.ts';
import { changesRouter, repositoriesRouter } from './routers/changes.ts';
import { checkpointsRouter, effectsRouter } from './routers/checkpoints.ts';
import { barriersRouter, locksRouter } from './routers/coordination.ts';
import { costsRouter } from './routers/costs.ts';
import { cutsRouter } from './routers/cuts.ts';
import { orphansRouter } from './routers/orphans.ts';
import { peopleRouter, sessionRouter, tokensRouter } from './routers/people.ts';
import { pricesRouter } from './routers/prices.ts';
import { demoRouter, eventsRouter, historyRouter, liveRouter, overviewRouter, projectRouter } from './routers/project.ts';
import { runnersRouter } from './routers/runners.ts';
import { tasksRouter } from './routers/tasks.ts';
import { webhooksRouter } from './routers/webhooks.ts';
import { router } from './trpc.ts';

/** Every procedure; `/trpc`, `/api/v1` and `/openapi.json` all come from here. */
export const appRouter = router({
  agents: agentsRouter,
  stops: stopsRouter,
  orphans: orphansRouter,
  checkpoints: checkpointsRouter,
  cuts: cutsRouter,
  effects: effectsRouter,
  costs: costsRouter,
  budgets: budgetsRouter,
  prices: pricesRouter,
  tasks: tasksRouter,
  locks: locksRouter,
  barriers: barriersRouter,
  changes: changesRouter,
  repositories: repositoriesRouter,
  runners: runnersRouter,
  audit: auditRouter,
  webhooks: webhooksRouter,
  events: eventsRouter,
  history: historyRouter,
  project: projectRouter,
  overview: overviewRouter,
  live: liveRouter,
  session: sessionRouter,
  people: peopleRouter,
  tokens: tokensRouter,
  demo: demoRouter,
});
export type AppRouter = typeof appRouter;
assertRules(Object.keys(appRouter._def.procedures));
