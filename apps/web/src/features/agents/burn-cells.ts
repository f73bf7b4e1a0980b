/** What subtrees spend an hour, by agent; whoever listens hears of one agent alone, and only of what changes. */
export class BurnCells {
  readonly #of = new Map<string, string>();
  readonly #listeners = new Map<string, Set<() => void>>();
  get = (id: string): string | undefined => this.#of.get(id);
  put(id: string, usdPerHour: string): void {
    if (this.#of.get(id) === usdPerHour) return;
    this.#of.set(id, usdPerHour);
    for (const call of this.#listeners.get(id) ?? []) call();
  }
  subscribe(id: string, listener: () => void): () => void {
    const known = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, known.add(listener));
    return () => {
      known.delete(listener);
      if (known.size === 0) this.#listeners.delete(id);
    };
  }
}
