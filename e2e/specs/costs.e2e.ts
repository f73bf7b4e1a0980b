import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { CostBurn, CostEntryView, CostRow } from '@reeve/core/vocabulary';
import { nanoUsdOf } from '@reeve/core/vocabulary';
import { countLoads, expect, test } from '../support/fixtures.ts';
import type { ReeveServer } from '../support/server.ts';

const nanoOf = (usd: string | null): bigint => (usd === null ? 0n : (nanoUsdOf(usd) ?? 0n));
const add = (amounts: (string | null)[]): bigint => amounts.reduce((sum, usd) => sum + nanoOf(usd), 0n);

/** Two sessions, the first with a subtree of three levels; uneven amounts, so that no two sums are equal by chance. */
async function spend(reeve: ReeveServer): Promise<{ root: string; mid: string; low: string }> {
  const register = async (name: string, parentId?: string, more: object = {}) =>
    (await reeve.api<{ agentId: string }>('POST', '/agents', { name, parentId, ...more })).agentId;
  const root = await register('cost root', undefined, { role: 'lead', budgetUsd: '2.00' });
  const mid = await register('cost mid', root, { role: 'lead' });
  const low = await register('cost low', mid, { role: 'coder' });
  const other = await register('cost other', undefined, { role: 'coder' });
  const events = [root, mid, low, other].flatMap((agentId, a) =>
    Array.from({ length: 130 }, (_, i) => ({
      eventId: `e${i}`,
      agentId,
      model: i % 2 ? 'model-one' : 'model-two',
      inputTokens: 100 + i,
      outputTokens: 10,
      costUsd: `0.${String((a + 1) * 1_000_003 + i * 7_919).padStart(9, '0')}`,
      at: new Date(Date.now() - i * 20_000).toISOString(),
    })),
  );
  await reeve.api('POST', '/costs', { events });
  await reeve.api('POST', '/costs/reservations', { agentId: low, amountUsd: '0.50' });
  return { root, mid, low };
}
/** All entries behind what was clicked, as the file of the dialog has them. */
async function entriesOf(page: Page): Promise<CostEntryView[]> {
  const dialog = page.getByTestId('cost-entries');
  await expect(dialog).toBeVisible();
  const waiting = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'JSON' }).click();
  const entries = JSON.parse(readFileSync(await (await waiting).path(), 'utf8')) as CostEntryView[];
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  return entries;
}

