import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Checkpointer } from '@reeve/core/checkpoints';
import { type AgentState, isFinalAgent, type Resumed } from '@reeve/core/vocabulary';
import { delay, within } from './backoff.ts';
import { Changes } from './changes.ts';
import { type CheckpointerOptions, Checkpoints, type EffectOptions, type Json, type Saved, type Snapshot } from './checkpoints.ts';
import type { Connection } from './connection.ts';
import { Costs } from './costs.ts';
import { AgentStopped, RunGate, type StopNotice, Turns } from './directives.ts';
import { isReeveError, type ReeveError } from './errors.ts';
import type { Beat, Beating, DirectiveReply, HeartbeatLoop } from './heartbeats.ts';
import { type BarrierOptions, type HeldLock, type LockOptions, Locks } from './locks.ts';
import { Reports } from './reports.ts';
import { Tasks } from './tasks.ts';
import type { AgentRecord, Inputs, WaitOptions } from './wire.ts';

export type Registration = Omit<Inputs['agents']['register'], 'parentId' | 'requestId' | 'runnerId'>;
export type SpawnOptions = Omit<Inputs['agents']['spawn'], 'id' | 'requestId'>;
export type Outcome = { outcome?: 'completed' | 'failed' | 'stopped'; result?: Inputs['agents']['finish']['result']; error?: unknown };
export type Identity = { agentId: string; epoch: number; sessionId: string; name: string; checkpointId?: string };
type StopHook = (notice: StopNotice) => unknown;

/** Left of the deadline for telling the server, after the hooks. */
const finishMarginMs = 1_000;
const defaultGraceMs = 30_000;
const spawnTriesMs = 20_000;
const activityDelayMs = 1_000;

/** One supervised agent. Made by `supervise` and by `agent.child`. */
export class Agent implements Beating {
  readonly id: string;
  readonly epoch: number;
  readonly sessionId: string;
  readonly name: string;
  readonly tasks: Tasks;
  private readonly locks: Locks;
  readonly changes: Changes;
  /** `report({model, inputTokens, outputTokens, …})` after a call; `reserve({amountUsd})` before one, under a hard budget. */
  readonly costs: Costs;
  /** `emit(type, data)`: buffered, stored once; returns the event id. */
  readonly events: { emit: (type: string, data?: Parameters<Reports['event']>[1]) => string };
  private readonly stopping = new AbortController();
  private readonly gate = new RunGate(() => this.heart.soon());
  private readonly turns = new Turns(this.stopping.signal);
  private readonly reports: Reports;
  private readonly checkpoints: Checkpoints;
  private readonly hooks: StopHook[] = [];
  private readonly children = new Set<Agent>();
  private activity: string | undefined;
  private progress: number | undefined;
  private toolsExecuted = 0;
  /** @internal */
  isImpatient = false;
  private finishing: Promise<AgentState> | undefined;
  private whenEnded: () => void = () => {};
  /** Resolves when the agent has finished, in whatever way. */
  readonly ended = new Promise<void>((resolve) => (this.whenEnded = resolve));

  /** @internal */
  constructor(
    private readonly identity: Identity,
    private readonly connection: Connection,
    private readonly heart: HeartbeatLoop,
    readonly failSafeMs: number,
  ) {
    this.id = identity.agentId;
    this.epoch = identity.epoch;
    this.sessionId = identity.sessionId;
    this.name = identity.name;
    const reports = new Reports(connection, this.id, this.epoch);
    this.reports = reports;
    const checkpoints = new Checkpoints(connection, this, reports, (e) => this.heed(e));
    this.checkpoints = checkpoints;
    this.tasks = new Tasks(connection, this, (e) => this.heed(e));
    this.locks = new Locks(connection, this, (e) => this.heed(e));
    this.changes = new Changes(connection, this);
    this.costs = new Costs(
      connection,
      this,
      reports,
      (cost) => checkpoints.spent(cost.costUsd),
      (e) => this.heed(e),
    );
    this.events = { emit: (type, data) => reports.event(type, data) };
    // One listener for each call in flight is usual, and no leak.
    setMaxListeners(0, this.stopping.signal);
    heart.add(this);
  }

