import { expect, test } from '../support/fixtures.ts';

test('the slider shows the fleet as it was at any event, compares two points, and comes back to live', async ({ dashboard, reeve }) => {
  const register = async (name: string, parentId?: string) => {
    const body = { name, ...(parentId && { parentId }) };
    const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', body);
    await reeve.api('POST', `/agents/${agentId}/heartbeat`, { epoch: 1 });
    return agentId;
  };
  const seq = async () => (await reeve.api<{ lastSeq: number }>('GET', '/history')).lastSeq;
  const lead = await register('then-lead');
  await register('then-coder', lead);
  await reeve.api('POST', '/tasks', { title: 'dig' });
  const before = await seq();
  await reeve.api('POST', `/agents/${lead}/finish`, { epoch: 1, outcome: 'completed' });
  await register('now-agent');
  const node = (name: string) => dashboard.getByTestId(`agent-node-${name}`);
  await expect(node('now-agent')).toBeVisible();

  await dashboard.getByTestId('time-travel').click();
  await expect(dashboard.getByTestId('time-bar')).toContainText(/event \d+ of \d+/);
  await expect(node('now-agent')).toBeVisible();
  // by the slider, as a person would with the keyboard
  await dashboard.getByTestId('mark-point').click();
  await dashboard.getByTestId('time-slider').fill(String(before));
  await expect(node('now-agent')).toHaveCount(0);
  await expect(node('then-lead')).toHaveAttribute('data-state', 'running');
  await expect(node('then-coder')).toHaveAttribute('data-state', 'running');
  await expect(dashboard.getByTestId('past-facts')).toContainText('1 ready');
  await expect(dashboard.getByTestId('difference')).toContainText('now-agent');
  const download = dashboard.waitForEvent('download');
  await dashboard.getByTestId('incident-bundle').click();
  expect((await download).suggestedFilename()).toMatch(/^incident-\d+-\d+\.json$/);
  await dashboard.getByTestId('back-to-live').click();
  await expect(dashboard.getByTestId('time-bar')).toHaveCount(0);
  await expect(node('now-agent')).toBeVisible();

  // from an event of the log to how it was then
  await dashboard.goto(`${reeve.url}/activity?type=agent.ended`);
  await dashboard.getByTestId('event-list').getByRole('link').first().click();
  await expect(node('then-lead')).toHaveAttribute('data-state', 'completed');
  await expect(node('now-agent')).toHaveCount(0);
});
