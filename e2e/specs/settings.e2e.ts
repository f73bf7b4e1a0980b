import type { OrphansView, ProjectView } from '@reeve/core/vocabulary';
import { expect, test } from '../support/fixtures.ts';

test('rules for orphans and checkpoints are set in Settings, say what is wrong, and hold', async ({ dashboard: page, reeve }) => {
  const project = () => reeve.api<ProjectView>('GET', '/project');
  await page.goto(`${reeve.url}/settings#rules`);
  const card = page.locator('#rules');
  const save = card.getByTestId('save-rules');
  await expect(save).toHaveAttribute('aria-disabled', 'true');

  await card.getByLabel('The newest').fill('0');
  await expect(card).toContainText('1 to 1,000');
  await expect(save).toHaveAttribute('aria-disabled', 'true');
  await card.getByLabel('The newest').fill('25');
  await card.getByLabel('And those younger than, h').fill('1.5');
  await card.getByTestId('on-parent-completed').selectOption('Leave it');
  await save.click();
  await expect.poll(async () => (await project()).checkpoints).toEqual({ keep: 25, keepForMs: 5_400_000 });
  expect((await project()).onParentExit).toEqual({ completed: 'ignore' });
  await page.reload();
  await expect(card.getByLabel('The newest')).toHaveValue('25');
  await expect(card.getByTestId('on-parent-completed')).toHaveValue('ignore');

  // the policy of the project is what an orphan is judged by
  const register = async (name: string, parentId?: string) =>
    reeve.api<{ agentId: string; token: string }>('POST', '/agents', { name, parentId });
  const parent = await register('rule parent');
  const child = await register('rule child', parent.agentId);
  await reeve.api('POST', `/agents/${parent.agentId}/finish`, { epoch: 1, outcome: 'completed' });
  const judged = async () =>
    (await reeve.api<OrphansView>('GET', '/orphans')).items.map((o) => [o.agentId, o.policy.action, o.policy.from]);
  await expect.poll(judged).toEqual([[child.agentId, 'ignore', 'project']]);

  // and back
  await card.getByTestId('on-parent-completed').selectOption({ index: 0 });
  await save.click();
  await expect.poll(async () => (await project()).onParentExit).toBeNull();
});
