import type { CallOptions } from './connection.ts';
import { isReeveError, ReeveError } from './errors.ts';

export type OutboxOptions<T> = {
  /** Sends one batch, retrying by itself. A rejection means that it was refused or that the time for tries is over. */
  send(batch: T[], o: CallOptions): Promise<void>;
  maxBatch: number;
  maxBatchBytes: number;
  /** What may wait at most. */
  maxItems: number;
  flushAfterMs: number;
  sizeOf(item: T): number;
  /** Items that the server refused, with its reason; they are not sent again. */
  onRefused(items: T[], error: ReeveError): void;
};

/**
 * Collects reports, sends them in order and in batches, one batch at a time. An item leaves the box only when the
 * server has answered for it, so that a restart of the server loses nothing; ids inside the items make a second
 * sending harmless.
 */
export class Outbox<T> {
  private readonly items: T[] = [];
  private sending: Promise<void> | undefined;
  /** Ends the sendings that began by themselves. */
  private background = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: OutboxOptions<T>) {}

  get size(): number {
    return this.items.length;
  }

  /** Throws `limit_reached` when too much waits already: a report is never dropped silently. */
  push(item: T): void {
    const { maxItems, flushAfterMs } = this.options;
    if (this.items.length >= maxItems)
      throw new ReeveError({ code: 'limit_reached', limit: 'unsent reports', max: maxItems }, `${maxItems} reports wait for the server.`);
    this.items.push(item);
    this.arm(flushAfterMs);
  }

  private arm(afterMs: number): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.send({ signal: this.background.signal }).catch(() => this.arm(10 * afterMs));
    }, afterMs);
    // Reports alone keep no process alive; `flush` before the end does.
    this.timer.unref();
  }

  /**
   * Sends what waits now. Rejects when the server stayed away for the whole time for tries; the items then stay and
   * go with the next flush. A sending that is under way by itself is taken over, with the patience of this call.
   */
  async flush(o: CallOptions = {}): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.background.abort(new Error('taken over by a flush'));
    this.background = new AbortController();
    await this.send(o);
  }

  private async send(o: CallOptions): Promise<void> {
    while (this.sending) await this.sending.catch(() => {});
    if (!this.items.length) return;
    this.sending = this.drain(o);
    try {
      await this.sending;
    } finally {
      this.sending = undefined;
    }
  }

  private async drain(o: CallOptions): Promise<void> {
    let limit = this.options.maxBatch;
    while (this.items.length) {
      const batch = this.take(limit);
      try {
        await this.options.send(batch, o);
      } catch (e) {
        if (!isReeveError(e) || !e.answered || e.code === 'unavailable' || e.code === 'internal') throw e;
        // One bad item must not take the others with it: halve until it stands alone.
        if (batch.length > 1) {
          limit = Math.ceil(batch.length / 2);
          continue;
        }
        this.items.shift();
        this.options.onRefused(batch, e);
        continue;
      }
      this.items.splice(0, batch.length);
      limit = this.options.maxBatch;
    }
  }

  private take(limit: number): T[] {
    let bytes = 0;
    let n = 0;
    for (; n < this.items.length && n < limit; n++) {
      bytes += this.options.sizeOf(this.items[n] as T);
      if (n > 0 && bytes > this.options.maxBatchBytes) break;
    }
    return this.items.slice(0, n);
  }
}
