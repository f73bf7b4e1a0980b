import type { Claimer } from '../trpc/context.ts';

type Wants = { labels: readonly string[]; capabilities: readonly string[] };
type Ready = { labels: readonly string[]; needs: readonly string[] };
type Place = { wants: Wants; wake: () => void; task: Ready | undefined };

/**
 * Those who wait for a ready task, the longest first. A ready task wakes one who may claim it, not all: with a thousand
 * waiting, each task would else cost a thousand claims. A wake-up is a debt: whoever leaves without having looked after it
 * hands it on, so that no task stays while somebody waits for it.
 */
export class ClaimLine {
  private readonly places = new Set<Place>();

  join(wants: Wants, waitMs: number, signal?: AbortSignal): Claimer {
    let resolve = () => {};
    const woken = new Promise<void>((go) => {
      resolve = go;
    });
    const place: Place = { wants, wake: () => {}, task: undefined };
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      this.places.delete(place);
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    place.wake = end;
    signal?.addEventListener('abort', end, { once: true });
    this.places.add(place);
    return {
      woken,
      leave: () => {
        end();
        const { task } = place;
        place.task = undefined;
        if (task) this.wakeOne(task);
      },
    };
  }
  wakeOne(task: Ready): void {
    for (const place of this.places) {
      if (!fits(place.wants, task)) continue;
      place.task = { labels: task.labels, needs: task.needs };
      place.wake();
      return;
    }
  }
  wakeAll(): void {
    for (const place of [...this.places]) place.wake();
  }
}
const fits = ({ labels, capabilities }: Wants, task: Ready): boolean =>
  labels.every((l) => task.labels.includes(l)) && task.needs.every((n) => capabilities.includes(n));
