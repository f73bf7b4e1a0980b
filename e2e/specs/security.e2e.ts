import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures.ts';
import type { ReeveServer } from '../support/server.ts';

/** Text that runs where it is taken for anything but text. */
const marked = (field: string) =>
  [
    `<img src=x onerror="window.__xss='${field}'">`,
    `<script>window.__xss='${field}'</script>`,
    `"><svg/onload=window.__xss='${field}'>`,
    `[x](javascript:window.__xss='${field}')`,
    `\u001b]8;;javascript:window.__xss='${field}'\u0007x\u001b]8;;\u0007`,
    `{{constructor.constructor('window.__xss=1')()}}`,
  ].join(' ');
const short = (field: string) => `<img src=x onerror="window.__xss='${field}'">`.slice(0, 64);

/** One of everything that agents can write, with marks in every field of theirs. */
async function poison(reeve: ReeveServer): Promise<{ agentId: string; stopId: string; taskId: string }> {
  const agent = await reeve.api<{ agentId: string; token: string }>('POST', '/agents', {
    name: marked('name').slice(0, 200),
    role: short('role'),
    kind: short('kind'),
    model: marked('model').slice(0, 200),
    metadata: { [short('key')]: marked('metadata') },
  });
  const { agentId, token } = agent;
  const as = (method: string, path: string, body: object) => reeve.api<{ id: string; stopId: string }>(method, path, body, token);
  await as('POST', `/agents/${agentId}/heartbeat`, { activity: marked('activity') });
  await as('POST', `/agents/${agentId}/logs`, { lines: [{ stream: 'stdout', at: Date.now(), text: marked('log') }] });
  await as('POST', `/agents/${agentId}/events`, {
    events: [{ eventId: short('event'), type: short('type'), data: { x: marked('data') } }],
  });
  await as('POST', '/costs', {
    events: [{ eventId: short('cost'), agentId, model: marked('cost model').slice(0, 200), inputTokens: 1, outputTokens: 1, costUsd: '1' }],
  });
  await as('POST', `/agents/${agentId}/checkpoints`, {
    sequence: 1,
    state: { [short('k')]: marked('state') },
    trigger: marked('trigger').slice(0, 200),
  });
  await as('POST', `/locks/${encodeURIComponent(short('lock'))}/acquire`, { agentId, leaseMs: 600_000 });
  const { id: taskId } = await as('POST', '/tasks', {
    title: marked('title').slice(0, 500),
    body: marked('body'),
    labels: [short('label')],
  });
  const failing = await as('POST', '/agents', { name: short('failed') });
  await reeve.api('POST', `/agents/${(failing as never as { agentId: string }).agentId}/finish`, {
    outcome: 'failed',
    error: marked('error'),
  });
  const ended = await as('POST', '/agents', { name: short('ended') });
  const { stopId } = await as('POST', `/agents/${(ended as never as { agentId: string }).agentId}/stop`, {
    mode: 'force',
    reason: marked('reason'),
  });
  return { agentId, stopId, taskId };
}

const watched = (page: Page) => {
  const said: string[] = [];
  page.on('console', (m) => m.type() === 'error' && said.push(m.text()));
  page.on('pageerror', (e) => said.push(e.message));
  page.on('dialog', (d) => void said.push(`dialog ${d.message()}`));
  return said;
};

test('XSS: nothing that an agent writes runs on any page, and no page asks for what its policy refuses', async ({ dashboard, reeve }) => {
  test.setTimeout(120_000);
  const { agentId, stopId, taskId } = await poison(reeve);
  const said = watched(dashboard);
  for (const path of [
    '/',
    `/agents?agent=${agentId}`,
    `/agents?agent=${agentId}&view=outline`,
    `/tasks?task=${taskId}`,
    `/costs?agent=${agentId}`,
    '/approvals',
    '/activity',
    '/activity?view=locks',
    `/activity?subject=${agentId}`,
    '/stops',
    `/stops/${stopId}`,
    '/orphans',
    '/settings',
    '/settings/audit',
  ]) {
    await dashboard.goto(`${reeve.url}${path}`);
    await dashboard.waitForLoadState('networkidle').catch(() => undefined);
    expect(await dashboard.evaluate(() => (window as never as { __xss?: string }).__xss), path).toBeUndefined();
    expect(await dashboard.locator('a[href^="javascript:"], img[src="x"], [onerror], [onload]').count(), path).toBe(0);
  }
  // the policy would have said so here
  expect(said.filter((s) => /content security policy|refused to|violates/i.test(s))).toEqual([]);
});

test('pages carry a policy with a nonce of their own, and a script without it does not run', async ({ dashboard, reeve }) => {
  const policyOf = async () => (await dashboard.goto(`${reeve.url}/tasks`))?.headers()['content-security-policy'] ?? '';
  const [first, second] = [await policyOf(), await policyOf()];
  const nonce = (policy: string) => /'nonce-([^']{20,})'/.exec(policy)?.[1];
  expect(nonce(first)).toBeTruthy();
  expect(nonce(first)).not.toBe(nonce(second));
  expect(first).toContain("frame-ancestors 'none'");
  expect(first).not.toMatch(/script-src[^;]*unsafe/);
  // the refusal itself is waited for: that nothing has run yet would be true of a page without a policy, too
  const refused = await dashboard.evaluate(
    () =>
      new Promise<string>((tell) => {
        document.addEventListener('securitypolicyviolation', (e) => tell(e.effectiveDirective), { once: true });
        const s = document.createElement('div');
        s.innerHTML = '<img src="data:," onerror="window.__ran = true">';
        document.body.append(s);
      }),
  );
  expect(refused).toMatch(/^script-src/);
  expect(await dashboard.evaluate(() => (window as never as { __ran?: boolean }).__ran)).toBeUndefined();
});

test('the audit log: a decision stands with who, before and after, and the chain is checked', async ({ dashboard, reeve }) => {
  const { agentId } = await reeve.api<{ agentId: string }>('POST', '/agents', { name: 'audited' });
  await reeve.api('PATCH', `/agents/${agentId}/budget`, { budgetUsd: '2', reason: 'enough is enough' });
  await dashboard.goto(`${reeve.url}/settings`);
  await dashboard.getByTestId('audit-link').click();
  await expect(dashboard.getByText('enough is enough')).toBeVisible();
  await expect(dashboard.getByText('budget — → 2 USD')).toBeVisible();
  await dashboard.getByTestId('audit-verify').click();
  await expect(dashboard.getByTestId('audit-verdict')).toContainText('each as it was written');
  await dashboard.getByTestId('audit-action').selectOption('session.');
  await expect(dashboard.getByText('enough is enough')).toBeHidden();
  await expect(dashboard.getByText('session.signed-in').first()).toBeVisible();
});
