/**
 * Takes a picture of every page in both themes, at 1440 and 375 px: `node --import tsx e2e/screenshots.ts [folder]`.
 * Busy pictures come from the real demo fleet, empty ones from a server without agents, error ones from a page whose
 * calls are cut. Look at them after each change to the dashboard; `--docs` also renews those of the README.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, type Page } from '@playwright/test';
import type { AgentView, ChangeView, Page as ListOf, StopView } from '@reeve/core/vocabulary';
import { findBrowser, quietArgs } from './support/browser.ts';
import { ReeveServer } from './support/server.ts';

const docs = process.argv.includes('--docs');
const folder =
  process.argv.slice(2).find((a) => !a.startsWith('--')) ?? fileURLToPath(new URL('./test-results/screenshots', import.meta.url));
const docsFolder = fileURLToPath(new URL('../docs/screenshots', import.meta.url));
mkdirSync(folder, { recursive: true });
if (docs) mkdirSync(docsFolder, { recursive: true });

const themes = ['dark', 'light'] as const;
const widths = [1440, 375] as const;
const pages = ['/', '/agents', '/tasks', '/costs', '/approvals', '/activity', '/stops', '/settings', '/design'];
const nameOf = (path: string) => (path === '/' ? 'overview' : path.slice(1).replace(/[^a-z0-9]+/gi, '-'));

const executablePath = findBrowser();
if (executablePath === null) throw new Error('no browser: run `npm test` once');
const browser = await chromium.launch({ executablePath, args: executablePath ? quietArgs : [] });

/** Waits for what moves to have settled: the data is there and no skeleton is left. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  await page
    .waitForFunction(() => !document.querySelector('[data-skeleton], [aria-busy="true"]'), undefined, { timeout: 8_000 })
    .catch(() => undefined);
  await page.waitForTimeout(1_200); // charts and the tree finish their first drawing; nothing is asserted here
}
async function takeAll(
  server: ReeveServer,
  cookies: Awaited<ReturnType<BrowserContext['cookies']>>,
  set: string,
  paths: Record<string, string>,
  cut = false,
  before: (page: Page) => Promise<unknown> = async () => {},
) {
  for (const theme of themes) {
    for (const width of widths) {
      const context = await browser.newContext({
        viewport: { width, height: width === 375 ? 812 : 900 },
        colorScheme: theme,
        hasTouch: width === 375,
      });
      await context.addCookies(cookies);
      const page = await context.newPage();
      if (cut) await page.route(/\/trpc\//, (route) => route.fulfill({ status: 503, contentType: 'application/json', body: '[]' }));
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(server.url + path);
        await settled(page);
        await before(page);
        const file = `${set === 'busy' ? '' : `${set}-`}${name}-${theme}-${width}.png`;
        await page.screenshot({ path: join(folder, file) });
        // Settings without a repository, whose gates name a folder of this machine
        const kept = name === 'settings' ? 'empty' : 'busy';
        if (docs && set === kept) copyFileSync(join(folder, file), join(docsFolder, file.replace('empty-', '')));
        console.log(file);
      }
      await context.close();
    }
  }
}
async function signedIn(server: ReeveServer) {
  const context = await browser.newContext();
  await server.signIn(context);
  const cookies = await context.cookies();
  await context.close();
  return cookies;
}
async function until(what: string, ok: () => Promise<boolean>, everMs = 180_000): Promise<void> {
  for (const end = Date.now() + everMs; Date.now() < end; ) {
    if (await ok()) return;
    await new Promise((go) => setTimeout(go, 500));
  }
  throw new Error(`did not come: ${what}`);
}

/** Crawlers whose lead failed: too many at once for the sweep, of several policies. Answers how to end their heartbeats. */
async function orphaned(server: ReeveServer): Promise<() => void> {
  type Agent = { agentId: string; token: string };
  const add = (name: string, more: object) => server.api<Agent>('POST', '/agents', { name, role: 'crawler', ...more });
  const top = await add('Crawl planner', {});
  const lead = await add('Crawl lead', { parentId: top.agentId });
  const beats = [top];
  for (let n = 1; n <= 24; n++) {
    const onParentExit = n % 8 === 2 ? { failed: 'reparent' } : n % 8 === 4 ? { failed: 'ignore' } : undefined;
    beats.push(await add(`Crawler ${n}`, { parentId: lead.agentId, ...(onParentExit && { onParentExit }) }));
  }
  const beat = () => Promise.all(beats.map((a) => server.api('POST', `/agents/${a.agentId}/heartbeat`, { activity: 'reading' }, a.token)));
  await beat();
  await server.api('POST', `/agents/${lead.agentId}/finish`, { outcome: 'failed', error: 'out of memory' }, lead.token);
  const timer = setInterval(() => void beat().catch(() => undefined), 4_000);
  return () => clearInterval(timer);
}

const all = Object.fromEntries(pages.map((p) => [nameOf(p), p]));
const empty = await ReeveServer.start({ REEVE_DEMO: '0' });
try {
  const cookies = await signedIn(empty);
  await takeAll(empty, cookies, 'empty', all);
  await takeAll(empty, cookies, 'error', { overview: '/', agents: '/agents', costs: '/costs' }, true);
  await takeAll(empty, [], 'signed-out', { 'sign-in': '/sign-in', 'link-used': '/sign-in?reason=used', join: '/join' });
} finally {
  await empty.remove();
}

const busy = await ReeveServer.start({ REEVE_DEMO: '1', DEMO_OFFLINE: '1' });
try {
  const cookies = await signedIn(busy);
  const waiting = () => busy.api<ListOf<ChangeView>>('GET', '/changes?state=awaiting-approval');
  await until('a change that waits', async () => (await waiting()).items.length > 0);
  const change = (await waiting()).items[0];
  const agents = (await busy.api<ListOf<AgentView>>('GET', '/agents?limit=1000&state=running')).items;
  const coder = agents.find((a) => a.role === 'coder') ?? agents[0];
  const lead = agents.find((a) => a.name === 'Testing lead');
  await takeAll(busy, cookies, 'busy', {
    ...all,
    dossier: `/approvals/${change?.id}`,
    inspector: `/agents?agent=${coder?.id}`,
    'task-graph': '/tasks?view=graph',
    people: '/settings#people',
    account: '/settings#account',
  });
  const stop = await busy.api<{ stopId: string }>('POST', `/agents/${lead?.id}/stop`, {
    mode: 'graceful',
    graceMs: 10_000,
    reason: 'for the picture',
  });
  await until('the receipt', async () => (await busy.api<StopView>('GET', `/stops/${stop.stopId}`)).state === 'done', 30_000);
  await takeAll(busy, cookies, 'busy', { receipt: `/stops/${stop.stopId}` });
  const stopBeats = await orphaned(busy);
  await takeAll(busy, cookies, 'busy', { orphans: '/orphans' });
  stopBeats();
  await takeAll(busy, cookies, 'busy', { emergency: '/' }, false, (page) => page.getByTestId('stop-everything').click());
  await busy.api('POST', '/project/stop', { mode: 'graceful', graceMs: 10_000, reason: 'a runaway crawler' });
  await takeAll(busy, cookies, 'busy', { halted: '/' });
} finally {
  await busy.remove();
}
await browser.close();
