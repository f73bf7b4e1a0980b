import type { Page } from '@playwright/test';
import type { ReeveServer } from '../../e2e/support/server.ts';
import { sleep } from './measure.ts';

/** From the server's own time in the heartbeat's transaction to the painted frame, in milliseconds. */
export type Latency = { sentMs: number; paintedMs: number; serverToPaintMs: number; replyToPaintMs: number };

/**
 * Five times a second one visible agent says something new. The clock starts with the transaction that records it
 * (`lastHeartbeatAt`, before its commit) and stops when the frame with the text has been painted. `busyIds` are left out:
 * see `__bench.expect`.
 */
export async function measureLatency(
  page: Page,
  reeve: ReeveServer,
  busyIds: string[],
  ms: number,
): Promise<{ latencies: Latency[]; missed: number }> {
  const pending: { text: string; id: string; recordedMs: number; sentMs: number; repliedMs: number }[] = [];
  const untilMs = performance.now() + ms;
  for (let i = 0; performance.now() < untilMs; i++) {
    const nextMs = performance.now() + 200;
    const text = `marker ${i} of ${Math.round(untilMs)}`;
    const id = (await page.evaluate(`__bench.expect(${JSON.stringify(text)}, ${JSON.stringify(busyIds)})`)) as string | null;
    if (id) {
      const sentMs = Date.now();
      await reeve.api('POST', `/agents/${id}/heartbeat`, { activity: text });
      const repliedMs = Date.now();
      // the load may have another beat for the same agent a moment later, so ask at once
      const { lastHeartbeatAt, activity } = await reeve.api<{ lastHeartbeatAt: string; activity: string }>('GET', `/agents/${id}`);
      if (activity === text) pending.push({ text, id, recordedMs: Date.parse(lastHeartbeatAt), sentMs, repliedMs });
    }
    await sleep(Math.max(0, nextMs - performance.now()));
  }
  await sleep(1_000);
  const seen = (await page.evaluate('__bench.seen')) as Record<string, number>;
  const latencies = pending
    .filter((p) => (seen[p.text] ?? -1) > 0)
    .map((p) => {
      const paintedMs = seen[p.text] as number;
      return { sentMs: p.sentMs, paintedMs, serverToPaintMs: paintedMs - p.recordedMs, replyToPaintMs: paintedMs - p.repliedMs };
    });
  return { latencies, missed: pending.length - latencies.length };
}
