import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { ReeveError } from './errors.ts';
import { isReeveError } from './errors.ts';
import type { CostReport, Reports } from './reports.ts';
import type { Inputs } from './wire.ts';

export type ReserveOptions = Omit<Inputs['costs']['reserve'], 'agentId'>;

/** Money set aside for one model call: settle it with what the call cost, or release it when there was none. */
export class Reservation {
  constructor(
    readonly id: string,
    /** From then on, unsettled, the whole amount counts as unknown. */
    readonly expiresAt: string,
    private readonly costs: Costs,
  ) {}
  /** Reports the call; the rest of the reservation is free again. Buffered and never fails, as `report`. Returns the event id. */
  settle(cost: Omit<CostReport, 'reservationId'>): string {
    return this.costs.report({ ...cost, reservationId: this.id });
  }
  /** Gives it back: the call was not made. Rejects with `illegal_transition` once it is settled or unknown. */
  async release(): Promise<void> {
    await this.costs.release(this.id);
  }
}

/** What the agent spends, and what it may spend. */
export class Costs {
  constructor(
    private readonly connection: Connection,
    private readonly agent: { id: string; signal: AbortSignal },
    private readonly reports: Reports,
    /** Told of each report: what was spent counts towards the next checkpoint. */
    private readonly onSpent: (cost: CostReport) => void,
    /** Told of each refusal, since `fenced` means that a stop is on its way. */
    private readonly onRefusal: (e: ReeveError) => void,
  ) {}

  /** `report({model, inputTokens, outputTokens, …})`: buffered, sent once whatever happens; returns the event id. */
  report(cost: CostReport): string {
    const eventId = this.reports.cost(cost);
    this.onSpent(cost);
    return eventId;
  }
  /** True once the server says that a budget above this agent is used up. */
  get budgetExceeded(): boolean {
    return this.reports.budgetExceeded;
  }
  /**
   * Sets money aside at every budget above, before the call is made. Rejects with `budget_exceeded`, which names the
   * budget that has no room, or with `fenced` once a stop was accepted. A retry reserves once.
   */
  async reserve(o: ReserveOptions): Promise<Reservation> {
    const input = { requestId: randomUUID(), ...o, agentId: this.agent.id };
    try {
      const { reservationId, expiresAt } = await this.connection.call((trpc, sent) => trpc.costs.reserve.mutate(input, sent), {
        signal: this.agent.signal,
      });
      return new Reservation(reservationId, expiresAt, this);
    } catch (e) {
      if (isReeveError(e)) this.onRefusal(e);
      throw e;
    }
  }
  /** @internal */
  release(id: string): Promise<unknown> {
    return this.connection.call((trpc, sent) => trpc.costs.release.mutate({ id }, sent));
  }
}
