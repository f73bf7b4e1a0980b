import { delay } from '@reeve/agent';

/** Resolves with true as soon as `holds` does, with false after `timeoutMs`. Looks often at first, then every `everyMs`. */
export async function eventually(holds: () => boolean, timeoutMs: number, everyMs = 50): Promise<boolean> {
  const untilMs = Date.now() + timeoutMs;
  for (let pauseMs = 2; !holds(); pauseMs = Math.min(everyMs, pauseMs * 1.5)) {
    if (Date.now() >= untilMs) return false;
    await delay(Math.min(pauseMs, Math.max(1, untilMs - Date.now())));
  }
  return true;
}
