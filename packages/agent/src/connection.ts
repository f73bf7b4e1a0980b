import { performance } from 'node:perf_hooks';
import type { AppRouter } from '@reeve/server/router';
import { createTRPCClient, httpBatchLink, httpLink, splitLink, type TRPCClient } from '@trpc/client';
import { backoffMs, delay } from './backoff.ts';
import { isRetryable, type ReeveError, toReeveError } from './errors.ts';

export type Trpc = TRPCClient<AppRouter>;
/** What a call passes on to tRPC. `alone` keeps long polls and large bodies out of the common batch. */
export type Sent = { signal: AbortSignal; context: { alone: boolean } };
export type CallOptions = {
  signal?: AbortSignal | undefined;
  /** For one attempt. */
  timeoutMs?: number;
  /** How long to try again while the server is away; the connection's own value unless told. */
  retryForMs?: number;
  alone?: boolean;
};
export type ConnectionOptions = {
  /** Where the server listens, without `/trpc`. Read before each request, since a restarted server may have moved. */
  url: string | (() => string);
  token: string | (() => string);
  retryForMs: number;
  /** The longest pause between two tries; five seconds unless told. */
  maxPauseMs?: number;
  /** Told of each attempt without an answer, before the next one. */
  onUnreachable?: () => void;
};

const read = (x: string | (() => string)): string => (typeof x === 'string' ? x : x());
/** Batches must stay well under the server's 1 MB for a body. */
const maxBatchItems = 10;
const placeholder = 'http://reeve.invalid';

/**
 * One typed way to the server for all agents of a process. A call tolerates that the server is away: the same
 * request, with the same ids inside, is sent again with backoff until `retryForMs` is over.
 */
export class Connection {
  readonly trpc: Trpc;
  private contactAtMs = performance.now();

  constructor(private readonly options: ConnectionOptions) {
    const headers = () => ({ authorization: `Bearer ${this.token}` });
    // The link wants a fixed URL; the real one is put in per request.
    const send: typeof fetch = (input, init) => fetch(String(input).replace(placeholder, this.url), init);
    this.trpc = createTRPCClient<AppRouter>({
      links: [
        splitLink({
          condition: (op) => op.context.alone === true,
          true: httpLink<AppRouter>({ url: `${placeholder}/trpc`, headers, fetch: send }),
          false: httpBatchLink<AppRouter>({ url: `${placeholder}/trpc`, headers, fetch: send, maxItems: maxBatchItems }),
        }),
      ],
    });
  }

  get url(): string {
    return read(this.options.url).replace(/\/+$/, '');
  }
  get token(): string {
    return read(this.options.token);
  }

  /** Milliseconds since the server last answered anything, by a clock that stands still while the machine sleeps. */
  sinceContactMs(): number {
    return performance.now() - this.contactAtMs;
  }

  /** One attempt, without a retry. Rejects with `ReeveError`, or with the caller's own abort reason. */
  async attempt<T>(send: (trpc: Trpc, sent: Sent) => Promise<T>, o: CallOptions = {}): Promise<T> {
    o.signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(o.timeoutMs ?? 15_000);
    const signal = o.signal ? AbortSignal.any([o.signal, timeout]) : timeout;
    try {
      const reply = await send(this.trpc, { signal, context: { alone: o.alone ?? false } });
      this.contactAtMs = performance.now();
      return reply;
    } catch (e) {
      o.signal?.throwIfAborted();
      const failure = toReeveError(e, this.url);
      if (failure.answered) this.contactAtMs = performance.now();
      else this.options.onUnreachable?.();
      throw failure;
    }
  }

  /** The same until it is answered. Rejects with the last `ReeveError` when the time for tries is over. */
  async call<T>(send: (trpc: Trpc, sent: Sent) => Promise<T>, o: CallOptions = {}): Promise<T> {
    const retryForMs = o.retryForMs ?? this.options.retryForMs;
    const startedMs = performance.now();
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(send, o);
      } catch (e) {
        o.signal?.throwIfAborted();
        const failure = e as ReeveError;
        const waitMs = backoffMs(attempt, this.options.maxPauseMs);
        if (!isRetryable(failure, attempt + 1) || performance.now() - startedMs + waitMs > retryForMs) throw failure;
        await delay(waitMs, o.signal);
      }
    }
  }
}
