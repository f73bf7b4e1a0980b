import * as s from '@reeve/core/vocabulary';
import { ownRoot, visibleAgent } from '../access.ts';
import type { Context } from '../context.ts';
import { anyone, router, run } from '../trpc.ts';

const tag = 'changes';
const states = (text: string | undefined) =>
  text
    ?.split(',')
    .map((x) => x.trim())
    .filter(Boolean);
type Ctx = { services: Context['services']; principal: s.Principal };
const read = (ctx: Ctx, id: string) => ctx.services.reads.change(ctx.principal.projectId, id);

export const changesRouter = router({
  propose: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/changes',
        status: 201,
        tag,
        summary: 'Propose a change: a failing test and its fix, as unified diffs',
      },
    })
    .input(s.proposeChangeInput)
    .mutation(async ({ ctx, input }) => read(ctx, (await run(ctx, 'changes.propose', input)).changeId)),
  get: anyone
    .meta({ http: { method: 'GET', path: '/changes/{id}', tag, summary: 'The dossier of a change' } })
    .input(s.byIdInput)
    .query(async ({ ctx, input }) => {
      const change = await read(ctx, input.id);
      if (ownRoot(ctx.principal)) await visibleAgent(ctx.services.reads, ctx.principal, change.agentId);
      return change;
    }),
  list: anyone
    .meta({ http: { method: 'GET', path: '/changes', tag, summary: 'Changes, newest first' } })
    .input(s.listChangesInput)
    .query(({ ctx, input }) =>
      ctx.services.reads.changes(ctx.principal.projectId, { states: states(input.state), limit: input.limit, cursor: input.cursor }),
    ),
  approve: anyone
    .meta({ http: { method: 'POST', path: '/changes/{id}/approve', tag, summary: 'Approve exactly the diff with this hash' } })
    .input(s.decideChangeInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'changes.approve', input);
      return read(ctx, input.id);
    }),
  reject: anyone
    .meta({ http: { method: 'POST', path: '/changes/{id}/reject', tag, summary: 'Reject a change' } })
    .input(s.decideChangeInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'changes.reject', input);
      return read(ctx, input.id);
    }),
  override: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/changes/{id}/override',
        tag,
        summary: 'Approve although the rules of the repository ask for more; a person, with the reason',
      },
    })
    .input(s.overrideChangeInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'changes.override', input);
      return read(ctx, input.id);
    }),
  rollback: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/changes/{id}/rollback',
        status: 202,
        tag,
        summary: 'Roll a merged change back, by a revert through the gates',
      },
    })
    .input(s.decideChangeInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'changes.rollback', input);
      return read(ctx, input.id);
    }),
  comment: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/changes/{id}/comments',
        status: 201,
        tag,
        summary: 'Say something about a change, or a line of it; decides nothing',
      },
    })
    .input(s.commentChangeInput)
    .mutation(({ ctx, input }) => run(ctx, 'changes.comment', input)),
  withdraw: anyone
    .meta({ http: { method: 'POST', path: '/changes/{id}/withdraw', tag, summary: 'Take a proposal back' } })
    .input(s.withdrawChangeInput)
    .mutation(async ({ ctx, input }) => {
      await run(ctx, 'changes.withdraw', input);
      return read(ctx, input.id);
    }),
});

export const repositoriesRouter = router({
  register: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/repositories',
        status: 201,
        tag: 'repositories',
        summary: 'Register a git repository with its gates and layers',
      },
    })
    .input(s.registerRepositoryInput)
    .mutation(async ({ ctx, input }) => {
      const { repositoryId } = await run(ctx, 'repositories.register', input);
      return ctx.services.reads.repository(ctx.principal.projectId, repositoryId);
    }),
  list: anyone
    .meta({ http: { method: 'GET', path: '/repositories', tag: 'repositories', summary: 'Registered repositories' } })
    .query(async ({ ctx }) => ({ items: await ctx.services.reads.repositories(ctx.principal.projectId), nextCursor: null })),
});
