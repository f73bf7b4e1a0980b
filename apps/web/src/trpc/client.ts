import type { AppRouter } from '@reeve/server/router';
import { createTRPCClient, httpBatchLink, httpLink, splitLink, type TRPCClient } from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';
import { confirmationLink } from './confirmation';

export type Client = TRPCClient<AppRouter>;
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

/** A call that goes by itself, not in one request with whatever else is asked in the same moment. */
export const alone = { context: { alone: true } };

/** Same origin, session cookie; calls of one tick go as one request. */
export const makeClient = (): Client =>
  createTRPCClient<AppRouter>({
    links: [
      confirmationLink,
      splitLink({
        condition: (op) => op.context.alone === true,
        true: httpLink({ url: '/trpc' }),
        false: httpBatchLink({ url: '/trpc', maxURLLength: 4000 }),
      }),
    ],
  });
