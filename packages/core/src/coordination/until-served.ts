import type { Result } from '../kernel/result.ts';
import type { AbortSignalLike, Waiting } from './meeting-points.ts';

/** One request that is asked until it is served: how to ask, to sleep and to give up, each as a plug. */
export type Asked<A> = {
  /** How long the caller is ready to wait in all. */
  waitMs: number;
  nowMs: () => number;
  /** Asks once, with what is left of the time; the same request each time. */
  ask: (leftMs: number) => Promise<Result<A | Waiting>>;
  /** Sleeps until something says how the wait ended, or for so long; `cancel` ends the sleep. */
  sleep: (ms: number) => { woken: Promise<void>; cancel: () => void };
  /** Gives up the wait, and an answer that nobody hears. */
  withdraw: () => Promise<unknown>;
  signal?: AbortSignalLike | undefined;
};

/**
 * Asks, sleeps and asks again until the wait is over, whichever way. When `signal` aborts the wait is withdrawn and the
 * promise rejects with its reason, even if the answer has just come (I-SYNC-3). What `ask` throws goes through, and the
 * wait stays as it is: the same request may go on with it.
 *
 * Use it to build a lock or a barrier on calls that answer at once or with `waiting`; ready-made there is `Leased`.
 *
 * @example
 * const answers = [ok({ state: 'waiting', requestId: 'r', deadlineMs: 5 }), ok({ state: 'granted', requestId: 'r', token: '7' })];
 * const sleep = () => ({ woken: Promise.resolve(), cancel: () => {} });
 * const served = await untilServed({ waitMs: 5, nowMs: () => 0, ask: async () => answers.shift(), sleep, withdraw: async () => {} });
 * served.ok && served.value.token; // → '7'
 */
export async function untilServed<A extends { state: string }>(o: Asked<A>): Promise<Result<Exclude<A, Waiting>>> {
  const endMs = o.nowMs() + o.waitMs;
  let sleepMs = o.waitMs;
  for (let leftMs = o.waitMs; ; leftMs = Math.max(0, endMs - o.nowMs())) {
    // asleep before the ask, so that nothing is missed that happens meanwhile
    const sleep = o.waitMs > 0 ? o.sleep(sleepMs) : undefined;
    const wake = () => sleep?.cancel();
    o.signal?.addEventListener('abort', wake);
    try {
      const answer = await o.ask(leftMs);
      const waiting = answer.ok && answer.value.state === 'waiting' ? (answer.value as Waiting) : undefined;
      if (waiting && sleep && !o.signal?.aborted) await sleep.woken;
      if (o.signal?.aborted) {
        await o.withdraw();
        throw o.signal.reason;
      }
      if (!waiting) return answer as Result<Exclude<A, Waiting>>;
      sleepMs = Math.max(1, waiting.deadlineMs - o.nowMs());
    } finally {
      o.signal?.removeEventListener('abort', wake);
      sleep?.cancel();
    }
  }
}
