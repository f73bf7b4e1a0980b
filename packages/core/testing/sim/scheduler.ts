type Entry = { atMs: number; order: number; run: () => void | Promise<void> };

/**
 * The only source of time: a heap of what will happen. One thing happens at a time and is over before the next begins,
 * so the order of events follows from the seed alone.
 */
export class Scheduler {
  nowMs = Date.UTC(2026, 0, 1);
  private readonly heap: Entry[] = [];
  private orders = 0;

  get waiting(): number {
    return this.heap.length;
  }
  after(ms: number, run: Entry['run']): void {
    this.at(this.nowMs + ms, run);
  }
  at(atMs: number, run: Entry['run']): void {
    const { heap } = this;
    this.orders += 1;
    const entry = { atMs: Math.max(atMs, this.nowMs), order: this.orders, run };
    let i = heap.length;
    heap.push(entry);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (!before(entry, heap[up] as Entry)) break;
      heap[i] = heap[up] as Entry;
      i = up;
    }
    heap[i] = entry;
  }
  /** Moves the clock to the next thing and takes it; nothing when the world has come to rest. */
  next(): Entry['run'] | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last) return undefined;
    if (heap.length) sink(heap, last);
    this.nowMs = first.atMs;
    return first.run;
  }
}

const before = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
function sink(heap: Entry[], entry: Entry): void {
  const n = heap.length;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= n) break;
    if (child + 1 < n && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
    if (!before(heap[child] as Entry, entry)) break;
    heap[i] = heap[child] as Entry;
    i = child;
  }
  heap[i] = entry;
}
