import { createHmac } from 'node:crypto';
import { expect, type Page, test } from '@playwright/test';
import { ReeveServer } from '../support/server.ts';

const owner = { email: 'owner@example.com', password: 'a password of the owner' };
const confirmAfterMs = 6_000;
let reeve: ReeveServer;
test.beforeAll(async () => {
  reeve = await ReeveServer.start({
    REEVE_DEMO: '0',
    REEVE_INIT_OWNER_EMAIL: owner.email,
    REEVE_INIT_OWNER_PASSWORD: owner.password,
    REEVE_CONFIRM_AFTER_MS: String(confirmAfterMs),
  });
});
test.afterAll(() => reeve?.remove());

async function signIn(page: Page, who = owner): Promise<void> {
  await page.goto(`${reeve.url}/`);
  await expect(page).toHaveURL(/\/sign-in/);
  await page.getByLabel('Email').fill(who.email);
  await page.getByLabel('Password').fill(who.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
/** Until the server would ask again who it is. */
const left = (page: Page) =>
  expect
    .poll(async () => (await (await page.request.get(`${reeve.url}/api/v1/me`)).json()).mustConfirm, { timeout: confirmAfterMs * 3 })
    .toBe(true);
/** The page asks to sign in. It goes there by itself too, as soon as it is told: a page that is opened in that moment is not, and is opened again. */
const isOut = (page: Page) =>
  expect(async () => {
    await page.goto(`${reeve.url}/settings`);
    await expect(page).toHaveURL(/\/sign-in/, { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
async function confirm(page: Page, password = owner.password): Promise<void> {
  const dialog = page.getByTestId('confirm-dialog');
  await dialog.getByLabel('Password').fill(password);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
}

test('an owner signs in, invites somebody, is asked again, and sees the new member work in their role', async ({ page, browser }) => {
  await signIn(page, { ...owner, password: 'not the password' });
  await expect(page.getByRole('alert').filter({ hasText: /invalid/i })).toBeVisible();
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page).toHaveURL(`${reeve.url}/`);

  await page.goto(`${reeve.url}/settings`);
  await left(page);
  await page.getByTestId('invite').click();
  const dialog = page.getByTestId('invite-dialog');
  await dialog.getByLabel('Email').fill('Ann@example.com');
  await dialog.getByLabel('Role').selectOption('viewer');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  await confirm(page, 'not the password');
  await expect(page.getByTestId('confirm-dialog')).toContainText('not your password');
  await confirm(page);
  const link = (await page.getByTestId('invitation-link').textContent()) ?? '';
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByTestId('invitation')).toContainText('ann@example.com');

  const other = await browser.newContext();
  const ann = await other.newPage();
  await ann.goto(link);
  await expect(ann.getByRole('heading', { name: 'You are invited' })).toBeVisible();
  await ann.getByLabel('Your name').fill('Ann');
  await ann.getByLabel('Password').fill('a password of Ann');
  await ann.getByRole('button', { name: 'Join' }).click();
  await expect(ann).toHaveURL(`${reeve.url}/`);
  await ann.goto(`${reeve.url}/settings`);
  await expect(ann.getByTestId('member').filter({ hasText: 'Ann' })).toContainText('viewer');
  await expect(ann.getByTestId('token')).toHaveCount(0);

  await page.reload();
  await left(page);
  const row = page.getByTestId('member').filter({ hasText: 'Ann' });
  await expect(row).toContainText('ann@example.com');
  await row.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByTestId('confirm-dialog').getByLabel('Password')).toBeFocused();
  await confirm(page);
  await expect(row).toHaveCount(0);
  await isOut(ann);
  await other.close();
});

test('a second factor is turned on, owed at the next sign-in, and what gives rights asks for a code', async ({ page, browser }) => {
  await signIn(page);
  await expect(page).toHaveURL(`${reeve.url}/`);
  await page.goto(`${reeve.url}/settings`);
  await page.getByTestId('second-factor').click();
  const dialog = page.getByTestId('second-factor-dialog');
  await dialog.getByLabel('Your password').fill(owner.password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  const secret = (await page.getByTestId('totp-secret').textContent()) ?? '';
  await dialog.getByLabel('Code that the app shows').fill(totp(secret));
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByTestId('member').filter({ hasText: 'owner' })).toContainText('second factor', { timeout: 10_000 });

  const phone = await (await browser.newContext({ viewport: { width: 375, height: 812 } })).newPage();
  await signIn(phone);
  await phone.getByLabel('Code of your authenticator app').fill(totp(secret));
  await phone.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(phone).toHaveURL(`${reeve.url}/`);
  await left(phone);
  const answered = phone.waitForResponse((r) => r.url().includes('session.makeLink'));
  await phone.goto(`${reeve.url}/settings`);
  await phone.getByTestId('make-link').click();
  expect((await answered).status()).toBe(403);
  await phone.getByTestId('confirm-dialog').getByLabel('Code of your authenticator app').fill(totp(secret));
  await phone.getByTestId('confirm-dialog').getByRole('button', { name: 'Confirm' }).click();
  await expect(phone.getByTestId('sign-in-link')).toHaveText(/\/auth\/sign-in\?link=/);

  // and each browser can be ended from another
  await page.reload();
  const sessions = page.getByTestId('session');
  await sessions.filter({ hasNotText: 'this browser' }).first().getByRole('button', { name: 'End' }).click();
  await isOut(phone);
  await phone.context().close();
});

/** RFC 6238, as an app on a phone does it. */
function totp(base32: string): string {
  const bits = [...base32.trim().replaceAll('=', '')]
    .map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
