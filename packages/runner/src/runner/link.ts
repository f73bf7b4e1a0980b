import { hostname } from 'node:os';
import { Connection, isReeveError } from '@reeve/agent';
import type { ContainmentLevel } from '@reeve/core/vocabulary';
import { startTimeOf } from '../processes/proc.ts';

/** Where the server is and who we are to it: a project's token, or that of the agent we run under. */
export type Access = { url: string; token: string };

/**
 * The longest pause between two tries of a runner, in ms: stops wait for its evidence when the server comes back, and there is
 * one runner for many agents.
 */
export const runnerPauseMs = 1_500;

/** The runner's registration with the server, and its two ways of speaking: as its owner and as itself. */
export class RunnerLink {
  runnerId: string | undefined;
  runnerToken = '';
  /** Registers agents and runners. */
  readonly asOwner: Connection;
  /** Polls, reports and beats. */
  readonly asRunner: Connection;
  private leaseMs = 30_000;
  private registering: Promise<void> | undefined;

  constructor(
    private readonly o: {
      access: () => Access;
      name: string;
      containment: ContainmentLevel;
      retryForMs: number;
      runnerId?: string | undefined;
    },
  ) {
    this.runnerId = o.runnerId;
    const url = () => o.access().url;
    this.asOwner = new Connection({ url, token: () => o.access().token, retryForMs: o.retryForMs, maxPauseMs: runnerPauseMs });
    this.asRunner = new Connection({ url, token: () => this.runnerToken, retryForMs: o.retryForMs, maxPauseMs: runnerPauseMs });
  }
  get url(): string {
    return this.o.access().url;
  }
  /** How long a poll may wait: well within the runner's lease. */
  get pollWaitMs(): number {
    return Math.min(20_000, this.leaseMs / 2);
  }
  sinceContactMs(): number {
    return Math.min(this.asOwner.sinceContactMs(), this.asRunner.sinceContactMs());
  }

  /**
   * Registers, as the same runner as before where that is known. Rejects with `ReeveError`. A runner id that the server
   * does not know (any more) is given up for a new one.
   */
  register(o: { retryForMs?: number; signal?: AbortSignal } = {}): Promise<void> {
    this.registering ??= this.registerOnce(o).finally(() => {
      this.registering = undefined;
    });
    return this.registering;
  }
  /**
   * A call as the runner. Where the server does not know the runner's token (any more: it issues a new one with each
   * registration, and may have lost its database), the runner registers again and calls once more.
   */
  async speak<T>(call: (as: Connection) => Promise<T>): Promise<T> {
    const token = this.runnerToken;
    try {
      return await call(this.asRunner);
    } catch (e) {
      if (!isReeveError(e, 'unauthenticated')) throw e;
      await this.replaceToken(token);
      return await call(this.asRunner);
    }
  }
  /**
   * Registers again for a token that was refused, unless that has happened already: a new registration ends the token
   * of the one before, and two calls that answered each other's so would never settle.
   */
  async replaceToken(refused: string, o: { retryForMs?: number } = {}): Promise<void> {
    if (this.runnerToken === refused) await this.register(o);
  }

  private async registerOnce(o: { retryForMs?: number; signal?: AbortSignal }): Promise<void> {
    const { name, containment } = this.o;
    const input = {
      name,
      host: hostname(),
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? 'unknown',
      containment,
      ...(this.runnerId && { runnerId: this.runnerId }),
    };
    try {
      const reply = await this.asOwner.call((trpc, sent) => trpc.runners.register.mutate(input, sent), o);
      this.runnerId = reply.runnerId;
      this.runnerToken = reply.token;
      this.leaseMs = reply.leaseMs;
    } catch (e) {
      if (!isReeveError(e, 'not_found') || !this.runnerId) throw e;
      this.runnerId = undefined;
      await this.registerOnce(o);
    }
  }
}
