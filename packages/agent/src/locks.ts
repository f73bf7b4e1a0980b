import { randomUUID } from 'node:crypto';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { isReeveError, ReeveError } from './errors.ts';
import type { AgentRecord, Inputs, WaitOptions } from './wire.ts';

type Told<T> = Omit<T, 'name' | 'agentId' | 'requestId'> & { signal?: AbortSignal };
/** Also `renew`: keeps the lease until the release; true unless told. */
export type LockOptions = Told<Inputs['locks']['acquire']> & { renew?: boolean };
export type BarrierOptions = Told<Inputs['barriers']['wait']>;

/**
 * A permit in this agent's hand. Renewed by itself; `await using`, `release()`, or the end of the agent gives it back. What
 * the lock guards should be told `token`, and refuse a lower one than it has seen.
 */
export class HeldLock {
  private readonly lostController = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private ended: Promise<boolean> | undefined;

  constructor(
    private readonly locks: Locks,
    readonly name: string,
    readonly token: string,
    private readonly leaseMs: number,
    renew: boolean,
  ) {
    if (renew) this.renewLater(leaseMs / 3, 0);
  }
  /** Aborts when the permit is no longer ours: somebody else may hold it by now. */
  get lost(): AbortSignal {
    return this.lostController.signal;
  }
  /** Gives it back; false where it was no longer held. Calling it again returns the first call's promise. */
  release(): Promise<boolean> {
    this.ended ??= this.letGo();
    return this.ended;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
  /** Stops renewing without telling the server; used when the agent ends, which frees it there. */
  abandon(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.locks.forget(this);
    this.ended ??= Promise.resolve(false);
  }
  private letGo(): Promise<boolean> {
    clearTimeout(this.timer);
    this.locks.forget(this);
    return this.locks.release(this);
  }
  private renewLater(inMs: number, misses: number): void {
    this.timer = setTimeout(async () => {
      try {
        await this.locks.renew(this, this.leaseMs);
        if (!this.ended) this.renewLater(this.leaseMs / 3, 0);
      } catch (e) {
        if (this.ended) return;
        const answered = isReeveError(e) && e.answered && e.code !== 'unavailable' && e.code !== 'internal';
        if (!answered) return this.renewLater(backoffMs(misses, this.leaseMs / 3), misses + 1);
        this.abandon();
        this.lostController.abort(e);
      }
    }, inMs);
    this.timer.unref();
  }
}

/** The locks and barriers of the project, and the ends of other agents, as one agent uses them. */
export class Locks {
  private readonly held = new Set<HeldLock>();
  constructor(
    private readonly connection: Connection,
    private readonly agent: { id: string; signal: AbortSignal },
    /** Told of each refusal, since `fenced` means that a stop is on its way. */
    private readonly onRefusal: (e: ReeveError) => void,
  ) {}

  /**
   * One permit, at once or by waiting up to `waitMs` (a minute unless told). Rejects with `timed_out`, with `deadlock` where
   * waiting would have closed a circle (let go of what you hold and try again), and with the agent's own signal on a stop.
   */
  async acquire(name: string, { renew = true, signal, ...o }: LockOptions = {}): Promise<HeldLock> {
    const input = { waitMs: 60_000, leaseMs: 30_000, ...o, name, agentId: this.agent.id, requestId: randomUUID() };
    const { token } = await this.told(
      this.connection.call((trpc, sent) => trpc.locks.acquire.mutate(input, sent), {
        signal: this.until(signal),
        timeoutMs: input.waitMs + 15_000,
        alone: true,
      }),
    );
    const lock = new HeldLock(this, name, token, input.leaseMs, renew);
    this.held.add(lock);
    return lock;
  }
  /** Comes to a barrier and resolves with all parties, or rejects with `broken_barrier` as all of them do. */
  wait(name: string, { signal, ...o }: BarrierOptions): Promise<{ generation: number; index: number }> {
    const input = { waitMs: 60_000, ...o, name, agentId: this.agent.id, requestId: randomUUID() };
    return this.told(
      this.connection.call((trpc, sent) => trpc.barriers.wait.mutate(input, sent), {
        signal: this.until(signal),
        timeoutMs: input.waitMs + 15_000,
        alone: true,
      }),
    );
  }

  /** Resolves with the state in which another agent has ended; rejects with `timed_out`, or with `deadlock` in a circle of waits. */
  async ended(id: string, { signal, ...o }: WaitOptions = {}): Promise<AgentRecord['state']> {
    const input = { waitMs: 60_000, ...o, id, agentId: this.agent.id, requestId: randomUUID() };
    const { state } = await this.told(
      this.connection.call((trpc, sent) => trpc.agents.wait.mutate(input, sent), {
        signal: this.until(signal),
        timeoutMs: input.waitMs + 15_000,
        alone: true,
      }),
    );
    return state;
  }

  /** @internal */
  async release({ name, token }: HeldLock): Promise<boolean> {
    const input = { name, agentId: this.agent.id, token };
    return (await this.told(this.connection.call((trpc, sent) => trpc.locks.release.mutate(input, sent)))).released;
  }
  /** @internal */
  renew({ name, token }: HeldLock, leaseMs: number): Promise<unknown> {
    const input = { name, agentId: this.agent.id, token, leaseMs };
    return this.told(this.connection.call((trpc, sent) => trpc.locks.renew.mutate(input, sent), { retryForMs: 0 }));
  }
  /** @internal */
  forget(lock: HeldLock): void {
    this.held.delete(lock);
  }
  /** Ends all renewals; the server frees what a finished agent still held. */
  abandonAll(): void {
    for (const lock of [...this.held]) lock.abandon();
  }
  private until(signal: AbortSignal | undefined): AbortSignal {
    return signal ? AbortSignal.any([signal, this.agent.signal]) : this.agent.signal;
  }
  private async told<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (e) {
      if (e instanceof ReeveError) this.onRefusal(e);
      throw e;
    }
  }
}
