import type { Clock } from '../kernel/clock.ts';
import {
  afterSave,
  type CheckpointCounters,
  type CheckpointThresholds,
  defaultThresholds,
  dueTrigger,
  noCounters,
} from './checkpoint-trigger.ts';

/** What a `Checkpointer` is made of: the clock, how to take the state and how to store it, and when. */
export type CheckpointerParts<S> = {
  clock: Clock;
  /** The whole state as it stands; called at a safe point alone, and at once when a save begins. */
  snapshot: () => S;
  /** Resolves when the state is stored for good. A rejection means that it is not known to be. */
  save: (state: S, trigger: string) => Promise<unknown>;
  thresholds?: Partial<CheckpointThresholds>;
  /** After a save that failed only a significant event tries again sooner than this. */
  retryAfterMs?: number;
  /** Told of a save that failed; its counters stay, so that the next safe point tries again. */
  onFailed?: (error: unknown) => void;
};

/**
 * Decides when the loop around an agent saves, and lets one save run at a time (I-CKPT-3). It has no timers: the loop
 * calls `step` at each safe point, where the state is whole. A loop that awaits `step` loses at most one threshold's
 * worth and the step it was in when it crashes (I-CKPT-6).
 *
 * Use it in an agent's own loop: tell it of tools and costs as they happen, and await `step` between two of them.
 *
 * @example
 * const saved = [];
 * const save = async (state, trigger) => void saved.push([state, trigger]);
 * const checkpointer = new Checkpointer({ clock: new FakeClock(), snapshot: () => 'state', save });
 * checkpointer.tool(9);
 * await checkpointer.step();
 * saved; // → []
 * checkpointer.tool();
 * await checkpointer.step();
 * saved; // → [['state', 'tools']]
 */
export class Checkpointer<S> {
  private counters: CheckpointCounters;
  private readonly thresholds: CheckpointThresholds;
  private readonly retryAfterMs: number;
  /** Asked for from outside so often, and so many of those are answered by a stored state. */
  private asks = 0;
  private answered = 0;
  private inFlight: Promise<void> | undefined;
  private failedAtMs: number | undefined;

  constructor(private readonly parts: CheckpointerParts<S>) {
    this.thresholds = { ...defaultThresholds, ...parts.thresholds };
    this.retryAfterMs = parts.retryAfterMs ?? 10_000;
    this.counters = noCounters(parts.clock.nowMs());
  }

  tool(count = 1): void {
    this.counters = { ...this.counters, tools: this.counters.tools + count };
  }
  /** @param nanoUsd what a model call cost. */
  cost(nanoUsd: bigint): void {
    this.counters = { ...this.counters, costNanoUsd: this.counters.costNanoUsd + nanoUsd };
  }
  /** Something that must not be lost has happened: saves at the next safe point. */
  significant(what: string): void {
    this.counters = { ...this.counters, significant: [...this.counters.significant, what] };
  }
  /** Somebody else wants a checkpoint (the `checkpoint` directive): saves at the next safe point. Twice equals once. */
  ask(): void {
    this.asks += 1;
  }
  /** What has happened that no stored checkpoint has in it. */
  get pending(): CheckpointCounters {
    return this.counters;
  }
  get isSaving(): boolean {
    return this.inFlight !== undefined;
  }
  /** Why a checkpoint is due now, or null. */
  due(): string | null {
    const nowMs = this.parts.clock.nowMs();
    const waits = this.failedAtMs !== undefined && nowMs - this.failedAtMs < this.retryAfterMs;
    if (waits && this.counters.significant.length === 0) return null;
    return this.asks > this.answered ? 'asked' : dueTrigger(this.counters, this.thresholds, nowMs);
  }

  /**
   * A safe point. Begins a save where one is due and none is under way; resolves when the save under way has ended,
   * stored or failed. It never rejects: a failed save is told to `onFailed`, and counts as not made.
   */
  step(): Promise<void> {
    if (this.inFlight) return this.inFlight;
    const trigger = this.due();
    return trigger === null ? Promise.resolve() : this.begin(trigger);
  }
  /** Saves now, whatever is counted, behind a save that is under way: before a handover, or at the end. */
  async flush(trigger = 'flush'): Promise<void> {
    while (this.inFlight) await this.inFlight;
    await this.begin(trigger);
  }

  private begin(trigger: string): Promise<void> {
    let ended = () => {};
    this.inFlight = new Promise<void>((resolve) => {
      ended = resolve;
    });
    return this.run(trigger).finally(() => {
      this.inFlight = undefined;
      ended();
    });
  }
  private async run(trigger: string): Promise<void> {
    const { clock, snapshot, save, onFailed } = this.parts;
    const { counters: captured, asks } = this;
    const atMs = clock.nowMs();
    try {
      await save(snapshot(), trigger);
      this.counters = afterSave(this.counters, captured, atMs);
      this.answered = asks;
      this.failedAtMs = undefined;
    } catch (e) {
      this.failedAtMs = clock.nowMs();
      onFailed?.(e);
    }
  }
}
