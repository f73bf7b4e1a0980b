/**
 * Runs once the browser has nothing better to do, at the latest after `timeoutMs`; answers how to call it off. Safari has no idle
 * callback: there it is a timer of a tenth of a second.
 */
export function whenIdle(run: () => void, timeoutMs: number): () => void {
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(run, 100);
    return () => clearTimeout(timer);
  }
  const asked = requestIdleCallback(run, { timeout: timeoutMs });
  return () => cancelIdleCallback(asked);
}
