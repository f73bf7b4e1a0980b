import { randomUUID } from 'node:crypto';
import * as s from '@reeve/core/vocabulary';
import { anyone, router, run } from '../trpc.ts';
import { type AskingContext, untilServed } from '../until-served.ts';

const locks = 'locks';
const barriers = 'barriers';
/** What makes this call, and the request that it is about, tell themselves from others. */
const asking = <I extends { name: string; agentId: string; waitMs: number; requestId?: string | undefined }>(
  ctx: AskingContext,
  input: I,
) => {
  const requestId = input.requestId ?? randomUUID();
  const callId = randomUUID();
  const { name, agentId, waitMs } = input;
  return { ctx, waitMs, request: { name, agentId, requestId, callId }, ask: { ...input, requestId, callId } };
};

export const locksRouter = router({
  acquire: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/locks/{name}/acquire',
        tag: locks,
        summary: 'Acquire one permit of a lock; waits up to waitMs for it',
      },
    })
    .input(s.acquireLockInput)
    .mutation(async ({ ctx, input }) => {
      const { ask, ...about } = asking(ctx, input);
      const { token, expiresAt, requestId } = await untilServed({
        ...about,
        ask: (waitMs) => run(ctx, 'locks.acquire', { ...ask, waitMs }),
        withdraw: (request) => run(ctx, 'locks.withdraw', request),
      });
      return { token, expiresAt, requestId };
    }),
  release: anyone
    .meta({ http: { method: 'POST', path: '/locks/{name}/release', tag: locks, summary: 'Give a permit back; twice is no error' } })
    .input(s.releaseLockInput)
    .mutation(({ ctx, input }) => run(ctx, 'locks.release', input)),
  renew: anyone
    .meta({ http: { method: 'POST', path: '/locks/{name}/renew', tag: locks, summary: 'Renew the lease of a permit' } })
    .input(s.renewLockInput)
    .mutation(({ ctx, input }) => run(ctx, 'locks.renew', input)),
  forceRelease: anyone
    .meta({
      http: { method: 'POST', path: '/locks/{name}/force-release', tag: locks, summary: 'Take the permits of one agent, or all, away' },
    })
    .input(s.forceReleaseLockInput)
    .mutation(({ ctx, input }) => run(ctx, 'locks.force-release', input)),
  deadlocks: anyone
    .meta({
      http: {
        method: 'GET',
        path: '/deadlocks',
        tag: locks,
        summary: 'Deadlocks that were found, newest first, each with its circle and victim',
      },
    })
    .input(s.listDeadlocksInput)
    .query(({ ctx, input }) => ctx.services.reads.deadlocks(ctx.principal.projectId, input)),
  list: anyone
    .meta({
      http: { method: 'GET', path: '/locks', tag: locks, summary: 'Locks by name, with holders and waiters; held=true: only those in use' },
    })
    .input(s.listLocksInput)
    .query(({ ctx, input }) => ctx.services.reads.locks(ctx.principal.projectId, input)),
});

export const barriersRouter = router({
  wait: anyone
    .meta({
      http: {
        method: 'POST',
        path: '/barriers/{name}/wait',
        tag: barriers,
        summary: 'Come to a barrier; waits up to waitMs until all parties are there',
      },
    })
    .input(s.waitBarrierInput)
    .mutation(async ({ ctx, input }) => {
      const { ask, ...about } = asking(ctx, input);
      const { generation, index, requestId } = await untilServed({
        ...about,
        ask: (waitMs) => run(ctx, 'barriers.wait', { ...ask, waitMs }),
        withdraw: (request) => run(ctx, 'barriers.withdraw', request),
      });
      return { generation, index, requestId };
    }),
  list: anyone
    .meta({
      http: {
        method: 'GET',
        path: '/barriers',
        tag: barriers,
        summary: 'Barriers by name, with who waits; held=true: only where someone does',
      },
    })
    .input(s.listLocksInput)
    .query(({ ctx, input }) => ctx.services.reads.barriers(ctx.principal.projectId, input)),
});
