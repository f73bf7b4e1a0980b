import type { Browser, BrowserContext, Page } from '@playwright/test';
import { sleep } from './measure.ts';

/**
 * One navigation to the tree with an empty cache, in milliseconds since it began. The first script requests the fleet
 * (`requested`, `firstByte`, `arrived`) while the scripts load; the script asks for it (`asked`) and has it (`parsed`: as
 * an object, not yet in the store); `canvas`: the edges are drawn; `painted`: the frame with the first cards has been
 * painted; `usable`: so has the answer to a click on one. Tasks, changes and stops come behind the tree and are not in it.
 */
export type FirstLoad = {
  requested: number;
  firstByte: number;
  arrived: number;
  asked: number;
  parsed: number;
  canvas: number;
  painted: number;
  usable: number;
  kb: number;
  /** From the last byte of the fleet to the painted tree, scripts that still load included. */
  firstPaintMs: number;
  /** From the moment at which the data is there and the script is there to take it. */
  ownPaintMs: number;
};
type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;
type Times = Record<'requested' | 'firstByte' | 'arrived' | 'bytes' | 'asked' | 'parsed' | 'canvas', number>;

export async function openPage(browser: Browser, cookies: Cookies, pageScript: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, bypassCSP: true });
  await context.addCookies(cookies);
  await context.addInitScript({ content: pageScript });
  return context.newPage();
}

/** A navigation with an empty cache, until a click on a card has been answered on screen: then it is usable. */
export async function loadOnce(page: Page, url: string): Promise<FirstLoad> {
  await page.goto(url, { waitUntil: 'commit' });
  await until(page, '__bench.painted > 0');
  const giveUpMs = performance.now() + 30_000;
  for (;;) {
    if (performance.now() > giveUpMs) throw new Error('no card answers a click');
    const at = (await page.evaluate('__bench.place()')) as { x: number; y: number } | null;
    if (at) await page.mouse.click(at.x, at.y);
    if (at && (await page.evaluate('__bench.selected')) !== 0) break;
    await sleep(5);
  }
  await until(page, '__bench.selected > 0');
  const t = (await page.evaluate('__bench.dataArrived()')) as Times;
  const [painted, usable] = (await page.evaluate('[__bench.painted, __bench.selected]')) as [number, number];
  return {
    ...t,
    kb: Math.round(t.bytes / 1_000),
    painted,
    usable,
    firstPaintMs: painted - t.arrived,
    ownPaintMs: painted - Math.max(t.arrived, t.asked),
  };
}
async function until(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, undefined, { polling: 10, timeout: 60_000 });
}
