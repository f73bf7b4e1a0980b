import { type Asked, untilServed as untilServedIn, type Waiting } from '@reeve/core';
import type { Principal } from '@reeve/core/vocabulary';
import type { Context } from './context.ts';
import { DomainFailure, fail } from './failure.ts';

export type AskingContext = { services: Context['services']; principal: Principal; signal?: AbortSignal | undefined };
export type Request = { agentId: string; requestId: string; callId: string };
type Answer = { state: string };

/**
 * The long poll of a lock, a barrier or an end. The wait itself is a row of the project; this only sleeps until a commit says how
 * it ended, and asks again. When the caller has gone the wait is withdrawn (I-SYNC-3). When this server goes down it is
 * not: the row keeps its place, and the same request finds it again on the next server.
 */
export async function untilServed<A extends Answer, R extends Request>(o: {
  ctx: AskingContext;
  waitMs: number;
  request: R;
  ask: (waitMs: number) => Promise<A>;
  withdraw: (request: R) => Promise<unknown>;
}): Promise<Exclude<A, Waiting>> {
  const { services, principal, signal } = o.ctx;
  const topic = `request:${o.request.agentId}:${o.request.requestId}`;
  const asking: Asked<A> = {
    waitMs: o.waitMs,
    nowMs: Date.now,
    signal,
    ask: async (leftMs) => {
      if (services.wakeups.isClosing) fail({ code: 'unavailable', what: 'The server' });
      return { ok: true, value: await o.ask(leftMs) };
    },
    sleep: (ms) => {
      const awake = new AbortController();
      return { woken: services.wakeups.wait(principal.projectId, topic, ms, awake.signal), cancel: () => awake.abort() };
    },
    withdraw: async () => services.wakeups.isClosing || o.withdraw(o.request),
  };
  const served = await untilServedIn<A>(asking).catch((e: unknown) => {
    // nobody hears this any more, and it is no fault of ours
    throw signal?.aborted ? new DomainFailure({ code: 'timed_out', waitedMs: o.waitMs }) : e;
  });
  if (!served.ok) throw new DomainFailure(served.error);
  return served.value;
}