  /** Aborts when the agent is to end; its reason is an `AgentStopped`. Hand it to everything that takes a signal. */
  get signal(): AbortSignal {
    return this.stopping.signal;
  }
  /** Aborts when the current turn is interrupted, or with `signal`. */
  get turnSignal(): AbortSignal {
    return this.turns.signal;
  }
  /** Begins a turn: an interrupt that came before concerns only the turn before. */
  beginTurn(): AbortSignal {
    return this.turns.begin();
  }
  get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }
  /** Whether the agent is asked to wait. */
  get isPaused(): boolean {
    return this.gate.isClosed;
  }
  /** Resolves at once while the agent may work, else when it may go on. Rejects with `AgentStopped` on a stop. */
  whenRunning(): Promise<void> {
    return this.gate.wait(this.stopping.signal);
  }

  /** What it is doing, in a few words; told within a second, at most once a second. */
  setActivity(text: string): void {
    const activity = text.slice(0, 500);
    if (activity === this.activity) return;
    this.activity = activity;
    this.heart.soon(activityDelayMs);
  }
  /** @param progress from 0 to 1; values outside are clamped. */
  setProgress(progress: number): void {
    this.progress = Math.min(1, Math.max(0, progress));
  }
  /** Counts tool calls; the total goes with the heartbeats. */
  toolExecuted(count = 1): void {
    this.toolsExecuted += count;
    this.checkpoints.toolExecuted(count);
  }
  /** Saves the state now; resolves when it is stored. `trigger` says why, in a word. */
  checkpoint(state: unknown, o: Omit<Snapshot, 'state'> & { trigger?: string } = {}): Promise<Saved> {
    const { trigger = 'agent', ...around } = o;
    return this.checkpoints.save({ ...around, state }, trigger);
  }
  /**
   * What this epoch goes on from, where it was begun from a checkpoint (`REEVE_RESTORE`): the state, the effects in doubt
   * and the events behind it. Undefined in a first epoch, and for an agent that is not the one the runner started.
   */
  async resumed(): Promise<Resumed | undefined> {
    const { checkpointId } = this.identity;
    return checkpointId === undefined ? undefined : this.heeding(this.checkpoints.resume(checkpointId));
  }
  /**
   * Whether this is a rehearsal: another process does once more what an agent did after a checkpoint, beside the live one.
   * Its effects under a key are not done by themselves; what it does without one, it must leave out.
   */
  get isRehearsal(): boolean {
    return process.env.REEVE_REHEARSAL === '1';
  }
  /** Saves by itself: after 10 tools, 1.00 USD, 5 minutes, a `significant` event, or when Reeve asks. Await its `step` at each safe point. */
  checkpointer(o: CheckpointerOptions): Checkpointer<Snapshot> {
    return this.checkpoints.controller(o);
  }
  /**
   * Does something that must not be done twice. Under a key that is done already it answers the stored result; where an
   * attempt before may have done it, it rejects with `EffectInDoubt` unless `onDoubt` says `retry`.
   */
  effect<T extends Json>(key: string, work: () => T | Promise<T>, o: EffectOptions = {}): Promise<T> {
    return this.heeding(this.checkpoints.effect(key, work, o));
  }
  log(text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    this.reports.log(text, stream);
  }
  /** Runs when a stop begins, all hooks in parallel, until its deadline at the latest: save what must be saved. */
  onStop(hook: StopHook): void {
    this.hooks.push(hook);
    const reason = this.stopping.signal.reason;
    if (reason instanceof AgentStopped) void Promise.resolve(hook(reason.notice)).catch(() => {});
  }
  /** Waits until all costs, events and log lines reported so far are stored. */
  flush(): Promise<void> {
    return this.reports.flush();
  }

  /** This agent as the server sees it. */
  view(): Promise<AgentRecord> {
    return this.connection.call((trpc, sent) => trpc.agents.get.query({ id: this.id }, sent));
  }

  /** Has the runner of this agent start a process as a child, in its own containment. A retry starts it once. */
  async spawn(o: SpawnOptions): Promise<SpawnedAgent> {
    const input = { ...o, id: this.id, requestId: randomUUID() };
    // An agent without a runner is refused as `unavailable`, which no patience cures.
    const tries = { signal: this.signal, retryForMs: spawnTriesMs };
    const { agentId, epoch } = await this.heeding(this.connection.call((trpc, sent) => trpc.agents.spawn.mutate(input, sent), tries));
    return new SpawnedAgent(agentId, epoch, o.name, this.connection, this.signal);
  }

  /** Registers a sub-agent that lives in this process and shares connection and heartbeats. */
  async child(o: Registration): Promise<Agent> {
    const input = { ...o, parentId: this.id, requestId: randomUUID() };
    const reg = await this.heeding(this.connection.call((trpc, sent) => trpc.agents.register.mutate(input, sent), { signal: this.signal }));
    const child = new Agent({ ...reg, name: o.name }, this.connection, this.heart, this.failSafeMs);
    this.children.add(child);
    void child.ended.then(() => this.children.delete(child));
    return child;
  }

  /**
   * One permit of a lock of the project, renewed until it is given back: `await using lock = await agent.lock('deploy')`,
   * or with what to do while it is held: the callback's signal aborts with the agent's and when the permit is lost. Waits up
   * to `waitMs` (a minute unless told), then rejects with `timed_out`; with `deadlock` where waiting would close a circle.
   */
  lock(name: string, o?: LockOptions): Promise<HeldLock>;
  lock<T>(name: string, o: LockOptions, held: (lock: HeldLock, signal: AbortSignal) => Promise<T>): Promise<T>;
  async lock<T>(name: string, o: LockOptions = {}, held?: (lock: HeldLock, signal: AbortSignal) => Promise<T>): Promise<HeldLock | T> {
    const lock = await this.locks.acquire(name, o);
    if (!held) return lock;
    try {
      return await held(lock, AbortSignal.any([this.signal, lock.lost]));
    } finally {
      await lock.release().catch(() => {}); // its lease ends it where this does not arrive
    }
  }
  /** Waits at a barrier until all `parties` have come; rejects with `broken_barrier` for all when one of them has left. */
  barrier(name: string, o: BarrierOptions): Promise<{ generation: number; index: number }> {
    return this.locks.wait(name, o);
  }
  /**
   * Waits until another agent of the project has ended, and resolves with the state in which it did. Rejects with `timed_out`
   * after `waitMs` (a minute unless told), and with `deadlock` where that one waits for this one, directly or not.
   */
  waitFor(agentId: string, o: WaitOptions = {}): Promise<AgentState> {
    return this.locks.ended(agentId, o);
  }

  /**
   * Reports the end, after flushing what was reported before: `finish()`, `finish('failed')` or
   * `finish({outcome, result, error})`. During a stop the outcome is always `stopped`. Children in this process that
   * have not finished are stopped first. Calling it again returns the first call's promise.
   */
  finish(o: Outcome | Outcome['outcome'] = {}): Promise<AgentState> {
    this.finishing ??= this.end(typeof o === 'string' ? { outcome: o } : o);
    return this.finishing;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.finish();
  }

  /** Ends the agent as a stop does: abort, hooks, flush, finish. Used for signals to the process. */
  async stopSelf(notice: StopNotice): Promise<void> {
    if (!this.stopping.signal.aborted) {
      this.stopping.abort(new AgentStopped(notice));
      await within(notice.deadlineMs - Date.now() - finishMarginMs, this.runHooks(notice), undefined);
    }
    await this.finish({ outcome: 'stopped' }).catch(() => {});
  }

  private async runHooks(notice: StopNotice): Promise<void> {
    for (const r of await Promise.allSettled(this.hooks.map(async (hook) => hook(notice))))
      if (r.status === 'rejected') this.log(`A stop hook failed: ${r.reason}`, 'stderr');
  }

  private async end(o: Outcome): Promise<AgentState> {
    const deadlineMs = Date.now() + 5_000;
    const notice: StopNotice = { cause: 'parent-finished', stopId: null, mode: 'graceful', reason: `${this.name} finished`, deadlineMs };
    await Promise.all([...this.children].map((c) => c.stopSelf(notice)));
    const stop = this.stopping.signal.reason instanceof AgentStopped ? this.stopping.signal.reason.notice : undefined;
    const outcome = stop ? 'stopped' : (o.outcome ?? (o.error === undefined ? 'completed' : 'failed'));
    const alone = stop?.cause === 'fail-safe';
    const tries = alone ? { retryForMs: 0, timeoutMs: 2_000 } : {};
    this.tasks.abandonAll();
    this.locks.abandonAll();
    try {
      await this.reports.flush(tries).catch(() => {});
      const error = o.error === undefined ? undefined : textOf(o.error).slice(0, 20_000);
      const input = { id: this.id, epoch: this.epoch, outcome, result: o.result, error };
      return (await this.connection.call((trpc, sent) => trpc.agents.finish.mutate(input, sent), tries)).state;
    } catch (e) {
      // Its answer was lost, or the agent was ended from outside meanwhile: the end is reached either way.
      if (isReeveError(e, 'illegal_transition') && isFinalAgent(e.failure.from as AgentState)) return e.failure.from as AgentState;
      throw e;
    } finally {
      this.heart.remove(this);
      this.gate.set(false);
      this.whenEnded();
    }
  }

  private async heeding<T>(reply: Promise<T>): Promise<T> {
    try {
      return await reply;
    } catch (e) {
      if (isReeveError(e)) this.heed(e);
      throw e;
    }
  }
  /** A refusal because of a stop: the heartbeat knows the rest. */
  private heed(e: ReeveError): void {
    if (e.code === 'fenced' || e.code === 'unauthenticated') this.heart.soon();
  }

  /** @internal */
  beat(): Beat {
    const state = this.gate.isParked ? 'paused' : this.gate.isClosed ? undefined : 'running';
    return {
      epoch: this.epoch,
      ...(state && !this.isStopping && { state }),
      ...(this.activity !== undefined && { activity: this.activity }),
      ...(this.progress !== undefined && { progress: this.progress }),
      metrics: { toolsExecuted: this.toolsExecuted },
    };
  }
  /** @internal */
  obey(reply: DirectiveReply): void {
    if (reply.checkpoint || reply.directive === 'checkpoint') this.checkpoints.asked();
    if (reply.interrupt) this.turns.interrupt(reply.interrupt.reason);
    // With a stop on its way, `pause` means: wait for your children to end; abort only when the server says `stop`.
    this.isImpatient = reply.directive === 'pause' && reply.stop !== undefined;
    if (reply.directive === 'stop') this.stopBecause('directive', reply.stop);
    else this.gate.set(reply.directive === 'pause');
  }
  /** @internal */
  refused(error: ReeveError): void {
    if (error.is('fenced')) this.stopBecause('directive', { stopId: error.failure.stopId, mode: 'graceful', reason: error.failure.reason });
    else if (endings.has(error.code)) this.stopBecause('revoked', { mode: 'force', reason: error.message });
  }
  /** @internal */
  aloneTooLong(aloneMs: number): void {
    this.stopBecause('fail-safe', { mode: 'graceful', reason: `no contact with Reeve for ${Math.round(aloneMs / 1000)} s` });
  }

  private stopBecause(
    cause: StopNotice['cause'],
    stop: { stopId?: string; mode?: StopNotice['mode']; reason?: string; deadline?: string } | undefined,
  ): void {
    if (this.isStopping || this.finishing) return;
    const told = stop?.deadline ? Date.parse(stop.deadline) : Number.NaN;
    const deadlineMs = Number.isFinite(told) ? told : Date.now() + (cause === 'directive' ? defaultGraceMs : 10_000);
    const notice: StopNotice = {
      cause,
      stopId: stop?.stopId ?? null,
      mode: stop?.mode ?? 'graceful',
      reason: stop?.reason ?? '',
      deadlineMs,
    };
    void this.stopSelf(notice);
  }
}

