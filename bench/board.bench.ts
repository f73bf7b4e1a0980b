/**
 * `pnpm bench board`: a board of 10,000 cards in headless Chromium on a real server: from the last byte of its data until
 * the first cards are painted, and how long the frames are while a column of them scrolls. Figures: docs/benchmarks.md.
 */
import { chromium, type Page } from '@playwright/test';
import { findBrowser, quietArgs } from '../e2e/support/browser.ts';
import { ReeveServer } from '../e2e/support/server.ts';
import { report } from './lib/report.ts';
import { median, percentile, round } from './lib/statistics.ts';

const cards = Number(process.env.BENCH_CARDS ?? 10_000);
const loads = Number(process.env.BENCH_LOADS ?? 5);
const frames = 240;

/** In the page: notes when the first card is in a painted frame. */
const pageScript = `
  window.__board = { painted: 0 };
  new MutationObserver((_, me) => {
    if (!document.querySelector('[data-testid="task-card"]')) return;
    me.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.__board.painted = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
`;

const reeve = await ReeveServer.start({ REEVE_DEMO: '0' });
try {
  for (let i = 0; i < cards; i += 1_000) {
    const tasks = Array.from({ length: Math.min(1_000, cards - i) }, (_, n) => ({
      title: `Card ${i + n} of a long board, with words enough for two lines`,
      priority: n % 7,
      labels: [`area-${n % 12}`],
    }));
    await reeve.api('POST', '/tasks/batch', { tasks });
  }
  const executablePath = findBrowser();
  const browser = await chromium.launch(executablePath ? { executablePath, args: quietArgs } : {});
  try {
    const context = await browser.newContext({ bypassCSP: true, viewport: { width: 1440, height: 900 } });
    await reeve.signIn(context);
    await context.addInitScript({ content: pageScript });
    const page = await context.newPage();
    const paints: number[] = [];
    for (let i = 0; i <= loads; i++) {
      const one = await paintOf(page);
      if (i > 0) paints.push(one); // the first one warms the server
    }
    const times = await scroll(page);
    const [paintMs, p95Ms] = [round(median(paints)), round(percentile(times, 0.95))];
    report(
      'board',
      [
        { what: `${cards} cards, last byte to the first cards painted`, value: `${paintMs} ms`, target: '< 300 ms', met: paintMs < 300 },
        {
          what: `frames while a column scrolls, p50 / p95`,
          value: `${round(median(times))} / ${p95Ms} ms`,
          target: 'p95 < 20 ms',
          met: p95Ms < 20,
        },
      ],
      { cards, paints, frames: { p50Ms: median(times), p95Ms, p99Ms: percentile(times, 0.99) } },
    );
  } finally {
    await browser.close();
  }
} finally {
  await reeve.remove();
}

async function paintOf(page: Page): Promise<number> {
  await page.goto(`${reeve.url}/tasks`, { waitUntil: 'commit' });
  await page.waitForFunction('window.__board?.painted > 0', undefined, { timeout: 60_000 });
  return page.evaluate(`
    window.__board.painted - Math.max(...performance.getEntriesByType('resource').filter((e) => e.name.includes('live.board')).map((e) => e.responseEnd))
  `);
}

/** Scrolls the fullest column by 60 px a frame; the time between frames, in ms. */
async function scroll(page: Page): Promise<number[]> {
  return page.evaluate(`new Promise((done) => {
    const box = document.querySelector('[data-testid="column-ready"] ul').parentElement;
    const times = [];
    let last = 0;
    const step = (now) => {
      if (last) times.push(now - last);
      last = now;
      box.scrollTop += 60;
      if (times.length < ${frames}) requestAnimationFrame(step);
      else done(times);
    };
    requestAnimationFrame(step);
  })`);
}