test('every figure leads to entries that add up to it: total, table, chart, budget, and below an agent', async ({
  dashboard: page,
  reeve,
}) => {
  const { root, mid } = await spend(reeve);
  const api = async (query: string) => (await reeve.api<{ items: CostRow[] }>('GET', `/costs?${query}`)).items;
  await page.goto(`${reeve.url}/costs`);

  await page.getByTestId('cost-total').click();
  const all = await entriesOf(page);
  expect(all).toHaveLength(520);
  const total = add(all.map((e) => e.costUsd));
  expect(total).toBe(add((await api('groupBy=agent')).map((r) => r.ownUsd)));

  // own and subtree of each agent of the list
  await page.goto(`${reeve.url}/costs?group=agent`);
  for (const row of await api('groupBy=agent')) {
    const line = page.getByTestId('cost-table').getByRole('row').filter({ hasText: row.label });
    const figures = line.getByRole('cell').getByRole('button');
    await figures.nth(1).click();
    expect(add((await entriesOf(page)).map((e) => e.costUsd)), `${row.label}, own`).toBe(nanoOf(row.ownUsd));
    await figures.nth(2).click();
    expect(add((await entriesOf(page)).map((e) => e.costUsd)), `${row.label}, subtree`).toBe(nanoOf(row.subtreeUsd));
  }

  // by session: together they are all there is
  await page.goto(`${reeve.url}/costs?group=session`);
  const sessions = await api('groupBy=session');
  expect(add(sessions.map((r) => r.ownUsd))).toBe(total);
  for (const row of sessions) {
    const line = page.getByTestId('cost-table').getByRole('row').filter({ hasText: row.label });
    await line.getByRole('cell').getByRole('button').nth(1).click();
    expect(add((await entriesOf(page)).map((e) => e.costUsd)), row.label).toBe(nanoOf(row.ownUsd));
  }

  // by model, below an agent: no more than what its table says
  await page.goto(`${reeve.url}/costs?group=model&root=${mid}`);
  for (const row of await api(`groupBy=model&root=${mid}`)) {
    const line = page.getByTestId('cost-table').getByRole('row').filter({ hasText: row.label });
    await line.getByRole('cell').getByRole('button').nth(1).click();
    const entries = await entriesOf(page);
    expect(entries).toHaveLength(130);
    expect(add(entries.map((e) => e.costUsd))).toBe(nanoOf(row.ownUsd));
  }

  // a series of the chart: what it says of its window, to the last place shown
  await page.goto(`${reeve.url}/costs?window=15`);
  for (const [name, agents] of [
    ['cost mid', 2],
    ['cost root itself', 1],
  ] as const) {
    const series = page.getByRole('list', { name: 'Series' }).getByRole('button').filter({ hasText: name });
    const shown = Number(/\$([\d.]+)/.exec((await series.textContent()) ?? '')?.[1]);
    await series.click();
    const entries = await entriesOf(page);
    expect(new Set(entries.map((e) => e.agentId)).size).toBe(agents);
    expect(Math.abs(Number(add(entries.map((e) => e.costUsd))) / 1e9 - shown)).toBeLessThan(0.006);
  }

  // a budget: what is spent leads to its entries, and what is reserved stands beside it
  const budget = page.getByTestId('budgets').getByRole('listitem').filter({ hasText: 'cost root' });
  await expect(budget).toContainText('$0.5000 reserved');
  await budget.getByTestId(`budget-spent-${root}`).click();
  const below = await entriesOf(page);
  expect(below).toHaveLength(390);
  const spent = (await api('groupBy=agent')).find((r) => r.key === root)?.subtreeUsd ?? '';
  expect(add(below.map((e) => e.costUsd))).toBe(nanoOf(spent));
  await budget.getByRole('button', { name: '$0.5000 reserved' }).click();
  await expect(page.getByTestId('cost-reservations')).toContainText('1 reservation, $0.50 together');
});

test('a budget is made, raised and removed; a price is tried before it is given, and prices what waits for one', async ({
  dashboard: page,
  reeve,
}) => {
  const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name: 'priced' });
  const call = { agentId, model: 'house-model', inputTokens: 1_000_000, outputTokens: 100_000 };
  await reeve.api('POST', '/costs', {
    events: [
      { ...call, eventId: 'p1' },
      { ...call, eventId: 'p2' },
    ],
  });
  await page.goto(`${reeve.url}/costs`);
  const subtree = page.getByTestId('cost-of-priced').getByRole('gridcell').nth(2);
  await expect(subtree).toContainText('unpriced');

  await page.getByRole('button', { name: 'Add a budget' }).click();
  const dialog = page.getByTestId('budget-dialog');
  await dialog.getByLabel('Name').fill('each day');
  await dialog.getByLabel('Counts').selectOption('day');
  await dialog.getByLabel('Hard limit in USD').fill('20');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  const row = page.getByTestId('budgets').getByRole('listitem').filter({ hasText: 'each day' });
  await expect(row).toContainText('of $20.00');
  await row.getByRole('button', { name: 'Change the budget each day' }).click();
  await dialog.getByLabel('Hard limit in USD').fill('30');
  await dialog.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(row).toContainText('of $30.00');

  await page.getByRole('button', { name: 'Give house-model a price' }).click();
  const price = page.getByTestId('price-dialog');
  await price.getByLabel('Input').fill('2');
  await price.getByLabel('Output').fill('10');
  await price.getByRole('button', { name: 'Preview' }).click();
  await expect(price.getByTestId('price-preview')).toHaveText('2 entries, +$6.00');
  await price.getByRole('button', { name: 'Give and re-price' }).click();
  await expect(price).toBeHidden();
  await expect(page.getByTestId('prices')).toContainText('$2.00 in, $10.00 out');
  const cost = (await reeve.api<{ cost: { ownUsd: string } }>('GET', `/agents/${agentId}`)).cost;
  expect(cost.ownUsd).toBe('6.000000000');
  // and its sums are no floor any more
  await expect(subtree).toContainText('$6.00');
  await expect(subtree).not.toContainText('≥');

  // its entries say that they have a price now, and lead to the adjustment that gives it
  await page.getByTestId('cost-of-priced').getByRole('gridcell').nth(1).getByRole('button').click();
  const entries = page.getByTestId('cost-entries');
  await expect(entries).toContainText('4 entries, $6.00 together. Newest first.');
  const line = entries.getByRole('row').filter({ hasText: 'priced since by an adjustment: $3.00' }).first();
  await expect(line).not.toContainText('unpriced');
  await line.getByRole('button', { name: 'priced since' }).click();
  await expect(entries.locator('tr:focus')).toContainText('priced anew');
  await page.keyboard.press('Escape');

  await row.getByRole('button', { name: 'Change the budget each day' }).click();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expect(row).toBeHidden();
});

