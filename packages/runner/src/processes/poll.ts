import { delay } from '@reeve/agent';

/** Resolves with true as soon as `holds` does, with false after `timeoutMs`. Looks often at first, then every 50 ms. */
export async function eventually(holds: () => boolean, timeoutMs: number): Promise<boolean> {
  const untilMs = Date.now() + timeoutMs;
  for (let pauseMs = 2; !holds(); pauseMs = Math.min(50, pauseMs * 1.5)) {
    if (Date.now() >= untilMs) return false;
    await delay(Math.min(pauseMs, Math.max(1, untilMs - Date.now())));
  }
  return true;
}
