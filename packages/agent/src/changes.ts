import { randomUUID } from 'node:crypto';
import { type ChangeState, changeTransitions, isFinal } from '@reeve/core/vocabulary';
import { delay } from './backoff.ts';
import type { Connection } from './connection.ts';
import type { ChangeRecord, Inputs } from './wire.ts';

export type NewChange = Omit<Inputs['changes']['propose'], 'agentId'>;

export type SettledOptions = {
  signal?: AbortSignal;
  until?: (change: ChangeRecord) => boolean;
  onComment?: (comment: ChangeRecord['comments'][number]) => void;
};

/** Merged, or at an end without a merge; `rolled-back` may still follow on `merged`. */
const isSettled = (state: ChangeState): boolean => state === 'merged' || isFinal(changeTransitions, state);

/** Self-modification, as the agent sees it: it proposes, the supervisor verifies, people decide. */
export class Changes {
  constructor(
    private readonly connection: Connection,
    private readonly agent: { id: string; signal: AbortSignal; whenRunning(): Promise<void> },
  ) {}

  /** Proposes a failing test and its fix, as unified diffs against the base. A retry proposes it once. */
  propose(change: NewChange): Promise<ChangeRecord> {
    const input = { requestId: randomUUID(), ...change, agentId: this.agent.id };
    return this.connection.call((trpc, sent) => trpc.changes.propose.mutate(input, sent), { alone: true });
  }
  get(id: string): Promise<ChangeRecord> {
    return this.connection.call((trpc, sent) => trpc.changes.get.query({ id }, sent), { alone: true });
  }
  /** What people and other agents have said about a change, the oldest first; with the agent's own answers. */
  async comments(id: string): Promise<ChangeRecord['comments']> {
    return (await this.get(id)).comments;
  }
  /** Answers, or asks; on a line of the diff where one is named. It decides nothing. A retry says it once. */
  comment(id: string, body: string, at: { path?: string; line?: number } = {}): Promise<{ commentId: string }> {
    const input = { id, body, ...at, requestId: randomUUID() };
    return this.connection.call((trpc, sent) => trpc.changes.comment.mutate(input, sent), { alone: true });
  }
  withdraw(id: string, reason: string): Promise<ChangeRecord> {
    return this.connection.call((trpc, sent) => trpc.changes.withdraw.mutate({ id, reason }, sent), { alone: true });
  }
  /**
   * Resolves once the change is merged or at its end (refused, rejected, failed, expired, withdrawn, rolled back).
   * That may take days, since people decide: asks every second at first, then every ten. Rejects when the agent stops. While
   * the agent is asked to pause, it rests here: so does one that waits for its own change to be put to use. `onComment` is
   * told each comment of somebody else once, the earlier ones too.
   */
  async settled(id: string, o: SettledOptions = {}): Promise<ChangeRecord> {
    const signal = o.signal ? AbortSignal.any([o.signal, this.agent.signal]) : this.agent.signal;
    const told = new Set<string>();
    for (let pauseMs = 1_000; ; pauseMs = Math.min(10_000, pauseMs * 1.2)) {
      signal.throwIfAborted();
      const change = await this.get(id);
      for (const c of change.comments) {
        if (c.by !== this.agent.id && !told.has(c.id)) o.onComment?.(c);
        told.add(c.id);
      }
      if (isSettled(change.state) || o.until?.(change)) return change;
      await delay(pauseMs, signal);
      await this.agent.whenRunning();
    }
  }
}