test('the tree of costs opens by mouse and by keyboard, adds up on every level, and follows what is spent', async ({
  dashboard: page,
  reeve,
}) => {
  const { root, low } = await spend(reeve);
  const loads = countLoads(page);
  // below the first session, whatever else is there
  await page.goto(`${reeve.url}/costs?root=${root}`);
  const tree = page.getByRole('treegrid', { name: 'Costs by agent, as a tree' });
  const line = (name: string) => tree.getByTestId(`cost-of-${name}`);
  const figures = async (name: string) => {
    const own = nanoOf(await line(name).getAttribute('data-own'));
    return { own, subtree: nanoOf(await line(name).getAttribute('data-subtree')) };
  };
  await expect(line('cost root')).toHaveAttribute('aria-expanded', 'true');
  await expect(line('cost mid')).toHaveAttribute('aria-level', '2');
  await expect(line('cost low')).toBeHidden();
  await line('cost mid').getByRole('button', { name: 'Unfold cost mid' }).click();
  await expect(line('cost low')).toBeVisible();
  const sums = async () => Promise.all([figures('cost root'), figures('cost mid'), figures('cost low')] as const);
  const addsUp = async () => {
    const [top, mid, leaf] = await sums();
    return top.own + mid.subtree === top.subtree && mid.own + leaf.subtree === mid.subtree && leaf.own === leaf.subtree && leaf.own > 0n;
  };
  expect(await addsUp()).toBe(true);

  // a cost below shows in every sum above, without a reload
  const before = await sums();
  await reeve.api('POST', '/costs', {
    events: [{ eventId: 'new', agentId: low, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '0.7' }],
  });
  await expect
    .poll(async () => (await sums()).map((s, i) => s.subtree - (before[i]?.subtree ?? 0n)))
    .toEqual([700_000_000n, 700_000_000n, 700_000_000n]);
  expect(await addsUp()).toBe(true);
  expect(loads()).toBe(1);

  // the same by keyboard alone
  await line('cost root').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(line('cost mid')).toBeHidden();
  await page.keyboard.press('ArrowRight');
  await expect(line('cost mid')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(line('cost mid')).toBeFocused();
  await page.keyboard.press('End');
  await expect(line('cost low')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(line('cost mid')).toBeFocused();
  await page.keyboard.press('Enter');
  const behind = await entriesOf(page);
  expect(add(behind.map((e) => e.costUsd))).toBe((await figures('cost mid')).subtree);
  await expect(line('cost mid')).toBeFocused();
  await page.keyboard.press('Home');
  await expect(line('cost root')).toBeFocused();

  // the order of siblings stands in the URL
  await tree.getByRole('columnheader', { name: 'Own' }).getByRole('button').click();
  await expect(page).toHaveURL(/sort=-ownUsd/);
  await expect(tree.getByRole('columnheader', { name: 'Own' })).toHaveAttribute('aria-sort', 'descending');
  await expect(line('cost low')).toBeVisible();
});

test('each card of the tree says what its subtree spends an hour, and follows it', async ({ dashboard: page, reeve }) => {
  const { root, low } = await spend(reeve);
  await page.goto(`${reeve.url}/agents?session=${root}`);
  const loads = countLoads(page);
  const burnOf = (id: string) => page.locator(`[data-agent="${id}"]`).getByTestId('subtree-burn');
  const shown = async (id: string) => nanoOf((await burnOf(id).getAttribute('title'))?.split(' ')[0] ?? '0');
  const told = async () => {
    const { items } = await reeve.api<CostBurn>('GET', `/costs/burn?agentIds=${root},${low}`);
    return items.map((i) => nanoOf(i.burnUsdPerHour));
  };
  // the calls that it counts go out of the ten minutes one by one: both are asked until they agree
  const agree = async () => {
    const [a, b] = await told();
    return (await shown(root)) === a && (await shown(low)) === b && (a ?? 0n) > (b ?? 0n) && (b ?? 0n) > 0n;
  };
  await expect.poll(agree).toBe(true);
  await expect(burnOf(low)).toHaveText(/^\$\d+\.\d+\/h$/);

  const before = await shown(low);
  await reeve.api('POST', '/costs', {
    events: [{ eventId: 'burst', agentId: low, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '0.3' }],
  });
  await expect.poll(async () => (await shown(low)) > before).toBe(true);
  await expect.poll(agree).toBe(true);
  expect(loads()).toBe(0);

  await page.goto(`${reeve.url}/agents?session=${root}&view=outline`);
  await expect.poll(agree).toBe(true);
});

test('the burn of an ended parent is that of who lives below it; nothing is asked while the page is hidden', async ({
  dashboard: page,
  reeve,
}) => {
  const register = async (name: string, parentId?: string, more: object = {}) =>
    (await reeve.api<{ agentId: string }>('POST', '/agents', { name, parentId, ...more })).agentId;
  const spendOn = (agentId: string, costUsd: string) =>
    reeve.api('POST', '/costs', { events: [{ eventId: 'e', agentId, model: 'm', inputTokens: 1, outputTokens: 1, costUsd }] });
  const root = await register('burn root');
  const lead = await register('burn lead', root);
  const child = await register('burn child', lead, { onParentExit: { completed: 'ignore' } });
  await spendOn(child, '0.25');
  await reeve.api('POST', `/agents/${lead}/finish`, { outcome: 'completed' });
  let asked = 0;
  page.on('request', (r) => {
    if (r.url().includes('costs.burn')) asked += 1;
  });
  await page.clock.install();
  await page.goto(`${reeve.url}/agents?session=${root}`);
  const card = (id: string) => page.locator(`[data-agent="${id}"]`);
  for (const id of [root, lead, child]) await expect(card(id).getByTestId('subtree-burn')).toHaveText('$1.50/h');
  await expect(card(lead)).toHaveAttribute('data-state', 'completed');

  // the button of a folded card covers nothing of it
  await card(lead).getByRole('button', { name: 'Fold burn lead' }).click();
  const [burn, button] = await Promise.all([
    card(lead).getByTestId('subtree-burn').boundingBox(),
    card(lead).getByRole('button', { name: 'Unfold burn lead' }).boundingBox(),
  ]);
  expect((burn?.x ?? 0) + (burn?.width ?? 0)).toBeLessThanOrEqual(button?.x ?? 0);
  await card(lead).getByRole('button', { name: 'Unfold burn lead' }).click();
  await expect(card(child)).toBeVisible();

  const become = (state: 'hidden' | 'visible') =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => now });
      dispatchEvent(new Event('visibilitychange'));
    }, state);
  await become('hidden');
  const before = asked;
  const late = await register('burn late', root);
  await expect(card(late)).toBeVisible();
  await page.clock.fastForward(20_000);
  // live frames go on: what comes behind the time that has passed is on screen
  await spendOn(late, '0.05');
  await expect(card(late)).toContainText('$0.050');
  expect(asked).toBe(before);
  await become('visible');
  await expect(card(late).getByTestId('subtree-burn')).toHaveText('$0.300/h');
  await expect(card(root).getByTestId('subtree-burn')).toHaveText('$1.80/h');

  // what has no price is no part of it, and makes a floor of the sum, also where nobody is below
  const unknown = { eventId: 'unknown', agentId: late, model: 'nobody-knows-it', inputTokens: 1, outputTokens: 1 };
  await reeve.api('POST', '/costs', { events: [unknown] });
  await expect(card(late)).toContainText('≥ $0.050');

  // who has ended with all below it spends nothing
  await reeve.api('POST', `/agents/${child}/finish`, { outcome: 'completed' });
  await expect(card(lead).getByTestId('subtree-burn')).toBeHidden();
  await expect(card(child).getByTestId('subtree-burn')).toBeHidden();
});
