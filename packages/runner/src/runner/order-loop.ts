import { backoffMs, delay, type ReeveError } from '@reeve/agent';
import type { RunnerOrder } from '@reeve/core/vocabulary';
import { type RunnerLink, runnerPauseMs } from './link.ts';

export type OrderLoopOptions = {
  link: RunnerLink;
  signal: AbortSignal;
  /** Takes an order that is new to this run; resolves when it need not come again. */
  take(order: RunnerOrder): void | Promise<void>;
  /** Told when a poll is answered after misses. */
  onAnswer(misses: number): void;
  /** Told of each poll that failed, before the next try, with the token that it was made with. */
  onMiss(e: ReeveError, misses: number, token: string): Promise<void>;
};
const remembered = 10_000;
const redeliveryPauseMs = 500;

/** Polls for orders until the signal aborts. An order comes again until the server has heard that it is done. */
export async function runOrderLoop({ link, signal, take, onAnswer, onMiss }: OrderLoopOptions): Promise<void> {
  const known = new Map<string, 'working' | 'done'>();
  const done = new Set<string>();
  const accept = (order: RunnerOrder): boolean => {
    const id = order.orderId;
    const before = known.get(id);
    if (before === 'done') done.add(id);
    if (before) return false;
    known.set(id, 'working');
    if (known.size > remembered) known.delete(known.keys().next().value as string);
    const finish = () => {
      known.set(id, 'done');
      done.add(id);
    };
    const taken = take(order);
    if (taken) void taken.finally(finish);
    else finish();
    return true;
  };

  for (let misses = 0, token = ''; !signal.aborted; ) {
    try {
      const told = [...done];
      token = link.runnerToken;
      const waitMs = link.pollWaitMs;
      const input = { id: link.runnerId ?? '', waitMs, done: told };
      const o = { signal, timeoutMs: waitMs + 10_000, alone: true };
      const { orders } = await link.asRunner.attempt((trpc, sent) => trpc.runners.poll.mutate(input, sent), o);
      if (misses) onAnswer(misses);
      misses = 0;
      for (const id of told) done.delete(id);
      const fresh = orders.filter(accept);
      // Orders that take long come again with every poll; without a pause it would not wait at all.
      if (orders.length && !fresh.length && !done.size) await delay(redeliveryPauseMs, signal);
    } catch (e) {
      if (signal.aborted) return;
      await onMiss(e as ReeveError, misses, token);
      await delay(backoffMs(misses++, runnerPauseMs), signal).catch(() => {});
    }
  }
}
