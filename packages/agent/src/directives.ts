import { setMaxListeners } from 'node:events';
import type { StopMode } from '@reeve/core/vocabulary';
import { delay } from './backoff.ts';

/** Why an agent ends: asked by the server, by a signal to the process, refused by it, or alone for too long. */
export type StopCause = 'directive' | 'signal' | 'revoked' | 'fail-safe' | 'parent-finished';
export type StopNotice = {
  cause: StopCause;
  stopId: string | null;
  mode: StopMode;
  reason: string;
  /** When what is still there will be killed; clean-up must be over by then. */
  deadlineMs: number;
};

/**
 * The reason of `agent.signal`. Named `AbortError`, since that is what model clients look at to tell an abort from a
 * failure.
 */
export class AgentStopped extends Error {
  override readonly name = 'AbortError';
  constructor(readonly notice: StopNotice) {
    super(`The agent is being stopped (${notice.cause}): ${notice.reason || 'no reason given'}`);
  }
}

/** The reason of a turn's signal when only the turn was to end. */
export class TurnInterrupted extends Error {
  override readonly name = 'AbortError';
  constructor(readonly interruptReason: string) {
    super(`The turn was interrupted: ${interruptReason || 'no reason given'}`);
  }
}

/** Open while the agent may work, closed while it is asked to pause. */
export class RunGate {
  private opened: Promise<void> = Promise.resolve();
  private open: (() => void) | undefined;
  private waiting = 0;

  /** `onParked` is told when the first waiter arrives: from then on the agent really is paused. */
  constructor(private readonly onParked: () => void) {}

  get isClosed(): boolean {
    return this.open !== undefined;
  }
  /** Whether somebody waits at the closed gate. */
  get isParked(): boolean {
    return this.isClosed && this.waiting > 0;
  }

  set(closed: boolean): void {
    if (closed === this.isClosed) return;
    if (closed) {
      this.opened = new Promise((resolve) => (this.open = resolve));
      return;
    }
    this.open?.();
    this.open = undefined;
  }

  /** Resolves as soon as the gate is open; rejects when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.isClosed) {
      this.waiting++;
      if (this.waiting === 1) this.onParked();
      // A timer that never fires keeps the process alive while it waits, and rejects on abort.
      const end = new AbortController();
      const aborted = delay(2 ** 31 - 1, AbortSignal.any([signal, end.signal]));
      aborted.catch(() => {});
      try {
        await Promise.race([this.opened, aborted]);
      } finally {
        this.waiting--;
        end.abort();
      }
    }
  }
}

/** One abort signal a turn: an interrupt ends the current turn and leaves the agent alive. */
export class Turns {
  private current = new AbortController();
  constructor(private readonly stop: AbortSignal) {
    setMaxListeners(0, this.current.signal);
    stop.addEventListener('abort', () => this.current.abort(stop.reason), { once: true });
  }
  get signal(): AbortSignal {
    return this.current.signal;
  }
  begin(): AbortSignal {
    this.current = new AbortController();
    setMaxListeners(0, this.current.signal);
    if (this.stop.aborted) this.current.abort(this.stop.reason);
    return this.current.signal;
  }
  interrupt(reason: string): void {
    this.current.abort(new TurnInterrupted(reason));
  }
}
