import type { LiveClientEvents } from '@reeve/core/vocabulary';
import type { LiveSocket } from './live-client';

type Resume = Parameters<LiveClientEvents['resume']>;

/** The server's end of the line, for tests. */
export class FakeSocket implements LiveSocket {
  readonly asked: { request: Resume[0]; reply: Resume[1] }[] = [];
  readonly #listeners = new Map<string, ((...args: never[]) => void)[]>();
  closed = false;
  on(event: string, listener: (...args: never[]) => void) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }
  emit(event: string, ...args: unknown[]) {
    for (const l of this.#listeners.get(event) ?? []) (l as (...a: unknown[]) => void)(...args);
  }
  resume = (request: Resume[0], reply: Resume[1]) => void this.asked.push({ request, reply });
  close() {
    this.closed = true;
  }
}
