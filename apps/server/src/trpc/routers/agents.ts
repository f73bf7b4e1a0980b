import * as s from '@reeve/core/vocabulary';
import { ownRoot, visibleAgent } from '../access.ts';
import type { Services } from '../context.ts';
import { notFound } from '../failure.ts';
import { anyone, describe, router, run } from '../trpc.ts';
import { untilEnded } from '../until-ended.ts';

const tag = 'agents';
const states = (text: string | undefined) =>
  text
    ?.split(',')
    .map((x) => x.trim())
    .filter(Boolean);

export const agentsRouter = router({
  register: anyone
    .meta({ http: { method: 'POST', path: '/agents', status: 201, tag, summary: 'Register an agent, as a root or under a parent' } })
    .input(s.registerAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.register', input)),
  spawn: anyone
    .meta({
      http: { method: 'POST', path: '/agents/{id}/spawn', status: 201, tag, summary: 'Start a child process on the runner of this agent' },
    })
    .input(s.spawnAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.spawn', input)),
  heartbeat: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/heartbeat', tag, summary: 'Renew the lease; the reply carries the directive' } })
    .input(s.heartbeatInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.heartbeat', input)),
  heartbeats: anyone
    .meta({ http: { method: 'POST', path: '/heartbeats', tag, summary: 'Heartbeats of all agents of a runner', batch: true } })
    .input(s.heartbeatsInput)
    .mutation(async ({ ctx, input }) => {
      let leaseMs = 15_000;
      const directives = await Promise.all(
        input.beats.map(async ({ agentId, ...beat }) => {
          try {
            const { leaseMs: lease, ...reply } = await run(ctx, 'agents.heartbeat', { id: agentId, ...beat });
            leaseMs = lease;
            return { agentId, ...reply };
          } catch (e) {
            const error = describe(e);
            // nobody may end for what the server cannot answer: an absent database fails the whole call, as any other
            if (error.code === 'unavailable') throw e;
            return { agentId, directive: error.code === 'internal' ? ('run' as const) : ('stop' as const), error };
          }
        }),
      );
      return { directives, leaseMs };
    }),
  wait: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/wait', tag, summary: 'Wait for the end of an agent; waits up to waitMs for it' } })
    .input(s.awaitEndInput)
    .mutation(({ ctx, input }) => untilEnded<s.AgentState>(ctx, 'agents.wait', input)),
  finish: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/finish', tag, summary: 'Report the end of an agent' } })
    .input(s.finishAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.finish', input)),
  events: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/events', tag, summary: 'Store events of an agent, each once', batch: true } })
    .input(s.agentEventsInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.events', input)),
  log: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/logs', tag, summary: 'Append output lines', batch: true } })
    .input(s.agentLogInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.log', input)),
  logs: anyone
    .meta({ http: { method: 'GET', path: '/agents/{id}/logs', tag, summary: 'Output lines of an agent' } })
    .input(s.agentLogsInput)
    .query(async ({ ctx, input }) => {
      await visibleAgent(ctx.services.reads, ctx.principal, input.id);
      return { items: await ctx.services.reads.agentLogs(ctx.principal.projectId, input.id, input) };
    }),
  get: anyone
    .meta({ http: { method: 'GET', path: '/agents/{id}', tag, summary: 'One agent' } })
    .input(s.byIdInput)
    .query(({ ctx, input }) => visibleAgent(ctx.services.reads, ctx.principal, input.id)),
  list: anyone
    .meta({ http: { method: 'GET', path: '/agents', tag, summary: 'Agents, oldest first; of a subtree with root' } })
    .input(s.listAgentsInput)
    .query(async ({ ctx, input }) => {
      const { principal } = ctx;
      if (input.root) await visibleAgent(ctx.services.reads, principal, input.root);
      const root = input.root ?? ownRoot(principal);
      return ctx.services.reads.agents(principal.projectId, {
        root,
        states: states(input.state),
        limit: input.limit,
        cursor: input.cursor,
      });
    }),
  setBudget: anyone
    .meta({ http: { method: 'PATCH', path: '/agents/{id}/budget', tag, summary: 'Raise, lower or take away the budget of a subtree' } })
    .input(s.setBudgetInput)
    .mutation(async ({ ctx, input }) => {
      const { agentId } = await run(ctx, 'budgets.set', input);
      return visibleAgent(ctx.services.reads, ctx.principal, agentId);
    }),
  pause: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/pause', status: 202, tag, summary: 'Ask an agent or its subtree to wait' } })
    .input(s.askAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.pause', input)),
  resume: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/resume', status: 202, tag, summary: 'Let a paused agent or subtree go on' } })
    .input(s.askAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.resume', input)),
  interrupt: anyone
    .meta({
      http: { method: 'POST', path: '/agents/{id}/interrupt', status: 202, tag, summary: 'End the current turn, leave the agent alive' },
    })
    .input(s.askAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.interrupt', input)),
  stop: anyone
    .meta({ http: { method: 'POST', path: '/agents/{id}/stop', status: 202, tag, summary: 'Stop a subtree, children before parents' } })
    .input(s.stopAgentInput)
    .mutation(({ ctx, input }) => run(ctx, 'agents.stop', input)),
});

/** Whoever sees its root sees the stop; an emergency stop is seen by operators. */
async function visibleStop<T extends { id: string; agentId: string | null }>(ctx: SignedIn, stop: T): Promise<T> {
  if (stop.agentId !== null) await visibleAgent(ctx.services.reads, ctx.principal, stop.agentId);
  else if (ctx.principal.kind !== 'person' && ctx.principal.kind !== 'project') throw notFound('stop', stop.id);
  return stop;
}
type SignedIn = { services: Services; principal: s.Principal };

export const stopsRouter = router({
  get: anyone
    .meta({ http: { method: 'GET', path: '/stops/{id}', tag: 'stops', summary: 'A stop with its whole receipt' } })
    .input(s.byIdInput)
    .query(async ({ ctx, input }) => visibleStop(ctx, await ctx.services.reads.stop(ctx.principal.projectId, input.id))),
  receipt: anyone
    .meta({ http: { method: 'GET', path: '/stops/{id}/receipt', tag: 'stops', summary: 'The receipt of a stop in parts, leaves first' } })
    .input(s.stopReceiptInput)
    .query(async ({ ctx, input }) => {
      const stop = await visibleStop(ctx, await ctx.services.reads.stopSummary(ctx.principal.projectId, input.id));
      return ctx.services.reads.receipt(stop.id, input);
    }),
  list: anyone
    .meta({ http: { method: 'GET', path: '/stops', tag: 'stops', summary: 'Stops, newest first' } })
    .input(s.listStopsInput)
    .query(({ ctx, input }) => {
      if (ctx.principal.kind !== 'person' && ctx.principal.kind !== 'project') return { items: [], nextCursor: null };
      return ctx.services.reads.stops(ctx.principal.projectId, input);
    }),
  // what the dashboard shows of a stop before anybody opens its receipt
  summary: anyone.input(s.byIdInput).query(({ ctx, input }) => ctx.services.reads.stopSummary(ctx.principal.projectId, input.id)),
  summaries: anyone.input(s.listStopsInput).query(({ ctx, input }) => ctx.services.reads.stopSummaries(ctx.principal.projectId, input)),
});
