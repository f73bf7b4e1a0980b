import type { CDPSession, Page } from '@playwright/test';
import { median, percentile, round } from '../lib/statistics.ts';

/**
 * Frames of one stretch of time, with what the main thread did for each. `p50Ms`, `p95Ms` and `worstMs` lie between the
 * moments at which the callbacks ran: what the page feels, in which a late start counts twice, as a long frame and a
 * short one. `shownP95Ms` lies between the timestamps of the frames themselves: what the eye sees, whole refreshes of
 * 16.7 ms; `late` is the share of frames that came at least one refresh late.
 */
export type Frames = {
  seconds: number;
  fps: number;
  p50Ms: number;
  p95Ms: number;
  worstMs: number;
  shownP95Ms: number;
  latePercent: number;
  cpuMsPerFrame: number;
};
export type Recording = Frames & { raw: number[]; shown: number[]; messagesPerSecond: number; kbPerSecond: number };
type Recorded = { frames: number[]; shown: number[]; messages: number; bytes: number };

export async function metricsOf(cdp: CDPSession): Promise<{ taskMs: number; heapMb: number }> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string) => metrics.find((m) => m.name === name)?.value ?? 0;
  return { taskMs: of('TaskDuration') * 1_000, heapMb: of('JSHeapUsedSize') / 2 ** 20 };
}
export async function heapMbOf(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  return round((await metricsOf(cdp)).heapMb, 2);
}
export async function openCdp(page: Page): Promise<CDPSession> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  return cdp;
}

/** Records frames while `during` runs. */
export async function recordFrames(page: Page, cdp: CDPSession, during: () => Promise<unknown>): Promise<Recording> {
  const before = await metricsOf(cdp);
  const startedMs = performance.now();
  await page.evaluate('__bench.start()');
  await during();
  const { frames, shown, messages, bytes } = (await page.evaluate('__bench.stop()')) as Recorded;
  const seconds = (performance.now() - startedMs) / 1_000;
  const after = await metricsOf(cdp);
  return {
    ...summaryOf(frames),
    ...shownOf(shown),
    seconds: round(seconds),
    cpuMsPerFrame: round((after.taskMs - before.taskMs) / Math.max(1, frames.length), 2),
    raw: frames,
    shown,
    messagesPerSecond: round(messages / seconds),
    kbPerSecond: round(bytes / seconds / 1_000),
  };
}
export const summaryOf = (frames: number[]) => ({
  fps: round(1_000 / (frames.reduce((a, b) => a + b, 0) / Math.max(1, frames.length))),
  p50Ms: round(median(frames)),
  p95Ms: round(percentile(frames, 0.95)),
  worstMs: round(Math.max(0, ...frames)),
});

export const shownOf = (shown: number[]) => ({
  shownP95Ms: round(percentile(shown, 0.95)),
  latePercent: round((100 * shown.filter((ms) => ms > 25).length) / Math.max(1, shown.length)),
});

export const sleep = (ms: number) => new Promise<void>((go) => setTimeout(go, ms));

/** Turns the wheel over the middle of the page, down and up again: some 1,500 pixels a second. */
export async function pan(page: Page, ms: number): Promise<void> {
  await page.mouse.move(720, 450);
  const untilMs = performance.now() + ms;
  for (let i = 0; performance.now() < untilMs; i++) {
    const stepMs = performance.now() + 33;
    const down = Math.floor(i / 40) % 2 === 0 ? 1 : -1;
    await page.mouse.wheel(i % 8 === 0 ? 30 * down : 0, 50 * down);
    await sleep(Math.max(0, stepMs - performance.now()));
  }
}
