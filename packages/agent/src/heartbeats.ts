import type { StopMode } from '@reeve/core/vocabulary';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { failureOfWire, isReeveError, type ReeveError } from './errors.ts';

export type Beat = {
  epoch: number;
  state?: 'running' | 'paused';
  activity?: string;
  progress?: number;
  metrics?: { toolsExecuted?: number };
};
export type DirectiveReply = {
  directive: 'run' | 'pause' | 'stop' | 'checkpoint';
  stop?: { stopId: string; mode: StopMode; reason: string; deadline: string } | undefined;
  interrupt?: { reason: string } | undefined;
  checkpoint?: { reason: string } | undefined;
};
/** What the loop needs of each agent that it beats for. */
export interface Beating {
  readonly id: string;
  readonly failSafeMs: number;
  beat(): Beat;
  obey(reply: DirectiveReply): void;
  /** Waits for an answer that may change at any moment: a parent in a stop, for its children to end. */
  readonly isImpatient: boolean;
  /** The server refused this agent's heartbeat: it is fenced, unknown, superseded or has ended. */
  refused(error: ReeveError): void;
  /** Nobody answered for longer than `failSafeMs`. */
  aloneTooLong(aloneMs: number): void;
}

const soonMs = 50;
const impatientMs = 750;

/**
 * One timer and one request for all agents of a connection: every third of the lease, with jitter so that a fleet
 * started together does not beat together. After a failed beat it tries again sooner.
 */
export class HeartbeatLoop {
  private readonly agents = new Map<string, Beating>();
  private timer: NodeJS.Timeout | undefined;
  private dueAtMs = Number.POSITIVE_INFINITY;
  private beating = false;
  /** Asked for while a beat was under way, which may have been sent too early for it. */
  private wantedInMs = Number.POSITIVE_INFINITY;
  private misses = 0;

  constructor(
    private readonly connection: Connection,
    private leaseMs: number,
  ) {}

  add(agent: Beating): void {
    this.agents.set(agent.id, agent);
    this.soon();
  }
  remove(agent: Beating): void {
    this.agents.delete(agent.id);
    if (!this.agents.size) this.cancel();
    else this.soon();
  }
  /** Beats earlier than its turn: something is worth telling, or a refusal hints at a stop. */
  soon(inMs = soonMs): void {
    if (this.beating) this.wantedInMs = Math.min(this.wantedInMs, inMs);
    else this.schedule(inMs);
  }

  private get intervalMs(): number {
    return (this.leaseMs / 3) * (0.85 + 0.15 * Math.random());
  }
  private cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.dueAtMs = Number.POSITIVE_INFINITY;
  }
  private schedule(inMs: number): void {
    if (!this.agents.size) return;
    const dueAtMs = Date.now() + inMs;
    if (dueAtMs >= this.dueAtMs) return;
    this.cancel();
    this.dueAtMs = dueAtMs;
    this.timer = setTimeout(() => {
      this.cancel();
      void this.beat();
    }, inMs);
  }

  private async beat(): Promise<void> {
    this.beating = true;
    let nextMs = this.intervalMs;
    try {
      await this.send([...this.agents.values()]);
      this.misses = 0;
      if ([...this.agents.values()].some((a) => a.isImpatient)) nextMs = Math.min(nextMs, impatientMs);
    } catch (e) {
      this.missed(e as ReeveError);
      nextMs = backoffMs(this.misses++, this.intervalMs);
    } finally {
      this.beating = false;
      this.schedule(Math.min(nextMs, this.wantedInMs));
      this.wantedInMs = Number.POSITIVE_INFINITY;
    }
  }

  private async send(agents: Beating[]): Promise<void> {
    const beats = agents.map((a) => ({ agentId: a.id, ...a.beat() }));
    const timeoutMs = Math.max(1_000, this.leaseMs / 3);
    const reply = await this.connection.attempt((trpc, sent) => trpc.agents.heartbeats.mutate({ beats }, sent), { timeoutMs });
    this.leaseMs = reply.leaseMs;
    const directives = new Map(reply.directives.map((d) => [d.agentId, d]));
    for (const agent of agents) {
      const d = directives.get(agent.id) as (DirectiveReply & { error?: unknown }) | undefined;
      const error = d && failureOfWire(d.error, 'refused');
      if (error) agent.refused(error);
      else if (d) agent.obey(d);
    }
  }

  /** The window counts only once a try has failed: a process that slept must first ask, not end. */
  private missed(error: ReeveError): void {
    for (const agent of [...this.agents.values()]) {
      if (isReeveError(error) && error.answered && error.code !== 'unavailable' && error.code !== 'internal') agent.refused(error);
      else if (this.connection.sinceContactMs() > agent.failSafeMs) agent.aloneTooLong(this.connection.sinceContactMs());
    }
  }
}
