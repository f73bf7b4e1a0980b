import { readFileSync } from 'node:fs';
import type { AgentView, StopView } from '@reeve/core/vocabulary';
import { expect, test } from '../support/fixtures.ts';
import type { ReeveServer } from '../support/server.ts';

type Registered = { agentId: string; token: string };
const register = (reeve: ReeveServer, name: string, more: object = {}) => reeve.api<Registered>('POST', '/agents', { name, ...more });
const finish = (reeve: ReeveServer, a: Registered, outcome: string) =>
  reeve.api('POST', `/agents/${a.agentId}/finish`, { outcome }, a.token);

test('orphans stand with a dry run; a halted sweep is answered by one confirmed action, from a phone', async ({ dashboard, reeve }) => {
  test.setTimeout(120_000);
  await dashboard.setViewportSize({ width: 375, height: 812 });
  const up = await register(reeve, 'gone lead');
  const children: Registered[] = [];
  for (let n = 0; n < 12; n++) children.push(await register(reeve, `left ${n}`, { parentId: up.agentId }));
  await finish(reeve, up, 'failed');

  await dashboard.goto(`${reeve.url}/`);
  await dashboard.getByText('12 of 12 live agents would be orphans').click();
  await expect(dashboard).toHaveURL(/\/orphans$/);
  await expect(dashboard.getByTestId('orphans-dry-run')).toHaveAttribute('data-halted', 'true');
  const card = dashboard.getByTestId('orphan-left 0');
  await expect(card).toContainText('gone lead failed');
  await expect(card).toContainText('stop it, says the default');
  const wide = await dashboard.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(375);

  await card.getByRole('button', { name: 'Leave it for a while' }).click();
  await dashboard.getByRole('menuitem', { name: 'Leave it for 1 h' }).click();
  await expect(card).toContainText('leave it, says an operator');

  await dashboard.getByTestId('orphans-apply').click();
  await dashboard.keyboard.press('Control+Enter');
  const stateOf = async (a: Registered | undefined) => (await reeve.api<AgentView>('GET', `/agents/${a?.agentId}`)).state;
  const untouched = async () => (await Promise.all(children.map(stateOf))).filter((state) => state === 'starting').length;
  await expect.poll(untouched).toBe(1);
  expect(await stateOf(children[0])).toBe('starting');
});

test('a stop of 1,200: frames stay small, the page holds a window of the receipt, and the file has everybody', async ({
  dashboard,
  reeve,
}) => {
  test.setTimeout(180_000);
  let largest = 0;
  dashboard.on('websocket', (ws) => ws.on('framereceived', (f) => (largest = Math.max(largest, frameOf(f.payload, '"s"').length))));
  const root = await register(reeve, 'a big root');
  const below = 1_199;
  for (let n = 0; n < below; n += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, below - n) }, (_, i) => register(reeve, `member ${n + i}`, { parentId: root.agentId })),
    );
  const stopped = await reeve.api<{ stopId: string }>('POST', `/agents/${root.agentId}/stop`, {
    graceMs: 1_000,
    killConfirmMs: 500,
    reason: 'big',
  });
  await dashboard.goto(`${reeve.url}/stops/${stopped.stopId}`);
  const state = async () => (await reeve.api<StopView>('GET', `/stops/${stopped.stopId}`)).state;
  await expect.poll(state, { timeout: 90_000 }).toBe('done');

  // nobody launched them and nobody answered: honest words, for each
  await expect(dashboard.getByText('0 of 1200 ended, with evidence; 1200 unconfirmed')).toBeVisible();
  const lines = dashboard.locator('[data-testid^="receipt-"][data-outcome]');
  await expect(lines.first()).toHaveAttribute('data-outcome', 'unconfirmed', { timeout: 10_000 });
  expect(await lines.count()).toBeLessThan(120);
  await expect
    .poll(
      async () => {
        await dashboard.locator('[data-page-body]').evaluate((e) => e.scrollTo(0, e.scrollHeight));
        return dashboard.getByTestId('receipt-a big root').count();
      },
      { timeout: 30_000 },
    )
    .toBe(1);
  expect(await lines.count()).toBeLessThan(120);
  expect(largest).toBeGreaterThan(0);
  expect(largest).toBeLessThan(20_000);

  const [file] = await Promise.all([dashboard.waitForEvent('download'), dashboard.getByTestId('receipt-json').click()]);
  expect(file.suggestedFilename()).toBe(`receipt-${stopped.stopId}.json`);
  const saved = JSON.parse(readFileSync(await file.path(), 'utf8')) as StopView;
  expect(saved.receipt).toHaveLength(1_200);
  expect(saved.receipt.at(-1)).toMatchObject({ name: 'a big root', outcome: 'unconfirmed', evidence: { how: 'lease-expired' } });
  const [csv] = await Promise.all([dashboard.waitForEvent('download'), dashboard.getByTestId('receipt-csv').click()]);
  expect(
    readFileSync(await csv.path(), 'utf8')
      .trim()
      .split('\r\n'),
  ).toHaveLength(1_201);
});
/** The part of a frame that is about stops. */
const frameOf = (payload: string | Buffer, mark: string): string => {
  const text = String(payload);
  const at = text.indexOf(`[${mark}`);
  return at < 0 ? '' : text.slice(at);
};
