import { type Browser, chromium } from '@playwright/test';
import { databaseUrlOf, seedDatabase } from '@reeve/prisma/seed';
import pg from 'pg';
import { findBrowser, quietArgs } from '../../e2e/support/browser.ts';
import { ReeveServer } from '../../e2e/support/server.ts';
import { median, round } from '../lib/statistics.ts';
import { dayOfEntries } from './day.ts';

/**
 * The Costs page on a day of entries, in a browser with an empty cache, on a real server with 10,000 agents: milliseconds from the
 * request of the page until it answers a click (interactive), and until chart, sums and tree are there (drawn).
 */
export async function costsPage(entries: number, loads = 5): Promise<{ interactiveMs: number; drawnMs: number; worstMs: number }> {
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('no browser: see CONTRIBUTING.md');
  const reeve = await ReeveServer.start({ REEVE_DEMO: '0', REEVE_RUNNER: '0' });
  let browser: Browser | undefined;
  try {
    const url = await databaseUrlOf(reeve.dataDir);
    await seedDatabase(url, { scenario: 'huge' });
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    await dayOfEntries(pool, entries).finally(() => pool.end());
    // whatever is not folded yet would be read by each load
    for (let before = -1, now = 0; before !== now; ) {
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      now = await foldedUpTo(url);
    }
    browser = await chromium.launch({ executablePath, args: executablePath ? quietArgs : [] });
    const signedIn = await browser.newContext();
    await reeve.signIn(signedIn);
    const cookies = await signedIn.cookies();
    const times: { interactive: number; drawn: number }[] = [];
    for (let i = 0; i <= loads; i++) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
      await context.addCookies(cookies);
      const page = await context.newPage();
      const from = performance.now();
      await page.goto(`${reeve.url}/costs?window=1440`, { waitUntil: 'commit' });
      await page.getByRole('button', { name: 'Add a budget' }).click();
      await page.getByTestId('budget-dialog').waitFor();
      const interactive = performance.now() - from;
      await page.keyboard.press('Escape');
      await page.locator('.recharts-area-area').first().waitFor();
      await page.getByTestId('cost-tree-sum').waitFor();
      await page.getByTestId('cost-total').waitFor();
      // the first one warms the server
      if (i > 0) times.push({ interactive, drawn: performance.now() - from });
      await context.close();
    }
    return {
      interactiveMs: round(median(times.map((t) => t.interactive)), 0),
      worstMs: round(Math.max(...times.map((t) => t.interactive)), 0),
      drawnMs: round(median(times.map((t) => t.drawn)), 0),
    };
  } finally {
    await browser?.close();
    await reeve.remove();
  }
}

async function foldedUpTo(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ n: string }>('select coalesce(sum(last_id), 0) as n from cost_fold');
    return Number(rows[0]?.n);
  } finally {
    await client.end();
  }
}
