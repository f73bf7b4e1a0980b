import { ok, type Result } from '../kernel/result.ts';
import type {
  AcquireOptions,
  ArriveOptions,
  BarrierAnswer,
  Grant,
  LockAnswer,
  MeetingOptions,
  MeetingPoint,
  Permits,
} from './meeting-points.ts';
import { type Asked, untilServed } from './until-served.ts';

type Named = { name: string; agentId: string };
type Request = Named & { requestId: string; callId: string };
/** The commands of locks and barriers, wherever they are sent. */
export interface LeasedCalls {
  acquire(ask: Request & { permits: number; leaseMs?: number; waitMs: number; priority?: number }): Promise<Result<LockAnswer>>;
  release(ask: Named & { token: string }): Promise<Result<{ released: boolean }>>;
  renew(ask: Named & { token: string; leaseMs: number }): Promise<Result<unknown>>;
  withdrawLock(wait: Request): Promise<unknown>;
  arrive(ask: Request & MeetingOptions & { parties: number; waitMs: number }): Promise<Result<BarrierAnswer>>;
  withdrawBarrier(wait: Request): Promise<unknown>;
  /** Sleeps until something is told about this request. */
  sleep(agentId: string, requestId: string, ms: number): ReturnType<Asked<never>['sleep']>;
  nowMs(): number;
  nextId(): string;
}

/**
 * The locks and barriers of a project: durable, with leases, the same for all its agents, wherever they run. An acquire or
 * a wait gives `timed_out`, `deadlock`, `fenced`, `invalid_input` or `broken_barrier` as values; an abort rejects.
 *
 * Use it between agents; inside one process `InProcess` needs no server.
 *
 * @example
 * const answer = ok({ state: 'granted', requestId: 'r', token: '7', expiresAt: '2026-01-01T00:00:30.000Z' });
 * const calls = { acquire: async () => answer, release: async () => ok({ released: true }), nowMs: () => 0, nextId: () => 'r' };
 * const held = await new Leased(calls).mutex('deploy').acquire({ owner: 'agt_1' });
 * held.ok && held.value.token; // → '7'
 * held.ok && (await held.value.release()); // → true
 */
export class Leased {
  constructor(private readonly calls: LeasedCalls) {}

  mutex(name: string): Permits {
    return this.semaphore(name, 1);
  }
  semaphore(name: string, permits: number): Permits {
    const { calls } = this;
    return {
      acquire: async ({ owner: agentId, waitMs = 0, priority, leaseMs, signal }: AcquireOptions): Promise<Result<Grant>> => {
        signal?.throwIfAborted();
        const request = this.request(name, agentId);
        const served = await untilServed<LockAnswer>({
          ...this.asking(request, waitMs, signal),
          ask: (leftMs) =>
            calls.acquire({
              ...request,
              permits,
              waitMs: leftMs,
              ...(priority !== undefined && { priority }),
              ...(leaseMs && { leaseMs }),
            }),
          withdraw: () => calls.withdrawLock(request),
        });
        return served.ok ? ok(this.grant(name, agentId, served.value.token)) : served;
      },
    };
  }
  barrier(name: string, parties: number, told: MeetingOptions = {}): MeetingPoint {
    const { calls } = this;
    return {
      wait: async ({ owner: agentId, waitMs = 60_000, signal }: ArriveOptions): Promise<Result<{ generation: number; index: number }>> => {
        signal?.throwIfAborted();
        const request = this.request(name, agentId);
        const served = await untilServed<BarrierAnswer>({
          ...this.asking(request, waitMs, signal),
          ask: (leftMs) => calls.arrive({ ...request, ...told, parties, waitMs: leftMs }),
          withdraw: () => calls.withdrawBarrier(request),
        });
        if (!served.ok) return served;
        const { generation, index } = served.value;
        return ok({ generation, index });
      },
    };
  }

  private request(name: string, agentId: string): Request {
    return { name, agentId, requestId: this.calls.nextId(), callId: this.calls.nextId() };
  }
  private asking({ agentId, requestId }: Request, waitMs: number, signal: AcquireOptions['signal']) {
    return { waitMs, signal, nowMs: () => this.calls.nowMs(), sleep: (ms: number) => this.calls.sleep(agentId, requestId, ms) };
  }
  private grant(name: string, agentId: string, token: string): Grant {
    const { calls } = this;
    return {
      token,
      release: async () => {
        const r = await calls.release({ name, agentId, token });
        return r.ok && r.value.released;
      },
      renew: async (leaseMs) => {
        const r = await calls.renew({ name, agentId, token, leaseMs });
        return r.ok ? ok(null) : r;
      },
    };
  }
}
