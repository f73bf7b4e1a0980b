import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../support/fixtures.ts';

test('a webhook is added, tried, told of a budget that is exceeded, and removed', async ({ dashboard: page, reeve }) => {
  const got: { type: string; data: Record<string, unknown> }[] = [];
  let answer = 204;
  const receiver = createServer((req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (d: string) => {
      body += d;
    });
    req.on('end', () => {
      got.push(JSON.parse(body));
      res.writeHead(answer).end();
    });
  });
  await new Promise<void>((go) => receiver.listen(0, '127.0.0.1', go));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  try {
    await page.goto(`${reeve.url}/settings`);
    await page.getByTestId('add-webhook').click();
    const dialog = page.getByTestId('add-webhook-dialog');
    await dialog.getByLabel('Name').fill('pager');
    await dialog.getByLabel('Address').fill(url);
    await dialog.getByRole('button', { name: 'Add' }).click();
    await expect(dialog.getByText('must be https unless')).toBeVisible();
    await dialog.getByLabel('May reach this network').check();
    await dialog.getByRole('button', { name: 'Add' }).click();
    await expect(page.getByTestId('webhook-secret')).toHaveText(/^whsec_[\w+/=]{32}$/);
    await dialog.getByRole('button', { name: 'Done' }).click();

    const hook = page.getByTestId('webhook').filter({ hasText: 'pager' });
    await expect(hook).toContainText('may reach this network');
    await hook.getByRole('button', { name: 'Send a test' }).click();
    await expect(hook.getByTestId('delivery')).toContainText(/delivered.*webhook\.test.*answered 204/);

    answer = 500;
    const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name: 'spender', budgetUsd: '0.01' });
    const event = { eventId: 'e', agentId, model: 'm', inputTokens: 1, outputTokens: 1, costUsd: '0.02' };
    await reeve.api('POST', '/costs', { events: [event] });
    const told = hook.getByTestId('delivery').filter({ hasText: 'budget.exceeded' });
    await expect(told).toContainText(/waiting.*answered 500.*again in/);
    answer = 204;
    await told.getByRole('button', { name: 'Send again' }).click();
    await expect(told).toContainText('delivered');
    expect(got.at(-1)).toMatchObject({ type: 'budget.exceeded', data: { subjectId: agentId, spentUsd: '0.020000000' } });

    await hook.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText('No webhook yet')).toBeVisible();
  } finally {
    receiver.closeAllConnections();
    receiver.close();
  }
});
