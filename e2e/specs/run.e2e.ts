import { spawn } from 'node:child_process';
import { allAgents, expect, test } from '../support/fixtures.ts';
import { alive, commandOf, processesWith, startTimeOf } from '../support/processes.ts';
import { reeveCommand } from '../support/server.ts';

test('a command under `reeve run` shows in the tree, and its stop ends all it started', async ({ dashboard, reeve }) => {
  const child = spawn(process.execPath, [reeveCommand, 'run', '--name', 'sleeper', '--', 'bash', '-c', 'sleep 600 & setsid sleep 600'], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await expect(dashboard.getByTestId('agent-node-sleeper')).toHaveAttribute('data-state', 'running');
    const agent = (await allAgents(reeve)).find((a) => a.name === 'sleeper');
    expect(agent?.pid && startTimeOf(agent.pid)).toBe(agent?.pidStartTime);
    const marker = `REEVE_AGENT_ID=${agent?.id}`;
    await expect.poll(() => processesWith(marker).filter((p) => /sleep/.test(commandOf(p.pid))).length).toBeGreaterThanOrEqual(3);
    const all = processesWith(marker);

    await dashboard.getByTestId('agent-node-sleeper').click();
    await dashboard.keyboard.press('Control+.');
    await expect(dashboard.getByTestId('stop-preview')).toContainText('sleeper');
    await dashboard.getByTestId('stop-confirm').click();
    await expect(dashboard.getByTestId('agent-node-sleeper')).toHaveAttribute('data-state', /stopped|killed/, { timeout: 45_000 });
    await expect.poll(() => alive(all).map((p) => commandOf(p.pid))).toEqual([]);
    await ended;
  } finally {
    child.kill('SIGKILL');
  }
});

test('Kill now ends what ignores TERM, long before its grace is over', async ({ dashboard, reeve }) => {
  const stubborn = 'trap "" TERM; while :; do sleep 1; done';
  const child = spawn(process.execPath, [reeveCommand, 'run', '--name', 'stubborn', '--', 'bash', '-c', stubborn], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
  try {
    await expect(dashboard.getByTestId('agent-node-stubborn')).toHaveAttribute('data-state', 'running');
    const agent = (await allAgents(reeve)).find((a) => a.name === 'stubborn');
    const all = processesWith(`REEVE_AGENT_ID=${agent?.id}`);
    await reeve.api('POST', `/agents/${agent?.id}/stop`, { mode: 'graceful', graceMs: 600_000, reason: 'patience' });
    await expect(dashboard.getByTestId('agent-node-stubborn')).toHaveAttribute('data-state', 'stopping');
    expect(alive(all).length).toBeGreaterThan(0); // asked, not ended: the page says stopping
    await dashboard.getByTestId('kill-now').first().click();
    await expect(dashboard.getByTestId('agent-node-stubborn')).toHaveAttribute('data-state', 'killed');
    await expect.poll(() => alive(all).map((p) => commandOf(p.pid))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('a nested `reeve run` stands under the agent that started it', async ({ reeve }) => {
  const inner = `${JSON.stringify(process.execPath)} ${JSON.stringify(reeveCommand)} run --name inner -- sleep 600`;
  const child = spawn(process.execPath, [reeveCommand, 'run', '--name', 'outer', '--', 'bash', '-c', inner], {
    env: { ...process.env, REEVE_URL: reeve.url, REEVE_TOKEN: reeve.token },
    stdio: 'ignore',
  });
  try {
    await expect
      .poll(async () => (await allAgents(reeve, '&state=running')).map((a) => a.name), { timeout: 30_000 })
      .toEqual(expect.arrayContaining(['outer', 'inner']));
    const agents = await allAgents(reeve);
    const outer = agents.find((a) => a.name === 'outer');
    expect(agents.find((a) => a.name === 'inner')?.parentId).toBe(outer?.id);
    const both = processesWith(`REEVE_URL=${reeve.url}`, 'REEVE_LAUNCHED=1');
    const stop = await reeve.api<{ stopId: string }>('POST', `/agents/${outer?.id}/stop`, {
      mode: 'graceful',
      graceMs: 10_000,
      reason: 'test',
    });
    await expect
      .poll(async () => (await reeve.api<{ state: string }>('GET', `/stops/${stop.stopId}`)).state, { timeout: 30_000 })
      .toBe('done');
    await expect.poll(() => alive(both).map((p) => commandOf(p.pid))).toEqual([]);
  } finally {
    child.kill('SIGTERM');
  }
});
