import { randomUUID } from 'node:crypto';
import { type ChangeState, changeTransitions, isFinal } from '@reeve/core/vocabulary';
import { delay } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { ChangeRecord, Inputs } from './wire.ts';

export type NewChange = Omit<Inputs['changes']['propose'], 'agentId'>;

/** Merged, or at an end without a merge; `rolled-back` may still follow on `merged`. */
const isSettled = (state: ChangeState): boolean => state === 'merged' || isFinal(changeTransitions, state);

/** Self-modification, as the agent sees it: it proposes, the supervisor verifies, people decide. */
export class Changes {
  constructor(
    private readonly connection: Connection,
    private readonly agent: { id: string; signal: AbortSignal },
  ) {}

  /** Proposes a failing test and its fix, as unified diffs against the base. A retry proposes it once. */
  propose(change: NewChange): Promise<ChangeRecord> {
    const input = { requestId: randomUUID(), ...change, agentId: this.agent.id };
    return this.connection.call((trpc, sent) => trpc.changes.propose.mutate(input, sent), { alone: true });
  }
  get(id: string): Promise<ChangeRecord> {
    return this.connection.call((trpc, sent) => trpc.changes.get.query({ id }, sent), { alone: true });
  }
  withdraw(id: string, reason: string): Promise<ChangeRecord> {
    return this.connection.call((trpc, sent) => trpc.changes.withdraw.mutate({ id, reason }, sent), { alone: true });
  }
  /**
   * Resolves once the change is merged or at its end (refused, rejected, failed, expired, withdrawn, rolled back).
   * That may take days, since people decide: asks every second at first, then every ten. Rejects when the agent stops.
   */
  async settled(id: string, o: { signal?: AbortSignal; until?: (change: ChangeRecord) => boolean } = {}): Promise<ChangeRecord> {
    const signal = o.signal ? AbortSignal.any([o.signal, this.agent.signal]) : this.agent.signal;
    for (let pauseMs = 1_000; ; pauseMs = Math.min(10_000, pauseMs * 1.2)) {
      signal.throwIfAborted();
      const change = await this.get(id);
      if (isSettled(change.state) || o.until?.(change)) return change;
      await delay(pauseMs, signal);
    }
  }
}
