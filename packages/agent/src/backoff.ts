/** How long to wait before try number `attempt` (from 0): doubling from 200 ms to `maxMs`, half of it random. */
export function backoffMs(attempt: number, maxMs = 5_000, random: () => number = Math.random): number {
  const full = Math.min(maxMs, 200 * 2 ** Math.min(attempt, 16));
  return full / 2 + (full / 2) * random();
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const done = () => {
      signal?.removeEventListener('abort', gone);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const gone = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', gone, { once: true });
  });
}

/** The promise, or after `ms` the value `late`. The promise goes on; its later rejection is not lost but ignored. */
export async function within<T, L>(ms: number, promise: Promise<T>, late: L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  promise.catch(() => {});
  try {
    return await Promise.race([promise, new Promise<L>((resolve) => (timer = setTimeout(resolve, Math.max(0, ms), late)))]);
  } finally {
    clearTimeout(timer);
  }
}
