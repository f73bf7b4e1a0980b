import * as s from '@reeve/core/vocabulary';
import { anyone, person, router } from '../trpc.ts';

const inAll = <T>(items: T[]) => ({ items, nextCursor: null });

export const sessionRouter = router({
  me: anyone
    .meta({ http: { method: 'GET', path: '/me', tag: 'session', summary: 'Who this token or session is' } })
    .query(({ ctx }): s.Principal => ctx.principal),
  /** Another device of the same person signs in with this link, once. */
  makeLink: person.mutation(({ ctx }) => ctx.services.sessions.makeLink(ctx.principal.userId)),
  account: person.query(({ ctx }) => ctx.services.people.account(ctx.principal)),
  /** Every browser in which the person is signed in. */
  list: person.query(async ({ ctx }) => inAll(await ctx.services.people.sessions(ctx.principal))),
  end: person.input(s.accountIdInput).mutation(async ({ ctx, input }) => {
    await ctx.services.people.endSession(ctx.principal, input.id);
    return {};
  }),
});

const tag = 'people';
export const peopleRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/people', tag, summary: 'The members of the project with their roles' } })
    .query(async ({ ctx }) => inAll(await ctx.services.people.members(ctx.principal.projectId))),
  setRole: anyone
    .meta({ http: { method: 'PATCH', path: '/people/{id}', tag, summary: 'Give a member another role; the last owner stays one' } })
    .input(s.setRoleInput)
    .mutation(async ({ ctx, input }) => {
      await ctx.services.people.setRole(ctx.principal, input);
      return {};
    }),
  remove: anyone
    .meta({ http: { method: 'DELETE', path: '/people/{id}', tag, summary: 'Take a member out; their sessions end at once' } })
    .input(s.accountIdInput)
    .mutation(async ({ ctx, input }) => {
      await ctx.services.people.remove(ctx.principal, input.id);
      return {};
    }),
  invitations: anyone
    .meta({ http: { method: 'GET', path: '/invitations', tag, summary: 'Who may still become a member' } })
    .query(async ({ ctx }) => inAll(await ctx.services.people.invitations(ctx.principal.projectId))),
  invite: anyone
    .meta({
      http: { method: 'POST', path: '/invitations', status: 201, tag, summary: 'Invite somebody; the link is in this answer alone' },
    })
    .input(s.inviteInput)
    .mutation(({ ctx, input }) => ctx.services.people.invite(ctx.principal, input)),
  withdraw: anyone
    .meta({ http: { method: 'DELETE', path: '/invitations/{id}', tag, summary: 'The link of an invitation works no longer' } })
    .input(s.accountIdInput)
    .mutation(async ({ ctx, input }) => {
      await ctx.services.people.withdraw(ctx.principal, input.id);
      return {};
    }),
});

export const tokensRouter = router({
  list: anyone
    .meta({ http: { method: 'GET', path: '/tokens', tag: 'tokens', summary: 'The tokens of programs, without themselves' } })
    .query(async ({ ctx }) => inAll(await ctx.services.people.tokens(ctx.principal.projectId))),
  create: anyone
    .meta({
      http: { method: 'POST', path: '/tokens', status: 201, tag: 'tokens', summary: 'A token for a program; it is in this answer alone' },
    })
    .input(s.createTokenInput)
    .mutation(({ ctx, input }) => ctx.services.people.createToken(ctx.principal, input)),
  revoke: anyone
    .meta({ http: { method: 'DELETE', path: '/tokens/{id}', tag: 'tokens', summary: 'From now on the token is nobody’s' } })
    .input(s.accountIdInput)
    .mutation(async ({ ctx, input }) => {
      await ctx.services.people.revokeToken(ctx.principal, input.id);
      return {};
    }),
});
