import type { AppRouter } from '@reeve/server/router';
import { createTRPCClient, httpBatchLink, type TRPCClient } from '@trpc/client';
import { createTRPCContext } from '@trpc/tanstack-react-query';

export type Client = TRPCClient<AppRouter>;
export const { TRPCProvider, useTRPC, useTRPCClient } = createTRPCContext<AppRouter>();

/** What the client below asks first, letter by letter: the page's head asks it already while the scripts load. */
export const snapshotUrl = '/trpc/live.snapshot?batch=1&input=%7B%7D';

/** Same origin, session cookie; calls of one tick go as one request. */
export const makeClient = (): Client => createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/trpc', maxURLLength: 4000 })] });
