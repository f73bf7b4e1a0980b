import type { NewEvent } from '../kernel/events.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import * as barriers from './barrier.ts';
import * as locks from './lock.ts';
import type {
  AbortSignalLike,
  AcquireOptions,
  ArriveOptions,
  Grant,
  MeetingOptions,
  MeetingPoint,
  Permits,
  Timers,
} from './meeting-points.ts';
import { findDeadlock } from './wait-graph.ts';
import { waitsAtBarrier, waitsAtLock } from './waits.ts';

type Answer = Result<unknown>;
type Meeting = { generation: number; index: number };

/**
 * Locks and barriers of one process that see each other's waits: the same decisions as the leased ones, kept in memory and
 * without leases unless asked for. Nothing here outlives the process, and owners are whatever names they go by.
 *
 * Use it between the tasks of one program; what must hold between agents, or after a crash, needs `Leased`.
 *
 * @example
 * const all = new InProcess({ nowMs: () => 0, after: () => () => {} });
 * const deploy = all.mutex('deploy');
 * const held = await deploy.acquire({ owner: 'ann' });
 * held.ok; // → true
 * await deploy.acquire({ owner: 'bob' }); // → err({ code: 'timed_out', waitedMs: 0 })
 * all.end('ann');
 * (await deploy.acquire({ owner: 'bob' })).ok; // → true
 */
export class InProcess {
  private readonly lockOf = new Map<string, locks.Lock>();
  private readonly barrierOf = new Map<string, barriers.Barrier>();
  /** By request: who waits for an answer. */
  private readonly pending = new Map<string, (answer: Answer) => void>();
  private requests = 0;
  private cancelTimer: () => void = () => {};

  constructor(private readonly timers: Timers) {}

  mutex(name: string): Mutex {
    return new Mutex(this, name);
  }
  semaphore(name: string, permits: number): Semaphore {
    return new Semaphore(this, name, permits);
  }
  barrier(name: string, parties: number, o: MeetingOptions = {}): Barrier {
    return new Barrier(this, name, parties, o);
  }
  /** The owner has ended: what it held goes on, its waits end, its barriers break or shrink. */
  end(owner: string): void {
    const gone = new Set([owner]);
    const now = this.timers.nowMs();
    for (const lock of [...this.lockOf.values()]) this.applyToLock(lock, locks.decideLeaveLock(lock, gone, 'ended', now));
    for (const b of [...this.barrierOf.values()]) this.applyToBarrier(b, barriers.decideLeaveBarrier(b, gone, 'ended', now));
    this.settle();
  }

  /** @internal */
  acquire(name: string, permits: number, o: AcquireOptions): Promise<Result<Grant>> {
    const requestId = this.nextRequest();
    const { owner: agentId, waitMs = 0, priority = 0, leaseMs = Number.POSITIVE_INFINITY } = o;
    const ask = { agentId, requestId, callId: null, permits, priority, blocking: true, leaseMs, waitMs };
    const now = () => this.timers.nowMs();
    return this.asking(requestId, o.signal, {
      decide: () => {
        const lock = this.lockOf.get(name) ?? locks.newLock({ id: name, projectId: '', name }, now());
        const decided = locks.decideAcquire(lock, ask, now());
        if (decided.ok) this.applyToLock(lock, decided.value);
        return decided;
      },
      withdraw: () => {
        const lock = this.lockOf.get(name);
        if (lock) this.applyToLock(lock, locks.decideWithdraw(lock, agentId, requestId, null, now()));
      },
    });
  }
  /** @internal */
  arrive(name: string, parties: number, told: MeetingOptions, o: ArriveOptions): Promise<Result<Meeting>> {
    const requestId = this.nextRequest();
    const { onPartyDeath = 'break', partyIds = [] } = told;
    const { owner: agentId, waitMs = 60_000 } = o;
    const ask = { agentId, requestId, callId: null, parties, onPartyDeath, partyIds, blocking: true, waitMs };
    const now = () => this.timers.nowMs();
    return this.asking(requestId, o.signal, {
      decide: () => {
        const b = this.barrierOf.get(name) ?? barriers.newBarrier({ id: name, projectId: '', name }, now());
        const decided = barriers.decideArrive(b, ask, now());
        if (decided.ok) this.applyToBarrier(b, decided.value);
        return decided;
      },
      withdraw: () => {
        const b = this.barrierOf.get(name);
        if (b) this.applyToBarrier(b, barriers.decideWithdrawParty(b, agentId, requestId, null, now()));
      },
    });
  }
  /** @internal */
  release(name: string, owner: string, token: string): boolean {
    const lock = this.settled(name);
    const decided = locks.decideReleaseLock(lock, owner, token);
    if (decided.ok) this.applyToLock(lock, decided.value);
    this.settle();
    return decided.ok && decided.value.length > 0;
  }
  /** @internal */
  renew(name: string, owner: string, token: string, leaseMs: number): Result<null> {
    const lock = this.settled(name);
    const decided = locks.decideRenewLock(lock, owner, token, leaseMs, this.timers.nowMs());
    if (decided.ok) this.applyToLock(lock, decided.value);
    this.settle();
    return decided.ok ? ok(null) : decided;
  }

