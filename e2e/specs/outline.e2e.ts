import { expect, test } from '../support/fixtures.ts';

test('the outline is walked by keys alone, and one line is always in the way of Tab', async ({ dashboard: page, reeve }) => {
  const register = async (name: string, parentId?: string) =>
    (await reeve.api<{ agentId: string }>('POST', '/agents', { name, parentId })).agentId;
  const root = await register('outline root');
  const mid = await register('outline mid', root);
  await register('outline leaf', mid);
  await register('outline last', root);
  await page.goto(`${reeve.url}/agents?view=outline`);
  const tree = page.getByRole('treegrid', { name: 'Agents' });
  const line = (name: string) => tree.getByTestId(`agent-node-${name}`);
  const press = (key: string) => page.keyboard.press(key);
  await expect(line('outline leaf')).toHaveAttribute('aria-level', '3');
  await expect(tree.locator('[data-row][tabindex="0"]')).toHaveCount(1);

  await line('outline root').focus();
  await press('ArrowDown');
  await expect(line('outline mid')).toBeFocused();
  await press('ArrowLeft');
  await expect(line('outline leaf')).toBeHidden();
  await press('ArrowRight');
  await expect(line('outline leaf')).toBeVisible();
  await press('End');
  await expect(line('outline last')).toBeFocused();
  await press('ArrowLeft');
  await expect(line('outline root')).toBeFocused();
  await press('ArrowDown');
  await press('Enter');
  await expect(page).toHaveURL(new RegExp(`agent=${mid}`));
  // an open inspector follows the focus, and Escape closes it
  await press('ArrowDown');
  await expect(line('outline leaf')).toHaveAttribute('aria-selected', 'true');
  await press('Escape');
  await expect(page).not.toHaveURL(/agent=/);
  await expect(line('outline leaf')).toBeFocused();

  // the line that had the focus is filtered away: another one is in the way of Tab
  await page.goto(`${reeve.url}/agents?view=outline`);
  await line('outline root').focus();
  await press('ArrowDown');
  await press('ArrowDown');
  await expect(line('outline leaf')).toBeFocused();
  await press('/');
  await page.keyboard.type('last');
  await expect(line('outline leaf')).toBeHidden();
  await expect(tree.locator('[data-row][tabindex="0"]')).toHaveCount(1);
});
