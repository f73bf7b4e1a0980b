import type { Clock } from '../src/kernel/clock.ts';

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  private atMs = Date.UTC(2026, 0, 1);
  nowMs = (): number => this.atMs;
  pass(ms: number): number {
    this.atMs += ms;
    return this.atMs;
  }
}