  private nextRequest(): string {
    this.requests += 1;
    return `${this.requests}`;
  }
  private settled(name: string): locks.Lock {
    this.settle();
    return this.lockOf.get(name) as locks.Lock;
  }

  /** One request from its first decision to its answer; an abort ends it in between. */
  private asking<T>(
    requestId: string,
    signal: AbortSignalLike | undefined,
    of: { decide: () => Result<NewEvent[]>; withdraw: () => void },
  ): Promise<Result<T>> {
    return new Promise<Result<T>>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const aborted = () => {
        this.pending.delete(requestId);
        of.withdraw();
        this.settle();
        reject(signal?.reason);
      };
      const answered = (answer: Answer) => {
        this.pending.delete(requestId);
        signal?.removeEventListener('abort', aborted);
        resolve(answer as Result<T>);
      };
      this.pending.set(requestId, answered);
      signal?.addEventListener('abort', aborted);
      this.settle();
      const decided = of.decide();
      if (!decided.ok) answered(decided);
      this.settle();
    });
  }

  private applyToLock(lock: locks.Lock, events: readonly NewEvent[]): void {
    const now = this.timers.nowMs();
    const next = events.reduce((l, e) => locks.evolveLock(l, e, now), lock);
    if (next !== lock) this.lockOf.set(lock.name, next);
    for (const e of events) {
      if (e.type === 'lock.granted') {
        const { agentId, requestId, token } = e.data;
        this.pending.get(requestId)?.(ok(new LocalGrant(this, lock.name, agentId, token)));
      } else if (e.type === 'lock.wait-ended') {
        const { requestId, why, waitedMs, cycle } = e.data;
        const failure =
          why === 'deadlock' ? ({ code: 'deadlock', cycle: cycle ?? [] } as const) : ({ code: 'timed_out', waitedMs } as const);
        this.pending.get(requestId)?.(err(failure));
      }
    }
  }
  private applyToBarrier(b: barriers.Barrier, events: readonly NewEvent[]): void {
    const now = this.timers.nowMs();
    const next = events.reduce((x, e) => barriers.evolveBarrier(x, e, now), b);
    if (next !== b) this.barrierOf.set(b.name, next);
    for (const e of events) {
      if (e.type === 'barrier.released') {
        for (const [index, p] of e.data.parties.entries()) this.pending.get(p.requestId)?.(ok({ generation: e.data.generation, index }));
      } else if (e.type === 'barrier.broken') {
        const { name, generation, agentId, why } = e.data;
        for (const p of e.data.parties) this.pending.get(p.requestId)?.(err({ code: 'broken_barrier', name, generation, agentId, why }));
      } else if (e.type === 'barrier.left') {
        const { requestId, why, waitedMs, cycle } = e.data;
        const failure =
          why === 'deadlock' ? ({ code: 'deadlock', cycle: cycle ?? [] } as const) : ({ code: 'timed_out', waitedMs } as const);
        // in a generation that breaks everybody hears of the break, unless it is the victim of a deadlock
        if (requestId && (why === 'deadlock' || b.onPartyDeath === 'shrink')) this.pending.get(requestId)?.(err(failure));
      }
    }
  }

  /** What time has changed, then deadlocks, then the timer for what is due next. */
  private settle(): void {
    const now = this.timers.nowMs();
    for (const lock of [...this.lockOf.values()]) this.applyToLock(lock, locks.settleLock(lock, now));
    for (const b of [...this.barrierOf.values()]) this.applyToBarrier(b, barriers.settleBarrier(b, now));
    for (let found = this.deadlock(); found; found = this.deadlock()) {
      const { victim, cycle } = found;
      for (const lock of [...this.lockOf.values()])
        this.applyToLock(lock, locks.decideDeadlocked(lock, victim.agentId, victim.requestId, cycle, now));
      for (const b of [...this.barrierOf.values()])
        if (b.arrived.some((p) => p.requestId === victim.requestId))
          this.applyToBarrier(b, barriers.decideLeaveBarrier(b, new Set([victim.agentId]), 'deadlock', now, cycle));
    }
    const due = [...this.lockOf.values(), ...this.barrierOf.values()].flatMap((x) => x.dueAtMs ?? []).filter(Number.isFinite);
    this.cancelTimer();
    this.cancelTimer = due.length ? this.timers.after(Math.max(0, Math.min(...due) - now), () => this.settle()) : () => {};
  }
  private deadlock() {
    return findDeadlock([...[...this.lockOf.values()].flatMap(waitsAtLock), ...[...this.barrierOf.values()].flatMap(waitsAtBarrier)]);
  }
}

