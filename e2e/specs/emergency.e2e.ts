import { spawn } from 'node:child_process';
import { allAgents, expect, test } from '../support/fixtures.ts';
import { alive, commandOf, processesWith } from '../support/processes.ts';
import { type ReeveServer, reeveCommand } from '../support/server.ts';

const run = (reeve: ReeveServer, name: string, command: string) =>
  spawn(process.execPath, [reeveCommand, 'run', '--name', name, '--', 'bash', '-c', command], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
const running = async (reeve: ReeveServer) => (await allAgents(reeve, '&state=running')).map((a) => a.name);

test('one confirmed action stops everything, nothing starts until the project is reopened', async ({ dashboard, reeve }) => {
  const children = [run(reeve, 'one', 'sleep 600 & setsid sleep 600'), run(reeve, 'two', 'trap "" TERM; while :; do sleep 600; done')];
  try {
    await expect.poll(() => running(reeve), { timeout: 30_000 }).toEqual(expect.arrayContaining(['one', 'two']));
    const all = processesWith(`REEVE_URL=${reeve.url}`, 'REEVE_LAUNCHED=1');
    expect(all.length).toBeGreaterThanOrEqual(4);

    await dashboard.goto(`${reeve.url}/`);
    await dashboard.getByTestId('stop-everything').click();
    const dialog = dashboard.getByTestId('emergency-dialog');
    await expect(dialog.getByTestId('emergency-confirm')).toContainText('2 agents');
    expect(alive(all).length).toBe(all.length); // nothing happens before the confirmation
    await dialog.getByText('Force', { exact: true }).click();
    await dialog.getByLabel('Reason').fill('fire drill');
    await dialog.getByTestId('emergency-confirm').click();

    await expect(dashboard.getByTestId('halt-banner')).toContainText('fire drill');
    await expect.poll(() => alive(all).map((p) => commandOf(p.pid)), { timeout: 30_000 }).toEqual([]);
    const refused = await fetch(`${reeve.url}/api/v1/agents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${reeve.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'late' }),
    });
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([409, 'fenced']);
    await dashboard.getByTestId('halt-banner').getByRole('link', { name: 'Receipt' }).click();
    await expect(dashboard.getByRole('heading', { name: 'Emergency stop' })).toBeVisible();
    await expect(dashboard.getByText('All 2 agents ended, with evidence').first()).toBeVisible({ timeout: 30_000 });

    await dashboard.getByTestId('reopen').click();
    await dashboard.getByTestId('reopen-confirm').click();
    await expect(dashboard.getByTestId('halt-banner')).toHaveCount(0);
    children.push(run(reeve, 'three', 'exec sleep 600'));
    await expect.poll(() => running(reeve), { timeout: 30_000 }).toEqual(['three']);
  } finally {
    for (const child of children) child.kill('SIGTERM');
  }
});

test('a permanent child is started again when it crashes, and not once its parent is stopped', async ({ reeve }) => {
  const child = run(reeve, 'lead', 'exec sleep 600');
  try {
    await expect.poll(() => running(reeve), { timeout: 30_000 }).toContain('lead');
    const lead = (await allAgents(reeve)).find((a) => a.name === 'lead');
    await reeve.api('POST', `/agents/${lead?.id}/spawn`, {
      name: 'worker',
      command: 'sleep',
      args: ['600'],
      restart: 'permanent',
    });
    const worker = async () => (await allAgents(reeve)).find((a) => a.name === 'worker');
    await expect.poll(async () => (await worker())?.state, { timeout: 30_000 }).toBe('running');
    const first = await worker();
    process.kill(first?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await worker())?.epoch, { timeout: 30_000 }).toBe(2);
    await expect.poll(async () => (await worker())?.state, { timeout: 30_000 }).toBe('running');
    expect((await worker())?.pid).not.toBe(first?.pid);

    const all = processesWith(`REEVE_URL=${reeve.url}`, 'REEVE_LAUNCHED=1');
    const stop = await reeve.api<{ stopId: string }>('POST', `/agents/${lead?.id}/stop`, {
      mode: 'graceful',
      graceMs: 5_000,
      reason: 'test',
    });
    await expect
      .poll(async () => (await reeve.api<{ state: string }>('GET', `/stops/${stop.stopId}`)).state, { timeout: 30_000 })
      .toBe('done');
    await expect.poll(() => alive(all).map((p) => commandOf(p.pid))).toEqual([]);
    expect((await worker())?.epoch).toBe(2);
  } finally {
    child.kill('SIGTERM');
  }
});
