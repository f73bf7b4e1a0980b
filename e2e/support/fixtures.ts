import { test as base, expect, type Page } from '@playwright/test';
import type { AgentView, Page as ListOf } from '@reeve/core/vocabulary';
import { ReeveServer } from './server.ts';

type Options = { demo: '0' | '1' };
/** `reeve`: one server for all tests of a file; `page` is signed in to it. */
export const test = base.extend<{ dashboard: Page }, Options & { reeve: ReeveServer; cookies: Awaited<ReturnType<typeof cookiesOf>> }>({
  demo: ['0', { option: true, scope: 'worker' }],
  reeve: [
    async ({ demo }, use) => {
      const server = await ReeveServer.start({ REEVE_DEMO: demo, DEMO_OFFLINE: '1' });
      await use(server);
      // whatever the specs did: the log alone gives the state that stands
      const { contradictions } = await server.api<{ contradictions: string[] }>('GET', '/history/check');
      await server.remove();
      expect(contradictions).toEqual([]);
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  cookies: [
    async ({ reeve, browser }, use) => {
      const context = await browser.newContext();
      await reeve.signIn(context);
      await use(await cookiesOf(context));
      await context.close();
    },
    { scope: 'worker' },
  ],
  dashboard: async ({ reeve, cookies, page, context }, use) => {
    await context.addCookies(cookies);
    await page.goto(`${reeve.url}/agents`);
    await use(page);
  },
});
const cookiesOf = (context: { cookies(): Promise<Parameters<import('@playwright/test').BrowserContext['addCookies']>[0]> }) =>
  context.cookies();

export { expect };

export async function allAgents(reeve: ReeveServer, query = ''): Promise<AgentView[]> {
  return (await reeve.api<ListOf<AgentView>>('GET', `/agents?limit=1000${query}`)).items;
}
/** Counts full page loads, for "without a reload". */
export function countLoads(page: Page): () => number {
  let loads = 0;
  page.on('load', () => {
    loads += 1;
  });
  return () => loads;
}
/** The badge that says whether the page is live; the rail has one and phones another. */
export const liveStatus = (page: Page) => page.getByTestId('live-status').filter({ visible: true }).first();