class LocalGrant implements Grant {
  constructor(
    private readonly all: InProcess,
    private readonly name: string,
    private readonly owner: string,
    readonly token: string,
  ) {}
  async release(): Promise<boolean> {
    return this.all.release(this.name, this.owner, this.token);
  }
  async renew(leaseMs: number): Promise<Result<null>> {
    return this.all.renew(this.name, this.owner, this.token, leaseMs);
  }
}

/**
 * As many at once as there are permits. Waiters are served by priority and age (I-SYNC-4); a circle of them is found and
 * one is refused with `deadlock`.
 *
 * Use it to bound how many do something at a time; `InProcess.semaphore` makes the same.
 *
 * @example
 * const pool = new Semaphore(new InProcess({ nowMs: () => 0, after: () => () => {} }), 'pool', 2);
 * const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((owner) => pool.acquire({ owner })));
 * [a?.ok, b?.ok, c?.ok]; // → [true, true, false]
 */
export class Semaphore implements Permits {
  constructor(
    private readonly all: InProcess,
    readonly name: string,
    readonly permits: number,
  ) {}
  acquire(o: AcquireOptions): Promise<Result<Grant>> {
    return this.all.acquire(this.name, this.permits, o);
  }
}

/**
 * One at a time: a semaphore of one permit. It is not re-entrant: an owner that asks again waits for itself.
 *
 * Use it for what only one may do at a time; `InProcess.mutex` makes the same.
 *
 * @example
 * const mutex = new Mutex(new InProcess({ nowMs: () => 0, after: () => () => {} }), 'deploy');
 * const held = await mutex.acquire({ owner: 'ann' });
 * (await mutex.acquire({ owner: 'bob' })).ok; // → false
 * held.ok && (await held.value.release()); // → true
 * (await mutex.acquire({ owner: 'bob' })).ok; // → true
 */
export class Mutex extends Semaphore {
  constructor(all: InProcess, name: string) {
    super(all, name, 1);
  }
}

/**
 * All go on together, or none: when one leaves before the last has come, all get `broken_barrier`, unless it shrinks.
 *
 * Use it where several must be ready before any goes on; it can be met at again, each time as a new generation.
 *
 * @example
 * const barrier = new Barrier(new InProcess({ nowMs: () => 0, after: () => () => {} }), 'ready', 2);
 * const met = await Promise.all([barrier.wait({ owner: 'ann' }), barrier.wait({ owner: 'bob' })]);
 * met; // → [ok({ generation: 0, index: 0 }), ok({ generation: 0, index: 1 })]
 */
export class Barrier implements MeetingPoint {
  constructor(
    private readonly all: InProcess,
    readonly name: string,
    readonly parties: number,
    private readonly told: MeetingOptions = {},
  ) {}
  wait(o: ArriveOptions): Promise<Result<Meeting>> {
    return this.all.arrive(this.name, this.parties, this.told, o);
  }
}
