import type { Timers } from '../src/coordination/meeting-points.ts';
import { FakeClock } from './clock.ts';

/** Lets everything that waits for nothing but its turn go on. */
export async function turns(n = 50): Promise<void> {
  for (let i = 0; i < n; i++) await Promise.resolve();
}

/** Timers on a clock that stands still until it is moved. */
export class FakeTimers implements Timers {
  private readonly set = new Set<{ atMs: number; then: () => void }>();
  constructor(readonly clock = new FakeClock()) {}
  nowMs = (): number => this.clock.nowMs();
  after(ms: number, then: () => void): () => void {
    const timer = { atMs: this.clock.nowMs() + ms, then };
    this.set.add(timer);
    return () => void this.set.delete(timer);
  }
  /** Moves the clock from one timer to the next, with whatever follows from each. */
  async pass(ms: number): Promise<void> {
    const endMs = this.clock.nowMs() + ms;
    await turns();
    for (;;) {
      const next = [...this.set].filter((t) => t.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.set.delete(next);
      if (next.atMs > this.clock.nowMs()) this.clock.pass(next.atMs - this.clock.nowMs());
      next.then();
      await turns();
    }
    this.clock.pass(endMs - this.clock.nowMs());
    await turns();
  }
}