/** Refusals after which there is nothing left to beat for: unknown, superseded by a newer epoch, ended, revoked. */
const endings = new Set<string>(['not_found', 'version_conflict', 'illegal_transition', 'unauthenticated', 'forbidden']);

const textOf = (e: unknown): string => (e instanceof Error ? (e.stack ?? e.message) : String(e));

/** A child process that a runner started at this agent's request. */
export class SpawnedAgent {
  constructor(
    readonly id: string,
    readonly epoch: number,
    readonly name: string,
    private readonly connection: Connection,
    private readonly parentSignal: AbortSignal,
  ) {}
  view(): Promise<AgentRecord> {
    return this.connection.call((trpc, sent) => trpc.agents.get.query({ id: this.id }, sent));
  }
  /** Resolves with the child once it has ended; asks every one to five seconds. Rejects when the parent stops. */
  async whenEnded(o: { signal?: AbortSignal } = {}): Promise<AgentRecord> {
    const signal = o.signal ? AbortSignal.any([o.signal, this.parentSignal]) : this.parentSignal;
    for (let pauseMs = 1_000; ; pauseMs = Math.min(5_000, pauseMs * 1.2)) {
      signal.throwIfAborted();
      const view = await this.view();
      if (isFinalAgent(view.state)) return view;
      await delay(pauseMs, signal);
    }
  }
}
